/** What gaps that ended lately say of those to come. */
import { expect, it } from 'vitest';
import { shiftOf } from '../../../../temporal/domain/replenishment/shift.ts';
import { Chance } from './worlds.ts';

/** Two years, ten gaps a day, off by 0.2 and by what that day's are longer or shorter. */
function shiftWhere(change: (day: number) => number): number {
  const chance = new Chance(3);
  const endDay = Int32Array.from({ length: 7300 }, (_, at) => Math.floor(at / 10));
  return shiftOf(
    endDay,
    Float64Array.from(endDay, (day) => change(day) + 0.2 * chance.normal()),
  );
}

it('is none where times do not change', () => {
  expect(shiftWhere(() => 0)).toBe(0);
});

it('is half of what has changed, for it may change back', () => {
  expect(shiftWhere((day) => (day < 500 ? 0 : 0.3))).toBeCloseTo(0.15, 1);
  expect(shiftWhere((day) => (day < 500 ? 0 : -0.3))).toBeCloseTo(-0.15, 1);
});

it('forgets what has changed back', () => {
  expect(Math.abs(shiftWhere((day) => (day > 250 && day < 450 ? 0.3 : 0)))).toBeLessThan(0.03);
});

it('does not go by a few gaps', () => {
  expect(shiftOf(Int32Array.of(0, 100, 200, 300), Float64Array.of(0, 1, 1, 1))).toBe(0);
  expect(shiftOf(new Int32Array(0), new Float64Array(0))).toBe(0);
});
