/** The fields of a WhatsApp message. */
import type { INodeProperties } from 'n8n-workflow';
import { LIQUID, liquidNotice, liquidText } from '../liquidFields.ts';
import { translationsField } from '../translations.ts';

const text = liquidText({ required: true, description: 'Up to 4,096 characters' });

const forText = { show: { whatsAppMessage: ['text', 'textOrTemplate'] } };
const forTemplate = { show: { whatsAppMessage: ['template', 'textOrTemplate'] } };

export const whatsAppProperties: INodeProperties[] = [
  {
    displayName: 'Message',
    name: 'whatsAppMessage',
    type: 'options',
    noDataExpression: true,
    default: 'template',
    options: [
      {
        name: 'Approved Template',
        value: 'template',
        description: 'Can be sent at any time; Meta has to approve the template in the WhatsApp Manager first',
      },
      {
        name: 'Free Text, Outside the 24-Hour Window a Template',
        value: 'textOrTemplate',
        description: 'Text for customers who have written within the last 24 hours, the template for all others',
      },
      {
        name: 'Free Text, Outside the 24-Hour Window an Error',
        value: 'text',
        description: 'Only for answers: the item fails when the customer has not written within the last 24 hours',
      },
    ],
  },
  liquidNotice,
  { ...text, displayOptions: forText },
  { ...translationsField([liquidText()]), displayOptions: forText },
  {
    displayName: 'Template',
    name: 'templateName',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. order_on_its_way',
    displayOptions: forTemplate,
  },
  {
    displayName: 'Template Language',
    name: 'templateLanguage',
    type: 'string',
    required: true,
    default: 'en_US',
    placeholder: 'e.g. en_US',
    description:
      'As the WhatsApp Manager writes it, such as en_US or de. With an expression it can follow the language of the customer.',
    displayOptions: forTemplate,
  },
  {
    displayName: 'Header',
    name: 'templateHeader',
    type: 'options',
    noDataExpression: true,
    default: 'none',
    description: 'Only when the header of the template has a variable part',
    options: [
      { name: 'Document', value: 'document' },
      { name: 'Image', value: 'image' },
      { name: 'None', value: 'none' },
      { name: 'Text', value: 'text' },
      { name: 'Video', value: 'video' },
    ],
    displayOptions: forTemplate,
  },
  {
    displayName: 'Header Value',
    name: 'templateHeaderValue',
    type: 'string',
    ...LIQUID,
    default: '',
    description: 'The text for {{1}}, or the public address of the image, video or document',
    displayOptions: { show: { ...forTemplate.show, templateHeader: ['document', 'image', 'text', 'video'] } },
  },
  {
    displayName: 'Body Parameters',
    name: 'templateBody',
    type: 'fixedCollection',
    placeholder: 'Add Parameter',
    default: {},
    typeOptions: { multipleValues: true, sortable: true },
    description: 'What stands for {{1}}, {{2}} and so on, in this order',
    displayOptions: forTemplate,
    options: [
      {
        displayName: 'Parameter',
        name: 'parameter',
        values: [
          {
            displayName: 'Text',
            name: 'text',
            type: 'string',
            ...LIQUID,
            default: '',
            placeholder: 'e.g. {{ customer.firstName | default: "there" }}',
            description: 'Liquid. It may not be empty for any customer; line breaks become blanks.',
          },
          {
            displayName: 'Name',
            name: 'name',
            type: 'string',
            default: '',
            description: 'Only for templates with named parameters',
          },
        ],
      },
    ],
  },
  {
    displayName: 'Buttons',
    name: 'templateButtons',
    type: 'fixedCollection',
    placeholder: 'Add Button',
    default: {},
    typeOptions: { multipleValues: true },
    description: 'Only buttons with a variable part',
    displayOptions: forTemplate,
    options: [
      {
        displayName: 'Button',
        name: 'button',
        values: [
          {
            displayName: 'Place',
            name: 'index',
            type: 'number',
            typeOptions: { minValue: 0, maxValue: 9, numberPrecision: 0 },
            default: 0,
            description: 'Of the button in the template; the first is 0',
          },
          {
            displayName: 'Kind',
            name: 'type',
            type: 'options',
            default: 'url',
            options: [
              { name: 'Link', value: 'url' },
              { name: 'Quick Reply', value: 'quick_reply' },
            ],
          },
          {
            displayName: 'Value',
            name: 'value',
            type: 'string',
            ...LIQUID,
            default: '',
            description: 'What is appended to the address of the link, or what the reply brings back. Liquid.',
          },
        ],
      },
    ],
  },
];

export const whatsAppOptions: INodeProperties[] = [
  {
    displayName: 'To',
    name: 'to',
    type: 'string',
    default: '',
    placeholder: 'e.g. +436601234567',
    description: "Another number than the customer's own. Consent and bounces are checked all the same.",
  },
];
