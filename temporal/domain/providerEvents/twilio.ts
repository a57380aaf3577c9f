/**
 * Twilio: status callbacks of messages, and messages that customers send back, by SMS or WhatsApp.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 * https://www.twilio.com/docs/messaging/guides/webhook-request
 */
import { createHash, createHmac } from 'node:crypto';
import { normalisePhone } from '../identity.ts';
import type { InboundMessage } from '../inboundMessage.ts';
import { decodeUtf8 } from '../jsonBytes.ts';
import type { MessageEvent } from '../messageEvent.ts';
import type { InboundChannel } from '../ownSources.ts';
import type { SmsKeyword } from '../smsKeywords.ts';
import { isSameText, someSecret } from '../webhookSignature.ts';
import { content, SEND_ID, type HookEvent, type HookReading, type HookRequest, type ProviderHook } from './hook.ts';
import { notThis, readObject, textAt } from './reading.ts';

export const twilio: ProviderHook = {
  proof:
    "the header X-Twilio-Signature, made with the account's auth token for the public address of this service (JOURNEYS_PUBLIC_URL)",
  isProved,
  read,
};

/** HMAC-SHA1 over the exact address and all parameters of the form, sorted; of other bodies the address has the digest. */
function isProved({ header, url, query, body }: HookRequest, secrets: readonly string[]): boolean {
  const signature = header('x-twilio-signature');
  if (signature === null) return false;
  const digest = query.get('bodySHA256');
  if (digest !== null && !isSameText(digest.toLowerCase(), createHash('sha256').update(body).digest('hex')))
    return false;
  const parameters = digest === null ? sortedParameters(new URLSearchParams(decodeUtf8(body) ?? '')) : '';
  return someSecret(secrets, (secret) =>
    addressesOf(url).some((address) =>
      isSameText(
        signature,
        createHmac('sha1', secret)
          .update(address + parameters)
          .digest('base64'),
      ),
    ),
  );
}

function sortedParameters(form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort();
  return names
    .map((name) =>
      [...new Set(form.getAll(name))]
        .sort()
        .map((value) => name + value)
        .join(''),
    )
    .join('');
}

/** Twilio may put the port of the scheme into the address, or leave it out, https://github.com/twilio/twilio-node */
function addressesOf(url: string): string[] {
  const [, scheme = '', host = '', rest = ''] = /^(https?):\/\/([^/?]+)(.*)$/.exec(url) ?? [];
  const port = scheme === 'https' ? ':443' : ':80';
  if (host.endsWith(port)) return [url, `${scheme}://${host.slice(0, -port.length)}${rest}`];
  return /:\d+$/.test(host) ? [url] : [url, `${scheme}://${host}${port}${rest}`];
}

function read({ query, body }: HookRequest, now: number): HookReading {
  if (query.has('bodySHA256')) return readObject(body, () => content({}));
  const text = decodeUtf8(body);
  if (text === null || text.includes('%00'))
    return { problem: notThis('has to be a form, in UTF-8 and without NUL characters') };
  const form = Object.fromEntries(new URLSearchParams(text));
  const sid = textAt(form, 'MessageSid') ?? textAt(form, 'SmsSid');
  if (sid === null) return { problem: { path: '/MessageSid', message: 'is missing: the id of the message' } };
  const status = textAt(form, 'MessageStatus');
  if (status !== null) return content({ events: statusEvents(form, sid, status, query.get(SEND_ID), now) });
  const message = inbound(form, sid, now);
  return content(message === null ? {} : { messages: [message] });
}

type Form = Record<string, string>;
type What = Pick<MessageEvent, 'kind' | 'bounceType'>;

function statusEvents(form: Form, sid: string, status: string, sendId: string | null, now: number): HookEvent[] {
  const code = textAt(form, 'ErrorCode');
  const { channel, phone } = channelAndPhone(form['To'] ?? '');
  const reason =
    code === null ? null : [`Twilio error ${code}`, textAt(form, 'ErrorMessage')].filter(Boolean).join(': ');
  // The same callback again has the same status: Twilio tells no time, and each is told once.
  return whatOf(status, code).map((what) => ({
    ...what,
    id: `${sid}/${status}${what.kind === 'unsubscribed' ? '/unsubscribed' : ''}`,
    at: now,
    sendId,
    providerMessageId: sid,
    channel,
    address: phone,
    reason,
  }));
}

function whatOf(status: string, code: string | null): What[] {
  switch (status) {
    case 'sent':
      return [{ kind: 'sent' }];
    case 'delivered':
      return [{ kind: 'delivered' }];
    case 'read':
      return [{ kind: 'opened' }];
    case 'undelivered':
      return notDelivered(code, { kind: 'bounced', bounceType: 'soft' });
    case 'failed':
      return notDelivered(code, { kind: 'failed' });
    case 'canceled':
      return [{ kind: 'failed' }];
    default:
      // On its way.
      return [];
  }
}

/**
 * No such number, or none that takes messages: 21211 and 21614 (invalid, no mobile), 30005 (unknown), 30006 (landline), 63024
 * (no WhatsApp). https://www.twilio.com/docs/api/errors
 */
const NO_SUCH_NUMBER: ReadonlySet<string> = new Set(['21211', '21614', '30005', '30006', '63024']);
/** The number has sent STOP to this sender. */
const OPTED_OUT = '21610';
/**
 * The sender's own fault: 30001 and 30002 (queue, suspended account), 30007 (filtered by the carrier), 30032 and 30034 (sender not
 * registered), 63016 (WhatsApp, outside of 24 hours), 63018 (WhatsApp, too fast).
 */
const SENDERS_FAULT: ReadonlySet<string> = new Set(['30001', '30002', '30007', '30032', '30034', '63016', '63018']);
/** 30003 (switched off or out of reach), 30004 (blocked), 30008 (unknown). */
const OUT_OF_REACH: ReadonlySet<string> = new Set(['30003', '30004', '30008']);

function notDelivered(code: string | null, otherwise: What): What[] {
  if (code === null) return [otherwise];
  if (NO_SUCH_NUMBER.has(code)) return [{ kind: 'bounced', bounceType: 'hard' }];
  if (code === OPTED_OUT) return [{ kind: 'failed' }, { kind: 'unsubscribed' }];
  if (SENDERS_FAULT.has(code)) return [{ kind: 'failed' }];
  return [OUT_OF_REACH.has(code) ? { kind: 'bounced', bounceType: 'soft' } : otherwise];
}

/** What Advanced Opt-Out has understood, by words that the operator may have set there. */
const OPT_OUT_TYPES = new Map<string, SmsKeyword>([
  ['STOP', 'stop'],
  ['START', 'start'],
  ['HELP', 'help'],
]);

/** @returns null for senders without a number of their own, such as names and short codes */
function inbound(form: Form, sid: string, now: number): InboundMessage | null {
  const { channel, phone } = channelAndPhone(form['From'] ?? '');
  if (phone === null) return null;
  const keyword = OPT_OUT_TYPES.get(textAt(form, 'OptOutType')?.toUpperCase() ?? '');
  return { id: sid, channel, from: phone, text: form['Body'] ?? '', at: now, ...(keyword && { keyword }) };
}

function channelAndPhone(address: string): { channel: InboundChannel; phone: string | null } {
  const [, prefix, number = ''] = /^(?:(whatsapp):)?(.*)$/.exec(address.trim()) ?? [];
  return { channel: prefix === undefined ? 'sms' : 'whatsapp', phone: normalisePhone(number) };
}
