/** Lines to purchases to gaps (CONTRACT section 7, Replenishment). */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gapsOf, PurchaseLog, type GapTable } from '../../../../temporal/domain/replenishment/purchases.ts';

type Line = [customer: string, product: string, day: number, quantity: number];

function gaps(lines: Line[], until?: number) {
  const log = new PurchaseLog();
  for (const line of lines) log.add(...line);
  return rowsOf(gapsOf(log.purchases(), until));
}

const rowsOf = (table: GapTable) =>
  Array.from({ length: table.length }, (_, at) => [
    table.customer[at],
    table.productIds[table.product[at] as number],
    table.startDay[at],
    table.days[at],
    table.quantity[at],
  ]);

it('counts the days to the same customer’s next purchase of the same product', () => {
  const lines: Line[] = [
    ['a', 'soap', 100, 1],
    ['b', 'soap', 105, 1],
    ['a', 'tea', 110, 1],
    ['a', 'soap', 130, 2],
    ['a', 'soap', 190, 1],
  ];
  expect(gaps(lines)).toEqual([
    [0, 'soap', 100, 30, 1],
    [0, 'soap', 130, 60, 2],
  ]);
});

it('takes lines of one day for one purchase, and their quantities together', () => {
  const lines: Line[] = [
    ['a', 'soap', 100, 2],
    ['a', 'soap', 140, 1],
    ['a', 'soap', 100, 1],
  ];
  expect(gaps(lines)).toEqual([[0, 'soap', 100, 40, 3]]);
});

it.each([-1, 0, NaN, Infinity])('takes a line with quantity %d for no purchase', (quantity) => {
  const lines: Line[] = [
    ['a', 'soap', 100, 1],
    ['a', 'soap', 120, quantity],
    ['a', 'soap', 140, 1],
  ];
  expect(gaps(lines)).toEqual([[0, 'soap', 100, 40, 1]]);
});

it('knows only gaps that ended by a day, that day included', () => {
  const lines: Line[] = [100, 140, 170].map((day) => ['a', 'soap', day, 1]);
  expect(gaps(lines, 170)).toHaveLength(2);
  expect(gaps(lines, 169)).toEqual([[0, 'soap', 100, 40, 1]]);
  expect(gaps(lines, 139)).toEqual([]);
});

it('does not depend on the order of the lines', () => {
  const line = fc.tuple(
    fc.constantFrom('a', 'b', 'c', '__proto__'),
    fc.constantFrom('x', 'y', 'constructor'),
    fc.integer({ min: 0, max: 40 }),
    fc.constantFrom(0.1, 0.2, 0.7, 1, 3, -1),
  );
  const shuffled = fc
    .array(line, { maxLength: 60 })
    .chain((lines) => fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length })));
  fc.assert(
    fc.property(shuffled, ([lines, other]) => {
      expect(gaps(other)).toEqual(gaps(lines));
    }),
  );
});

it('keeps what it was told when it grows', () => {
  const lines: Line[] = Array.from({ length: 5000 }, (_, at) => [`c${at % 50}`, 'soap', at, 1]);
  const all = gaps(lines);
  expect(all).toHaveLength(4950);
  expect(all.every(([, , , days]) => days === 50)).toBe(true);
});
