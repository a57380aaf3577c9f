/** RFM as of a day, in a thread of its own with a connection to the store of its own. Its only message is the answer. */
import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from '../store/store.ts';
import { rfmAsOf } from './rfmAsOf.ts';

export interface AsOfTask {
  /** As in DATABASE_URL. */
  storeLocation: string;
  /** As `utcDay`. */
  day: number;
}

const { storeLocation, day } = workerData as AsOfTask;
const store = openStore(storeLocation);
try {
  parentPort?.postMessage(await rfmAsOf({ db: store.db, dialect: store.dialect }, day));
} finally {
  await store.close();
}
