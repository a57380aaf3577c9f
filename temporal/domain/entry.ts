/** May this customer enter this journey now, and what happens to a run that is open already (INTERNALS: entry rules). */
import type { CanonicalEvent } from './event.ts';
import type { JourneyDefinition } from './journey.ts';

export type SkipReason =
  | 'unpublished'
  | 'paused'
  | 'tooOld'
  | 'exitedSince'
  | 'alreadyBuyer'
  | 'buyersFingerprint'
  | 'noBuyer'
  | 'notReplenishable'
  | 'alreadyIn'
  | 'coolingDown'
  | 'onlyOnce';

export type EntryDecision =
  | { kind: 'enter' }
  /** The open run ends as cancelled and a new one begins. */
  | { kind: 'replace' }
  /** The open run stays; a wait that says so starts anew. */
  | { kind: 'refresh' }
  | { kind: 'skip'; reason: SkipReason };

export interface EntryCircumstances {
  journey: JourneyDefinition;
  published: boolean;
  paused: boolean;
  /** Epoch ms of the entry event; null for an entry by hand, which is never too old. */
  occurredAt: number | null;
  /** An exit event with a later `occurredAt` is stored already. */
  exitedSince: boolean;
  /** The customer has ordered before, under whatever identifier; read only for journeys that ask. */
  hasOrdered: boolean;
  /** Somebody with the same fingerprint has: it withholds what is for newcomers, and opens nothing. */
  hasBuyersFingerprint: boolean;
  /** A product of the entry is expected to run out and does not come by a subscription; read only for journeys that ask. */
  isReplenishable: boolean;
  /** A run with this entry key is open. */
  open: boolean;
  /** Epoch ms when the customer last entered (with this entry key). */
  lastEnteredAt: number | null;
  /** Epoch ms. */
  now: number;
  timeScale: number;
}

export function decideEntry(circumstances: EntryCircumstances): EntryDecision {
  const { journey, now, occurredAt, lastEnteredAt } = circumstances;
  if (!circumstances.published) return { kind: 'skip', reason: 'unpublished' };
  if (circumstances.paused) return { kind: 'skip', reason: 'paused' };
  // Real age, whatever the time scale: it protects against a shop that delivers yesterday's carts.
  if (occurredAt !== null && now - occurredAt > journey.maxEventAgeMs) return { kind: 'skip', reason: 'tooOld' };
  if (circumstances.exitedSince) return { kind: 'skip', reason: 'exitedSince' };
  if (journey.customers === 'withoutOrder' && circumstances.hasOrdered) return { kind: 'skip', reason: 'alreadyBuyer' };
  if (journey.customers === 'withoutOrder' && circumstances.hasBuyersFingerprint) {
    return { kind: 'skip', reason: 'buyersFingerprint' };
  }
  if (journey.customers === 'withOrder' && !circumstances.hasOrdered) return { kind: 'skip', reason: 'noBuyer' };
  if (journey.onlyReplenishable && !circumstances.isReplenishable) return { kind: 'skip', reason: 'notReplenishable' };
  if (circumstances.open) {
    return journey.reentry === 'restart' ? { kind: 'replace' } : { kind: 'refresh' };
  }
  if (lastEnteredAt === null || journey.enterAgain === 'always') return { kind: 'enter' };
  if (journey.enterAgain === 'never') return { kind: 'skip', reason: 'onlyOnce' };
  const over = now - lastEnteredAt >= journey.cooldownMs / circumstances.timeScale;
  return over ? { kind: 'enter' } : { kind: 'skip', reason: 'coolingDown' };
}

/** For the operator and for callers of the API. */
export const SKIP_REASONS: Record<SkipReason, string> = {
  unpublished: 'The journey is not published.',
  paused: 'The journey is paused: nobody enters until it is resumed.',
  tooOld: 'The event is older than the journey accepts.',
  exitedSince: 'An event that ends this journey has happened since.',
  alreadyBuyer: 'The customer has ordered before; the journey is for those without an order.',
  buyersFingerprint:
    'Somebody with the same fingerprint has ordered before; the journey is for those without an order.',
  noBuyer: 'The customer has not ordered yet; the journey is for those with an order.',
  notReplenishable:
    'Nobody knows when the product runs out, or it comes by a subscription; the journey is for products that run out.',
  alreadyIn: 'The customer is in this journey already.',
  coolingDown: 'The customer entered this journey lately; its cool-down is not over.',
  onlyOnce: 'The customer has been in this journey before, and it is entered only once.',
};

export function workflowIdOf(journeyKey: string, customerId: string, entryKey: string): string {
  return entryKey === '' ? `journey/${journeyKey}/${customerId}` : `journey/${journeyKey}/${customerId}/${entryKey}`;
}

/** What a run keeps of the event that brought the customer in. @param properties of that run's part of it */
export function entryOf(event: Pick<CanonicalEvent, 'id' | 'type'>, properties: CanonicalEvent['properties']): string {
  return JSON.stringify({ type: event.type, eventId: event.id, properties });
}
