/** The formulas against mpmath at 60 digits (references.py), and what must hold whatever the numbers are. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byQuadrature, bySeries, purchasesUntilStop } from '../../../../temporal/domain/clv/betaGeometricPurchases.ts';
import { MODELS } from '../../../../temporal/domain/clv/fit.ts';
import { spendTotal } from '../../../../temporal/domain/clv/gammaGamma.ts';
import { digammaRise, logBetaKernel, logGamma, logRising } from '../../../../temporal/domain/clv/logGamma.ts';
import { evaluatePoint, type PurchasePoint } from '../../../../temporal/domain/clv/points.ts';
import { MODEL_NAMES, type Params } from '../../../../temporal/domain/clv/purchaseModel.ts';
import { summariesOf } from '../../../../temporal/domain/clv/summary.ts';

interface Reference {
  point: { model: string; params: number[]; x: number };
  ll: string;
  alive?: string;
  expect: string;
}

const references = JSON.parse(readFileSync(new URL('references.json', import.meta.url), 'utf8')) as Reference[];

/** Relative, or absolute for logarithms near 0. */
function expectNear(actual: number, expected: number, within = 1e-11): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(within * Math.max(1, Math.abs(expected)));
}

/** In its digits; what is below all numbers is 0. */
function expectSame(actual: number, expected: number): void {
  if (expected < 1e-300) expect(actual).toBeLessThan(1e-300);
  else expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-11);
}

describe('the formulas', () => {
  it.each(references)('$point.model $point.params: a customer with $point.x', ({ point, ...published }) => {
    const answer = evaluatePoint(point);
    expectNear(answer.ll, Number(published.ll));
    expectSame(answer.expect, Number(published.expect));
    if ('alive' in answer) expectSame(answer.alive, Number(published.alive));
  });

  // mpmath 1.4.1: loggamma, psi at 40 digits and more.
  it.each([
    [1e-9, 20.723265836369194],
    [0.5, 0.5723649429247001],
    [1, 0],
    [2.5, 0.2846828704729192],
    [11.999, 17.499865227646104],
    [12, 17.502307845873887],
    [171.5, 709.1431630309282],
    [1e5, 1051287.7089736569],
    [1e12, 26631021115915.652],
  ])('logΓ(%d) is %d', (x, value) => {
    expectNear(logGamma(x), value, 2e-14);
  });

  it.each([
    [1e-6, 3, -13.122361877404954, 1000001.49999875],
    [0.243, 13, 19.285333267781148, 6.896332283363875],
    [0.243, 5000, 37583.37793165075, 12.868235656185261],
    [1e8, 2, 36.84136149790473, 1.9999999900000002e-8],
    [1e8, 0.5, 9.210340370726183, 5.0000000125e-9],
    [3.7, 1e9, 19723265902.751728, 19.5561123007849],
    [12, 0.001, 0.002442705129654435, 0.00008689809948741855],
  ])('from Γ(%d), %d further: logarithm %d, its slope %d', (x, n, rising, rise) => {
    expectNear(logRising(x, n), rising, 3e-14);
    expect(Math.abs(digammaRise(x, n) / rise - 1)).toBeLessThan(1e-12);
  });

  it.each([
    [6.25, 3.74, 2.2, -0.6073123474696753],
    [1e6, 1e6, 1.001, 5.39249281193483],
    [2e9, 40, 5e7, 0.9234178939139931],
    [0.001, 2, 1e-5, -6.918288714013975],
    [12, 12, 1, -0.03347245742208554],
  ])('beta kernel of %d and %d at odds %d', (a, b, odds, value) => {
    expectNear(logBetaKernel(a, b, odds), value, 1e-12);
  });

  it('expected purchases until a stop are the same by sum and by integral', () => {
    const size = fc.double({ min: Math.log(0.01), max: Math.log(300), noNaN: true }).map(Math.exp);
    const tau = fc.double({ min: Math.log(0.001), max: Math.log(20), noNaN: true }).map(Math.exp);
    fc.assert(
      fc.property(size, tau, size, size, (R, t, a, b) => {
        const sum = bySeries(R, t, a, b);
        expect(Math.abs(byQuadrature(R, t, a, b) / sum - 1)).toBeLessThan(1e-10);
      }),
      { numRuns: 200 },
    );
  });

  // mpmath 1.4.1 at 60 digits: (a + b − 1)/(a − 1) (1 − (1 + τ)^−R ₂F₁(R, b; a + b − 1; τ/(1 + τ))).
  it.each([
    [0.243, 2e5, 0.793, 2.426, 51.92498278589656],
    [3000, 50, 0.02, 400, 135895.11602703037],
    [2, 1e7, 1.5, 0.01, 1.0199950023032165],
    [40, 4000, 3e-6, 2e-3, 159754.8161409751],
    [0.05, 1e4, 2e3, 9e5, 65.60491321082999],
    [1e4, 2.5, 5, 1e-4, 1.000025],
    // Of parameters far below 1 no digit gets lost in a sum with 1.
    [1e-13, 2, 1e-13, 4e6, 2e-13],
    [1e-13, 2, 0.7, 1e-13, 1.0986122886681419e-13],
  ])('R %d, τ %d, a %d, b %d: %d', (R, tau, a, b, value) => {
    expect(Math.abs(purchasesUntilStop(R, tau, a, b) / value - 1)).toBeLessThan(1e-11);
  });
});

