/** What the segments are worth, and the median that "average order above the median" is about. */
import { SEGMENTS, type RfmSegment } from './segments.ts';

/**
 * Middle value; of an even number the mean of the two in the middle. "Above the median" is strict and over all customers with
 * an order, not only those of a segment.
 *
 * @param values in any order; not changed
 * @returns null without any
 */
export function medianOf(values: Float64Array | readonly number[]): number | null {
  const count = values.length;
  if (count === 0) return null;
  const rising = Float64Array.from(values).sort();
  const upper = rising[count >> 1] as number;
  return count % 2 === 1 ? upper : ((rising[(count >> 1) - 1] as number) + upper) / 2;
}

export interface SegmentTotals {
  customers: number;
  orders: number;
  revenueMinor: number;
}

export interface SegmentSummary {
  segment: RfmSegment;
  customers: number;
  revenueMinor: number;
  /** Of the revenue of all segments, 0 to 1; null where they have none, or more was given back than taken. */
  share: number | null;
  /** Rounded to minor units; null without an order. */
  averageOrderMinor: number | null;
}

/** All segments, also those without customers, in the order of the grid. */
export function segmentSummaries(totals: ReadonlyMap<string, SegmentTotals>): SegmentSummary[] {
  const revenue = [...totals.values()].reduce((sum, { revenueMinor }) => sum + revenueMinor, 0);
  return SEGMENTS.map((segment) => {
    const { customers, orders, revenueMinor } = totals.get(segment) ?? { customers: 0, orders: 0, revenueMinor: 0 };
    return {
      segment,
      customers,
      revenueMinor,
      share: revenue > 0 ? revenueMinor / revenue : null,
      averageOrderMinor: orders > 0 ? Math.round(revenueMinor / orders) : null,
    };
  });
}
