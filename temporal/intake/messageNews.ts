/** What was told of a message, as canonical events: journeys can wait for them, and profiles are changed by them. */
import { createHash } from 'node:crypto';
import type { CanonicalEvent, Channel } from '../domain/event.ts';
import type { ParsedEvent } from '../domain/eventParsing.ts';
import { normaliseAddress } from '../domain/gate/address.ts';
import type { MessageEvent } from '../domain/messageEvent.ts';
import { MESSAGES } from '../domain/ownSources.ts';
import type { ToldSend } from '../store/toldSends.ts';
import { madeEvent } from './ownWord.ts';

/** Told by the report, or only by what came after: once, whoever is first. @param source as in MessageEvent */
export function sentEvent(send: ToldSend, at: number, source: string): ParsedEvent {
  const id = `:${send.id}/sent`;
  return madeEvent(
    {
      id,
      type: 'message_sent',
      source: MESSAGES,
      identity: { customerId: send.customerId },
      properties: aboutSend(send, source),
    },
    at,
  );
}

export function aboutSend(send: ToldSend, toldBy: string): Record<string, unknown> {
  const { id: sendId, channel, category, journey, runId, node, nodeName, provider } = send;
  return withoutNulls({ sendId, channel, category, journey, runId, node, nodeName, provider, toldBy });
}

/** @param send null: of none of ours, but the address is this customer's */
export function messageEvents(event: MessageEvent, customerId: string, send: ToldSend | null): ParsedEvent[] {
  const { kind, source, url, bounceType = 'soft', reason } = event;
  const channel: Channel = send?.channel ?? event.channel ?? 'email';
  const about = send ? aboutSend(send, source) : withoutNulls({ channel, provider: event.provider, toldBy: source });
  const address = send?.address ?? (event.address && normaliseAddress(channel, event.address)) ?? null;
  const make = (type: CanonicalEvent['type'], more: Record<string, unknown>, suffix = ''): ParsedEvent =>
    madeEvent(
      {
        id: `${idOf(event)}${suffix}`,
        type,
        source: MESSAGES,
        identity: { customerId },
        properties: { ...about, ...withoutNulls(more) },
        ...(type === 'unsubscribed' && { consent: { [channel]: { state: 'unsubscribed', source } } }),
      },
      event.at,
    );
  switch (kind) {
    case 'sent':
    case 'failed':
      return [];
    case 'delivered':
      return [make('message_delivered', {})];
    case 'opened':
      return event.machine ? [] : [make('message_opened', {})];
    case 'clicked':
      return event.machine ? [] : [make('message_clicked', { url })];
    case 'bounced':
      return [make('message_bounced', { address, bounceType, reason })];
    case 'complained':
      return [
        make('message_complained', { address, reason }),
        make('unsubscribed', { reason: 'complained' }, '/unsubscribed'),
      ];
    case 'unsubscribed':
      return [make('unsubscribed', { reason })];
  }
}

/** What the store takes as an event's id; two connections may use the same. */
const ID_MAX = 400;
function idOf({ source, id }: MessageEvent): string {
  return `${source}/${id.length > ID_MAX ? createHash('sha256').update(id).digest('hex') : id}`;
}

const withoutNulls = (properties: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null && value !== undefined));
