/** Which window counts for a product, and what it means for one purchase (CONTRACT, fine print; FEATURES: 60 doses). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueAt, scaledDates, type ConsumptionWindow } from '../../../temporal/domain/consumptionWindow.ts';
import { LearnedWindows } from '../../../temporal/domain/learnedWindows.ts';
import { learn } from '../../../temporal/domain/replenishment/learn.ts';
import { gapsOf, PurchaseLog } from '../../../temporal/domain/replenishment/purchases.ts';
import {
  planPurchase,
  windowThatCounts,
  type LearnedWindow,
  type ProductWindow,
} from '../../../temporal/domain/replenishmentPlan.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-22T12:00:00Z');
const byHand = { lowDays: 45, highDays: 55, enabled: true };
const days = { q40: 28, q50: 30, q60: 33, q80: 41 };
const tooFew: LearnedWindow = { kind: 'tooFew', gaps: 19 };
const learned: LearnedWindow = { kind: 'window', basis: 'category', daysOf: () => days };

describe('the window of a product', () => {
  it('is what was learned, before what was set by hand', () => {
    expect(windowThatCounts(learned, byHand)).toMatchObject({ basis: 'category' });
    expect(windowThatCounts(tooFew, byHand)).toEqual({ basis: 'byHand', lowDays: 45, highDays: 55 });
  });

  it.each<[string, LearnedWindow, Parameters<typeof windowThatCounts>[1], RegExp]>([
    ['reminders are off', learned, { ...byHand, enabled: false }, /switched off/],
    ['it is bought once a year', { kind: 'onceAYear', basis: 'product' }, byHand, /^This product .* 270 days/],
    ['its category is', { kind: 'onceAYear', basis: 'category' }, null, /^Its category .* 270 days/],
    ['there is too little of everything', tooFew, null, /^not enough data: 19 of 20 gaps/],
    ['only one end is set', tooFew, { ...byHand, highDays: null }, /^not enough data/],
    ['the one by hand is for once a year', tooFew, { lowDays: 250, highDays: 300, enabled: true }, /once-a-year/],
  ])('is none where %s', (_, known, said, reason) => {
    expect(windowThatCounts(known, said)).toEqual({ basis: 'none', reason: expect.stringMatching(reason) });
  });
});

describe('the plan of a purchase', () => {
  const purchase = (quantity = 1) => ({ productId: 'p1', orderedAt: NOW, quantity });

  it('takes 40, 60 and 80 % of what was learned', () => {
    const plan = planPurchase(windowThatCounts(learned, null), purchase(), []);
    expect(plan).toEqual({
      ...{ basis: 'category', reason: null, days },
      window: {
        ...{ basis: 'category', orderedAt: NOW },
        ...{ startAt: NOW + 28 * DAY, middleAt: NOW + 33 * DAY, endAt: NOW + 41 * DAY },
      },
    });
  });

  it('scales a window by hand by the quantity: 60 doses, day 40 and day 50', () => {
    const before = { learned: 0, byHand: 5 };
    const { window } = planPurchase(windowThatCounts(tooFew, byHand), purchase(), []);
    expect(dueAt(window!, 'start', before, 1)).toBe(NOW + 40 * DAY);
    expect(dueAt(window!, 'middle', { ...before, byHand: 0 }, 1)).toBe(NOW + 50 * DAY);
    const three = planPurchase(windowThatCounts(tooFew, byHand), purchase(3), []);
    expect(three.window).toMatchObject({ startAt: NOW + 135 * DAY, endAt: NOW + 165 * DAY });
  });

  it('looks at what was bought up to that day, and at nothing later', () => {
    const seen: number[] = [];
    const window: ProductWindow = {
      basis: 'product',
      daysOf: (_, bought) => {
        seen.push(...bought.map(({ orderedAt }) => (orderedAt - NOW) / DAY));
        return days;
      },
    };
    const at = (day: number) => ({ productId: 'p2', orderedAt: NOW + day * DAY, quantity: 1 });
    planPurchase(window, purchase(), [at(-30), at(0.25), at(1), at(30)]);
    expect(seen).toEqual([-30, 0.25]);
  });

  it('is none beyond a century, and never no number', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 1e12, noNaN: true }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 100 }),
        fc.double({ min: 1, max: 1e7, noNaN: true }),
        (quantity, low, more, scale) => {
          const window: ProductWindow = { basis: 'byHand', lowDays: low, highDays: low + more };
          const plan = planPurchase(window, purchase(quantity), []);
          if (plan.window === null) {
            expect((low + more) * quantity).toBeGreaterThan(36_500);
            return;
          }
          const { start, middle, end } = scaledDates(plan.window, scale);
          expect([start, middle, end].every(Number.isSafeInteger)).toBe(true);
          expect(NOW <= start && start <= middle && middle <= end).toBe(true);
        },
      ),
    );
  });

  it('is due later the longer the window, never before the purchase, and never later with more days before', () => {
    const window: ConsumptionWindow = {
      ...{ basis: 'product', orderedAt: NOW },
      ...{ startAt: NOW + 28 * DAY, middleAt: NOW + 33 * DAY, endAt: NOW + 41 * DAY },
    };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }), (some, further) => {
        const at = (before: number) => dueAt(window, 'end', { learned: before, byHand: 0 }, 1);
        expect(at(some + further)).toBeLessThanOrEqual(at(some));
        expect(at(some)).toBe(Math.max(NOW, NOW + (41 - some) * DAY));
      }),
    );
  });
});

describe('learned windows', () => {
  const log = new PurchaseLog();
  // Ten people, each three gaps of 30 days; filters of the same category only once again.
  for (let person = 0; person < 10; person++) {
    for (const day of [0, 30, 60, 90]) log.add(`c${person}`, 'beans', day, 1);
  }
  log.add('c0', 'filters', 0, 1);
  log.add('c0', 'filters', 40, 1);
  const category = (productId: string) => (productId === 'mug' ? null : 'coffee');
  const { products, ...population } = learn(gapsOf(log.purchases()), { categoryOf: category });
  const windows = new LearnedWindows(population, products);

  it('rest on the product, else on its category, else on nothing', () => {
    expect(windows.windowOf('beans', 'coffee')).toMatchObject({ kind: 'window', basis: 'product' });
    expect(windows.windowOf('filters', 'coffee')).toMatchObject({ kind: 'window', basis: 'category' });
    expect(windows.windowOf('new', 'coffee')).toMatchObject({ kind: 'window', basis: 'category' });
    expect(windows.windowOf('filters', null)).toEqual({ kind: 'tooFew', gaps: 1 });
    expect(windows.windowOf('mug', null)).toEqual({ kind: 'tooFew', gaps: 0 });
  });

  it('are drawn towards the customer`s own gaps, whatever the order in which they are told', () => {
    const window = windows.windowOf('beans', 'coffee');
    if (window.kind !== 'window') throw new Error('no window');
    const at = (day: number) => ({ productId: 'beans', orderedAt: day * DAY, quantity: 1 });
    const stranger = window.daysOf(at(100), []);
    const slow = [at(40), at(100), at(160), at(220)];
    const own = window.daysOf(at(220), slow);
    expect(own.q50).toBeGreaterThanOrEqual(stranger.q50);
    expect(window.daysOf(at(220), slow.toReversed())).toEqual(own);
    // Two orders on one day are one purchase.
    expect(window.daysOf(at(220), [...slow, { ...at(220), orderedAt: 220 * DAY + 3_600_000 }])).toEqual(own);
  });
});
