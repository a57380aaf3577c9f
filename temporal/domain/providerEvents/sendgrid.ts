/**
 * SendGrid's Event Webhook.
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { readJson } from '../jsonBytes.ts';
import type { MessageEvent } from '../messageEvent.ts';
import { isWithinRepeats } from './age.ts';
import { content, SEND_ID, type HookEvent, type HookReading, type HookRequest, type ProviderHook } from './hook.ts';
import { isProgram, isRecord, notThis, secondsAt, textAt, type Json } from './reading.ts';

export const sendgrid: ProviderHook = {
  proof: 'the headers X-Twilio-Email-Event-Webhook-Signature and -Timestamp of the signed event webhook',
  isProved,
  read,
  secretProblem: (secret) =>
    publicKey(secret) === null
      ? 'has to be the verification key of the signed event webhook, base64 as SendGrid shows it'
      : null,
};

/** ECDSA over the timestamp and the raw body, https://github.com/sendgrid/sendgrid-nodejs/tree/main/packages/eventwebhook */
function isProved({ header, body }: HookRequest, secrets: readonly string[], now: number): boolean {
  const signature = header('x-twilio-email-event-webhook-signature');
  const time = header('x-twilio-email-event-webhook-timestamp');
  if (signature === null || time === null || !isWithinRepeats(Number(time) * 1000, now)) return false;
  const signed = Buffer.concat([Buffer.from(time), body]);
  return secrets.some((secret) => {
    const key = publicKey(secret);
    return key !== null && verify('sha256', signed, key, Buffer.from(signature, 'base64'));
  });
}

/** Base64 of the DER form, without the lines of a PEM file; these are taken, too. */
function publicKey(secret: string): KeyObject | null {
  try {
    const der = Buffer.from(secret.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ec' ? key : null;
  } catch {
    return null;
  }
}

function read({ body }: HookRequest, now: number): HookReading {
  const json = readJson(body);
  if (json.problem !== undefined) return json;
  if (!Array.isArray(json.value)) return { problem: notThis('has to be a list of events') };
  const rejected = json.value.flatMap((one, index) =>
    isRecord(one) ? [] : [{ path: `/${index}`, message: 'has to be a JSON object' }],
  );
  return content({ events: json.value.flatMap((one) => (isRecord(one) ? eventsOf(one, now) : [])), rejected });
}

type What = Pick<MessageEvent, 'kind' | 'machine' | 'bounceType'>;

function eventsOf(event: Json, now: number): HookEvent[] {
  const at = secondsAt(event, 'timestamp') ?? now;
  // The id that the answer to the request named, with where it was worked on behind it.
  const [providerMessageId = null] = textAt(event, 'sg_message_id')?.split(/\.(?:filter|recvd)/, 1) ?? [];
  const id = textAt(event, 'sg_event_id') ?? `${providerMessageId}/${textAt(event, 'event')}/${at}`;
  return whatOf(event).map((what, index) => ({
    ...what,
    id: index === 0 ? id : `${id}/${what.kind}`,
    at,
    sendId: textAt(event, SEND_ID),
    providerMessageId,
    channel: 'email',
    address: textAt(event, 'email'),
    url: textAt(event, 'url'),
    reason: textAt(event, 'reason'),
  }));
}

function whatOf(event: Json): What[] {
  switch (textAt(event, 'event')) {
    case 'processed':
      return [{ kind: 'sent' }];
    case 'delivered':
      return [{ kind: 'delivered' }];
    case 'open':
      return [{ kind: 'opened', machine: event['sg_machine_open'] === true || isProgram(textAt(event, 'useragent')) }];
    case 'click':
      return [{ kind: 'clicked', machine: isProgram(textAt(event, 'useragent')) }];
    case 'bounce':
      return [{ kind: 'bounced', bounceType: isForGood(event) ? 'hard' : 'soft' }];
    case 'dropped':
      return dropped(textAt(event, 'reason') ?? '');
    case 'spamreport':
      return [{ kind: 'complained' }];
    case 'unsubscribe':
    case 'group_unsubscribe':
      return [{ kind: 'unsubscribed' }];
    default:
      // `deferred` is tried again; to be subscribed again is for the customer to say to the shop.
      return [];
  }
}

/** `blocked`: the server refused it for now, for its own reasons. */
const isForGood = (event: Json): boolean =>
  textAt(event, 'type') !== 'blocked' && !textAt(event, 'status')?.startsWith('4');

/** SendGrid's own list had the address, or nothing was made of the request. */
function dropped(reason: string): What[] {
  if (/bounced address|^invalid$/i.test(reason)) return [{ kind: 'bounced', bounceType: 'hard' }];
  // Their mail would never arrive: here they are taken at their word, too.
  if (/spam reporting address|unsubscribed address/i.test(reason))
    return [{ kind: 'failed' }, { kind: 'unsubscribed' }];
  return [{ kind: 'failed' }];
}
