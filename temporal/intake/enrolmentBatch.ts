/**
 * Brings many customers into one journey, other than by events: by hand, or because a schedule is due. The same rules hold as for
 * events; decided in memory for the whole batch, then written at once.
 */
import { looksBeside, matchesAny } from '../domain/ruleMatching.ts';
import { decideEntry, workflowIdOf, type SkipReason } from '../domain/entry.ts';
import { concerns, entryParts, type EntryPart } from '../domain/entryParts.ts';
import type { EventProperties } from '../domain/event.ts';
import { newId } from '../newId.ts';
import { findEnrolled } from '../store/enrolments.ts';
import { findEventsAfter, type StoredEvent } from '../store/events.ts';
import type { Journey } from '../store/journeys.ts';
import { insertOutbox } from '../store/outbox.ts';
import type { Session } from '../store/rows.ts';
import { findLastEntries, findOpenRuns } from '../store/runs.ts';
import { Buyers } from './buyers.ts';
import type { IntakeTime } from './journeyEffects.ts';
import { Replenishable } from './replenishable.ts';
import { RunChanges, type BatchRun } from './runChanges.ts';

export interface EnrolledCustomer {
  customerId: string;
  properties: EventProperties;
  /** The same one again for the same customer means the same runs; null: each is one of its own. */
  key: string | null;
}

export interface EnrolmentRules {
  /** What brings them in, in place of an event's type. */
  entry: 'manual' | 'schedule';
  /** Epoch ms; earlier entries with the same key are not looked for. */
  keysSince: number;
  /** Epoch ms: who has done since what ends the journey does not enter; null: whoever is named enters. */
  exitsSince: number | null;
}

export type BatchOutcome =
  { kind: 'started'; runIds: [string, ...string[]]; isRepeated: boolean } | { kind: 'refused'; reason: SkipReason };

export class EnrolmentBatch {
  readonly #changes: RunChanges;
  readonly #journey: Journey;
  readonly #time: IntakeTime;
  readonly #rules: EnrolmentRules;
  readonly #known: Known;

  private constructor(journey: Journey, time: IntakeTime, rules: EnrolmentRules, known: Known) {
    this.#changes = new RunChanges(time.now);
    this.#journey = journey;
    this.#time = time;
    this.#rules = rules;
    this.#known = known;
  }

  /** @param customers are locked */
  static async load(
    session: Session,
    journey: Journey,
    customers: readonly EnrolledCustomer[],
    rules: EnrolmentRules,
    time: IntakeTime,
  ): Promise<EnrolmentBatch> {
    const { key, definition } = journey;
    const ids = new Set(customers.map(({ customerId }) => customerId));
    const open = await findOpenRuns(session, ids);
    const lastEntries = await findLastEntries(session, ids, [key]);
    const enrolled = await findEnrolled(session, ids, key, rules.keysSince);
    const exits = definition.exits.map(({ type }) => type);
    const later = rules.exitsSince === null ? [] : await findEventsAfter(session, ids, exits, rules.exitsSince);
    return new EnrolmentBatch(journey, time, rules, {
      open: new Map(
        open
          .filter(({ journeyKey }) => journeyKey === key)
          .map((run) => [pair(run.customerId, run.entryKey), { ...run, isNew: false }]),
      ),
      lastEntries: new Map(lastEntries.map((entry) => [pair(entry.customerId, entry.entryKey), entry.enteredAt])),
      enrolled: new Map(
        [...Map.groupBy(enrolled, (run) => pair(run.customerId, run.key))].map(([at, runs]) => [
          at,
          runs.map(({ runId }) => runId),
        ]),
      ),
      buyers: await Buyers.among(session, journey, ids),
      replenishable: await Replenishable.among(session, definition.onlyReplenishable ? customers : []),
      later: Map.groupBy(later, ({ customerId }) => customerId),
    });
  }

