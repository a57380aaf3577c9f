/** The fields of Channel Send. */
import type { INodeProperties } from 'n8n-workflow';

export const sendProperties: INodeProperties[] = [
  {
    displayName: 'Category',
    name: 'category',
    type: 'options',
    default: 'marketing',
    options: [
      {
        name: 'Marketing',
        value: 'marketing',
        description: 'Needs consent; caps, gaps and the rest of the policy apply',
      },
      {
        name: 'Transactional',
        value: 'transactional',
        description: 'Part of an order, no promotion in it: the marketing checks are skipped',
      },
    ],
  },
  {
    displayName: 'From Email',
    name: 'fromEmail',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. hello@example.com',
  },
  {
    displayName: 'From Name',
    name: 'fromName',
    type: 'string',
    default: '',
    placeholder: 'e.g. Nathan Doe',
  },
  {
    displayName:
      'Subject and texts are <a href="https://liquidjs.com/tutorials/intro-to-liquid.html" target="_blank">Liquid</a> over the item: <code>{{ customer.firstName }}</code> without <code>$json</code>. They are no n8n expressions: what you need in the text, put on the item before. Of the products that the item names you have what the catalogue knows: <code>{{ product.title }}</code>, <code>{{ product.priceMinor | money: product.currency }}</code>, <code>product.stock</code>, <code>product.backorder</code>, and all of them in <code>products</code>.',
    name: 'liquidNotice',
    type: 'notice',
    default: '',
  },
  {
    displayName: 'Subject',
    name: 'subject',
    type: 'string',
    // Liquid has braces too: as soon as they are typed, the editor would make an n8n expression of the field.
    noDataExpression: true,
    required: true,
    default: '',
    placeholder: 'e.g. {{ customer.firstName | default: "Hello" }}, a question about your shoes?',
  },
  {
    displayName: 'HTML',
    name: 'html',
    type: 'string',
    noDataExpression: true,
    typeOptions: { editor: 'htmlEditor', rows: 12 },
    default: '',
    description:
      'Values from the item are escaped. The editor may mark Liquid in red, because it is no n8n expression: the test shows the real result. Leave it empty for a message of text only.',
  },
  {
    displayName: 'Text',
    name: 'text',
    type: 'string',
    noDataExpression: true,
    typeOptions: { rows: 6 },
    default: '',
    description: 'For mail programs that show no HTML; made from the HTML when empty',
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add Option',
    default: {},
    options: [
      {
        displayName: 'Reply To',
        name: 'replyTo',
        type: 'string',
        default: '',
        placeholder: 'e.g. service@example.com',
        description: 'Where answers go; the sender when empty',
      },
      {
        displayName: 'Test Address',
        name: 'testAddress',
        type: 'string',
        default: '',
        placeholder: 'e.g. you@example.com',
        description:
          'In a manual test the message really goes here, and to nobody else. When empty, a test only shows a preview.',
      },
      {
        displayName: 'To',
        name: 'to',
        type: 'string',
        default: '',
        description: "Another address than the customer's own. Consent and bounces are checked all the same.",
      },
    ],
  },
];
