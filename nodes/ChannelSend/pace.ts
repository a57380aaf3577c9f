/**
 * How fast one credential's provider is called: so many at once, so many in a second, and not at all while it has asked to wait.
 * All executions in one n8n process share a credential's pace; other processes (queue mode) have one of their own.
 */
import type { ICredentialDataDecryptedObject, INode } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import type { Pace } from './providers/provider.ts';

export interface Clock {
  now(): number;
  sleep(ms: number): Promise<unknown>;
}

const REAL_CLOCK: Clock = { now: Date.now, sleep };

export class PaceKeeper {
  /** Of the execution that came last: an operator who changes the credential changes it for all. */
  pace: Pace;
  readonly #clock: Clock;
  #running = 0;
  /** Those who wait for a place, the first first. */
  readonly #waiting: Array<() => void> = [];
  #nextStart = 0;

  constructor(pace: Pace, clock: Clock = REAL_CLOCK) {
    this.pace = pace;
    this.#clock = clock;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#place();
    try {
      await this.#turn();
      return await work();
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** Nobody starts for so long (ms): the provider has asked for it. */
  hold(ms: number): void {
    this.#nextStart = Math.max(this.#nextStart, this.#clock.now() + ms);
  }

  async #place(): Promise<void> {
    while (this.#running >= this.pace.concurrency) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
  }

  /** Evenly over the second: providers count in windows of their own, and a burst may fall into two of ours. */
  async #turn(): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      const wait = this.#nextStart - now;
      if (wait <= 0) {
        this.#nextStart = now + (this.pace.perSecond > 0 ? 1000 / this.pace.perSecond : 0);
        return;
      }
      await this.#clock.sleep(wait);
    }
  }
}

const KEEPERS = new Map<string, PaceKeeper>();

/** @param usual the provider's own, where the credential says nothing */
export function paceOf(node: INode, credential: string, data: ICredentialDataDecryptedObject, usual: Pace): PaceKeeper {
  const { id = '', name = '' } = node.credentials?.[credential] ?? {};
  const pace = {
    concurrency: Math.max(1, numberOr(data.concurrency, usual.concurrency)),
    perSecond: numberOr(data.perSecond, usual.perSecond),
  };
  const key = `${credential}/${id}/${name}`;
  const keeper = KEEPERS.get(key) ?? new PaceKeeper(pace);
  keeper.pace = pace;
  KEEPERS.set(key, keeper);
  return keeper;
}

const numberOr = (value: unknown, usual: number) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : usual;
