/**
 * BG/NBD (Fader, Hardie, Lee 2005) and MBG/NBD (Batislam, Denizel, Filiztekin 2007): customers buy at random, each at a rate of their
 * own (gamma: r, alpha), and stop after a purchase, each with a probability of their own (beta: a, b).
 * In BG/NBD nobody stops after the first purchase, so that all one-time buyers are taken to be active; in MBG/NBD they may.
 */
import { purchasesUntilStop } from './betaGeometricPurchases.ts';
import { digammaRise, logRising } from './logGamma.ts';
import { ByCount, fraction, type Params, type PurchaseModel } from './purchaseModel.ts';
import type { PurchaseHistory } from './summary.ts';

/** How many purchases a customer with x repeat purchases has survived for certain to be active now. */
type Survived = (x: number) => number;

/** log of (likelihood of having stopped at tx) / (likelihood of being active at T). */
function stoppedOdds([r, alpha, a, b]: Params, { x, tx, T }: PurchaseHistory, survived: number): number {
  return survived === 0
    ? -Infinity
    : Math.log(a / (b + (survived - 1))) + (r + x) * Math.log1p((T - tx) / (alpha + tx));
}

function betaGeometric(model: Pick<PurchaseModel, 'name' | 'title'>, survivedOf: Survived): PurchaseModel {
  return {
    ...model,
    paramNames: ['r', 'alpha', 'a', 'b'],
    timeParams: [false, true, false, false],

    logLikelihood(params, history) {
      const [r, alpha, a, b] = params;
      const { x, T } = history;
      const survived = survivedOf(x);
      return (
        logRising(r, x) -
        r * Math.log1p(T / alpha) -
        x * Math.log(alpha + T) +
        logSurvival(a, b, survived) +
        logOnePlusExp(stoppedOdds(params, history, survived))
      );
    },

    total([r, alpha, a, b], { size, x: counts, tx: lasts, T: spans, weight: weights }, gradient) {
      const logAlpha = Math.log(alpha);
      const byCount = new ByCount((x) => {
        const n = survivedOf(x);
        const riseOfBoth = digammaRise(a + b, n);
        return {
          likelihood: logRising(r, x) + logSurvival(a, b, n) - x * logAlpha,
          odds: n === 0 ? -Infinity : Math.log(a / (b + (n - 1))),
          slopeR: digammaRise(r, x),
          slopeA: -a * riseOfBoth,
          slopeB: b * (digammaRise(b, n) - riseOfBoth),
          /** Of the odds. */
          slopeOddsB: n === 0 ? 0 : -b / (b + (n - 1)),
        };
      });
      let sum = 0;
      for (let row = 0; row < size; row++) {
        const x = counts[row]!;
        const tx = lasts[row]!;
        const T = spans[row]!;
        const weight = weights[row]!;
        const own = byCount.at(x);
        const grown = Math.log1p(T / alpha);
        const since = Math.log1p((T - tx) / (alpha + tx));
        const odds = own.odds + (r + x) * since;
        const rest = Math.exp(-Math.abs(odds));
        const stopped = (odds > 0 ? 1 : rest) / (1 + rest);
        sum += weight * (own.likelihood - (r + x) * grown + Math.max(odds, 0) + Math.log1p(rest));

        const slopeAlpha = (r * T - alpha * x) / (alpha + T);
        const slopeOddsAlpha = -(alpha * (r + x) * (T - tx)) / ((alpha + tx) * (alpha + T));
        gradient[0]! += weight * r * (own.slopeR - grown + stopped * since);
        gradient[1]! += weight * (slopeAlpha + stopped * slopeOddsAlpha);
        gradient[2]! += weight * (own.slopeA + stopped);
        gradient[3]! += weight * (own.slopeB + stopped * own.slopeOddsB);
      }
      return sum;
    },

    alive: (params, history) => fraction(stoppedOdds(params, history, survivedOf(history.x))),

    expectedIfAlive: ([r, alpha, a, b], { x, T }, t) =>
      purchasesUntilStop(r + x, t / (alpha + T), a, b + survivedOf(x)),

    // Whoever has not stopped stops only at a purchase: the first one comes as if nobody ever stopped.
    anyIfAlive: ([r, alpha], { x, T }, t) => -Math.expm1(-(r + x) * Math.log1p(t / (alpha + T))),
  };
}

/** log of B(a, b + n) / B(a, b): the probability of going on n times. */
function logSurvival(a: number, b: number, n: number): number {
  let sum = 0;
  if (n > 32) return logRising(b, n) - logRising(a + b, n);
  // Sums of small logarithms: with b much above a the difference would lose them.
  for (let i = 0; i < n; i++) sum -= Math.log1p(a / (b + i));
  return sum;
}

const logOnePlusExp = (z: number): number => (z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z)));

export const BG_NBD = betaGeometric({ name: 'bg-nbd', title: 'BG/NBD' }, (x) => x);
export const MBG_NBD = betaGeometric({ name: 'mbg-nbd', title: 'MBG/NBD' }, (x) => x + 1);
