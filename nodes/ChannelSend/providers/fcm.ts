/**
 * Push messages by Firebase Cloud Messaging, HTTP v1: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages;
 * errors: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode. No idempotency key, nothing to look up.
 */
import type { IDataObject } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';
import { withoutAddresses } from './withoutAddresses.ts';
import { listMember, textMember } from './answerJson.ts';
import { commonOutcome, retryAfter, unreadable } from './httpAnswer.ts';
import type { PushMessage } from './outgoing.ts';
import { SEND_ID, type HttpAnswer, type HttpProvider } from './httpProvider.ts';
import type { DeliveryOutcome } from './provider.ts';

export const fcm: HttpProvider<PushMessage> = {
  name: 'fcm',
  displayName: 'Firebase Cloud Messaging',
  channel: 'push',
  credential: 'commerceFcmApi',
  tokenExpires: true,
  // 600,000 a minute for a project, https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas
  pace: { concurrency: 10, perSecond: 100 },
  request(message, credential) {
    const project = encodeURIComponent(fieldText(credential.projectId).trim());
    return { method: 'POST', path: `/v1/projects/${project}/messages:send`, body: { message: messageOf(message) } };
  },
  outcome,
  repeat: { kind: 'never' },
};

function messageOf({ to, sendId, title, text, url, imageUrl, data, ttlSeconds }: PushMessage): IDataObject {
  const isWebAddress = url?.startsWith('https://') === true;
  const hasTtl = ttlSeconds !== undefined;
  return {
    token: to,
    notification: { ...(title ? { title } : {}), body: text, ...(imageUrl ? { image: imageUrl } : {}) },
    // Apps read where a tap leads from the data; browsers from the link below.
    data: { ...data, [SEND_ID]: sendId, ...(url ? { url } : {}) },
    ...(hasTtl ? { android: { ttl: `${ttlSeconds}s` } } : {}),
    ...(hasTtl ? { apns: { headers: { 'apns-expiration': expiry(ttlSeconds) } } } : {}),
    ...(hasTtl || isWebAddress
      ? {
          webpush: {
            ...(hasTtl ? { headers: { TTL: String(ttlSeconds) } } : {}),
            ...(isWebAddress ? { fcm_options: { link: url } } : {}),
          },
        }
      : {}),
  };
}

/** Unix seconds; "0" means to Apple: now or never. */
const expiry = (ttlSeconds: number) => (ttlSeconds === 0 ? '0' : String(Math.floor(Date.now() / 1000) + ttlSeconds));

function outcome(answer: HttpAnswer): DeliveryOutcome {
  const { status, json } = answer;
  if (status >= 200 && status < 300) {
    const name = textMember(json, 'name');
    if (name) return { kind: 'sent', providerMessageId: name };
    return unreadable(answer, fcm);
  }
  const errorStatus = textMember(json, 'error', 'status');
  if (errorStatus === '') return commonOutcome(answer, fcm);
  const details = listMember(json, 'error', 'details');
  const code = details.map((detail) => textMember(detail, 'errorCode')).find((one) => one !== '') ?? errorStatus;
  const field = details
    .map((detail) => textMember(listMember(detail, 'fieldViolations')[0], 'field'))
    .find((one) => one !== '');
  const words = textMember(json, 'error', 'message');
  const error = `FCM ${code}: ${withoutAddresses(words)}${field ? ` (${field})` : ''}`;
  switch (code) {
    case 'UNREGISTERED':
      return { kind: 'refused', error, recipient: 'invalid' };
    case 'INVALID_ARGUMENT':
      // Only the details of FCM's own kind are about the token; others name a field of the message.
      return /registration token/i.test(words) && field === undefined
        ? { kind: 'refused', error, recipient: 'invalid' }
        : { kind: 'refused', error };
    case 'SENDER_ID_MISMATCH':
      // Says nothing against the token: the credential can be that of another project.
      return { kind: 'refused', error: `${error} – the token belongs to another Firebase project than the credential` };
    case 'QUOTA_EXCEEDED':
    case 'RESOURCE_EXHAUSTED':
    case 'UNAVAILABLE':
    case 'INTERNAL':
      // Not taken: the documentation asks to try these again.
      return { kind: 'temporary', serverWide: true, error, ...retryAfter(answer) };
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
    case 'THIRD_PARTY_AUTH_ERROR':
    case 'NOT_FOUND':
      return { kind: 'misconfigured', error };
    default:
      return commonOutcome(answer, fcm, words);
  }
}
