/** What privacy needs to have done in the background: shops that are erased, and what is past its retention. */
import { eraseShops } from './intake/privacyRequests.ts';
import { applyRetention, type Deleted, type RetentionTimes } from './retention.ts';
import { rounds } from './rounds.ts';
import type { Store } from './store/store.ts';

export interface PrivacyWorkOptions extends RetentionTimes {
  store: Store;
  /** Runs of erased customers have to end. */
  outboxWritten: () => void;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
  now?: () => number;
  /** How often it looks whether a shop is to be erased. */
  pollMs?: number;
}

export interface PrivacyWork {
  /** What has been deleted past its retention since the start. */
  deleted(): Deleted;
  stop(): Promise<void>;
}

const POLL_MS = 5_000;
const RETENTION_EVERY_MS = 24 * 3_600_000;

export function startPrivacyWork(options: PrivacyWorkOptions): PrivacyWork {
  const { store, outboxWritten, log, now = Date.now, pollMs = POLL_MS } = options;
  const loop = rounds(round, pollMs, (error) => {
    log.warn({ err: error }, 'privacy work was interrupted; it goes on');
  });
  const isStopping = () => loop.signal.aborted;
  const total: Deleted = { events: 0, customers: 0, carts: 0 };
  let retentionDueAt = 0;

  async function round(): Promise<void> {
    while (!isStopping() && (await eraseShops(store, now()))) outboxWritten();
    if (isStopping() || now() < retentionDueAt) return;
    const deleted = await applyRetention(store, options, now(), { isStopping });
    retentionDueAt = now() + RETENTION_EVERY_MS;
    total.events += deleted.events;
    total.customers += deleted.customers;
    total.carts += deleted.carts;
    const { events, customers, carts } = deleted;
    if (events + customers + carts > 0) log.info(deleted, 'what was past its retention has been deleted');
  }

  loop.start();
  return {
    deleted: () => ({ ...total }),
    stop: loop.stop,
  };
}
