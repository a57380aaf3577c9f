/** Which products are offered: what cannot be had or is owned never, the others by evidence and what the shop would like to sell. */
import { describe, expect, it } from 'vitest';
import {
  offerAfterDays,
  offersOf,
  overstockOf,
  scoreOf,
  type Evidence,
  type OfferFacts,
} from '../../../../temporal/domain/nextProduct/offer.ts';

const evidence = (
  productId: string,
  nextProductId: string,
  lowerBound: number,
  more: Partial<Evidence> = {},
): Evidence => ({
  ...{ productId, nextProductId, buyers: 100, also: 20, share: 0.2, lowerBound },
  ...{ fromDays: 2, toDays: 9, windowDays: 10, soldPerDay: 1, ...more },
});
const canBeHad: OfferFacts = { availability: 'in_stock', stock: 10, marginPercent: 40, isOwned: false };
const noWeights = { overstockWeight: 0, marginWeight: 0, overstockDays: 90 };

const offered = (
  facts: Record<string, Partial<OfferFacts>>,
  excluded: string[] = [],
  weights = noWeights,
  limit = 3,
) => {
  const all = [evidence('boots', 'spray', 0.2), evidence('boots', 'socks', 0.1), evidence('laces', 'socks', 0.15)];
  const { offers, reason } = offersOf(all, (id) => ({ ...canBeHad, ...facts[id] }), new Set(excluded), weights, limit);
  return { offers: offers.map(({ productId, nextProductId }) => `${nextProductId} after ${productId}`), reason };
};

describe('offers', () => {
  it('are the best first, each product once, after the product that it follows most surely', () => {
    expect(offered({})).toEqual({ offers: ['spray after boots', 'socks after laces'], reason: null });
    expect(offered({}, [], noWeights, 1).offers).toEqual(['spray after boots']);
  });

  it.each<[string, Partial<OfferFacts>, number]>([
    ['out of stock', { availability: 'out_of_stock' }, 1],
    ['no longer sold', { availability: 'gone' }, 1],
    ['owned already', { isOwned: true }, 1],
    ['on back-order', { availability: 'backorder' }, 2],
    ['of unknown stock', { availability: 'unknown' }, 2],
  ])('hold back what is %s, or not', (_, facts, count) => {
    expect(offered({ spray: facts }).offers).toHaveLength(count);
  });

  it('say why there are none', () => {
    expect(offered({ spray: { availability: 'out_of_stock' }, socks: { isOwned: true } })).toEqual({
      offers: [],
      reason: 'What is bought after it is out of stock, or owned already.',
    });
    expect(offered({}, ['spray', 'socks']).reason).toBe('What is bought after it is excluded by the settings.');
    expect(offersOf([], () => canBeHad, new Set(), noWeights, 3).reason).toMatch(/^not enough data: /);
  });

  it('weigh what has to be sold, and what earns more', () => {
    const overstocked = { socks: { stock: 100_000 } };
    expect(offered(overstocked).offers[0]).toBe('spray after boots');
    expect(offered(overstocked, [], { ...noWeights, overstockWeight: 1 }).offers[0]).toBe('socks after laces');
    const rich = { socks: { marginPercent: 90 }, spray: { marginPercent: 5 } };
    expect(offered(rich, [], { ...noWeights, marginWeight: 1 }).offers[0]).toBe('socks after laces');
  });
});

it('knows overstock from 0 to 1', () => {
  expect(overstockOf(90, 1, 90)).toBe(0);
  expect(overstockOf(180, 1, 90)).toBe(0.5);
  expect(overstockOf(5, 0, 90)).toBe(1);
  expect([overstockOf(null, 0, 90), overstockOf(0, 0, 90), overstockOf(-3, 1, 90)]).toEqual([0, 0, 0]);
});

it('counts no margin where none is known, and never less than none', () => {
  const weights = { overstockWeight: 2, marginWeight: 1, overstockDays: 90 };
  const score = (stock: number | null, marginPercent: number | null) =>
    scoreOf({ lowerBound: 0.2, soldPerDay: 1 }, { stock, marginPercent }, weights);
  expect(score(null, null)).toBe(0.2);
  expect(score(null, -20)).toBe(0.2);
  expect(score(180, 50)).toBeCloseTo(0.2 * 2 * 1.5, 12);
});

it.each([
  [1, 1],
  [2, 1],
  [10, 7],
  [30, 21],
])('is offered %i days of window after %i', (windowDays, day) => {
  expect(offerAfterDays(windowDays)).toBe(day);
});
