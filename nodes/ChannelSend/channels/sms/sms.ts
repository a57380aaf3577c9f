/** Channel Send on SMS. */
import type { SmsMessage } from '../../providers/outgoing.ts';
import type { ChannelDraft, SendChannel } from '../channel.ts';
import type { ItemFields } from '../itemFields.ts';
import { translationsOf } from '../translations.ts';
import { smsOptions, smsProperties } from './properties.ts';
import { segmentsOf } from './segments.ts';

export const sms: SendChannel<SmsMessage> = {
  channel: 'sms',
  displayName: 'SMS',
  usualProvider: 'twilio',
  properties: smsProperties,
  options: smsOptions,
  testPlaceholder: 'e.g. +436601234567',
  fieldNames: { text: 'text' },
  draft: smsDraft,
  asTest: (rendered) => ({ ...rendered, text: `[Test] ${rendered.text}` }),
  preview: ({ to, text, mediaUrls = [] }) => ({
    to,
    text,
    ...(mediaUrls.length > 0 ? { mediaUrls } : {}),
    ...segmentsOf(text),
  }),
};

/** @throws NodeOperationError when there is no text */
function smsDraft(fields: ItemFields): ChannelDraft<SmsMessage> {
  if (!fields.text('text').trim()) throw fields.error('The message is empty', 'Fill in "Text".');
  const to = fields.option('to');
  const mediaUrls = fields
    .option('mediaUrls')
    .split(/[\s,]+/)
    .filter((url) => url !== '');
  const textOf = (field: (name: string) => string) => (field('text').trim() ? { text: field('text') } : {});
  return {
    source: { ...textOf((name) => fields.text(name)), ...translationsOf(fields, textOf) },
    ...(to ? { address: to } : {}),
    outgoing(rendered, address, sendId) {
      const text = rendered.text.trim();
      if (!text) {
        throw fields.error(
          'Nothing is left of the text for this customer',
          'Give the values in the text a default, for example {{ customer.firstName | default: "there" }}.',
        );
      }
      return { sendId, to: address, text, ...(mediaUrls.length > 0 ? { mediaUrls } : {}) };
    },
  };
}
