/** Which of two statements about consent holds: the later one; of two at the same time the stricter one. */
import type { CanonicalEvent, Channel, ConsentState } from './event.ts';

export interface ConsentEntry {
  state: ConsentState;
  source: string;
  /** Epoch ms. */
  at: number;
}

const STRICTNESS: Record<ConsentState, number> = { subscribed: 0, never: 1, unsubscribed: 2 };

export const isStricter = (one: ConsentState, other: ConsentState): boolean => STRICTNESS[one] > STRICTNESS[other];

/** Order of arrival does not matter: late news of an earlier statement changes nothing. */
export function supersedes(next: ConsentEntry, current: ConsentEntry | undefined): boolean {
  if (!current || next.at > current.at) return true;
  return next.at === current.at && isStricter(next.state, current.state);
}

/** What an event says about consent: its own `consent`, and the channel of `subscribed` and `unsubscribed`. */
export function consentOf(event: CanonicalEvent, occurredAt: number): [Channel, ConsentEntry][] {
  const entries: [Channel, ConsentEntry][] = [];
  for (const [channel, statement] of Object.entries(event.consent ?? {})) {
    const at = statement.at === undefined ? occurredAt : Date.parse(statement.at);
    entries.push([channel as Channel, { state: statement.state, source: statement.source ?? event.source, at }]);
  }
  if (event.type === 'subscribed' || event.type === 'unsubscribed') {
    const channel = event.properties['channel'] as Channel;
    // Told with its own time already: a shop's webhook tells later what was agreed before.
    if (event.consent?.[channel]?.state === event.type) return entries;
    entries.push([channel, { state: event.type, source: event.source, at: occurredAt }]);
  }
  return entries;
}
