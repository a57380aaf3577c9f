/**
 * OneSignal's Event Streams: the operator writes the body there, with `event` and `message` as this file reads them, and a
 * header with the secret. https://documentation.onesignal.com/docs/event-streams-data
 */
import type { Channel } from '../event.ts';
import type { MessageEvent } from '../messageEvent.ts';
import { hasBearer } from '../webhookSignature.ts';
import { content, SEND_ID, type HookEvent, type HookReading, type HookRequest, type ProviderHook } from './hook.ts';
import { readObject, recordAt, secondsAt, textAt, timeAt, type Json } from './reading.ts';

export const oneSignal: ProviderHook = {
  proof: 'the header Authorization: Bearer <secret>',
  isProved: ({ header }: HookRequest, secrets) => hasBearer(header('authorization') ?? '', secrets),
  read: ({ body }: HookRequest, now): HookReading =>
    readObject(body, (json) => {
      const event = recordAt(json, 'event');
      if (textAt(event, 'kind') === null) {
        return {
          problem: {
            path: '/event/kind',
            message: 'is missing: the body of the stream has to have {{ event.kind }} there',
          },
        };
      }
      return content({ events: eventsOf(event, recordAt(json, 'message'), now) });
    }),
};

const CHANNELS = new Map<string, Channel>([
  ['push', 'push'],
  ['email', 'email'],
  ['sms', 'sms'],
]);

/** OneSignal has written some of these names in several ways. */
const KINDS = new Map<string, Pick<MessageEvent, 'kind' | 'bounceType'>>([
  ['sent', { kind: 'sent' }],
  ['received', { kind: 'delivered' }],
  ['delivered', { kind: 'delivered' }],
  ['opened', { kind: 'opened' }],
  ['clicked', { kind: 'clicked' }],
  ['failed', { kind: 'failed' }],
  ['undelivered', { kind: 'bounced', bounceType: 'soft' }],
  ['bounced', { kind: 'bounced', bounceType: 'hard' }],
  ['hardbounced', { kind: 'bounced', bounceType: 'hard' }],
  ['suppressed', { kind: 'bounced', bounceType: 'hard' }],
  ['supressed', { kind: 'bounced', bounceType: 'hard' }],
  ['reported_as_spam', { kind: 'complained' }],
  ['resporedasspam', { kind: 'complained' }],
  ['unsubscribed', { kind: 'unsubscribed' }],
]);

function eventsOf(event: Json, message: Json, now: number): HookEvent[] {
  const [, medium = '', name = ''] = /^message\.([a-z]+)\.([a-z_]+)$/.exec(textAt(event, 'kind') ?? '') ?? [];
  const channel = CHANNELS.get(medium);
  const what = KINDS.get(name);
  if (!channel || !what) return [];
  const at = timeAt(event, 'datetime') ?? secondsAt(event, 'timestamp') ?? now;
  const providerMessageId = textAt(message, 'id');
  const subscription = textAt(event, 'subscription_id');
  return [
    {
      ...what,
      id: textAt(event, 'id') ?? `${providerMessageId}/${subscription}/${name}/${at}`,
      at,
      sendId: textAt(event, SEND_ID) ?? textAt(message, SEND_ID),
      providerMessageId,
      channel,
      reason: textAt(recordAt(event, 'data'), 'failure_reason'),
    },
  ];
}
