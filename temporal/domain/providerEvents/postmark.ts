/**
 * Postmark's webhooks. They are unsigned: the operator puts a name and a password into the address, or into Postmark's fields
 * for HTTP authentication. https://postmarkapp.com/developer/webhooks/webhooks-overview
 */
import type { MessageEvent } from '../messageEvent.ts';
import { hasPassword } from '../webhookSignature.ts';
import { content, SEND_ID, type HookEvent, type HookReading, type HookRequest, type ProviderHook } from './hook.ts';
import { isProgram, readObject, recordAt, textAt, timeAt, type Json } from './reading.ts';

export const postmark: ProviderHook = {
  proof: 'Basic authentication with the secret as password (https://any:<secret>@…)',
  isProved: ({ header }: HookRequest, secrets) => hasPassword(header('authorization') ?? '', secrets),
  read: ({ body }: HookRequest, now): HookReading =>
    readObject(body, (json) => content({ events: eventsOf(json, now) })),
};

type What = Pick<MessageEvent, 'kind' | 'bounceType' | 'machine'>;

function eventsOf(event: Json, now: number): HookEvent[] {
  const what = whatOf(event);
  if (what === null) return [];
  const at =
    timeAt(event, 'DeliveredAt') ??
    timeAt(event, 'BouncedAt') ??
    timeAt(event, 'ReceivedAt') ??
    timeAt(event, 'ChangedAt') ??
    now;
  const providerMessageId = textAt(event, 'MessageID');
  const url = textAt(event, 'OriginalLink');
  // A bounce and the end of the subscription that comes of it are told apart, and are one thing.
  const isOnce = what.kind !== 'opened' && what.kind !== 'clicked';
  const id = [providerMessageId, what.kind, what.bounceType, ...(isOnce ? [] : [at, url])].filter(Boolean).join('/');
  return [
    {
      ...what,
      id,
      at,
      sendId: textAt(recordAt(event, 'Metadata'), SEND_ID),
      providerMessageId,
      channel: 'email',
      address: textAt(event, 'Recipient') ?? textAt(event, 'Email'),
      url,
      reason: textAt(event, 'Details') ?? textAt(event, 'Description') ?? textAt(event, 'SuppressionReason'),
    },
  ];
}

function whatOf(event: Json): What | null {
  switch (textAt(event, 'RecordType')) {
    case 'Delivery':
      return { kind: 'delivered' };
    case 'Open':
      return { kind: 'opened', machine: isProgram(textAt(event, 'UserAgent')) };
    case 'Click':
      return { kind: 'clicked', machine: isProgram(textAt(event, 'UserAgent')) };
    case 'Bounce':
      return bounce(textAt(event, 'Type') ?? '');
    case 'SpamComplaint':
      return { kind: 'complained' };
    case 'SubscriptionChange':
      return event['SuppressSending'] === true ? suppressed(textAt(event, 'SuppressionReason') ?? '') : null;
    default:
      return null;
  }
}

/** https://postmarkapp.com/developer/api/bounce-api#bounce-types */
function bounce(type: string): What | null {
  switch (type) {
    case 'HardBounce':
    case 'BadEmailAddress':
    case 'ManuallyDeactivated':
      return { kind: 'bounced', bounceType: 'hard' };
    case 'SpamComplaint':
      return { kind: 'complained' };
    case 'Unsubscribe':
      return { kind: 'unsubscribed' };
    case 'SMTPApiError':
    case 'TemplateRenderingFailed':
    case 'DMARCPolicy':
      return { kind: 'failed' };
    // It has arrived: an answer of the recipient's mail program.
    case 'AutoResponder':
    case 'AddressChange':
    case 'ChallengeVerification':
    case 'OpenRelayTest':
    case 'Subscribe':
    case 'Unconfirmed':
      return null;
    default:
      return { kind: 'bounced', bounceType: 'soft' };
  }
}

function suppressed(reason: string): What {
  switch (reason) {
    case 'HardBounce':
      return { kind: 'bounced', bounceType: 'hard' };
    case 'SpamComplaint':
      return { kind: 'complained' };
    default:
      return { kind: 'unsubscribed' };
  }
}
