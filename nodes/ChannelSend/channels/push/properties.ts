/** The fields of a push message. */
import type { INodeProperties } from 'n8n-workflow';
import { LIQUID, liquidNotice, liquidText } from '../liquidFields.ts';
import { translationsField } from '../translations.ts';

const title: INodeProperties = {
  displayName: 'Title',
  name: 'title',
  type: 'string',
  ...LIQUID,
  default: '',
  placeholder: 'e.g. Your cart is waiting',
};
const text = liquidText({ required: true });

export const pushProperties: INodeProperties[] = [
  {
    displayName: 'Device Token',
    name: 'device',
    type: 'string',
    default: '={{ $json.customer.pushToken }}',
    description:
      'Of the app or browser that gets the message. It is expected as the property "pushToken" of the customer, where your app has put it; customers without one are not sent to.',
    displayOptions: { show: { provider: ['fcm', 'webhook'] } },
  },
  {
    displayName: 'Recipient',
    name: 'recipient',
    type: 'options',
    default: 'externalId',
    options: [
      { name: 'External ID', value: 'externalId', description: 'A person, on all devices' },
      { name: 'Subscription ID', value: 'device', description: 'One device' },
    ],
    displayOptions: { show: { provider: ['onesignal'] } },
  },
  {
    displayName: 'External ID',
    name: 'externalId',
    type: 'string',
    default: '={{ $json.customer.externalId || $json.customer.id }}',
    description:
      'What your app or site gives to OneSignal.login(): the customer in your shop, or else in the journeys service',
    displayOptions: { show: { provider: ['onesignal'], recipient: ['externalId'] } },
  },
  {
    displayName: 'Subscription ID',
    name: 'subscriptionId',
    type: 'string',
    default: '={{ $json.customer.pushToken }}',
    displayOptions: { show: { provider: ['onesignal'], recipient: ['device'] } },
  },
  liquidNotice,
  title,
  text,
  translationsField([title, liquidText()]),
];

export const pushOptions: INodeProperties[] = [
  {
    displayName: 'Data',
    name: 'data',
    type: 'fixedCollection',
    default: {},
    placeholder: 'Add Value',
    typeOptions: { multipleValues: true },
    description: 'For the app',
    options: [
      {
        displayName: 'Value',
        name: 'values',
        values: [
          { displayName: 'Key', name: 'key', type: 'string', default: '' },
          { displayName: 'Value', name: 'value', type: 'string', ...LIQUID, default: '' },
        ],
      },
    ],
  },
  {
    displayName: 'Expires After (Hours)',
    name: 'expiresAfter',
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 672 },
    default: 24,
    description:
      'For how long it is kept for a device that is off; 0 means now or never. The provider decides when this is not set.',
  },
  {
    displayName: 'Link',
    name: 'url',
    type: 'string',
    ...LIQUID,
    default: '',
    placeholder: 'e.g. https://shop.example.com/cart',
    description: 'What a tap opens. Liquid, as in the texts.',
  },
  {
    displayName: 'Picture URL',
    name: 'imageUrl',
    type: 'string',
    ...LIQUID,
    default: '',
    description: 'A public address that begins with https. Liquid, as in the texts.',
  },
];
