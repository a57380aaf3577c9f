/** RFM as of days that have been, for whoever asks: in a thread, one after the other, and once for all who ask for a day at the same time. */
import { Worker } from 'node:worker_threads';
import type { RfmModel } from '../domain/rfm/model.ts';
import type { AsOfTask } from './asOfThread.ts';
import { threadFile } from './threadFile.ts';

export class PastRfm {
  readonly #storeLocation: string;
  readonly #asked = new Map<number, Promise<RfmModel>>();
  #last: Promise<unknown> = Promise.resolve();
  #worker: Worker | null = null;
  #isClosed = false;

  /** @param storeLocation as in DATABASE_URL */
  constructor(storeLocation: string) {
    this.#storeLocation = storeLocation;
  }

  /** @param day as `utcDay` @throws what the thread fails by */
  of(day: number): Promise<RfmModel> {
    let asked = this.#asked.get(day);
    if (!asked) {
      asked = this.#last.then(() => this.#calculate(day)).finally(() => this.#asked.delete(day));
      this.#asked.set(day, asked);
      this.#last = asked.catch(() => {});
    }
    return asked;
  }

  /** Breaks off what is under way; who asked for it is told. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker?.terminate();
    await this.#last;
  }

  async #calculate(day: number): Promise<RfmModel> {
    if (this.#isClosed) throw new Error('The service is stopping.');
    const task: AsOfTask = { storeLocation: this.#storeLocation, day };
    const worker = new Worker(threadFile('asOfThread'), { workerData: task });
    this.#worker = worker;
    try {
      return await new Promise<RfmModel>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', (code) => reject(new Error(`The thread ended with code ${code}.`)));
      });
    } finally {
      this.#worker = null;
    }
  }
}
