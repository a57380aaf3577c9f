/** What no part of the model explains: its quantiles by how well the customer is known, and how each product's differ from them. */
import { ACQUAINTANCES, LEVELS, NORMAL, type Quartet } from './model.ts';

/** How many gaps the normal distribution counts as, the rest of all for one acquaintance, the rest of all for one product. */
const NORMAL_GAPS = 20;
const COMMON_GAPS = 60;
const PRODUCT_GAPS = 150;
const SCALE_GAPS = 12;

/** Of values in rising order, between neighbours linear (Hyndman and Fan 1996, type 7). */
export function quantile(sorted: Float64Array, level: number): number {
  const place = (sorted.length - 1) * level;
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (place - below) * (high - low);
}

export const quartet = (of: (level: number, index: number) => number): Quartet => LEVELS.map(of) as Quartet;

/** @param values in units of their expected spread */
export function quantilesOf(values: Float64Array, parent: Quartet, parentGaps: number): Quartet {
  const sorted = values.slice().sort();
  const { length } = sorted;
  return quartet((level, index) => {
    const own = length === 0 ? 0 : quantile(sorted, level);
    return (length * own + parentGaps * (parent[index] as number)) / (length + parentGaps);
  });
}

/** @param values of all gaps @param acquaintances of the same gaps */
export function restOf(values: Float64Array, acquaintances: Uint8Array): { common: Quartet; rest: Quartet[] } {
  const common = quantilesOf(values, NORMAL, NORMAL_GAPS);
  const rest = ACQUAINTANCES.map((_, place) =>
    quantilesOf(
      values.filter((_value, gap) => acquaintances[gap] === place),
      common,
      COMMON_GAPS,
    ),
  );
  return { common, rest };
}

/** Mean absolute value against that of all, shrunk towards 1. */
export function scaleOf(values: Float64Array, mean: number): number {
  let sum = 0;
  for (const value of values) sum += Math.abs(value);
  return mean > 0 ? (sum / mean + SCALE_GAPS) / (values.length + SCALE_GAPS) : 1;
}

/** @param values what is above or below the common quantiles, in units of spread and scale */
export const shapeOf = (values: Float64Array, common: Quartet, parent: Quartet): Quartet => {
  const target = quartet((_level, index) => (common[index] as number) + (parent[index] as number));
  const own = quantilesOf(values, target, PRODUCT_GAPS);
  return quartet((_level, index) => (own[index] as number) - (common[index] as number));
};
