/** Channel Send on SMS. */
import type { SmsMessage } from '../../providers/outgoing.ts';
import type { ChannelDraft, SendChannel } from '../channel.ts';
import type { ItemFields } from '../../../sends/itemFields.ts';
import { plainSource, wordsOf } from '../plainText.ts';
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
  const source = plainSource(fields);
  const to = fields.option('to');
  const mediaUrls = fields
    .option('mediaUrls')
    .split(/[\s,]+/)
    .filter((url) => url !== '');
  return {
    source,
    ...(to ? { address: to } : {}),
    outgoing: (rendered, address, sendId) => ({
      ...{ sendId, to: address, text: wordsOf(rendered, fields) },
      ...(mediaUrls.length > 0 ? { mediaUrls } : {}),
    }),
  };
}
