/** Which product follows which: against the definition written down naively, and the worked example of FEATURES 35 and 60. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BoughtProducts } from '../../../../temporal/domain/nextProduct/boughtProducts.ts';
import { learnNextProducts, type NextProductRules } from '../../../../temporal/domain/nextProduct/learn.ts';
import { offerAfterDays } from '../../../../temporal/domain/nextProduct/offer.ts';
import { PairCounts } from '../../../../temporal/domain/nextProduct/pairCounts.ts';
import { lowerBoundOf } from '../../../../temporal/domain/nextProduct/wilson.ts';

const DAY = 86_400_000;
const TODAY = 1000;
const NOW = TODAY * DAY + 1;

interface Line {
  customer: string;
  product: string;
  at: number;
}

const line: fc.Arbitrary<Line> = fc.record({
  customer: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  product: fc.constantFrom('boots', 'spray', 'socks', 'laces'),
  // Few different times, some of them the same.
  at: fc.integer({ min: 0, max: 60 }).map((halfDays) => (TODAY - 30) * DAY + halfDays * (DAY / 2)),
});

function learn(lines: readonly Line[], rules: NextProductRules) {
  const bought = new BoughtProducts(NOW, 30);
  const sorted = lines.toSorted((a, b) => (a.customer < b.customer ? -1 : a.customer > b.customer ? 1 : a.at - b.at));
  for (const { customer, product, at } of sorted) bought.add(customer, product, at, 1);
  const { products, pairs } = learnNextProducts(bought, rules, TODAY);
  const named = pairs.map(({ product, next, ...numbers }) => ({
    product: bought.productIds[product],
    next: bought.productIds[next],
    ...numbers,
  }));
  return { products, pairs: named };
}

/** Of the days after which each of them had bought, the one by which the part had. */
const quantile = (rising: readonly number[], part: number): number =>
  rising.find((_, index) => index + 1 >= rising.length * part) as number;

function naively(lines: readonly Line[], { withinDays, minimumBuyers, minimumShare }: NextProductRules) {
  const products = [...new Set(lines.map(({ product }) => product))];
  const customers = [...new Set(lines.map(({ customer }) => customer))];
  return products.flatMap((product) => {
    const firsts = customers.flatMap((customer) => {
      const times = lines.filter((l) => l.customer === customer && l.product === product).map(({ at }) => at);
      const first = Math.min(...times);
      return times.length > 0 && Math.floor(first / DAY) <= TODAY - withinDays ? [{ customer, first }] : [];
    });
    if (firsts.length < minimumBuyers) return [];
    return products.flatMap((next) => {
      const days = firsts.flatMap(({ customer, first }) => {
        const later = lines.filter((l) => l.customer === customer && l.product === next && l.at > first);
        const after = Math.min(...later.map(({ at }) => Math.floor(at / DAY) - Math.floor(first / DAY)));
        return next !== product && after <= withinDays ? [after] : [];
      });
      const share = days.length / firsts.length;
      if (days.length === 0 || share < minimumShare) return [];
      days.sort((a, b) => a - b);
      return {
        ...{ product, next, buyers: firsts.length, also: days.length, share },
        lowerBound: lowerBoundOf(days.length, firsts.length),
        fromDays: quantile(days, 0.15),
        toDays: quantile(days, 0.85),
        windowDays: Math.max(1, quantile(days, 0.95)),
      };
    });
  });
}

const byName = (one: { product?: string | undefined; next?: string | undefined }): string =>
  `${one.product} ${one.next}`;
const sorted = <T extends { product?: string | undefined; next?: string | undefined }>(pairs: T[]): T[] =>
  pairs.toSorted((a, b) => byName(a).localeCompare(byName(b)));

it('finds what the definition says', () => {
  const rules = fc.record({
    withinDays: fc.integer({ min: 1, max: 20 }),
    minimumBuyers: fc.integer({ min: 1, max: 4 }),
    minimumShare: fc.constantFrom(0, 0.3, 0.5),
  });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60, size: 'max' }), rules, (lines, given) => {
      expect(sorted(learn(lines, given).pairs)).toEqual(sorted(naively(lines, given)));
    }),
    { numRuns: 300 },
  );
});

