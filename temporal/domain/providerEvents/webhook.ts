/**
 * A service of the operator's own, which got its messages by the signed webhook of Channel Send: it says what became of them in
 * our own words, signed as Standard Webhooks say.
 */
import { CHANNELS, type Channel } from '../event.ts';
import type { FieldProblem } from '../identity.ts';
import { MESSAGE_EVENT_KINDS, type BounceType, type MessageEventKind } from '../messageEvent.ts';
import { readId } from '../textValues.ts';
import { content, type HookEvent, type HookReading, type HookRequest, type ProviderHook } from './hook.ts';
import { isRecord, readObject, textAt, timeAt, type Json } from './reading.ts';
import { isStandardSigned } from './standardWebhooks.ts';

export const MAX_TOLD = 1000;

export const webhook: ProviderHook = {
  proof: 'the headers webhook-id, webhook-timestamp and webhook-signature of Standard Webhooks',
  isProved: (request, secrets, now) => isStandardSigned(request, 'webhook', secrets, now),
  read: ({ body }: HookRequest, now): HookReading => readObject(body, (json) => readEvents(json, now)),
};

function readEvents({ events }: Json, now: number): HookReading {
  if (!Array.isArray(events)) return { problem: { path: '/events', message: 'has to be a list of events' } };
  if (events.length > MAX_TOLD) {
    return {
      problem: { path: '/events', message: `has ${events.length} events: at most ${MAX_TOLD} fit into one delivery` },
    };
  }
  const read = events.map((one, index) => readEvent(one, `/events/${index}`, now));
  return content({
    events: read.flatMap((one) => ('problem' in one ? [] : [one.event])),
    rejected: read.flatMap((one) => ('problem' in one ? [one.problem] : [])),
  });
}

function readEvent(value: unknown, path: string, now: number): { event: HookEvent } | { problem: FieldProblem } {
  const problem = (at: string, message: string) => ({ problem: { path: `${path}${at}`, message } });
  if (!isRecord(value)) return problem('', 'has to be a JSON object');
  const id = readId(value['id']);
  if (id.problem !== undefined) return problem('/id', `${id.problem}: the dedupe key of the event`);
  const { kind, bounceType, channel } = value;
  if (!isOneOf<MessageEventKind>(kind, MESSAGE_EVENT_KINDS)) return problem('/kind', oneOf(MESSAGE_EVENT_KINDS));
  if (bounceType !== undefined && !isOneOf<BounceType>(bounceType, ['hard', 'soft']))
    return problem('/bounceType', oneOf(['hard', 'soft']));
  if (channel !== undefined && !isOneOf<Channel>(channel, CHANNELS)) return problem('/channel', oneOf(CHANNELS));
  const at = timeAt(value, 'at');
  if (at === null && value['at'] !== undefined)
    return problem('/at', 'has to be RFC 3339 with an offset, such as 2026-11-22T10:00:00Z');
  const sendId = textAt(value, 'sendId');
  const providerMessageId = textAt(value, 'providerMessageId');
  const address = textAt(value, 'address');
  if (sendId === null && providerMessageId === null && (address === null || channel === undefined)) {
    return problem(
      '/sendId',
      'is missing: give sendId or providerMessageId, or for an address of your own channel and address',
    );
  }
  return {
    event: {
      id: id.text,
      kind,
      at: at ?? now,
      sendId,
      providerMessageId,
      address,
      url: textAt(value, 'url'),
      machine: value['machine'] === true,
      reason: textAt(value, 'reason'),
      ...(bounceType !== undefined && { bounceType }),
      ...(channel !== undefined && { channel }),
    },
  };
}

const isOneOf = <T extends string>(value: unknown, all: readonly T[]): value is T =>
  (all as readonly unknown[]).includes(value);
const oneOf = (all: readonly string[]): string => `has to be one of ${all.join(', ')}`;
