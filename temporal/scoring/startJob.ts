/** Starts a job in a worker thread: whatever becomes of it, an error, a crash, too little memory, the service goes on. */
import { Worker } from 'node:worker_threads';
import { threadFile } from './threadFile.ts';
import type { JobTask, ThreadTask } from './threadTask.ts';

export interface RunningJob {
  /** Resolves when it has ended well, also when it was asked to stop; rejects with why it failed. */
  readonly done: Promise<void>;
  /** It comes to an end at its next batch; if it does not within the grace period, it is ended. */
  stop(): void;
}

/** Starts what `task` says. */
export type StartJob = (task: JobTask) => RunningJob;

/** Of JavaScript's objects; beyond it the thread ends, and the service does not. Arrays of numbers do not count. */
const HEAP_MB = 512;
/** What is read and dropped again, page by page, needs no more. */
const YOUNG_MB = 8;
const GRACE_MS = 5_000;

export interface ThreadLimits {
  heapMb: number;
  graceMs: number;
}

/** @param thread the file that it runs */
export function startJobInThread(
  task: JobTask,
  thread = threadFile('jobThread'),
  { heapMb, graceMs }: ThreadLimits = { heapMb: HEAP_MB, graceMs: GRACE_MS },
): RunningJob {
  const stopping = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const workerData: ThreadTask = { ...task, stopping };
  const worker = new Worker(thread, {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
  });
  let grace: NodeJS.Timeout | undefined;
  let isBrokenOff = false;
  const done = new Promise<void>((resolve, reject) => {
    worker.once('error', (error) => {
      reject(error instanceof Error ? error : new Error(String(error)));
    });
    worker.once('exit', (code) => {
      clearTimeout(grace);
      if (code === 0 || isBrokenOff) resolve();
      else reject(new Error(`The thread ended with code ${code}.`));
    });
  });
  return {
    done,
    stop() {
      if (grace) return;
      Atomics.store(new Int32Array(stopping), 0, 1);
      grace = setTimeout(() => {
        isBrokenOff = true;
        void worker.terminate();
      }, graceMs);
    },
  };
}
