/** What privacy needs to have done in the background: shops that are erased, and raw events whose time is over. */
import { setTimeout as delay } from 'node:timers/promises';
import { eraseShops } from './intake/privacyRequests.ts';
import { cutWriteAheadLog } from './store/erasure.ts';
import { deleteOldEvents } from './store/eventRetention.ts';
import { deleteOldFingerprints } from './store/fingerprints.ts';
import type { Store } from './store/store.ts';

export interface PrivacyWorkOptions {
  store: Store;
  /** How long raw events are kept, in real ms; null: for ever. */
  eventRetentionMs: number | null;
  /** Runs of erased customers have to end. */
  outboxWritten: () => void;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
  now?: () => number;
  /** How often it looks whether a shop is to be erased. */
  pollMs?: number;
}

export interface PrivacyWork {
  stop(): Promise<void>;
}

const POLL_MS = 5_000;
const RETENTION_EVERY_MS = 24 * 3_600_000;
const CHUNK = 1_000;

export function startPrivacyWork(options: PrivacyWorkOptions): PrivacyWork {
  const { store, eventRetentionMs, outboxWritten, log, now = Date.now, pollMs = POLL_MS } = options;
  const stopping = new AbortController();
  const isStopping = () => stopping.signal.aborted;
  let retentionDueAt = 0;

  const round = async (): Promise<void> => {
    while (!isStopping() && (await eraseShops(store, now()))) outboxWritten();
    if (eventRetentionMs === null || now() < retentionDueAt) return;
    const deleted = await applyRetention(store, eventRetentionMs, now(), isStopping);
    retentionDueAt = now() + RETENTION_EVERY_MS;
    if (deleted > 0) log.info({ deleted }, 'raw events past their retention were deleted');
  };

  const loop = async (): Promise<void> => {
    while (!isStopping()) {
      await round().catch((error: unknown) => {
        log.warn({ err: error }, 'privacy work was interrupted; it goes on');
      });
      await delay(pollMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
  };
  const running = loop();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** @returns how many events have been deleted; what a stop leaves undone, the next round does */
export async function applyRetention(
  store: Store,
  retentionMs: number,
  now: number,
  isStopping: () => boolean = () => false,
  chunk = CHUNK,
): Promise<number> {
  let deleted = 0;
  for (let reached: number | null = 0; reached !== null && !isStopping();) {
    const from: number = reached;
    const done = await store.transaction((db) =>
      deleteOldEvents({ db, dialect: store.dialect }, now - retentionMs, from, now, chunk),
    );
    deleted += done.deleted;
    reached = done.reached;
  }
  const forgotten = await deleteOldFingerprints({ db: store.db, dialect: store.dialect }, now - retentionMs);
  if (deleted + forgotten > 0) await cutWriteAheadLog(store);
  return deleted;
}
