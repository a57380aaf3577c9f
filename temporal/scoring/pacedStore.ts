/**
 * A store whose transactions leave room for others. SQLite has one writer, and who waits for it is not in a queue: a job that wrote one
 * transaction after the other would keep requests waiting for as long as it writes.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../store/store.ts';

/** At least; it is what the waiting look in again after, when they have waited for a moment. */
const SHORTEST_MS = 5;

/** @param wait ms */
export function pacedStore(store: Store, wait: (ms: number) => Promise<unknown> = delay): Store {
  if (store.dialect !== 'sqlite') return store;
  return {
    ...store,
    async transaction(work) {
      const begun = performance.now();
      const result = await store.transaction(work);
      // Half of the time is the others'.
      await wait(Math.max(SHORTEST_MS, performance.now() - begun));
      return result;
    },
  };
}
