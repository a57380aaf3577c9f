/** When a discount pays, and figures that say nothing. */
import { describe, expect, it } from 'vitest';
import { judgeOffer, offerProblems, type Offer } from '../../../temporal/domain/offerBreakEven.ts';

const offer = (more: Partial<Offer> = {}): Offer => ({
  ...{ marginPercent: 45, discountPercent: 15, ordersWithoutPercent: 2, ordersWithPercent: 4 },
  ...more,
});

describe('an offer', () => {
  it('of 15 % that lifts orders from 2 % to 4 % pays above a margin of 30 %, and not at it', () => {
    expect(judgeOffer(offer())).toEqual({
      pays: true,
      breakEvenMarginPercent: 30,
      reason: 'A discount of 15 % that lifts orders from 2 % to 4 % pays above a gross margin of 30 %; yours is 45 %.',
    });
    expect(judgeOffer(offer({ marginPercent: 30 })).pays).toBe(false);
    expect(judgeOffer(offer({ marginPercent: 30.01 })).pays).toBe(true);
    expect(judgeOffer(offer({ marginPercent: 29 })).pays).toBe(false);
  });

  it('earns more than none exactly where it is said to pay', () => {
    for (const marginPercent of [0, 10, 25, 40, 55, 70, 85, 100]) {
      for (const discountPercent of [5, 12, 20, 40]) {
        for (const [ordersWithoutPercent, ordersWithPercent] of [
          [0, 1],
          [1, 3],
          [2, 2.5],
          [7, 30],
        ] as const) {
          const one = { marginPercent, discountPercent, ordersWithoutPercent, ordersWithPercent };
          const earnedMore =
            ordersWithPercent * (marginPercent - discountPercent) - ordersWithoutPercent * marginPercent;
          expect(judgeOffer(one).pays, JSON.stringify(one)).toBe(earnedMore > 1e-9);
        }
      }
    }
  });

  it('costs only its discount when nobody would have ordered without it', () => {
    expect(judgeOffer(offer({ ordersWithoutPercent: 0 })).breakEvenMarginPercent).toBe(15);
  });

  it('does not pay at the break-even because of the last bit', () => {
    const equal = offer({ marginPercent: 45, ordersWithoutPercent: 0.2, ordersWithPercent: 0.3 });
    expect(judgeOffer(equal)).toMatchObject({ pays: false, breakEvenMarginPercent: 45 });
  });

  it('can pay at no margin', () => {
    const verdict = judgeOffer(offer({ marginPercent: 100, ordersWithoutPercent: 3.9 }));
    expect(verdict.pays).toBe(false);
    expect(verdict.reason).toContain('pays at no margin');
  });
});

describe('figures that say nothing', () => {
  it.each([
    [{ discountPercent: 0.15 }, '/discountPercent', 'write percent, 15 for 15 %'],
    [{ marginPercent: 0.45 }, '/marginPercent', 'write percent, 45 for 45 %'],
    [{ discountPercent: 0 }, '/discountPercent', 'nothing to check'],
    [{ discountPercent: 101 }, '/discountPercent', 'at most 100'],
    [{ marginPercent: -1 }, '/marginPercent', 'from 0 to 100'],
    [{ marginPercent: 120 }, '/marginPercent', 'from 0 to 100'],
    [{ ordersWithoutPercent: -2 }, '/ordersWithoutPercent', 'from 0 to 100'],
    [{ ordersWithPercent: 0, ordersWithoutPercent: 0 }, '/ordersWithPercent', 'above 0'],
    [{ ordersWithPercent: 2 }, '/ordersWithPercent', 'above the 2 % who order without the offer'],
    [{ ordersWithPercent: 1 }, '/ordersWithPercent', 'never pays'],
  ] as const)('%j is refused at its field, with the way out', (more, path, message) => {
    expect(offerProblems(offer(more))).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  it('a margin of nothing is one, and is no problem', () => {
    expect(offerProblems(offer({ marginPercent: 0 }))).toEqual([]);
    expect(judgeOffer(offer({ marginPercent: 0 })).pays).toBe(false);
  });
});
