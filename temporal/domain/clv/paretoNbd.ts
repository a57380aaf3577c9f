/**
 * Pareto/NBD (Schmittlein, Morrison, Colombo 1987): customers buy at random, each at a rate of their own (gamma: r, alpha), and stop
 * at a random time, each at a risk of their own (gamma: s, beta).
 *
 * The likelihood is taken before the integral over the time of stopping is solved (Fader, Hardie 2005, "A note on deriving the
 * Pareto/NBD model", equation before (17)): solved, it is a difference of two hypergeometric functions that cancel when tx is near T
 * and overflow with many orders.
 */
import { digammaRise, logRising } from './logGamma.ts';
import { ByCount, fraction, type Columns, type Params, type PurchaseModel } from './purchaseModel.ts';
import { survivalIntegral, type SurvivalIntegral } from './quadrature.ts';
import type { PurchaseHistory } from './summary.ts';

const emptyIntegral = (): SurvivalIntegral => ({ scale: 0, integral: 0, logA: 0, logB: 0, partA: 0, partB: 0 });

/** log of the likelihoods of having stopped before T, and of being active at T, each divided by that of being active at tx. */
function ends([r, alpha, s, beta]: Params, { x, tx, T }: PurchaseHistory, into: SurvivalIntegral) {
  const span = T - tx;
  const active = -(r + x) * Math.log1p(span / (alpha + tx)) - s * Math.log1p(span / (beta + tx));
  if (span <= 0) return { active, stopped: -Infinity };
  survivalIntegral(alpha + tx, r + x, beta + tx, s + 1, span, into);
  return { active, stopped: Math.log(s / (beta + tx)) + into.scale + Math.log(into.integral) };
}

/** log of the likelihood of all up to tx, without the part that depends on x and r alone. */
const untilLast = ([r, alpha, s, beta]: Params, { x, tx }: PurchaseHistory): number =>
  -r * Math.log1p(tx / alpha) - x * Math.log(alpha + tx) - s * Math.log1p(tx / beta);

export const PARETO_NBD: PurchaseModel = {
  name: 'pareto-nbd',
  title: 'Pareto/NBD',
  paramNames: ['r', 'alpha', 's', 'beta'],
  timeParams: [false, true, false, true],

  logLikelihood(params, history) {
    const { active, stopped } = ends(params, history, emptyIntegral());
    const high = Math.max(active, stopped);
    const both = high + Math.log(Math.exp(active - high) + Math.exp(stopped - high));
    return logRising(params[0], history.x) + untilLast(params, history) + both;
  },

  total(params, columns, gradient) {
    const [r, alpha, s, beta] = params;
    const rising = new ByCount((x) => logRising(r, x));
    const rise = new ByCount((x) => digammaRise(r, x));
    const found = emptyIntegral();
    let sum = 0;
    for (let row = 0; row < columns.size; row++) {
      const history = historyAt(columns, row);
      const { x, tx, T } = history;
      const weight = columns.weight[row]!;
      const { active, stopped } = ends(params, history, found);
      const high = Math.max(active, stopped);
      const wActive = Math.exp(active - high);
      const wStopped = Math.exp(stopped - high);
      const both = wActive + wStopped;
      sum += weight * (rising.at(x) + untilLast(params, history) + high + Math.log(both));

      // Means over the time at which buying was last possible: T when still active, before it when stopped.
      const span = T - tx;
      const atEnd = wActive / both;
      const before = span > 0 ? wStopped / both / found.integral : 0;
      const [fromA, fromB] = [alpha + tx, beta + tx];
      const logA = atEnd * Math.log1p(span / fromA) + before * found.logA;
      const logB = atEnd * Math.log1p(span / fromB) + before * found.logB;
      const stoppedShare = wStopped / both;
      const partA = ((r + x) * (atEnd * (span / (fromA + span)) + before * found.partA)) / fromA;
      const partB = (s * atEnd * (span / (fromB + span)) + (s + 1) * before * found.partB - stoppedShare) / fromB;
      gradient[0]! += weight * r * (rise.at(x) - Math.log1p(tx / alpha) - logA);
      gradient[1]! += weight * ((r * tx) / fromA - (alpha * x) / fromA + alpha * partA);
      gradient[2]! += weight * (stoppedShare - s * (Math.log1p(tx / beta) + logB));
      gradient[3]! += weight * ((s * tx) / fromB + beta * partB);
    }
    return sum;
  },

  alive(params, history) {
    const { active, stopped } = ends(params, history, emptyIntegral());
    return fraction(stopped - active);
  },

  expectedIfAlive([r, alpha, s, beta], { x, T }, t) {
    // (1 − ((β + T) / (β + T + t))^(s − 1)) / (s − 1), of which the limit for s = 1 is the logarithm.
    const log = Math.log1p(t / (beta + T));
    const time = s === 1 ? log : -Math.expm1(-(s - 1) * log) / (s - 1);
    return ((r + x) / (alpha + T)) * (beta + T) * time;
  },

  anyIfAlive([r, alpha, s, beta], { x, T }, t) {
    if (t <= 0) return 0;
    const found = survivalIntegral(alpha + T, r + x + 1, beta + T, s, t, emptyIntegral());
    return Math.min(1, ((r + x) / (alpha + T)) * found.integral * Math.exp(found.scale));
  },
};

const historyAt = ({ x, tx, T }: Columns, row: number): PurchaseHistory => ({ x: x[row]!, tx: tx[row]!, T: T[row]! });
