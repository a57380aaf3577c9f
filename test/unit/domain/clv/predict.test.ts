/** What is said of one customer, when anything is said at all, and how the hold-out judges it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate, holdoutWeeksFor } from '../../../../temporal/domain/clv/calibration.ts';
import { dataGate } from '../../../../temporal/domain/clv/gates.ts';
import { churnOf, fitValue, predictCustomer, type FittedValue } from '../../../../temporal/domain/clv/predict.ts';
import { PurchaseLog, summaryAsOf } from '../../../../temporal/domain/clv/purchaseLog.ts';
import { MODEL_NAMES } from '../../../../temporal/domain/clv/purchaseModel.ts';
import type { CustomerSummary } from '../../../../temporal/domain/clv/summary.ts';
import { CALIBRATION_ENDS, cdnowLog, cdnowSummaries, dayOf } from './cdnow.ts';

const summaries = cdnowSummaries();
const TERMS = { horizonDays: 365, discountRate: 0.1, churnDays: 90 };

const fits = new Map(
  MODEL_NAMES.map((model) => {
    const fit = fitValue(model, 'day', summaries);
    if ('notEnoughData' in fit) throw new Error(fit.notEnoughData);
    return [model, fit];
  }),
);

/** Monte Carlo would do, but slowly: a sum over days says the same of the discounted value. */
function valueByDays(fitted: FittedValue, customer: CustomerSummary, days: number, rate: number): number {
  const until = (horizonDays: number): number =>
    predictCustomer(fitted, customer, { horizonDays, discountRate: 0, churnDays: 90 }).value;
  let sum = 0;
  for (let day = 1; day <= days; day++) sum += (until(day) - until(day - 1)) / (1 + rate) ** ((day - 0.5) / 365);
  return sum;
}

describe.each(MODEL_NAMES)('a customer under %s', (model) => {
  const fitted = fits.get(model)!;
  const predicted = summaries.map((customer) => predictCustomer(fitted, customer, TERMS));

  it('has numbers everywhere', () => {
    for (const { nextOrderInDays, churn, ...numbers } of predicted) {
      expect(Object.values(numbers).every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
      expect(nextOrderInDays === null || (nextOrderInDays > 0 && nextOrderInDays <= 365)).toBe(true);
      expect(['low', 'medium', 'high']).toContain(churn);
    }
  });

  it('is worth orders times spend, less what is lost by waiting', () => {
    for (const customer of summaries.slice(0, 200)) {
      const plain = predictCustomer(fitted, customer, { ...TERMS, discountRate: 0 });
      expect(plain.value).toBe(plain.orders * plain.spend);
      const { value } = predictCustomer(fitted, customer, TERMS);
      expect(value).toBeLessThan(plain.value);
      expect(value).toBeGreaterThan(plain.value / 1.1);
    }
  });

  it.each([0.1, 3, 0.0001])('is discounted at %d a year by the day of each order', (rate) => {
    for (const customer of [summaries[0]!, summaries[2]!, { x: 40, tx: 260, T: 272, m: 30 }]) {
      const { value } = predictCustomer(fitted, customer, { horizonDays: 730, discountRate: rate, churnDays: 90 });
      expect(valueByDays(fitted, customer, 730, rate) / value).toBeCloseTo(1, 5);
    }
  });

  it('has a next order on the day by which one is as likely as not', () => {
    let asked = 0;
    for (const [i, { nextOrderInDays }] of predicted.entries()) {
      if (nextOrderInDays === null) continue;
      asked++;
      const { noOrder } = predictCustomer(fitted, summaries[i]!, { ...TERMS, churnDays: nextOrderInDays });
      expect(noOrder).toBeCloseTo(0.5, 5);
    }
    expect(asked).toBeGreaterThan(50);
  });

  it('with nothing but free repeat orders is expected to spend what all do', () => {
    const { params } = fitted.gammaGamma;
    const spend = (params[0] * params[2]) / (params[1] - 1);
    for (const customer of [
      { x: 0, tx: 0, T: 100, m: 0 },
      { x: 3, tx: 50, T: 100, m: 0 },
    ]) {
      expect(predictCustomer(fitted, customer, TERMS).spend).toBeCloseTo(spend, 10);
    }
  });

  it('is told the same in weeks', () => {
    const inWeeks = fitValue(model, 'week', summaries);
    if ('notEnoughData' in inWeeks) throw new Error(inWeeks.notEnoughData);
    for (const [i, customer] of summaries.slice(0, 100).entries()) {
      const weeks = predictCustomer(inWeeks, customer, TERMS);
      expect(weeks.orders).toBeCloseTo(predicted[i]!.orders, 6);
      expect(weeks.alive).toBeCloseTo(predicted[i]!.alive, 6);
    }
  });
});

describe('churn risk', () => {
  // FEATURES, expected feature 16: low below 33 %, medium to 66 %, high above.
  it.each([
    [0, 'low'],
    [0.3299, 'low'],
    [0.33, 'medium'],
    [0.66, 'medium'],
    [0.6601, 'high'],
    [1, 'high'],
  ])('%d without an order is %s', (noOrder, churn) => {
    expect(churnOf(noOrder)).toBe(churn);
  });
});

describe('the gate', () => {
  const enough = { customers: 500, historyDays: 180, daysSinceLastOrder: 30, withThreeOrders: 1 };

  it('is open with 500 customers, 180 days, an order within 30 and somebody with three', () => {
    expect(dataGate(enough)).toBeNull();
  });

  it.each([
    [{ customers: 499 }, 'not enough data: 499 of 500 customers with an order'],
    [{ historyDays: 179.9 }, 'not enough data: 179 of 180 days of history'],
    [
      { daysSinceLastOrder: 31 },
      'not enough data: the last order is 31 days old, and one within the last 30 days is needed',
    ],
    [{ withThreeOrders: 0 }, 'not enough data: nobody with 3 or more orders, and some are needed'],
    [
      { customers: 0, historyDays: 0, daysSinceLastOrder: null, withThreeOrders: 0 },
      'not enough data: 0 of 500 customers with an order; 0 of 180 days of history; no order, and one within the last 30 days is needed; nobody with 3 or more orders, and some are needed',
    ],
  ])('with %j says what is missing', (less, sentence) => {
    expect(dataGate({ ...enough, ...less })).toBe(sentence);
  });
});

describe('the purchase log', () => {
  it('makes one purchase of a day, whatever the order of the lines', () => {
    const line = fc.record({ customer: fc.nat(5), day: fc.nat(12), money: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 80 }), (lines) => {
        const log = new PurchaseLog();
        const wanted = new Map<number, Map<number, number>>();
        for (const { customer, day, money } of lines) {
          log.add(customer, day, money);
          const days = wanted.get(customer) ?? new Map<number, number>();
          wanted.set(customer, days.set(day, (days.get(day) ?? 0) + money));
        }
        const found = [...log.purchases()].map(({ customer, days, money }) => [
          customer,
          [...days].map((day, i) => [day, money[i]]),
        ]);
        const sorted = [...wanted].sort(([a], [b]) => a - b);
        expect(found).toEqual(sorted.map(([customer, days]) => [customer, [...days].sort(([a], [b]) => a - b)]));
      }),
    );
  });

  it('sums up as of a day: later purchases are not known yet', () => {
    const purchases = { days: Int32Array.of(100, 110, 140, 200), money: Float64Array.of(50, 10, 30, 99) };
    expect(summaryAsOf(purchases, 99)).toBeNull();
    expect(summaryAsOf(purchases, 100)).toEqual({ x: 0, tx: 0, T: 0, m: 0 });
    expect(summaryAsOf(purchases, 150)).toEqual({ x: 2, tx: 40, T: 50, m: 20 });
  });

  it('grows', () => {
    const log = new PurchaseLog();
    for (let customer = 0; customer < 3000; customer++) log.add(customer, customer % 7, 1);
    expect([...log.purchases()].map(({ customer }) => customer)).toEqual([...Array(3000).keys()]);
  });
});

