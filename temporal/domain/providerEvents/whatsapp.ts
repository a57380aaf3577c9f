/**
 * WhatsApp's Cloud API: statuses of messages, messages that customers send, and their choice about marketing.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status/
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/text/
 * https://developers.facebook.com/docs/graph-api/webhooks/getting-started (signature and verification request)
 */
import { createHmac } from 'node:crypto';
import { normalisePhone } from '../identity.ts';
import type { InboundMessage } from '../inboundMessage.ts';
import type { MessageEvent } from '../messageEvent.ts';
import { isOneOf, isSameText, someSecret } from '../webhookSignature.ts';
import { content, type HookEvent, type HookReading, type HookRequest, type ProviderHook } from './hook.ts';
import { listAt, readObject, recordAt, secondsAt, textAt, type Json } from './reading.ts';

export const whatsapp: ProviderHook = {
  proof: "the header X-Hub-Signature-256, made with the app's secret",
  isProved({ header, body }, secrets) {
    const signature = header('x-hub-signature-256')?.toLowerCase() ?? '';
    return someSecret(secrets, (secret) =>
      isSameText(signature, `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`),
    );
  },
  read: ({ body }: HookRequest, now): HookReading => readObject(body, (json) => readEntries(json, now)),
};

/** What Meta asks when the address is entered there. @returns what is to be answered; null: the token is not this connection's */
export function answerToVerification(query: URLSearchParams, token: string): string | null {
  const isAsked = query.get('hub.mode') === 'subscribe' && isOneOf(query.get('hub.verify_token') ?? '', [token]);
  const challenge = query.get('hub.challenge') ?? '';
  return isAsked && /^[A-Za-z0-9_-]{1,200}$/.test(challenge) ? challenge : null;
}

function readEntries(json: Json, now: number): HookReading {
  const values = listAt(json, 'entry')
    .flatMap((entry) => listAt(entry, 'changes'))
    .map((change) => recordAt(change, 'value'));
  return content({
    events: values.flatMap((value) => [
      ...listAt(value, 'statuses').flatMap((status) => statusEvents(status, now)),
      ...listAt(value, 'user_preferences').flatMap((preference) => preferenceEvents(preference, now)),
    ]),
    messages: values.flatMap((value) => listAt(value, 'messages').flatMap((message) => messageOf(message, now))),
  });
}

type What = Pick<MessageEvent, 'kind' | 'bounceType'>;

function statusEvents(status: unknown, now: number): HookEvent[] {
  const [error] = listAt(status, 'errors');
  const code = textAt(error, 'code');
  const details = textAt(recordAt(error, 'error_data'), 'details') ?? textAt(error, 'title');
  const state = textAt(status, 'status') ?? '';
  const id = textAt(status, 'id');
  return whatOf(state, code).map((what, index) => ({
    ...what,
    id: `${id}/${state}${index === 0 ? '' : `/${what.kind}`}`,
    at: secondsAt(status, 'timestamp') ?? now,
    sendId: textAt(status, 'biz_opaque_callback_data'),
    providerMessageId: id,
    channel: 'whatsapp',
    address: phoneOf(textAt(status, 'recipient_id')),
    reason: code === null ? null : [`WhatsApp error ${code}`, details].filter(Boolean).join(': '),
  }));
}

/** The recipient has stopped marketing messages of this business. */
const STOPPED_MARKETING = '131050';
/** Not on WhatsApp, an old version, terms not accepted: Meta does not say which. */
const UNDELIVERABLE = '131026';

/** https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes */
function whatOf(state: string, code: string | null): What[] {
  switch (state) {
    case 'sent':
      return [{ kind: 'sent' }];
    case 'delivered':
      return [{ kind: 'delivered' }];
    case 'read':
    case 'played':
      return [{ kind: 'opened' }];
    case 'failed':
      if (code === STOPPED_MARKETING) return [{ kind: 'failed' }, { kind: 'unsubscribed' }];
      return [code === UNDELIVERABLE ? { kind: 'bounced', bounceType: 'soft' } : { kind: 'failed' }];
    default:
      return [];
  }
}

/** To resume is for the customer to say to the shop: Meta's switch gives no consent. */
function preferenceEvents(preference: unknown, now: number): HookEvent[] {
  const address = phoneOf(textAt(preference, 'wa_id'));
  const isStop = textAt(preference, 'category') === 'marketing_messages' && textAt(preference, 'value') === 'stop';
  if (address === null || !isStop) return [];
  const at = secondsAt(preference, 'timestamp') ?? now;
  return [{ kind: 'unsubscribed', id: `${address}/preference/${at}`, at, channel: 'whatsapp', address }];
}

/** Whatever the customer sends opens the 24 hours; only texts and pressed buttons have words. */
function messageOf(message: unknown, now: number): InboundMessage[] {
  const id = textAt(message, 'id');
  const from = phoneOf(textAt(message, 'from'));
  const type = textAt(message, 'type');
  // Told by WhatsApp, not by the customer: a changed number, for one.
  if (id === null || from === null || type === 'system') return [];
  const reply = recordAt(message, 'interactive');
  const text =
    textAt(recordAt(message, 'text'), 'body') ??
    textAt(recordAt(message, 'button'), 'text') ??
    textAt(recordAt(reply, 'button_reply'), 'title') ??
    textAt(recordAt(reply, 'list_reply'), 'title') ??
    '';
  return [{ id, channel: 'whatsapp', from, text, at: Math.min(secondsAt(message, 'timestamp') ?? now, now) }];
}

/** WhatsApp's numbers have no plus before them. */
const phoneOf = (digits: string | null): string | null => (digits === null ? null : normalisePhone(`+${digits}`));