/** 100 buyers of boots, of whom 22 buy spray, spread over days 1 to 10. */
const boots = Array.from({ length: 100 }, (_, index) => ({
  customer: `c${index}`,
  product: 'boots',
  at: 500 * DAY + index,
}));
const spray = boots.slice(0, 22).map(({ customer }, index) => ({
  ...{ customer, product: 'spray' },
  at: (501 + Math.floor((index * 10) / 22)) * DAY,
}));

it.each([10, 30, 450])('22 %% buy within 10 days: offered on day 7, also when it looks at %i days', (withinDays) => {
  const rules = { withinDays, minimumBuyers: 20, minimumShare: 0.02 };
  const { products, pairs } = learn([...boots, ...spray], rules);
  expect(products).toBe(2);
  expect(pairs).toEqual([
    {
      ...{ product: 'boots', next: 'spray', buyers: 100, also: 22, share: 0.22 },
      ...{ lowerBound: lowerBoundOf(22, 100), fromDays: 2, toDays: 9, windowDays: 10 },
    },
  ]);
  expect(offerAfterDays(10)).toBe(7);
});

it('says nothing of few buyers, nor of buyers who have not had the days yet', () => {
  const rules = { withinDays: 30, minimumBuyers: 101, minimumShare: 0.02 };
  expect(learn([...boots, ...spray], rules)).toEqual({ products: 0, pairs: [] });
  const lately = [...boots, ...spray].map((one) => ({ ...one, at: one.at + 480 * DAY }));
  expect(learn(lately, { ...rules, minimumBuyers: 1 })).toEqual({ products: 0, pairs: [] });
});

it('learns nothing from resellers', () => {
  const reseller = Array.from({ length: 501 }, (_, index) => ({
    customer: 'r',
    product: `p${index}`,
    at: (500 + index / 100) * DAY,
  }));
  const rules = { withinDays: 30, minimumBuyers: 1, minimumShare: 0 };
  expect(learn(reseller, rules).pairs).toEqual([]);
  expect(learn(reseller.slice(1), rules).pairs.length).toBeGreaterThan(0);
});

it('bounds a share from below as Wilson does', () => {
  // Brown, Cai and DasGupta, "Interval Estimation for a Binomial Proportion" (2001): 10 of 20 lie between 0.299 and 0.701.
  expect(lowerBoundOf(10, 20)).toBeCloseTo(0.2993, 4);
  expect(lowerBoundOf(0, 20)).toBe(0);
  expect(lowerBoundOf(20, 20)).toBeCloseTo(0.8389, 4);
  expect(lowerBoundOf(1, 1)).toBeCloseTo(0.2065, 4);
});

it('rises with the evidence and stays below the share', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (cases, part) => {
      const hits = Math.floor(cases * part);
      const bound = lowerBoundOf(hits, cases);
      expect(bound).toBeGreaterThanOrEqual(0);
      expect(bound).toBeLessThanOrEqual(hits / cases);
      if (hits > 0) expect(lowerBoundOf(hits * 10, cases * 10)).toBeGreaterThan(bound);
    }),
  );
});

it('keeps numbers by pairs, however many', () => {
  const products = 3_000_000;
  const pairs = fc.array(fc.tuple(fc.nat({ max: products - 1 }), fc.nat({ max: 50 })), {
    maxLength: 4000,
    size: 'max',
  });
  fc.assert(
    fc.property(pairs, (all) => {
      const [counts, expected] = [new PairCounts(products), new Map<string, number>()];
      for (const [product, next] of all) {
        counts.add(product, next);
        expected.set(`${product} ${next}`, (expected.get(`${product} ${next}`) ?? 0) + 1);
      }
      const found = new Map<string, number>();
      counts.each((product, next, count) => found.set(`${product} ${next}`, count));
      expect(found).toEqual(expected);
      expect(counts.get(products - 1, 51)).toBe(0);
    }),
    { numRuns: 20 },
  );
});
