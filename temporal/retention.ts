/** What is deleted once its time is over, chunk by chunk: raw events and fingerprints, profiles that name nobody, carts. */
import { setTimeout as delay } from 'node:timers/promises';
import { forgetAnonymous } from './intake/forgetting.ts';
import { deleteOldCarts } from './store/anonymousCustomers.ts';
import { cutWriteAheadLog } from './store/erasure.ts';
import { deleteOldEvents, REPEATED_WITHIN_MS } from './store/eventRetention.ts';
import { deleteOldFingerprints } from './store/fingerprints.ts';
import type { Store } from './store/store.ts';

/** In real ms; null: for ever. */
export interface RetentionTimes {
  /** Raw events, from when they happened, and fingerprints, from when they were last seen. */
  eventRetentionMs: number | null;
  /** Profiles that name nobody, from when an event of theirs last came in. */
  anonymousRetentionMs: number | null;
}

/** How many rows of each kind have been deleted. */
export interface Deleted {
  events: number;
  customers: number;
  carts: number;
}

export interface RetentionLimits {
  isStopping?: () => boolean;
  /** Rows looked at in one transaction. */
  chunk?: number;
}

const CHUNK = 500;
/** Between two chunks it rests so many times as long as the chunk took: SQLite works in the thread that answers requests. */
const REST = 3;
const LONGEST_REST_MS = 1_000;

/** Goes through the whole store once. What a stop leaves undone, the next call does; several processes may do it at a time. */
export async function applyRetention(
  store: Store,
  { eventRetentionMs, anonymousRetentionMs }: RetentionTimes,
  now: number,
  { isStopping = () => false, chunk = CHUNK }: RetentionLimits = {},
): Promise<Deleted> {
  const inChunks = <P>(begin: P, work: (reached: P) => Promise<Chunk<P>>) => goThrough(begin, work, isStopping);
  const deleted: Deleted = { events: 0, customers: 0, carts: 0 };
  let fingerprints = 0;
  if (eventRetentionMs !== null) {
    const before = now - eventRetentionMs;
    deleted.events = await inChunks(0, (reached) =>
      store.transaction((db) => deleteOldEvents({ db, dialect: store.dialect }, before, reached, now, chunk)),
    );
    fingerprints = await deleteOldFingerprints({ db: store.db, dialect: store.dialect }, before);
  }
  if (anonymousRetentionMs !== null) {
    const before = now - anonymousRetentionMs;
    deleted.customers = await inChunks('', (reached) => forgetAnonymous(store, before, reached, now, chunk));
    // Without its state, all that is in a cart counts as added when the shop tells it again: a known customer's stays longer.
    const cartsBefore = Math.min(before, now - REPEATED_WITHIN_MS);
    deleted.carts = await inChunks(0, async () => {
      const carts = await store.transaction((db) => deleteOldCarts({ db, dialect: store.dialect }, cartsBefore, chunk));
      return { deleted: carts, reached: carts < chunk ? null : 0 };
    });
  }
  const { events, customers, carts } = deleted;
  if (events + customers + carts + fingerprints > 0) await cutWriteAheadLog(store);
  return deleted;
}

interface Chunk<P> {
  deleted: number;
  /** Where the next one begins; null after the end. */
  reached: P | null;
}

async function goThrough<P>(
  begin: P,
  work: (reached: P) => Promise<Chunk<P>>,
  isStopping: () => boolean,
): Promise<number> {
  let deleted = 0;
  for (let reached: P | null = begin; reached !== null && !isStopping();) {
    const startedAt = performance.now();
    const done: Chunk<P> = await work(reached);
    deleted += done.deleted;
    reached = done.reached;
    await delay(Math.min((performance.now() - startedAt) * REST, LONGEST_REST_MS));
  }
  return deleted;
}
