/** The connections as the gateway sees them: read at most once a second, however many deliveries come in. */
import { performance } from 'node:perf_hooks';
import { listConnections, type Connection } from './connections.ts';
import type { Store } from './store.ts';

/** So long a change made by another process may go unseen. */
const FRESH_MS = 1_000;

interface Snapshot {
  /** Of `performance.now()`, when the query was sent. */
  readAt: number;
  byName: Map<string, Connection>;
  byPublicKey: Map<string, Connection>;
}

/** One of these for each process. */
export class ConnectionReader {
  readonly #store: Pick<Store, 'db'>;
  #snapshot: Snapshot | null = null;
  #reading: Promise<void> | null = null;
  /** When this process has last changed something itself. */
  #changedAt = 0;

  constructor(store: Pick<Store, 'db'>) {
    this.#store = store;
  }

  /** @param anew looks into the store: before somebody is refused, for a connection made or changed this very second */
  async named(name: string, anew = false): Promise<Connection | null> {
    return (await this.#read(anew)).byName.get(name) ?? null;
  }

  /** By the key that the tracker sends. @param anew as in `named` */
  async withPublicKey(publicKey: string, anew = false): Promise<Connection | null> {
    return (await this.#read(anew)).byPublicKey.get(publicKey) ?? null;
  }

  /** Is it a page of any connection? @param origin scheme, host and port */
  async someHasOrigin(origin: string): Promise<boolean> {
    const { byName } = await this.#read(false);
    return [...byName.values()].some(({ origins }) => origins.includes(origin));
  }

  /** To be called after a change in this process: the next look sees it. */
  changed(): void {
    this.#changedAt = performance.now();
  }

  async #read(anew: boolean): Promise<Snapshot> {
    const now = performance.now();
    const needed = anew ? now : Math.max(this.#changedAt, now - FRESH_MS);
    for (;;) {
      if (this.#snapshot && this.#snapshot.readAt >= needed) return this.#snapshot;
      // Only one query at any time, also when many are refused: who cannot use this one shares the next.
      this.#reading ??= this.#load().finally(() => (this.#reading = null));
      await this.#reading;
    }
  }

  async #load(): Promise<void> {
    const readAt = performance.now();
    const connections = await listConnections(this.#store);
    this.#snapshot = {
      readAt,
      byName: new Map(connections.map((connection) => [connection.name, connection])),
      byPublicKey: new Map(connections.map((connection) => [connection.publicKey, connection])),
    };
  }
}
