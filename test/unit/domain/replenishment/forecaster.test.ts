/** What is forecast out of what was learned. Expected numbers follow from how the histories below are made. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Forecaster, type Window } from '../../../../temporal/domain/replenishment/forecaster.ts';
import { learn, type LearnOptions } from '../../../../temporal/domain/replenishment/learn.ts';
import type { PopulationModel } from '../../../../temporal/domain/replenishment/model.ts';
import { gapsOf, PurchaseLog, type Gap } from '../../../../temporal/domain/replenishment/purchases.ts';
import { Chance } from './worlds.ts';

type Line = [customer: string, product: string, day: number, quantity: number];

function learned(lines: Iterable<Line>, options?: LearnOptions): PopulationModel {
  const log = new PurchaseLog();
  for (const line of lines) log.add(...line);
  return learn(gapsOf(log.purchases()), options);
}

/** Through JSON, as the store keeps it. */
const forecasterOf = (model: PopulationModel) => new Forecaster(JSON.parse(JSON.stringify(model)) as PopulationModel);

const forecast = (
  model: PopulationModel,
  productId: string,
  { quantity = 1, category = null, gaps = [] }: { quantity?: number; category?: string | null; gaps?: Gap[] } = {},
): Window => forecasterOf(model).windowOf({ productId, category, quantity, gaps });

/** Customers who buy the product again and again, gaps of `days` give or take a quarter, in proportion to the quantity if so. */
function* buyers(product: string, customers: number, days: number, perUnit = false): Generator<Line> {
  const chance = new Chance(product.length + customers + days);
  for (let customer = 0; customer < customers; customer += 1) {
    let day = chance.below(100);
    for (let turn = 0; turn < 6; turn += 1) {
      const quantity = perUnit ? 1 + chance.below(3) : 1;
      yield [`${product}-${customer}`, product, day, quantity];
      day += Math.round(days * (perUnit ? quantity : 1) * Math.exp(0.2 * chance.normal()));
    }
  }
}

const ownGaps = (productId: string, days: number[]): Gap[] =>
  days.map((length, turn) => ({ productId, startDay: 1000 + turn * 200, days: length, quantity: 1 }));

const near = (value: number, expected: number, part = 0.1) => {
  expect(value).toBeGreaterThan(expected * (1 - part));
  expect(value).toBeLessThan(expected * (1 + part));
};

