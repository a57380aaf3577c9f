/** When a wait ends after the journey's entry event has come again. */
import { FROM_ENTRY, type WaitSpec } from './waitSpec.ts';

export interface RestartedWait {
  spec: WaitSpec;
  /** The segment that asked for it. */
  segment: number;
  /** Epoch ms; null = no end by time. */
  until: number | null;
}

/**
 * The first wait counts from the event, and so do others that say so; the rest from now. A date stays the same date, and the next nine o'clock after now
 * is the one it is waiting for already. A purchase that runs out is planned anew by the purchase, not by the entry event.
 *
 * @param occurredAt epoch ms of the event @param now epoch ms
 */
export function restartedUntil(wait: RestartedWait, occurredAt: number, now: number, timeScale: number): number | null {
  const from = wait.segment === 1 ? occurredAt : now;
  switch (wait.spec.kind) {
    case 'duration': {
      // A date in the item is that of what it was, and no entry event.
      if (wait.spec.from !== undefined && wait.spec.from !== FROM_ENTRY) return wait.until;
      return Math.round((wait.spec.from === FROM_ENTRY ? occurredAt : from) + wait.spec.ms / timeScale);
    }
    case 'event':
      return wait.spec.maxMs === null ? null : Math.round(from + wait.spec.maxMs / timeScale);
    case 'date':
    case 'localTime':
    case 'preferredHour':
    case 'replenishment':
      return wait.until;
  }
}
