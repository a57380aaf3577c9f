/**
 * Carries the outbox to Temporal: in order for each customer, many customers at once, at once after a commit and again after
 * a crash. A row is deleted only when Temporal has answered, so everything may be told twice; the port makes that harmless.
 * Several processes on PostgreSQL share the work by leases.
 */
import { claimOutbox, type OutboxEntry } from '../store/outbox.ts';
import type { Store } from '../store/store.ts';
import { Settler } from './settler.ts';
import type { TemporalPort } from './temporalPort.ts';

export interface DispatcherOptions {
  store: Store;
  temporal: TemporalPort;
  /** Epoch ms. */
  now?: () => number;
  /** Customers worked on at the same time. */
  concurrency?: number;
  /** How often the outbox is looked at when nobody wakes the dispatcher: after a crash, or for another process. */
  pollMs?: number;
  log?: DispatcherLog;
}

export interface DispatcherLog {
  warn(fields: Record<string, unknown>, message: string): void;
}

const CONCURRENCY = 64;
const POLL_MS = 1000;
/** A process that dies leaves its rows to the others after this time. */
const LEASE_MS = 60_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 60_000;
/** From this failure of a row on the operator hears of it; before, a closing workflow is the usual reason. */
const LOGGED_FROM_ATTEMPT = 5;

export class Dispatcher {
  readonly #store: Store;
  readonly #temporal: TemporalPort;
  readonly #now: () => number;
  readonly #concurrency: number;
  readonly #pollMs: number;
  readonly #log: DispatcherLog;
  readonly #settler: Settler;
  readonly #inFlight = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Infinity;
  #isRunning = false;
  #claiming: Promise<void> | null = null;
  #claimAgain = false;
  /** Failures since the last success: with Temporal away, one customer at a time is enough to notice its return. */
  #failuresInARow = 0;

  constructor(options: DispatcherOptions) {
    this.#store = options.store;
    this.#temporal = options.temporal;
    this.#now = options.now ?? Date.now;
    this.#concurrency = options.concurrency ?? CONCURRENCY;
    this.#pollMs = options.pollMs ?? POLL_MS;
    this.#log = options.log ?? { warn: () => {} };
    this.#settler = new Settler(options.store);
  }

  start(): void {
    this.#isRunning = true;
    this.wake();
  }

  /** There may be something to do: called after a commit that wrote outbox rows. */
  wake(): void {
    if (!this.#isRunning) return;
    if (this.#claiming) {
      this.#claimAgain = true;
      return;
    }
    this.#claiming = this.#claim().finally(() => {
      this.#claiming = null;
      if (this.#claimAgain) {
        this.#claimAgain = false;
        this.wake();
      } else {
        this.#wakeIn(this.#pollMs);
      }
    });
  }

  /** Takes nothing new; resolves when what was begun has been answered and written down. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#claiming;
    await Promise.all(this.#inFlight.values());
  }

  /** One timer, for the earliest reason to look. */
  #wakeIn(ms: number): void {
    const at = this.#now() + ms;
    if (!this.#isRunning || (this.#timer && at >= this.#timerAt)) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#timerAt = Infinity;
      this.wake();
    }, ms);
  }

  async #claim(): Promise<void> {
    const limit = this.#failuresInARow >= this.#concurrency ? 1 : this.#concurrency;
    const free = limit - this.#inFlight.size;
    if (free <= 0) return;
    try {
      const now = this.#now();
      const claimed = await claimOutbox(this.#store, free, now, now + LEASE_MS);
      for (const [customerId, entries] of claimed) {
        const work = this.#work(entries).finally(() => {
          this.#inFlight.delete(customerId);
          // Rows may have come meanwhile, for this customer or for those who had no place.
          this.wake();
        });
        this.#inFlight.set(customerId, work);
      }
    } catch (error) {
      // The store is away; the rows are safe in it.
      this.#log.warn({ err: error }, 'the outbox cannot be read');
    }
  }

  async #work(entries: readonly OutboxEntry[]): Promise<void> {
    for (const [index, entry] of entries.entries()) {
      const failure = await this.#deliver(entry);
      try {
        if (failure === null) {
          this.#failuresInARow = 0;
          // Committed before the next row is told: after a crash nothing is told out of order.
          await this.#settler.done(entry.id);
          continue;
        }
        await this.#giveBack(entry, failure, entries.slice(index + 1));
      } catch (error) {
        this.#log.warn(
          { err: error, runId: entry.runId },
          'the outbox cannot be written; its rows are told again later',
        );
      }
      return;
    }
  }

  async #giveBack(failed: OutboxEntry, error: string, behind: readonly OutboxEntry[]): Promise<void> {
    const delay = Math.min(FIRST_RETRY_MS * 2 ** failed.attempts, LAST_RETRY_MS);
    const { runId, customerId, kind, attempts } = failed;
    if (attempts >= LOGGED_FROM_ATTEMPT) {
      this.#log.warn({ runId, customerId, kind, attempts, error, retryInMs: delay }, 'Temporal could not be told yet');
    }
    const now = this.#now();
    await this.#settler.retry([
      { id: failed.id, availableAt: now + delay, error },
      ...behind.map(({ id }) => ({ id, availableAt: now, error: null })),
    ]);
    this.#wakeIn(delay);
  }

  /** @returns null when Temporal has been told, else why not */
  async #deliver(entry: OutboxEntry): Promise<string | null> {
    try {
      return await this.#tell(entry);
    } catch (error) {
      this.#failuresInARow++;
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #tell(entry: OutboxEntry): Promise<string | null> {
    const { workflowId, runId } = entry;
    switch (entry.kind) {
      case 'start': {
        // Ended before Temporal heard of it: there is nothing to start.
        if (!entry.runIsOpen) return null;
        const answer = await this.#temporal.start(entry.payload, workflowId);
        return answer === 'busy' ? 'The earlier run of this customer has not closed yet.' : null;
      }
      case 'exit':
      case 'event':
        await this.#temporal.event(workflowId, runId, entry.payload);
        return null;
      case 'restart':
        await this.#temporal.restart(workflowId, runId, entry.payload);
        return null;
      case 'resume':
        await this.#temporal.resume(workflowId, runId);
        return null;
      case 'cancel':
        await this.#temporal.cancel(workflowId, runId);
        return null;
    }
  }
}
