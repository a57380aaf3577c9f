/** Estimates as published, and what is said where there are none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitPurchases, fitSpend, type Fit, type NoFit } from '../../../../temporal/domain/clv/fit.ts';
import { PARETO_NBD } from '../../../../temporal/domain/clv/paretoNbd.ts';
import { MODEL_NAMES, type Params } from '../../../../temporal/domain/clv/purchaseModel.ts';
import { spendSummariesOf, summariesOf, type PurchaseHistory } from '../../../../temporal/domain/clv/summary.ts';
import { cdnowSummaries } from './cdnow.ts';

function fitted<P>(fit: Fit<P> | NoFit): Fit<P> {
  if ('notEnoughData' in fit) throw new Error(fit.notEnoughData);
  return fit;
}

const why = (fit: Fit<unknown> | NoFit): string => ('notEnoughData' in fit ? fit.notEnoughData : 'fitted');

describe('on the CDNOW sample, in weeks, until 30 September 1997', () => {
  const customers = cdnowSummaries();

  it('has the customers of the papers', () => {
    expect(customers).toHaveLength(2357);
    expect(customers.filter(({ x }) => x > 0)).toHaveLength(946);
  });

  // BG/NBD and Pareto/NBD: Fader, Hardie, Lee 2005, table 2.
  // MBG/NBD: ModifiedBetaGeoFitter of Python's lifetimes 0.11.3 on its CDNOW summary (0.52484, 6.18299, 0.89136, 1.61400; -9582.13).
  it.each([
    ['pareto-nbd', [0.553, 10.578, 0.606, 11.669], -9595.0],
    ['bg-nbd', [0.243, 4.414, 0.793, 2.426], -9582.4],
    ['mbg-nbd', [0.525, 6.183, 0.891, 1.614], -9582.1],
  ] as const)('%s is fitted as others have it: %j, %d', (model, published, logLikelihood) => {
    const fit = fitted(fitPurchases(model, summariesOf(customers, 7)));
    expect(fit.params.map((value) => Number(value.toFixed(3)))).toEqual(published);
    expect(Number(fit.logLikelihood.toFixed(1))).toBe(logLikelihood);
    expect(fit.customers).toBe(2357);
  });

  // Fader, Hardie 2013, section 5.
  it('Gamma-Gamma is fitted as published', () => {
    const { params, customers: fittedOn } = fitted(fitSpend(spendSummariesOf(customers)));
    expect(params.map((value) => Number(value.toFixed(2)))).toEqual([6.25, 3.74, 15.44]);
    expect(fittedOn).toBe(946);
  });

  it.each(MODEL_NAMES)(
    '%s is the same in days, but for the unit of its times, and in whatever order customers come',
    (model) => {
      const weeks = fitted(fitPurchases(model, summariesOf(customers, 7)));
      const days = fitted(fitPurchases(model, summariesOf(customers.toReversed())));
      const times = [false, true, false, model === 'pareto-nbd'];
      for (const [i, value] of weeks.params.entries()) {
        expect(days.params[i]! / value / (times[i] ? 7 : 1)).toBeCloseTo(1, 6);
      }
      const repeats = customers.reduce((sum, { x }) => sum + x, 0);
      expect(days.logLikelihood + repeats * Math.log(7)).toBeCloseTo(weeks.logLikelihood, 6);
    },
  );

  it('Gamma-Gamma is the same in cents, but for the unit of v', () => {
    const units = fitted(fitSpend(spendSummariesOf(customers)));
    const cents = fitted(fitSpend(spendSummariesOf(customers.map(({ x, m }) => ({ x, m: 100 * m })))));
    expect(cents.params[0]).toBeCloseTo(units.params[0], 5);
    expect(cents.params[1]).toBeCloseTo(units.params[1], 5);
    expect(cents.params[2] / 100).toBeCloseTo(units.params[2], 4);
  });
});

describe.each(MODEL_NAMES)('%s without enough data', (model) => {
  const regular = (x: number): PurchaseHistory => ({ x, tx: 30 * x, T: 400 });
  const oneTime = (count: number): PurchaseHistory[] =>
    Array.from({ length: count }, (_, i) => ({ x: 0, tx: 0, T: 7 * i }));

  it.each<[string, PurchaseHistory[], RegExp]>([
    ['nobody', [], /nobody has ordered/],
    ['one day', Array.from({ length: 50 }, () => ({ x: 0, tx: 0, T: 0 })), /one day/],
    ['no second purchase', [100, 200, 300, 400, 500, 600].map((T) => ({ x: 0, tx: 0, T })), /second time/],
    ['one customer', [regular(4)], /one customer/],
    ['everybody equal', Array.from({ length: 500 }, () => regular(4)), /same history/],
    ['few histories', [regular(1), regular(2), regular(1), regular(3)], /3 different histories/],
    [
      'nine who bought again',
      [...Array.from({ length: 9 }, (_, i) => ({ x: 1 + (i % 4), tx: 20 + 17 * i, T: 300 + i })), ...oneTime(50)],
      /only 9 customers have bought a second time, .* at least 10/,
    ],
    // Everybody came again after 25 to 35 days, and never since.
    [
      'nobody differs in anything',
      Array.from({ length: 200 }, (_, i) => ({ x: 1, tx: 25 + (i % 11), T: 100 + ((i * 37) % 299) })),
      /customers do not differ|does not converge/,
    ],
    // What two days can tell is nothing about a year.
    [
      'two days of history',
      [
        ...Array.from({ length: 40 }, (_, i) => ({ x: i % 4 === 0 ? 0 : 1, tx: i % 4 === 0 ? 0 : 1, T: 2 })),
        ...Array.from({ length: 30 }, () => ({ x: 1, tx: 2, T: 2 })),
        ...Array.from({ length: 10 }, () => ({ x: 1, tx: 1, T: 1 })),
        ...Array.from({ length: 9 }, () => ({ x: 0, tx: 0, T: 0 })),
      ],
      /customers do not differ|does not converge/,
    ],
  ])('%s: says so', (_, customers, sentence) => {
    const answer = why(fitPurchases(model, summariesOf(customers)));
    expect(answer).toMatch(/^not enough data: /);
    expect(answer).toMatch(sentence);
  });

  it('customers who all buy like clockwork have no best parameters: says so', () => {
    const clockwork = Array.from({ length: 60 }, (_, i) => ({
      x: 12 + (i % 2),
      tx: 360 + 30 * (i % 2),
      T: 390 + (i % 7),
    }));
    expect(why(fitPurchases(model, summariesOf(clockwork)))).toMatch(/does not converge/);
  });

  it('whatever the customers, there are numbers or a sentence', () => {
    const customer = fc
      .record({ x: fc.nat(30), T: fc.integer({ min: 0, max: 900 }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
      .map(({ x, T, share }) => ({ x, T, tx: x === 0 ? 0 : Math.round(share * T) }));
    fc.assert(
      fc.property(fc.array(customer, { maxLength: 40 }), (customers) => {
        const fit = fitPurchases(model, summariesOf(customers));
        if ('notEnoughData' in fit) expect(fit.notEnoughData).toMatch(/^not enough data: .+/);
        else expect([...fit.params, fit.logLikelihood].every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 12 },
    );
  });
});

describe('Gamma-Gamma without enough data', () => {
  it.each<[string, { x: number; m: number }[], RegExp]>([
    ['nobody bought again', [{ x: 0, m: 0 }], /at least 10 customers/],
    ['all is free', Array.from({ length: 99 }, () => ({ x: 2, m: 0 })), /there are 0/],
    ['nine', Array.from({ length: 9 }, (_, i) => ({ x: 2, m: 10 + 3 * i })), /there are 9/],
    [
      'everybody spends the same',
      Array.from({ length: 99 }, (_, i) => ({ x: 1 + (i % 5), m: 30 })),
      /all spend the same/,
    ],
    [
      'three amounts',
      Array.from({ length: 99 }, (_, i) => ({ x: 1 + (i % 5), m: 30 + (i % 3) })),
      /3 different amounts/,
    ],
    [
      'means are too far apart',
      Array.from({ length: 99 }, (_, i) => ({ x: 9, m: 2 ** (i % 40) })),
      /spread so widely|not converge/,
    ],
  ])('%s: says so', (_, customers, sentence) => {
    expect(why(fitSpend(spendSummariesOf(customers)))).toMatch(sentence);
  });
});

describe('customers who do not differ in when they stop', () => {
  /** Poisson purchases at rates of their own (exponential), an end at one and the same risk. */
  function simulated(seed: number, size: number): PurchaseHistory[] {
    let state = seed;
    const uniform = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state + 0.5) / 2 ** 32;
    };
    const exponential = (rate: number): number => -Math.log(uniform()) / rate;
    return Array.from({ length: size }, () => {
      const T = 1 + Math.floor(uniform() * 700);
      const [rate, end] = [exponential(30), exponential(1 / 200)];
      let [x, tx] = [0, 0];
      for (let at = exponential(rate); at < Math.min(T, end); at += exponential(rate)) {
        if (Math.ceil(at) > tx && Math.ceil(at) <= T) [x, tx] = [x + 1, Math.ceil(at)];
      }
      return { x, tx, T };
    });
  }

  it('have parameters near the limit that their likelihood approaches, as good as any', () => {
    const fits = [1, 2, 3, 4, 5, 6].map((seed) => {
      const summaries = summariesOf(simulated(seed, 800));
      return { summaries, fit: fitted(fitPurchases('pareto-nbd', summaries)) };
    });
    const atLimit = fits.filter(({ fit }) => fit.atLimit.length > 0);
    expect(atLimit.length).toBeGreaterThan(0);
    for (const { summaries, fit } of fits) {
      const [r, alpha, s, beta] = fit.params;
      const total = (params: Params): number => PARETO_NBD.total(params, summaries, new Float64Array(4));
      expect(total(fit.params)).toBeCloseTo(fit.logLikelihood, 6);
      // The truth, and one and the same risk for all, are no better.
      expect(total([1, 30, 1e6, 2e8])).toBeLessThanOrEqual(fit.logLikelihood + 0.1);
      expect(total([r, alpha, 1e6, (1e6 * beta) / s])).toBeLessThanOrEqual(fit.logLikelihood + 0.1);
    }
    for (const { fit } of atLimit) {
      expect(fit.atLimit).toEqual(['s']);
      // Half of the limit model's risk to twice of it: the truth is 1/200 a day.
      expect(fit.params[2] / fit.params[3]).toBeGreaterThan(1 / 400);
      expect(fit.params[2] / fit.params[3]).toBeLessThan(1 / 100);
    }
  });
});
