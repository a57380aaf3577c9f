/** When a connection has last sent something, to the minute: one small write a minute, however much comes in. */
import { noteReceived } from '../../store/connections.ts';
import type { Store } from '../../store/store.ts';

const MINUTE_MS = 60_000;

export class LastReceived {
  readonly #store: Store;
  readonly #noted = new Map<string, number>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Does not wait, and does not fail: no delivery is to be lost for it. @param now epoch ms */
  note(connection: string, now: number): void {
    const minute = now - (now % MINUTE_MS);
    if (this.#noted.get(connection) === minute) return;
    this.#noted.set(connection, minute);
    noteReceived(this.#store, connection, minute).catch(() => this.#noted.delete(connection));
  }
}
