/** Orders of a shop as purchases of its customers, and what is kept of what they say. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitValue } from '../../../../temporal/domain/clv/predict.ts';
import { MODEL_NAMES } from '../../../../temporal/domain/clv/purchaseModel.ts';
import { learnedPredictions, Predictor } from '../../../../temporal/domain/clv/shopPredictions.ts';
import { purchasesOf, summaryOf, type ShopOrder } from '../../../../temporal/domain/clv/shopPurchases.ts';
import { cdnowSummaries } from './cdnow.ts';

const DAY = 86_400_000;
const order = (day: number, valueMinor: number, currency = 'EUR', hour = 12): ShopOrder => ({
  ...{ at: day * DAY + (hour * DAY) / 24, valueMinor, currency },
});

describe('purchases of a shop’s customer', () => {
  it('are the days on which there were orders, UTC, up to today', () => {
    const orders = [
      order(30, 500, 'EUR', 23),
      order(10, 100),
      order(30, 700, 'EUR', 1),
      order(31, 50, 'EUR', 0),
      order(99, 1),
    ];
    const purchases = purchasesOf(orders, 'EUR', 40);
    expect(purchases).toEqual({ days: [10, 30, 31], money: [100, 1200, 50], orders: 4 });
    // The first left out of the mean.
    expect(summaryOf(purchases!, 40)).toEqual({ x: 2, tx: 21, T: 30, m: 625 });
  });

  it('count in whatever currency, and their money in the main one alone; free ones are in the mean', () => {
    const orders = [order(1, 100), order(2, 900, 'SEK'), order(3, 0), order(4, 60), order(4, 7000, 'SEK')];
    const purchases = purchasesOf(orders, 'EUR', 10);
    expect(purchases?.money).toEqual([100, null, 0, 60]);
    expect(summaryOf(purchases!, 10)).toEqual({ x: 3, tx: 3, T: 9, m: 30 });
    expect(summaryOf(purchasesOf(orders, 'USD', 10)!, 10)).toEqual({ x: 3, tx: 3, T: 9, m: 0 });
  });

  it('are none before the first', () => {
    expect(purchasesOf([], 'EUR', 10)).toBeNull();
    expect(purchasesOf([order(11, 100)], 'EUR', 10)).toBeNull();
    expect(summaryOf(purchasesOf([order(10, 100)], 'EUR', 10)!, 10)).toEqual({ x: 0, tx: 0, T: 0, m: 0 });
  });

  it('are the same in whatever order they are told', () => {
    const orders = fc.array(
      fc.record({ day: fc.nat(50), value: fc.nat(10_000), currency: fc.constantFrom('EUR', 'SEK'), hour: fc.nat(23) }),
    );
    fc.assert(
      fc.property(orders, (told) => {
        const all = told.map(({ day, value, currency, hour }) => order(day, value, currency, hour));
        expect(purchasesOf([...all].reverse(), 'EUR', 40)).toEqual(purchasesOf(all, 'EUR', 40));
      }),
    );
  });
});

describe.each(MODEL_NAMES)('predictions of a shop under %s', (name) => {
  const fitted = fitValue(name, 'day', cdnowSummaries());
  if ('notEnoughData' in fitted) throw new Error(fitted.notEnoughData);
  const terms = { horizonDays: 365, discountRate: 0.1, churnDays: 90, asOf: '1997-09-30', currency: 'EUR' };
  const today = 1000;
  const predictor = new Predictor(learnedPredictions(fitted, terms), today);
  const of = (orders: ShopOrder[]) => predictor.predict(purchasesOf(orders, 'EUR', today)!);

  it('have plain numbers for anybody', () => {
    const orders = fc.array(
      fc.record({ day: fc.integer({ min: today - 900, max: today }), value: fc.nat(100_000_000) }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(orders, (told) => {
        const found = of(told.map(({ day, value }) => order(day, value)))!;
        expect(found.alive >= 0 && found.alive <= 1).toBe(true);
        for (const money of [found.spendMinor, found.valueMinor]) expect(Number.isSafeInteger(money)).toBe(true);
        expect(Number.isFinite(found.expectedOrders) && found.expectedOrders >= 0).toBe(true);
        const next = found.nextOrderAt;
        expect(next === null || (next % DAY === 0 && next > today * DAY && next <= (today + 366) * DAY)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('are the same for all who have bought once on one day, however much', () => {
    expect(of([order(today - 5, 100)])).toEqual(of([order(today - 5, 90_000)]));
    expect(of([order(today - 5, 100)])).not.toEqual(of([order(today - 500, 100)]));
  });

  it('have no number where there is none', () => {
    const money = 1e300;
    expect(of([order(today - 50, money), order(today - 5, money)])).toBeNull();
  });
});
