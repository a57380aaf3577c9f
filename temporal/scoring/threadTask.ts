/** What the thread of a job is started with. */
import type { JobName } from './job.ts';

export interface JobTask {
  job: JobName;
  /** As in DATABASE_URL. */
  storeLocation: string;
  /** Epoch ms. */
  now: number;
  timeScale: number;
}

export interface ThreadTask extends JobTask {
  /** One Int32, 1: come to an end. Shared, for a thread that is busy reads no messages. */
  stopping: SharedArrayBuffer;
}