describe('a product', () => {
  it('has the window of its gaps: 60 doses, one a day', () => {
    const window = forecast(learned(buyers('doses', 100, 60)), 'doses');
    // Log-normal gaps, middle 60, spread 0.2: quantile = 60 × exp(0.2 × normal quantile).
    near(window.q40, 60 * Math.exp(-0.2533 * 0.2), 0.05);
    near(window.q50, 60, 0.05);
    near(window.q60, 60 * Math.exp(0.2533 * 0.2), 0.05);
    near(window.q80, 60 * Math.exp(0.8416 * 0.2), 0.05);
    expect(window.basis).toBe('product');
  });

  it('is no fixed number: each has its own', () => {
    const model = learned([...buyers('doses', 100, 60), ...buyers('coffee', 100, 14), ...buyers('filter', 100, 180)]);
    near(forecast(model, 'doses').q50, 60);
    near(forecast(model, 'coffee').q50, 14);
    near(forecast(model, 'filter').q50, 180);
  });

  it('lasts in proportion to the quantity where the gaps say so', () => {
    const model = learned(buyers('doses', 100, 30, true));
    near(forecast(model, 'doses', { quantity: 1 }).q50, 30);
    near(forecast(model, 'doses', { quantity: 2 }).q50, 60);
    near(forecast(model, 'doses', { quantity: 3 }).q50, 90);
  });

  it('lasts as long whatever the quantity, where the gaps say nothing of it', () => {
    const lines = [...buyers('doses', 100, 60)].map<Line>(([customer, product, day], at) => [
      customer,
      product,
      day,
      1 + (at % 3),
    ]);
    const model = learned(lines);
    near(forecast(model, 'doses', { quantity: 3 }).q50, forecast(model, 'doses', { quantity: 1 }).q50, 0.08);
  });

  it('extrapolates no further than the quantities that were seen', () => {
    const model = learned(buyers('doses', 100, 30, true));
    expect(forecast(model, 'doses', { quantity: 1e12 })).toEqual(forecast(model, 'doses', { quantity: 3 }));
    expect(forecast(model, 'doses', { quantity: 1e-9 })).toEqual(forecast(model, 'doses', { quantity: 1 }));
  });

  it('with few gaps is drawn to the others, the more the fewer', () => {
    const others = ['a', 'b', 'c', 'd'].flatMap((name) => [...buyers(name, 50, 60)]);
    const thin = (customers: number) => learned([...others, ...buyers('thin', customers, 15)]);
    const middles = [1, 4, 40].map((customers) => forecast(thin(customers), 'thin').q50);
    expect(middles[0]).toBeLessThan(60);
    expect(middles[1]).toBeLessThan(middles[0] as number);
    expect(middles[2]).toBeLessThan((middles[1] as number) + 1);
    near(middles[2] as number, 15, 0.15);
  });

  it('without a gap has the window of its category, else of all products', () => {
    const categoryOf = (productId: string) => productId.split('-')[0] as string;
    const lines = [1, 2, 3].flatMap((n) => [...buyers(`coffee-${n}`, 30, 14), ...buyers(`filter-${n}`, 30, 180)]);
    const model = learned(lines, { categoryOf });
    near(forecast(model, 'coffee-new', { category: 'coffee' }).q50, 14);
    near(forecast(model, 'filter-new', { category: 'filter' }).q50, 180);
    expect(forecast(model, 'coffee-new', { category: 'coffee' }).basis).toBe('category');
    // Half way on the scale of logarithms: sqrt(14 × 180) = 50.
    near(forecast(model, 'tea', { category: 'tea' }).q50, 50, 0.2);
    expect(forecast(model, 'tea', { category: 'tea' }).basis).toBe('none');
  });

  it('stands on 20 gaps of its own, else of its category (CONTRACT section 3)', () => {
    const pairs = (product: string, count: number) =>
      Array.from({ length: count }, (_, at): Line[] => [
        [`c${at}`, product, 100, 1],
        [`c${at}`, product, 130 + (at % 5), 1],
      ]).flat();
    const basisOf = (count: number, others: number) =>
      forecast(learned([...pairs('x', count), ...pairs('y', others)], { categoryOf: () => 'c' }), 'x', {
        category: 'c',
      }).basis;
    expect(basisOf(20, 0)).toBe('product');
    expect(basisOf(19, 1)).toBe('category');
    expect(basisOf(19, 0)).toBe('none');
  });

  it('is for once a year when its middle gap is longer than 270 days', () => {
    const model = learned([...buyers('calendar', 30, 360), ...buyers('doses', 30, 60)], { categoryOf: () => null });
    const forecaster = forecasterOf(model);
    expect(forecaster.isOnceAYear('calendar', null)).toBe(true);
    expect(forecaster.isOnceAYear('doses', null)).toBe(false);
    expect(forecaster.isOnceAYear('unknown', null)).toBe(false);
  });
});

describe('a customer', () => {
  const model = learned([...varied('doses', 60), ...varied('coffee', 20)]);

  /** Customers half as fast to twice as fast, each true to themselves. */
  function* varied(product: string, days: number): Generator<Line> {
    const chance = new Chance(days);
    for (let customer = 0; customer < 150; customer += 1) {
      const tempo = Math.exp(0.5 * Math.sin(customer));
      let day = chance.below(50);
      for (let turn = 0; turn < 6; turn += 1) {
        yield [`c${customer}`, product, day, 1];
        day += Math.max(1, Math.round(days * tempo * Math.exp(0.15 * chance.normal())));
      }
    }
  }

  it('comes when they use to come, the surer the more often they did', () => {
    const once = forecast(model, 'doses', { gaps: ownGaps('doses', [30]) });
    const often = forecast(model, 'doses', { gaps: ownGaps('doses', [30, 31, 29, 30, 30]) });
    near(often.q50, 30);
    expect(once.q50).toBeGreaterThan(often.q50);
    expect(once.q50).toBeLessThan(45);
    const width = ({ q40, q80 }: Window) => q80 / q40;
    expect(width(often)).toBeLessThan(width(once));
    expect(width(once)).toBeLessThan(width(forecast(model, 'doses')));
  });

  it('is as fast with one product as with others', () => {
    // Twice as fast with coffee as everybody: about twice as fast with doses.
    near(forecast(model, 'doses', { gaps: ownGaps('coffee', [10, 10, 10]) }).q50, 30, 0.2);
  });

  it('is not taken for slow after one missed cycle', () => {
    const missed = forecast(model, 'doses', { gaps: ownGaps('doses', [30, 30, 30, 30, 400]) });
    expect(missed.q50).toBeLessThan(45);
  });

  it('may be told of in any order', () => {
    const gaps = [...ownGaps('doses', [30, 50, 40]), ...ownGaps('coffee', [10, 20])];
    expect(forecast(model, 'doses', { gaps: gaps.toReversed() })).toEqual(forecast(model, 'doses', { gaps }));
  });
});

