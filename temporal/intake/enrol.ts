/** Brings customers into a journey by hand: one from the API, or a whole batch from the Journey node. */
import { decideEntry, entryKeyOf, workflowIdOf, type EntryDecision, type SkipReason } from '../domain/entry.ts';
import type { EventIdentity, EventProperties } from '../domain/event.ts';
import { newId } from '../newId.ts';
import { findEnrolled } from '../store/enrolments.ts';
import { JourneyReader, type Journey } from '../store/journeys.ts';
import { insertOutbox } from '../store/outbox.ts';
import type { Session } from '../store/rows.ts';
import { findLastEntries, findOpenRuns } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { Buyers } from './buyers.ts';
import type { IntakeTime } from './journeyEffects.ts';
import { resolveCustomers } from './resolveCustomers.ts';
import { RunChanges, type BatchRun } from './runChanges.ts';

const MANUAL_ENTRY = 'manual';
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
  | { kind: 'started'; runId: string; customerId: string }
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
    const batch = await EnrolmentBatch.load(session, journey, new Set(customerIds.filter((id) => id !== null)), time);
    const outcomes = enrolments.map((enrolment, index) => {
      const customerId = customerIds[index] ?? null;
      return customerId === null ? { kind: 'noCustomer' as const } : batch.enrol(customerId, enrolment);
    });
    await batch.changes.write(session);
    await insertOutbox(session, batch.changes.outbox(), time.now);
    return outcomes;
  });
}

class EnrolmentBatch {
  readonly changes: RunChanges;
  readonly #journey: Journey;
  readonly #time: IntakeTime;
  /** By customer and entry key. */
  readonly #open: Map<string, BatchRun>;
  readonly #lastEntries: Map<string, number>;
  /** By customer and the caller's key. */
  readonly #enrolled: Map<string, string>;
  readonly #buyers: Buyers;

  private constructor(
    journey: Journey,
    time: IntakeTime,
    open: Map<string, BatchRun>,
    lastEntries: Map<string, number>,
    enrolled: Map<string, string>,
    buyers: Buyers,
  ) {
    this.changes = new RunChanges(time.now);
    this.#journey = journey;
    this.#time = time;
    this.#open = open;
    this.#lastEntries = lastEntries;
    this.#enrolled = enrolled;
    this.#buyers = buyers;
  }

  static async load(
    session: Session,
    journey: Journey,
    customerIds: ReadonlySet<string>,
    time: IntakeTime,
  ): Promise<EnrolmentBatch> {
    const open = await findOpenRuns(session, customerIds);
    const lastEntries = await findLastEntries(session, customerIds, [journey.key]);
    const enrolled = await findEnrolled(session, customerIds, journey.key, time.now - REPEATED_WITHIN_MS);
    return new EnrolmentBatch(
      journey,
      time,
      new Map(
        open
          .filter(({ journeyKey }) => journeyKey === journey.key)
          .map((run) => [pair(run.customerId, run.entryKey), { ...run, isNew: false }]),
      ),
      new Map(lastEntries.map((entry) => [pair(entry.customerId, entry.entryKey), entry.enteredAt])),
      new Map(enrolled.map(({ customerId, key, runId }) => [pair(customerId, key), runId])),
      await Buyers.among(session, journey, customerIds),
    );
  }

  enrol(customerId: string, { properties, key }: Enrolment): Enrolled {
    const before = key === null ? undefined : this.#enrolled.get(pair(customerId, key));
    if (before !== undefined) return { kind: 'started', runId: before, customerId };
    const { definition, key: journeyKey } = this.#journey;
    const entryKey = entryKeyOf(definition, { type: `custom:${MANUAL_ENTRY}`, properties });
    const at = pair(customerId, entryKey);
    const open = this.#open.get(at);
    const reason = refusalOf(this.#decide(customerId, at, open));
    if (reason !== null) return { kind: 'refused', reason, customerId };

    if (open) this.changes.cancel(open, 'restarted');
    const run: BatchRun = {
      id: newId('run'),
      journeyKey,
      customerId,
      entryKey,
      workflowId: workflowIdOf(journeyKey, customerId, entryKey),
      segment: 1,
      step: null,
      entryOccurredAt: this.#time.now,
      wait: null,
      isNew: true,
    };
    const entry = { type: MANUAL_ENTRY, ...(key !== null && { eventId: key }), properties };
    this.changes.start(run, this.#journey, MANUAL_ENTRY, JSON.stringify(entry));
    this.#open.set(at, run);
    this.#lastEntries.set(at, this.#time.now);
    if (key !== null) this.#enrolled.set(pair(customerId, key), run.id);
    return { kind: 'started', runId: run.id, customerId };
  }

  #decide(customerId: string, at: string, open: BatchRun | undefined): EntryDecision {
    const { definition, published, paused } = this.#journey;
    return decideEntry({
      journey: definition,
      published,
      paused,
      occurredAt: null,
      exitedSince: false,
      ...this.#buyers.of(customerId),
      open: open !== undefined,
      lastEnteredAt: this.#lastEntries.get(at) ?? null,
      ...this.#time,
    });
  }
}

function refusalOf(decision: EntryDecision): SkipReason | null {
  if (decision.kind === 'skip') return decision.reason;
  return decision.kind === 'refresh' ? 'alreadyIn' : null;
}

const pair = (customerId: string, key: string): string => `${customerId}\0${key}`;
