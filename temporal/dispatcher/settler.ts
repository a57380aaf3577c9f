/** Writes down what became of outbox rows: those of many customers, finished at about the same time, in one transaction. */
import { settleOutbox, type OutboxRetry } from '../store/outbox.ts';
import type { Store } from '../store/store.ts';

interface Waiting {
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class Settler {
  readonly #store: Store;
  #done: number[] = [];
  #retries: OutboxRetry[] = [];
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Temporal has been told: the row goes. Resolves after the commit. */
  done(id: number): Promise<void> {
    this.#done.push(id);
    return this.#soon();
  }

  /** The rows are given back for later. Resolves after the commit. */
  retry(retries: readonly OutboxRetry[]): Promise<void> {
    this.#retries.push(...retries);
    return this.#soon();
  }

  #soon(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const [done, retries, waiting] = [this.#done, this.#retries, this.#waiting];
      [this.#done, this.#retries, this.#waiting] = [[], [], []];
      try {
        await settleOutbox(this.#store, done, retries);
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        for (const { reject } of waiting) reject(error);
      }
    }
    this.#isWriting = false;
  }
}
