/** A calculation over everybody: it runs in a worker thread with a store of its own, so that requests are not held up. */
import type { Store } from '../store/store.ts';

/** In the order in which a refresh does them: the later ones build on the earlier. */
export const JOB_NAMES = ['rfm', 'predictions', 'affinities', 'replenishment', 'nextProducts'] as const;
export type JobName = (typeof JOB_NAMES)[number];

export interface JobContext {
  store: Store;
  /** Epoch ms: as of when. */
  now: number;
  timeScale: number;
  /** Long jobs look at it between their batches. */
  isStopping: () => boolean;
}

/** Writes in small transactions, for SQLite has one writer at a time. May be broken off anywhere and run again. */
export type Job = (context: JobContext) => Promise<void>;
