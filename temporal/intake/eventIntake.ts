/**
 * Group commit: requests that arrive together share one transaction, and each is answered after its commit. One writer at a
 * time on SQLite, a few on PostgreSQL. When a group fails, its requests are tried one by one, so that none pays for another.
 */
import type { ParsedEvent } from '../domain/eventParsing.ts';
import { CommerceTriggerReader } from '../store/commerceTriggers.ts';
import { JourneyReader } from '../store/journeys.ts';
import type { Store } from '../store/store.ts';
import { storeUnavailable } from '../store/unavailable.ts';
import type { Session } from '../store/rows.ts';
import { takeIn, type EventOutcome } from './takeIn.ts';

/** Events of one transaction; a single larger request is still one. */
const GROUP_LIMIT = 500;
/** On PostgreSQL most of a writer's time goes into waiting for the others' locks; in one comparison three took fewer signed orders than two. */
const WRITERS = { sqlite: 1, postgres: 2 } as const;
/** Another process stored one of the events at the same moment: the next try sees it. */
const UNIQUE_VIOLATION = '23505';
const ATTEMPTS = 5;

export interface EventIntakeOptions {
  store: Store;
  /** Epoch ms. */
  now: () => number;
  timeScale: number;
  /** Default: no fingerprints. */
  keepsFingerprints?: boolean;
  /** Called after a commit that wrote outbox rows. */
  outboxWritten: () => void;
  /** Called after a commit with events for Commerce Triggers. */
  deliveriesWritten?: () => void;
}

/**
 * What else belongs into the same transaction (a customer's profile, the catalogue, a delivery's id), done before the events.
 * It may run again when the transaction has to. @returns further events that follow from it
 */
export type WorkBefore = (session: Session, now: number) => Promise<readonly ParsedEvent[]>;

/**
 * The same work of all submissions that share the transaction, done for all of them at once: a burst of webhooks costs a
 * handful of statements. It may run again as `WorkBefore` may. @returns for each item, the further events that follow from it
 */
export type GroupWork<T> = (
  session: Session,
  items: readonly T[],
  now: number,
) => Promise<readonly (readonly ParsedEvent[])[]>;

/** One submission's part of a group's work; what shares `work` is done together. */
export interface GroupedWork<T> {
  readonly work: GroupWork<T>;
  readonly item: T;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each work is only ever given its own items
type AnyGroupedWork = GroupedWork<any>;

interface Submission {
  events: readonly ParsedEvent[];
  before: WorkBefore | AnyGroupedWork | null;
  resolve: (outcomes: EventOutcome[]) => void;
  reject: (error: unknown) => void;
}

export class EventIntake {
  readonly #options: EventIntakeOptions;
  readonly #published = { journeys: new JourneyReader(), triggers: new CommerceTriggerReader() };
  #waiting: Submission[] = [];
  #writers = 0;

  constructor(options: EventIntakeOptions) {
    this.#options = options;
  }

  /**
   * @param before done in the same transaction; the events it returns come after `events`
   * @returns the outcomes, in the order of the events, after they have been committed
   * @throws what the store or `before` throws; then nothing of these events has been stored, or it will be found as duplicate
   */
  submit(events: readonly ParsedEvent[], before: WorkBefore | AnyGroupedWork | null = null): Promise<EventOutcome[]> {
    if (events.length === 0 && before === null) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, before, resolve, reject });
      if (this.#writers < WRITERS[this.#options.store.dialect]) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#writers++;
    try {
      for (;;) {
        // Requests that have reached this process by now are read first: they join the group.
        await new Promise(setImmediate);
        const group = this.#nextGroup();
        if (group.length === 0) return;
        await this.#commit(group);
      }
    } finally {
      this.#writers--;
    }
  }

  #nextGroup(): Submission[] {
    let size = 0;
    let count = 0;
    for (const { events } of this.#waiting) {
      // A webhook without an event (a product) is work, too.
      const more = Math.max(1, events.length);
      if (count > 0 && size + more > GROUP_LIMIT) break;
      size += more;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(group: Submission[]): Promise<void> {
    try {
      const answers = await this.#transaction(group);
      group.forEach(({ resolve }, index) => {
        resolve(answers[index] ?? []);
      });
    } catch (error) {
      // With the store away, trying one by one would only make everybody wait longer.
      if (group.length === 1 || storeUnavailable(error) !== null) {
        for (const { reject } of group) reject(error);
        return;
      }
      for (const submission of group) await this.#commit([submission]);
    }
  }

  /** @returns the outcomes of each submission */
  async #transaction(group: readonly Submission[]): Promise<EventOutcome[][]> {
    const { store, now, timeScale, keepsFingerprints = false, outboxWritten } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await store.transaction(async (db) => {
          const session: Session = { db, dialect: store.dialect };
          const rules = { now: now(), timeScale, keepsFingerprints };
          const following = await workBefore(session, group, rules.now);
          const batches = group.map((submission) => [...submission.events, ...(following.get(submission) ?? [])]);
          return { ...(await takeIn(session, batches.flat(), this.#published, rules)), batches };
        });
        if (result.outboxWritten) outboxWritten();
        if (result.deliveriesWritten) this.#options.deliveriesWritten?.();
        let from = 0;
        return result.batches.map(({ length }) => result.outcomes.slice(from, (from += length)));
      } catch (error) {
        if ((error as { code?: string }).code !== UNIQUE_VIOLATION || attempt >= ATTEMPTS) throw error;
      }
    }
  }
}

/** @returns the events that follow from what each submission wanted done before */
async function workBefore(
  session: Session,
  group: readonly Submission[],
  now: number,
): Promise<Map<Submission, readonly ParsedEvent[]>> {
  const following = new Map<Submission, readonly ParsedEvent[]>();
  const together = new Map<AnyGroupedWork['work'], { submission: Submission; item: unknown }[]>();
  for (const submission of group) {
    const { before } = submission;
    if (before === null) continue;
    if (typeof before === 'function') {
      following.set(submission, await before(session, now));
      continue;
    }
    const items = together.get(before.work);
    if (items) items.push({ submission, item: before.item });
    else together.set(before.work, [{ submission, item: before.item }]);
  }
  for (const [work, parts] of together) {
    const events = await work(
      session,
      parts.map(({ item }) => item),
      now,
    );
    parts.forEach(({ submission }, index) => following.set(submission, events[index] ?? []));
  }
  return following;
}