  enrol(customer: EnrolledCustomer): BatchOutcome {
    const { customerId, properties, key } = customer;
    const [before, ...others] = (key === null ? null : this.#known.enrolled.get(pair(customerId, key))) ?? [];
    if (before !== undefined) return { kind: 'started', runIds: [before, ...others], isRepeated: true };
    const { definition } = this.#journey;
    const parts = entryParts(definition, { type: `custom:${this.#rules.entry}`, properties });
    const outcomes = parts.map((part) => this.#enrolPart(customer, part));
    const [runId, ...further] = outcomes.flatMap((outcome) => outcome.runId ?? []);
    if (runId === undefined) {
      return { kind: 'refused', reason: outcomes.flatMap(({ reason }) => reason ?? [])[0] ?? 'alreadyIn' };
    }
    if (key !== null) this.#known.enrolled.set(pair(customerId, key), [runId, ...further]);
    return { kind: 'started', runIds: [runId, ...further], isRepeated: false };
  }

  #enrolPart(customer: EnrolledCustomer, part: EntryPart): { runId?: string; reason?: SkipReason } {
    const { customerId, key } = customer;
    const at = pair(customerId, part.key);
    const open = this.#known.open.get(at);
    const decision = this.#decide(customerId, part, open);
    if (decision.kind === 'skip') return { reason: decision.reason };
    if (decision.kind === 'refresh') return { reason: 'alreadyIn' };

    if (open) this.#changes.cancel(open, 'restarted');
    const run: BatchRun = {
      id: newId('run'),
      journeyKey: this.#journey.key,
      customerId,
      entryKey: part.key,
      workflowId: workflowIdOf(this.#journey.key, customerId, part.key),
      segment: 1,
      step: null,
      entryOccurredAt: this.#time.now,
      wait: null,
      isNew: true,
    };
    const type = this.#rules.entry;
    const entry = { type, ...(key !== null && { eventId: key }), properties: part.properties };
    this.#changes.start(run, this.#journey, type, JSON.stringify(entry));
    this.#known.open.set(at, run);
    this.#known.lastEntries.set(at, this.#time.now);
    return { runId: run.id };
  }

  #decide(customerId: string, part: EntryPart, open: BatchRun | undefined) {
    const { definition, published, paused } = this.#journey;
    return decideEntry({
      journey: definition,
      published,
      paused,
      occurredAt: null,
      exitedSince: this.#exitedSince(customerId, part),
      ...this.#known.buyers.of(customerId),
      isReplenishable: this.#known.replenishable.has({ customerId, properties: part.properties }),
      open: open !== undefined,
      lastEnteredAt: this.#known.lastEntries.get(pair(customerId, part.key)) ?? null,
      ...this.#time,
    });
  }

  /** Rules that look at more than the event are left out: what the customer was like then is not known any more. */
  #exitedSince(customerId: string, { key, properties }: EntryPart): boolean {
    const { definition } = this.#journey;
    const exits = definition.exits.filter((rule) => !looksBeside(rule));
    return (this.#known.later.get(customerId) ?? []).some(
      ({ event }) => matchesAny(exits, event) && concerns(definition, { entryKey: key, entry: properties }, event),
    );
  }

  /** @returns whether the dispatcher has something to do */
  async write(session: Session): Promise<boolean> {
    await this.#changes.write(session);
    const outbox = this.#changes.outbox();
    await insertOutbox(session, outbox, this.#time.now);
    return outbox.length > 0;
  }
}

/** What the decisions depend on; it learns as the batch goes on. */
interface Known {
  /** By customer and entry key. */
  open: Map<string, BatchRun>;
  /** By customer and entry key: epoch ms. */
  lastEntries: Map<string, number>;
  /** By customer and the caller's key: ids of the runs. */
  enrolled: Map<string, string[]>;
  buyers: Buyers;
  replenishable: Replenishable;
  /** By customer, what has happened since that may end the journey. */
  later: Map<string, StoredEvent[]>;
}

const pair = (customerId: string, key: string): string => `${customerId}\0${key}`;
