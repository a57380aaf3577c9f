/** The fields of an e-mail. */
import type { INodeProperties } from 'n8n-workflow';
import { LIQUID } from '../liquidFields.ts';
import { translationsField } from '../translations.ts';

/** @param markup path of the field that says whether it is HTML or MJML */
const texts = (markup: string): INodeProperties[] => [
  {
    displayName: 'Preheader',
    name: 'preheader',
    type: 'string',
    ...LIQUID,
    default: '',
    description: 'The line that inboxes show beside the subject',
  },
  {
    displayName: 'HTML',
    name: 'html',
    type: 'string',
    ...LIQUID,
    typeOptions: { editor: 'htmlEditor', rows: 12 },
    default: '',
    description:
      'Values from the item are escaped. The editor may mark Liquid in red, because it is no n8n expression: the test shows the real result. Leave it empty for a message of text only.',
    displayOptions: { show: { [markup]: ['html'] } },
  },
  {
    displayName: 'MJML',
    name: 'mjml',
    type: 'string',
    ...LIQUID,
    typeOptions: { rows: 12 },
    default: '',
    description: 'Becomes HTML that mail programs show well. Values from the item are escaped.',
    displayOptions: { show: { [markup]: ['mjml'] } },
  },
  {
    displayName: 'Text',
    name: 'text',
    type: 'string',
    ...LIQUID,
    typeOptions: { rows: 6 },
    default: '',
    description: 'For mail programs that show no HTML; made from the HTML when empty',
  },
];

export const emailProperties: INodeProperties[] = [
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
    ...LIQUID,
    required: true,
    default: '',
    placeholder: 'e.g. {{ customer.firstName | default: "Hello" }}, a question about your shoes?',
  },
  {
    displayName: 'Written In',
    name: 'markup',
    type: 'options',
    noDataExpression: true,
    default: 'html',
    options: [
      { name: 'HTML', value: 'html' },
      { name: 'MJML', value: 'mjml' },
    ],
  },
  ...texts('markup'),
  translationsField([
    { displayName: 'Subject', name: 'subject', type: 'string', ...LIQUID, default: '' },
    ...texts('/markup'),
  ]),
];

export const emailOptions: INodeProperties[] = [
  {
    displayName: 'Add UTM Tags',
    name: 'addUtm',
    type: 'boolean',
    default: true,
    description: 'Whether links into the shop get the tags that tell the shop where a visitor comes from',
  },
  {
    displayName: 'Reply To',
    name: 'replyTo',
    type: 'string',
    default: '',
    placeholder: 'e.g. service@example.com',
    description: 'Where answers go; the sender when empty',
  },
  {
    displayName: 'To',
    name: 'to',
    type: 'string',
    default: '',
    description: "Another address than the customer's own. Consent and bounces are checked all the same.",
  },
  {
    displayName: 'Track Clicks',
    name: 'trackClicks',
    type: 'boolean',
    default: true,
    description: 'Whether links lead over the journeys service, which counts the click',
  },
  {
    displayName: 'Track Opens',
    name: 'trackOpens',
    type: 'boolean',
    default: true,
    description: 'Whether the message has an invisible picture that tells when it is opened',
  },
  {
    displayName: 'UTM Tags',
    name: 'utm',
    type: 'fixedCollection',
    default: {},
    placeholder: 'Set Tags',
    description: 'What is empty is as the service has it. Liquid, as in the texts.',
    options: [
      {
        displayName: 'Tags',
        name: 'tags',
        values: [
          { displayName: 'Campaign', name: 'campaign', type: 'string', ...LIQUID, default: '' },
          { displayName: 'Content', name: 'content', type: 'string', ...LIQUID, default: '' },
          { displayName: 'Medium', name: 'medium', type: 'string', ...LIQUID, default: '' },
          { displayName: 'Source', name: 'source', type: 'string', ...LIQUID, default: '' },
          { displayName: 'Term', name: 'term', type: 'string', ...LIQUID, default: '' },
        ],
      },
    ],
  },
];
