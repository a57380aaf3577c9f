/**
 * RFM scores as steps (CONTRACT section 7): with N customers, `score(v) = 1 + floor(5 × #{customers with a value below v} / N)`.
 *
 * The score only rises behind four of the values, the cut points: what is above the k-th scores more than k. They say all that the
 * formula says, also of values that nobody had, so that one customer can be scored without looking at the others.
 */
import type { RfmThresholds } from '../scoreSettings.ts';
import type { Score } from './segments.ts';

/** A score is one higher above each of them; they do not fall. */
export type CutPoints = [number, number, number, number];

/** Arrays of numbers that sort themselves by value. */
type Numbers = Float64Array | Int32Array | Uint32Array;

/** @param sorted rising, at least one */
export function quintiles(sorted: Numbers): CutPoints {
  // Below the k-th cut point are fewer than k fifths: the last place with 5 × place < k × N.
  const at = (k: number) => sorted[Math.ceil((k * sorted.length) / 5) - 1] as number;
  return [at(1), at(2), at(3), at(4)];
}

export function scoreOf(value: number, cuts: CutPoints): Score {
  // Written out: it is asked three times for each of a million customers.
  const above = Number(value > cuts[0]) + Number(value > cuts[1]) + Number(value > cuts[2]) + Number(value > cuts[3]);
  return (1 + above) as Score;
}

/** Values of recency are minus the days, so that more is better, as everywhere. */
export const recencyValue = (days: number): number => -days;

/** Whole numbers: at least `t` is above `t - 1`. */
const reaching = ([a, b, c, d]: CutPoints): CutPoints => [a - 1, b - 1, c - 1, d - 1];

/** The operator's own steps as cut points. */
export function cutPointsOf({ recencyDays, orders, moneyMinor }: RfmThresholds) {
  const [best, good, fair, poor] = recencyDays;
  return {
    recency: reaching([recencyValue(poor), recencyValue(fair), recencyValue(good), recencyValue(best)]),
    orders: reaching(orders),
    money: reaching(moneyMinor),
  };
}
