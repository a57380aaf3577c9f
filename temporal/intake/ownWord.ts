/** A person's own word about a channel, said on a page, by text message or by a confirmed link, as a canonical event. */
import type { ConsentEntry } from '../domain/consent.ts';
import type { CanonicalEvent, Channel } from '../domain/event.ts';
import type { ParsedEvent } from '../domain/eventParsing.ts';
import { isoTime } from '../domain/textValues.ts';

export interface OwnWord {
  id: string;
  source: string;
  state: 'subscribed' | 'unsubscribed';
  customerId: string;
  channel: Channel;
  properties: Record<string, unknown>;
}

/** @param at epoch ms */
export function ownWordEvent(word: OwnWord, at: number): ParsedEvent {
  const { id, source, state, customerId, channel, properties } = word;
  return madeEvent({ id, source, type: state, identity: { customerId }, properties: { ...properties, channel } }, at);
}

export function madeEvent(event: Omit<CanonicalEvent, 'occurredAt'>, at: number): ParsedEvent {
  return { event: { ...event, occurredAt: isoTime(at) }, occurredAt: at, underTracked: [] };
}

/** What a person says now outweighs what is known, also where that came from a clock that is ahead. */
export const timeOfWord = (now: number, known: ConsentEntry | undefined): number =>
  Math.max(now, known === undefined ? 0 : known.at + 1);
