/** One job in a thread of its own, with a connection to the store of its own. An error that leaves it is the job's failure. */
import { workerData } from 'node:worker_threads';
import { sql } from 'kysely';
import { openStore } from '../store/store.ts';
import { JOBS } from './jobs.ts';
import { pacedStore } from './pacedStore.ts';
import type { ThreadTask } from './threadTask.ts';

const { job, storeLocation, now, timeScale, stopping } = workerData as ThreadTask;
const stop = new Int32Array(stopping);

const store = openStore(storeLocation);
// It reads everything once: the service's own cache is the one that helps.
if (store.dialect === 'sqlite') await sql`pragma cache_size = -4096`.execute(store.db);
try {
  const run = await JOBS[job]();
  await run({ store: pacedStore(store), now, timeScale, isStopping: () => Atomics.load(stop, 0) === 1 });
} finally {
  await store.close();
}
