/**
 * Goes through the customers' gaps in order of time: at each purchase it asks what their gaps so far say of the next one, exactly
 * as a forecast would, and then lets the gaps that end be learned from. By this the weights of customers are tuned, and the rest measured.
 */
import { acquaintance, OwnHistory } from './ownHistory.ts';
import type { CustomerWeights } from './model.ts';
import type { Sample } from './sample.ts';

export interface Expected {
  /** By gap: the place in ACQUAINTANCES, the customer's part of the location, and its variance in units of the rest's. */
  acquaintance: Uint8Array;
  mean: Float64Array;
  variance: Float64Array;
}

/**
 * @param residual by gap: log days less the population's location
 * @param spread by product: standard deviation of the rest
 * @param every only every so-many-th customer, others stay 0 and are not `visited`
 */
export function walk(
  sample: Sample,
  residual: Float64Array,
  spread: Float64Array,
  weights: CustomerWeights,
  every = 1,
  visited?: (gap: number) => void,
): Expected {
  const expected: Expected = {
    acquaintance: new Uint8Array(sample.length),
    mean: new Float64Array(sample.length),
    variance: new Float64Array(sample.length),
  };
  const history = new OwnHistory(weights);
  for (let customer = 0; customer + 1 < sample.customerStarts.length; customer += every) {
    const from = sample.customerStarts[customer] as number;
    const to = sample.customerStarts[customer + 1] as number;
    const firstCell = sample.cellStarts[customer] as number;
    history.clear();
    // Gaps stand in order of their ends; they are asked for in order of their beginnings.
    const beginnings = Int32Array.from({ length: to - from }, (_, index) => from + index);
    beginnings.sort((a, b) => (sample.startDay[a] as number) - (sample.startDay[b] as number) || a - b);
    let ended = from;
    for (const gap of beginnings) {
      while (ended < to && (sample.endDay[ended] as number) <= (sample.startDay[gap] as number)) {
        const slot = (sample.cell[ended] as number) - firstCell;
        history.observe(slot, residual[ended] as number, spread[sample.product[ended] as number] as number);
        ended += 1;
      }
      const slot = (sample.cell[gap] as number) - firstCell;
      history.expect(slot);
      expected.acquaintance[gap] = acquaintance(history, slot);
      expected.mean[gap] = history.mean;
      expected.variance[gap] = history.variance;
      visited?.(gap);
    }
  }
  return expected;
}
