/** Points that are none: each is refused with the field and the reason. */
import { describe, expect, it } from 'vitest';
import { evaluatePoint, PointError } from '../../../../temporal/domain/clv/points.ts';

describe('a point', () => {
  const GOOD = { model: 'bg-nbd', params: [0.243, 4.414, 0.793, 2.426], x: 2, tx: 30.43, T: 38.86, t: 39 };
  it.each<[unknown, RegExp]>([
    [{ ...GOOD, model: 'ets' }, /model has to be one of/],
    [{ ...GOOD, params: [1, 2, 3] }, /4 numbers: r, alpha, a, b/],
    [{ ...GOOD, params: [1, 0, 3, 4] }, /params\/1 \(alpha\) has to be a number above 0; it is 0/],
    [{ ...GOOD, params: [1, 2, null, 4] }, /params\/2 \(a\)/],
    [{ ...GOOD, x: -1 }, /x has to be a number, 0 or more/],
    [{ ...GOOD, x: 1.5 }, /x has to be a whole number/],
    [{ ...GOOD, x: '2' }, /x has to be a number/],
    [{ ...GOOD, tx: 40 }, /cannot be above T/],
    [{ ...GOOD, x: 0 }, /tx has to be 0 when x is 0/],
    [{ ...GOOD, t: undefined }, /t has to be a number, 0 or more; it is missing/],
    [{ model: 'gamma-gamma', params: [6, 4, 15], x: 2, m: 0 }, /m has to be above 0/],
    [{ model: 'gamma-gamma', params: [6, 0.5, 15], x: 0 }, /no expected spend/],
    [null, /has to be an object/],
    [[GOOD], /has to be an object/],
    [{ ...GOOD, params: [1e-320, 1e308, 1e-320, 1e308], x: 1e6 }, /beyond what numbers can hold/],
  ])('%j is refused with the reason', (bad, reason) => {
    expect(() => evaluatePoint(bad)).toThrow(PointError);
    expect(() => evaluatePoint(bad)).toThrow(reason);
  });

  it('without a purchase needs no money, and is expected to spend what all do', () => {
    expect(evaluatePoint({ model: 'gamma-gamma', params: [6, 4, 15], x: 0 })).toEqual({ ll: 0, expect: 30 });
  });
});
