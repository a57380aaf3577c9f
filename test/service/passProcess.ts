/**
 * A process that works on the audiences that are due, for tests that kill it: in its fourth transaction, when all is written but not
 * committed, it says so and stands still.
 */
import { writeSync } from 'node:fs';
import { audiencePasses } from '../../temporal/intake/audiencePasses.ts';
import { openStore, type Store } from '../../temporal/store/store.ts';

const [, , location = '', now = ''] = process.argv;
const store = openStore(location);
let transactions = 0;
const standing: Store = {
  ...store,
  transaction: (work) =>
    store.transaction(async (trx) => {
      const result = await work(trx);
      if (++transactions === 4) {
        writeSync(1, 'inside');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      }
      return result;
    }),
};
const log = { info: () => {}, warn: () => {} };
await audiencePasses({
  ...{ store: standing, timeScale: 1, outboxWritten: () => {}, log, now: () => Number(now), chunk: 10 },
}).round();
