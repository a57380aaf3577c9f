/**
 * Gamma-Gamma (Fader, Hardie 2013, "The Gamma-Gamma Model of Monetary Value"): what a customer spends per order varies about a mean
 * of their own (gamma: p), and the means vary among customers (q, v). Money in any one unit, in which v is then too.
 */
import { digammaRise, logBetaKernel } from './logGamma.ts';
import { ByCount } from './purchaseModel.ts';
import type { SpendSummaries } from './summary.ts';

/** p, q, v; all above 0. */
export type SpendParams = readonly [number, number, number];

/** log of the density of a mean of m over x purchases, x at least 1, m above 0. */
export function spendLogLikelihood([p, q, v]: SpendParams, x: number, m: number): number {
  // x m / (v + x m) is beta distributed with p x and q; the rest is the change of variable.
  return logBetaKernel(p * x, q, (x * m) / v) - Math.log(m);
}

/** Adds the derivatives by the logarithms of the parameters to `gradient`. */
export function spendTotal(params: SpendParams, { size, x, m }: SpendSummaries, gradient: Float64Array): number {
  const [p, q, v] = params;
  const riseOfCount = new ByCount((count) => digammaRise(p * count, q));
  const riseOfQ = new ByCount((count) => digammaRise(q, p * count));
  let sum = 0;
  for (let row = 0; row < size; row++) {
    const count = x[row]!;
    const money = count * m[row]!;
    sum += spendLogLikelihood(params, count, m[row]!);
    const share = v / (v + money);
    gradient[0]! += p * count * (riseOfCount.at(count) - Math.log1p(v / money));
    gradient[1]! += q * (riseOfQ.at(count) - Math.log1p(money / v));
    gradient[2]! += q * (1 - share) - p * count * share;
  }
  return sum;
}

/** What an order of such a customer is to be expected to bring; NaN where the model has no mean (p x + q not above 1). */
export function expectedSpend([p, q, v]: SpendParams, x: number, m: number): number {
  const below = p * x + q - 1;
  return below > 0 ? (p * (v + x * m)) / below : NaN;
}
