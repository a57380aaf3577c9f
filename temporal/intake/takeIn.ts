/**
 * One transaction for a whole batch of events: each is stored once, finds its customer, changes profiles and journeys and
 * leaves outbox rows. A handful of statements for a batch of any size; an event is acknowledged only after the commit.
 */
import { interestsOf } from '../domain/catalogue/interests.ts';
import type { Channel } from '../domain/event.ts';
import type { ParsedEvent } from '../domain/eventParsing.ts';
import { namedBy, namedByEvent, type FieldProblem } from '../domain/identity.ts';
import { subscriptionsOf } from '../domain/productSubscriptions.ts';
import { forgetErasedAddresses } from '../store/erasedAddresses.ts';
import { eventKey, findStoredEvents, insertEvents } from '../store/events.ts';
import type { CommerceTriggerReader } from '../store/commerceTriggers.ts';
import { knownCustomers } from '../store/identities.ts';
import type { JourneyReader } from '../store/journeys.ts';
import { writeInterests, type NewInterest } from '../store/productInterests.ts';
import { writeSubscriptions, type NewSubscription } from '../store/productSubscriptions.ts';
import type { Session } from '../store/rows.ts';
import { deliverToTriggers } from './deliverToTriggers.ts';
import { Buyers } from './buyers.ts';
import { JourneyEffects, type IntakeTime } from './journeyEffects.ts';
import { ProfileEffects } from './profileEffects.ts';
import { replenish } from './replenishmentEffects.ts';
import type { ResolvedEvent } from './resolvedEvent.ts';
import { resolveNamed } from './resolveCustomers.ts';
import { noteFingerprints } from './seenFingerprints.ts';

export type EventOutcome =
  | { customerId: string; duplicate: boolean; problem?: undefined }
  /** The event names only a customer id that does not exist. */
  | { problem: FieldProblem };

export interface BatchOutcome {
  /** In the order of the events. */
  outcomes: EventOutcome[];
  /** The dispatcher has something to do. */
  outboxWritten: boolean;
  /** Commerce Triggers have something to get. */
  deliveriesWritten: boolean;
}

/** What n8n has published, as this process knows it. */
export interface PublishedReaders {
  journeys: JourneyReader;
  triggers: CommerceTriggerReader;
}

export interface IntakeRules extends IntakeTime {
  /** The operator has switched fingerprints on; never for imports. */
  keepsFingerprints?: boolean;
}

/** @param session a transaction */
export async function takeIn(
  session: Session,
  events: readonly ParsedEvent[],
  readers: PublishedReaders,
  rules: IntakeRules,
): Promise<BatchOutcome> {
  const firsts = distinctEvents(events);
  const { customerIds, stored, created, merged } = await resolveNewEvents(session, firsts, rules.now);

  const resolved: ResolvedEvent[] = [];
  const outcomeOf = new Map<string, EventOutcome>();
  firsts.forEach(({ event, occurredAt, isHistory = false, fingerprint }, index) => {
    const key = eventKey(event);
    const storedFor = stored.get(key);
    // A repetition may have given the customer another id, by a merge.
    const customerId = customerIds[index] ?? storedFor ?? null;
    if (customerId === null) {
      outcomeOf.set(key, {
        problem: { path: '/identity/customerId', message: 'names a customer that does not exist' },
      });
      return;
    }
    outcomeOf.set(key, { customerId, duplicate: storedFor !== undefined });
    if (storedFor !== undefined) return;
    resolved.push({
      event,
      occurredAt,
      customerId,
      isNewCustomer: created.has(customerId),
      repeatsOrder: false,
      cartIsEmpty: false,
      isHistory,
      ...(fingerprint !== undefined && { fingerprint }),
    });
  });
  const outcomes = outcomesInOrder(events, outcomeOf);
  if (resolved.length === 0) return { outcomes, outboxWritten: merged, deliveriesWritten: false };
  const written = await applyEffects(session, resolved, readers, rules);
  return { outcomes, ...written, outboxWritten: written.outboxWritten || merged };
}

async function resolveNewEvents(session: Session, events: readonly ParsedEvent[], now: number) {
  const keys = events.map(({ event }) => event);
  // Deliveries are repeated often; what is known already is not to make customers or move anything.
  const storedBefore = await findStoredEvents(session, keys);
  const fresh = events.filter(({ event }) => !storedBefore.has(eventKey(event)));
  const claimed = await claimedOrders(session, events, storedBefore);
  const { customerIds, created, outboxWritten } = await resolveNamed(
    session,
    [...fresh, ...claimed].map(({ event }) => namedByEvent(event)),
    now,
  );
  const byKey = new Map(
    [...fresh, ...claimed].map(({ event }, index) => [eventKey(event), customerIds[index] ?? null]),
  );
  // On PostgreSQL another process may have stored one of them while we waited for its customer's lock.
  const isAlone = session.dialect === 'sqlite' || fresh.length === 0;
  const stored = isAlone ? storedBefore : await findStoredEvents(session, keys);
  return {
    customerIds: events.map(({ event }) => byKey.get(eventKey(event)) ?? null),
    stored,
    created,
    /** A merge has left something for the dispatcher. */
    merged: outboxWritten,
  };
}

