/**
 * Push messages by OneSignal, https://documentation.onesignal.com/reference/push-notification; a key keeps a repeated request from
 * being sent twice, https://documentation.onesignal.com/reference/idempotent-notification-requests
 */
import { createHash } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';
import { withoutAddresses } from './withoutAddresses.ts';
import { member, textMember } from './answerJson.ts';
import { commonOutcome, unreadable } from './httpAnswer.ts';
import type { PushMessage } from './outgoing.ts';
import { SEND_ID, type HttpAnswer, type HttpProvider } from './httpProvider.ts';
import type { DeliveryOutcome } from './provider.ts';

const DAY_MS = 86_400_000;
/** Of our own, made once; keys are UUIDs of version 5 within it (RFC 9562, 5.5). */
const NAMESPACE = Buffer.from('8c0b1f0e5d5a4c0f9f0b6a3f2f4f6f10', 'hex');

export const oneSignal: HttpProvider<PushMessage> = {
  name: 'onesignal',
  displayName: 'OneSignal',
  channel: 'push',
  credential: 'commerceOneSignalApi',
  // 150 requests a second on free plans, https://documentation.onesignal.com/reference/rate-limits
  pace: { concurrency: 10, perSecond: 100 },
  request: (message, credential) => ({
    method: 'POST',
    path: '/notifications',
    body: notificationOf(message, fieldText(credential.appId).trim()),
  }),
  outcome,
  repeat: { kind: 'key', rememberedMs: 30 * DAY_MS },
};

function notificationOf(message: PushMessage, appId: string): IDataObject {
  const { to, toKind, sendId, title, text, url, imageUrl, data, ttlSeconds } = message;
  const recipient =
    toKind === 'externalId'
      ? { include_aliases: { external_id: [to] }, target_channel: 'push' }
      : { include_subscription_ids: [to] };
  return {
    app_id: appId,
    ...recipient,
    // `en` is required, and what everyone gets for whose language there is nothing: the text is in the customer's language already.
    contents: { en: text },
    ...(title ? { headings: { en: title } } : {}),
    ...(url ? { url } : {}),
    ...(imageUrl ? { big_picture: imageUrl, chrome_web_image: imageUrl, ios_attachments: { image: imageUrl } } : {}),
    data: { ...data, [SEND_ID]: sendId },
    ...(ttlSeconds === undefined ? {} : { ttl: ttlSeconds }),
    idempotency_key: keyOf(sendId),
  };
}

/** @returns the same UUID for the same send, RFC 9562 section 5.5 */
export function keyOf(sendId: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(sendId).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function outcome(answer: HttpAnswer, message: PushMessage): DeliveryOutcome {
  const { status, json } = answer;
  const id = member(json, 'id');
  const errors = member(json, 'errors');
  if (status >= 200 && status < 300) {
    if (isUnknownRecipient(errors)) return unreachable(message, 'OneSignal does not know the recipient');
    if (typeof id === 'string' && id !== '') return { kind: 'sent', providerMessageId: id };
    // An empty id: nothing was made of it, and the errors say why.
    if (id === '' || errors !== undefined) return unreachable(message, `OneSignal sent nothing: ${wordsOf(errors)}`);
    return unreadable(answer, oneSignal);
  }
  const said = wordsOf(errors);
  if (status === 400 && /app_id|app id|api key/i.test(said)) {
    return { kind: 'misconfigured', error: `OneSignal answers 400: ${said}` };
  }
  return commonOutcome(answer, oneSignal, said);
}

/** `{"invalid_aliases": {"external_id": ["…"]}}` and its like: whom it could not find. */
function isUnknownRecipient(errors: unknown): boolean {
  if (typeof errors !== 'object' || errors === null || Array.isArray(errors)) return false;
  return Object.keys(errors).some((name) => name.startsWith('invalid_'));
}

/** A subscription is one device, and gone for good; a person known by an alias may install the app tomorrow. */
const unreachable = ({ toKind }: PushMessage, error: string): DeliveryOutcome =>
  toKind === 'externalId'
    ? { kind: 'refused', error: `${error} – nobody with this external ID can be reached by push at present` }
    : { kind: 'refused', error, recipient: 'invalid' };

/** A list of sentences or of `{title}`, or an object of another shape. */
function wordsOf(errors: unknown): string {
  if (errors === undefined || errors === null) return '';
  const all: unknown[] = Array.isArray(errors) ? errors : [errors];
  const words = all.map((one) => (typeof one === 'string' ? one : textMember(one, 'title') || JSON.stringify(one)));
  return withoutAddresses(words.join('; '));
}