describe('the calibration', () => {
  const everybody = [...cdnowLog().purchases()];
  const lastDay = CALIBRATION_ENDS + 39 * 7;

  // lifetimes 0.11.3 expects this of the same 39 weeks (sum of conditional_expected_number_of_purchases_up_to_time).
  it.each([
    ['pareto-nbd', 1665.5],
    ['bg-nbd', 1653.4],
    ['mbg-nbd', 1576.7],
  ] as const)('of %s on CDNOW, 39 weeks held out, expects %d orders', (model, expected) => {
    const report = calibrate(model, 'week', everybody, lastDay, 39);
    if ('notEnoughData' in report) throw new Error(report.notEnoughData);
    expect(report.customers).toBe(2357);
    expect(report.knownUntil).toBe(CALIBRATION_ENDS);
    expect(report.actual).toBe(
      everybody.reduce(
        (sum, { days }) => sum + days.filter((day) => day > CALIBRATION_ENDS && day <= lastDay).length,
        0,
      ),
    );
    expect(report.expected).toBeCloseTo(expected, 0);
    expect(report.bias).toBeCloseTo(report.expected / report.actual - 1, 12);
    expect(report.weeks).toHaveLength(39);
    expect(report.weeks.reduce((sum, { actual }) => sum + actual, 0)).toBe(report.actual);
    expect(report.weeks.reduce((sum, week) => sum + week.expected, 0)).toBeCloseTo(report.expected, 6);
    expect(report.classes.map(({ repeats }) => repeats)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(report.classes.reduce((sum, { customers }) => sum + customers, 0)).toBe(2357);
    expect(report.meanError).toBeLessThan(report.meanErrorOfPace);
  });

  it('without enough data says so', () => {
    expect(calibrate('bg-nbd', 'day', everybody, dayOf('1997-01-05'), 4)).toEqual({
      notEnoughData: 'not enough data: nobody has ordered',
    });
  });

  it('holds out a third of the history, four weeks at least, half a year at most', () => {
    expect(holdoutWeeksFor(83)).toBeNull();
    expect(holdoutWeeksFor(84)).toBe(4);
    expect(holdoutWeeksFor(180)).toBe(8);
    expect(holdoutWeeksFor(5000)).toBe(26);
  });
});