it('MBG/NBD: who has just bought first has gone on with b / (a + b), also where that is next to nothing', () => {
  const { alive } = evaluatePoint({
    model: 'mbg-nbd',
    params: [1, 10, 1, 1e-13],
    x: 0,
    tx: 0,
    T: 0,
    t: 1,
  }) as PurchasePoint;
  expectSame(alive, 1e-13);
});

const paramOf = fc.double({ min: Math.log(1e-6), max: Math.log(1e6), noNaN: true }).map(Math.exp);
const anyParams = fc.tuple(paramOf, paramOf, paramOf, paramOf);
const anyCustomer = fc
  .record({
    x: fc.oneof(fc.nat(5), fc.nat(5000)),
    T: fc.integer({ min: 0, max: 20_000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ x, T, share }) => ({ x, T, tx: x === 0 ? 0 : share > 0.9 ? T : share * T }));

describe.each(MODEL_NAMES)('%s', (name) => {
  const model = MODELS[name];

  it('answers with numbers, whatever the parameters and the customer are', () => {
    fc.assert(
      fc.property(anyParams, anyCustomer, fc.integer({ min: 0, max: 10_000 }), (params, customer, t) => {
        const { ll, alive, expect: orders } = evaluatePoint({ model: name, params, ...customer, t }) as PurchasePoint;
        expect(Number.isFinite(ll)).toBe(true);
        expect(alive).toBeGreaterThanOrEqual(0);
        expect(alive).toBeLessThanOrEqual(1);
        expect(orders).toBeGreaterThanOrEqual(0);
        // Nobody is expected to buy more than somebody at the same pace who never stops.
        const pace = ((params[0] + customer.x) / (params[1] + customer.T)) * t;
        expect(orders).toBeLessThanOrEqual(pace * (1 + 1e-9));
        const any = model.anyIfAlive(params, customer, t);
        expect(any).toBeGreaterThanOrEqual(0);
        expect(any).toBeLessThanOrEqual(1);
        expect(any).toBeLessThanOrEqual(model.expectedIfAlive(params, customer, t) * (1 + 1e-9));
      }),
      { numRuns: 300 },
    );
  });

  it('weeks and days say the same', () => {
    fc.assert(
      fc.property(anyParams, anyCustomer, (params, { x, tx, T }) => {
        const inWeeks = params.map((value, i) => (model.timeParams[i] ? value / 7 : value)) as unknown as Params;
        const days = model.logLikelihood(params, { x, tx, T });
        const weeks = model.logLikelihood(inWeeks, { x, tx: tx / 7, T: T / 7 });
        expectNear(weeks - x * Math.log(7), days, 1e-9);
        expectNear(model.alive(inWeeks, { x, tx: tx / 7, T: T / 7 }), model.alive(params, { x, tx, T }), 1e-8);
      }),
      { numRuns: 100 },
    );
  });

  it('the derivatives are those of the likelihood, and its sum that of its parts', () => {
    const moderate = fc.double({ min: -3, max: 3, noNaN: true }).map(Math.exp);
    fc.assert(
      fc.property(
        fc.tuple(moderate, moderate, moderate, moderate),
        fc.array(anyCustomer, { minLength: 1, maxLength: 5 }),
        (shape, customers) => {
          const params = shape.map((value, i) => (model.timeParams[i] ? 50 * value : value)) as unknown as Params;
          const gradient = new Float64Array(4);
          const total = model.total(params, summariesOf(customers), gradient);
          const sumAt = (at: Params): number =>
            customers.reduce((sum, customer) => sum + model.logLikelihood(at, customer), 0);
          expectNear(total, sumAt(params), 1e-11);
          const h = 1e-5;
          for (const i of [0, 1, 2, 3]) {
            const moved = (by: number): Params =>
              params.map((value, j) => (i === j ? value * Math.exp(by) : value)) as unknown as Params;
            const slope = (sumAt(moved(h)) - sumAt(moved(-h))) / (2 * h);
            expect(Math.abs(gradient[i]! - slope)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(total)));
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('Gamma-Gamma', () => {
  it('the derivatives are those of the likelihood', () => {
    const value = fc.double({ min: -2, max: 4, noNaN: true }).map(Math.exp);
    fc.assert(
      fc.property(fc.tuple(value, value, value), fc.nat(100), value, ([p, q, v], repeats, m) => {
        const summaries = { size: 1, x: Float64Array.of(repeats + 1), m: Float64Array.of(m) };
        const at = (params: number[]): number =>
          spendTotal([params[0]!, params[1]!, params[2]!], summaries, new Float64Array(3));
        const gradient = new Float64Array(3);
        const total = spendTotal([p, q, v], summaries, gradient);
        const h = 1e-5;
        for (const i of [0, 1, 2]) {
          const moved = (by: number): number[] => [p, q, v].map((x, j) => (i === j ? x * Math.exp(by) : x));
          const slope = (at(moved(h)) - at(moved(-h))) / (2 * h);
          expect(Math.abs(gradient[i]! - slope)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(total)));
        }
      }),
    );
  });
});
