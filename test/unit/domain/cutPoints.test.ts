/** Cut points against the formula of CONTRACT section 7, taken literally. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutPointsOf, quintiles, recencyValue, scoreOf } from '../../../temporal/domain/rfm/cutPoints.ts';

/** Nobody is above themselves: who has more than everybody scores 5. */
const formula = (value: number, all: readonly number[]): number =>
  Math.min(5, 1 + Math.floor((5 * all.filter((other) => other < value).length) / all.length));
const cutsOf = (values: readonly number[]) => quintiles(Float64Array.from(values).sort());

describe('cut points', () => {
  const values = fc.array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -1e9, max: 1e9 })), {
    minLength: 1,
    maxLength: 60,
  });

  it('score everybody as the formula does, whatever the order', () => {
    fc.assert(
      fc.property(values, (all) => {
        const cuts = cutsOf(all);
        expect(all.map((value) => scoreOf(value, cuts))).toEqual(all.map((value) => formula(value, all)));
        expect(cutsOf([...all].reverse())).toEqual(cuts);
      }),
    );
  });

  it('score as the formula does also what nobody had', () => {
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.double({ min: -6, max: 6, noNaN: true }),
        (all, a, b) => {
          const cuts = cutsOf(all);
          expect([a, b].map((value) => scoreOf(value, cuts))).toEqual([a, b].map((value) => formula(value, all)));
        },
      ),
    );
  });

  it('give equal values the same score, and the lowest to all of them when there is no other', () => {
    expect(cutsOf([7, 7, 7])).toEqual([7, 7, 7, 7]);
    expect(scoreOf(7, cutsOf([7, 7, 7]))).toBe(1);
  });

  it('are where five customers fall apart', () => {
    const cuts = cutsOf([10, 20, 30, 40, 50]);
    expect([10, 20, 30, 40, 50].map((value) => scoreOf(value, cuts))).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("the operator's own thresholds", () => {
  const { recency, orders, money } = cutPointsOf({
    ...{ recencyDays: [7, 30, 90, 365], orders: [2, 3, 5, 10], moneyMinor: [0, 5000, 10_000, 50_000] },
  });

  it('count days down: at most the first scores 5, more than the last 1', () => {
    const days = [0, 7, 8, 30, 31, 90, 91, 365, 366];
    expect(days.map((one) => scoreOf(recencyValue(one), recency))).toEqual([5, 5, 4, 4, 3, 3, 2, 2, 1]);
  });

  it('count orders and money up: at least the last scores 5, less than the first 1', () => {
    expect([1, 2, 3, 4, 5, 9, 10, 11].map((one) => scoreOf(one, orders))).toEqual([1, 2, 3, 3, 4, 4, 5, 5]);
    expect([-1, 0, 4999, 5000, 10_000, 50_000].map((one) => scoreOf(one, money))).toEqual([1, 2, 2, 3, 4, 5]);
  });
});
