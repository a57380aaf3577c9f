/** Work that goes on beside the requests: a round, a pause, the next round, until the service stops. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Rounds {
  /** Aborted once it is to stop: a round that takes long looks at it. */
  readonly signal: AbortSignal;
  readonly start: () => void;
  /** Lets the round that is under way come to an end. */
  readonly stop: () => Promise<void>;
}

/**
 * @param everyMs the pause
 * @param failed told of what a round has thrown; the next one comes all the same
 */
export function rounds(round: () => Promise<unknown>, everyMs: number, failed: (error: unknown) => void): Rounds {
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();
  async function run(): Promise<void> {
    while (!signal.aborted) {
      await round().catch(failed);
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }
  return {
    signal,
    start: () => {
      running = run();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
