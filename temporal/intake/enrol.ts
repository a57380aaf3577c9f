/** Brings customers into a journey by hand: one from the API, or a whole batch from the Journey node. */
import type { SkipReason } from '../domain/entry.ts';
import type { EventIdentity, EventProperties } from '../domain/event.ts';
import { JourneyReader } from '../store/journeys.ts';
import type { Session } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { EnrolmentBatch } from './enrolmentBatch.ts';
import type { IntakeTime } from './journeyEffects.ts';
import { resolveCustomers } from './resolveCustomers.ts';

/** A call whose answer was lost is repeated within minutes. */
const REPEATED_WITHIN_MS = 24 * 3600_000;

export interface Enrolment {
  /** A customer id, or an identity that finds or makes one. */
  who: EventIdentity;
  properties: EventProperties;
  /** The same one again means the same run; null: each is one of its own. */
  key: string | null;
}

export type Enrolled =
  /** Several where the journey has one run for each product. */
  | { kind: 'started'; runIds: [string, ...string[]]; customerId: string }
  | { kind: 'noCustomer' }
  | { kind: 'refused'; reason: SkipReason; customerId: string | null };

/** @returns one outcome for each, in their order; null when there is no such journey */
export async function enrolCustomers(
  store: Store,
  journeyKey: string,
  enrolments: readonly Enrolment[],
  time: IntakeTime,
): Promise<Enrolled[] | null> {
  return await store.transaction(async (db) => {
    const session: Session = { db, dialect: store.dialect };
    const journey = (await new JourneyReader().all(db)).find(({ key }) => key === journeyKey);
    if (!journey) return null;
    const closed = journey.published ? (journey.paused ? 'paused' : null) : 'unpublished';
    if (closed !== null) return enrolments.map(() => ({ kind: 'refused', reason: closed, customerId: null }));

    const { customerIds } = await resolveCustomers(
      session,
      enrolments.map(({ who }) => who),
      time.now,
    );
    const customers = enrolments.map(({ properties, key }, index) => {
      const customerId = customerIds[index] ?? null;
      return customerId === null ? null : { customerId, properties, key };
    });
    const batch = await EnrolmentBatch.load(
      session,
      journey,
      customers.filter((customer) => customer !== null),
      { entry: 'manual', keysSince: time.now - REPEATED_WITHIN_MS, exitsSince: null },
      time,
    );
    const outcomes = customers.map((customer): Enrolled => {
      if (customer === null) return { kind: 'noCustomer' };
      const { customerId } = customer;
      return { ...batch.enrol(customer), customerId };
    });
    await batch.write(session);
    return outcomes;
  });
}
