/** The fields of a text message. */
import type { INodeProperties } from 'n8n-workflow';
import { liquidNotice, liquidText } from '../liquidFields.ts';
import { translationsField } from '../translations.ts';

const text = liquidText({
  required: true,
  placeholder: 'e.g. Hello {{ customer.firstName | default: "there" }}, your order is ready. Reply STOP to end.',
  description:
    'Up to 160 characters are one message, with letters outside of the GSM alphabet or an emoji 70; the test shows how many messages it is paid as',
});

export const smsProperties: INodeProperties[] = [liquidNotice, text, translationsField([liquidText()])];

export const smsOptions: INodeProperties[] = [
  {
    displayName: 'Picture URLs',
    name: 'mediaUrls',
    type: 'string',
    default: '',
    description: 'Makes an MMS of it: public addresses of up to ten pictures, with blanks between them',
  },
  {
    displayName: 'To',
    name: 'to',
    type: 'string',
    default: '',
    placeholder: 'e.g. +436601234567',
    description: "Another number than the customer's own. Consent and bounces are checked all the same.",
  },
];
