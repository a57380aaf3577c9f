/**
 * How far customers' own gaps count: found by forecasting the gaps that were learned from, each by those before it, and keeping the
 * weights with the smallest absolute error. Variances by moments are the start; they know nothing of habits that change, missed cycles
 * or baskets whose products share one mishap.
 */
import { ACQUAINTANCES, type CustomerWeights } from './model.ts';
import type { Sample } from './sample.ts';
import { walk } from './walk.ts';

/** Enough to tell weights apart; more cost time and change nothing. */
const GAPS_TO_TUNE_ON = 60_000;
/** With fewer gaps that have one before them, what the moments say stays. */
const GAPS_NEEDED = 100;
/** An improvement below this part is chance, and with few gaps more of it is: a few of them, well met, do not change how all are judged. */
const WORTH = 0.0005;
const WORTH_OF_FEW = 5;

const STEPS: { [part in keyof CustomerWeights]: readonly number[] } = {
  tempo: [0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2],
  habit: [0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4],
  memory: [1, 0.9, 0.75, 0.55],
  clip: [1, 1.5, 2.5, 4],
};

export function tuned(
  sample: Sample,
  residual: Float64Array,
  spread: Float64Array,
  start: CustomerWeights,
): CustomerWeights {
  const every = Math.max(1, Math.floor(sample.length / GAPS_TO_TUNE_ON));
  const errorOf = (weights: CustomerWeights) => absoluteError(sample, residual, spread, weights, every);
  const worth = WORTH + WORTH_OF_FEW / Math.max(1, sample.length);
  let best = start;
  let least = errorOf(best);
  if (least === null) return start;
  for (let round = 0; round < 2; round += 1) {
    for (const part of ['habit', 'tempo', 'memory', 'clip'] as const) {
      for (const step of STEPS[part]) {
        const tried = { ...best, [part]: step };
        const error = errorOf(tried);
        if (error !== null && error < least * (1 - worth)) [best, least] = [tried, error];
      }
    }
  }
  return best;
}

/** Mean distance from the median of each acquaintance; strangers are left out: weights of their own gaps say nothing of them. */
function absoluteError(
  sample: Sample,
  residual: Float64Array,
  spread: Float64Array,
  weights: CustomerWeights,
  every: number,
): number | null {
  const gaps: number[] = [];
  const expected = walk(sample, residual, spread, weights, every, (gap) => gaps.push(gap));
  const groups: number[][] = ACQUAINTANCES.map(() => []);
  for (const gap of gaps) {
    groups[expected.acquaintance[gap] as number]?.push((residual[gap] as number) - (expected.mean[gap] as number));
  }
  let [sum, count] = [0, 0];
  for (const group of groups.slice(1)) {
    const off = Float64Array.from(group).sort();
    const median = off[Math.floor(off.length / 2)] ?? 0;
    for (const value of off) sum += Math.abs(value - median);
    count += off.length;
  }
  return count < GAPS_NEEDED ? null : sum / count;
}