/**
 * Purchases told again, now with a name: a shop's later topics know the buyer of an order that was nobody's. Of an order that
 * has a buyer a repetition says nothing new.
 */
async function claimedOrders(
  session: Session,
  events: readonly ParsedEvent[],
  stored: ReadonlyMap<string, string>,
): Promise<ParsedEvent[]> {
  const named = events.filter(
    ({ event }) =>
      event.type === 'completed_purchase' && stored.has(eventKey(event)) && namedBy(event.identity).strong.length > 0,
  );
  if (named.length === 0) return [];
  const holders = await knownCustomers(
    session,
    new Set(named.flatMap(({ event }) => stored.get(eventKey(event)) ?? [])),
  );
  const nobodys = new Set(holders.filter(({ strength }) => strength === 0).map(({ id }) => id));
  return named.filter(({ event }) => nobodys.has(stored.get(eventKey(event)) ?? ''));
}

async function applyEffects(
  session: Session,
  events: ResolvedEvent[],
  readers: PublishedReaders,
  rules: IntakeRules,
): Promise<Omit<BatchOutcome, 'outcomes'>> {
  const journeys = await readers.journeys.all(session.db);
  // What happened first has its effect first, whatever the order in the batch; the sort keeps ties as they came.
  const counting = [...events].sort((a, b) => a.occurredAt - b.occurredAt).filter(({ event }) => !event.test);
  await noteFingerprints(session, counting, rules.keepsFingerprints ?? false, rules.now);
  const buyers = await Buyers.before(session, journeys, events);
  const profiles = await ProfileEffects.load(session, events);
  for (const event of counting) profiles.apply(event);
  // Before the journeys: a rule such as "their first order" looks at the totals with this order in them.
  await profiles.write(session, rules.now);
  // Nobody enters to be reminded of what comes by itself from this order on.
  await writeSubscriptions(session, subscriptionsIn(counting));
  const runs = await JourneyEffects.load(session, journeys, events, buyers, rules);
  for (const event of counting) if (!event.repeatsOrder) runs.apply(event);
  await insertEvents(session, events, rules.now);
  await writeInterests(session, interestsIn(events));
  await replenish(session, counting, runs, rules);
  await forgetErasedAddresses(session, newlySubscribed(events));
  const deliveriesWritten = await deliverToTriggers(session, events, readers.triggers, rules.now);
  return { outboxWritten: await runs.write(session), deliveriesWritten };
}

/** Consent that is set, imported or ticked beside an order does not undo an erasure; subscribing anew does. */
function newlySubscribed(events: readonly ResolvedEvent[]): { customerId: string; channel: Channel; at: number }[] {
  return events
    .filter(({ event, isHistory }) => event.type === 'subscribed' && !event.test && !isHistory)
    .map(({ event, customerId, occurredAt }) => ({
      customerId,
      channel: event.properties['channel'] as Channel,
      at: occurredAt,
    }));
}

function interestsIn(events: readonly ResolvedEvent[]): NewInterest[] {
  return events
    .filter(({ event }) => !event.test)
    .flatMap(({ event, customerId, occurredAt }) =>
      interestsOf(event).map((interest) => ({ ...interest, customerId, at: occurredAt })),
    );
}

function subscriptionsIn(events: readonly ResolvedEvent[]): NewSubscription[] {
  return events.flatMap(({ event, customerId, occurredAt }) =>
    subscriptionsOf(event).map((statement) => ({ ...statement, customerId, at: occurredAt })),
  );
}

function distinctEvents(events: readonly ParsedEvent[]): ParsedEvent[] {
  const firsts = new Map<string, ParsedEvent>();
  for (const parsed of events) {
    const key = eventKey(parsed.event);
    if (!firsts.has(key)) firsts.set(key, parsed);
  }
  return [...firsts.values()];
}

function outcomesInOrder(events: readonly ParsedEvent[], outcomeOf: Map<string, EventOutcome>): EventOutcome[] {
  const seen = new Set<string>();
  return events.map(({ event }) => {
    const key = eventKey(event);
    const outcome = outcomeOf.get(key) as EventOutcome;
    const repeated = seen.has(key);
    seen.add(key);
    return outcome.problem === undefined && repeated ? { ...outcome, duplicate: true } : outcome;
  });
}