describe('always', () => {
  const line = fc.tuple(
    fc.integer({ min: 0, max: 8 }).map((n) => `c${n}`),
    fc.integer({ min: 0, max: 5 }).map((n) => `p${n}`),
    fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 20_000 })),
    fc.oneof(fc.integer({ min: 1, max: 3 }), fc.double({ min: 1e-3, max: 1e9, noNaN: true })),
  );
  const isWindow = ({ q40, q50, q60, q80 }: Window) => {
    for (const days of [q40, q50, q60, q80]) expect(Number.isFinite(days) && days > 0).toBe(true);
    expect([q40, q50, q60, q80]).toEqual([q40, q50, q60, q80].toSorted((a, b) => a - b));
  };

  it('there is an answer of finite days in order, whatever was learned from', () => {
    const quantity = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
    const gap = fc.record({
      productId: fc.constantFrom('p0', 'p1', 'other'),
      startDay: fc.integer({ min: 0, max: 1000 }),
      days: fc.integer({ min: 1, max: 10_000 }),
      quantity,
    });
    const inputs = [fc.array(line, { maxLength: 150 }), quantity, fc.array(gap, { maxLength: 20 })] as const;
    fc.assert(
      fc.property(...inputs, (lines, bought, gaps) => {
        const model = learned(lines, { categoryOf: (id) => (id < 'p3' ? 'low' : null) });
        isWindow(forecast(model, 'p0', { quantity: bought, category: 'low', gaps }));
        isWindow(forecast(model, 'p4', { quantity: bought, gaps }));
        isWindow(forecast(model, 'unknown', { quantity: bought }));
      }),
      { numRuns: 150 },
    );
  });

  it('the order of the lines changes nothing', () => {
    const shuffled = fc
      .array(line, { maxLength: 80 })
      .chain((lines) => fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length })));
    fc.assert(
      fc.property(shuffled, ([lines, other]) => {
        expect(learned(other)).toEqual(learned(lines));
      }),
    );
  });

  it('far data of another product moves a well-known product little', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 30 }), (days, customers) => {
        const without = forecast(learned(buyers('doses', 60, 60)), 'doses');
        const withOther = forecast(learned([...buyers('doses', 60, 60), ...buyers('other', customers, days)]), 'doses');
        near(withOther.q50, without.q50, 0.08);
      }),
      { numRuns: 25 },
    );
  });

  it('nothing learned from is around 45 days, and gives way to the first gaps', () => {
    const nothing = forecast(learned([]), 'x');
    expect(nothing.q50).toBeCloseTo(45, 6);
    // Log-normal with spread 0.6 (model.ts) around 45.
    expect(nothing.q80).toBeGreaterThan(60);
    const one = forecast(
      learned([
        ['c', 'x', 0, 1],
        ['c', 'x', 10, 1],
      ]),
      'x',
    );
    expect(one.q50).toBeLessThan(30);
    expect(one.basis).toBe('none');
  });

  it('takes everybody being equal', () => {
    const equal = Array.from({ length: 50 }, (_, at): Line[] => [
      [`c${at}`, 'x', 0, 1],
      [`c${at}`, 'x', 30, 1],
      [`c${at}`, 'x', 60, 1],
    ]).flat();
    const window = forecast(learned(equal), 'x');
    isWindow(window);
    near(window.q50, 30, 0.05);
  });
});
