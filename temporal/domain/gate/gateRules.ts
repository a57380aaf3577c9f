/** What the checks of the send gate measure by, the same for a whole batch. */
import { readDuration } from '../isoDuration.ts';
import type { Policy } from './policy.ts';

export interface GateRules {
  policy: Policy;
  /** Epoch ms. */
  now: number;
  timeScale: number;
  /** Openings or clicks are tracked: otherwise all customers look as if they did not read. */
  seesReaders: boolean;
}

/** @param duration ISO 8601, of a checked policy @returns ms, scaled, never 0 */
export function scaledMs(duration: string, { timeScale }: Pick<GateRules, 'timeScale'>): number {
  const ms = readDuration(duration);
  if (ms === null) throw new Error(`the policy has a duration that is none: ${duration}`);
  return Math.max(1, Math.round(ms / timeScale));
}
