/** What the catalogue concludes from what it was told: sums of stock in any order of arrival, prices, margins, changes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changePercent, changesBetween, isBackInStock } from '../../../../temporal/domain/catalogue/changes.ts';
import {
  availabilityOf,
  availabilityOfProduct,
  marginOf,
  priceOfProduct,
  stockOf,
  stockOfProduct,
  sumOfStocks,
  type Product,
  type StockLevels,
} from '../../../../temporal/domain/catalogue/product.ts';
import { handStatement } from '../../../../temporal/domain/catalogue/saidByHand.ts';
import { applyStatement, withLevel, type ProductStatement } from '../../../../temporal/domain/catalogue/statement.ts';

const said = (more: Partial<ProductStatement> = {}): ProductStatement => ({
  productId: 'p1',
  source: 'shop',
  fields: {},
  variants: [],
  isComplete: false,
  isGone: false,
  at: 1000,
  ...more,
});
const product = (...statements: Partial<ProductStatement>[]): Product => {
  const made = statements.reduce<Product | null>((before, one) => applyStatement(before, said(one)), null);
  if (!made) throw new Error('nothing was said');
  return made;
};
const level = (available: number | null, at: number) => ({ available, at });

describe('stock', () => {
  it('adds up what is counted; nothing counted is null, nothing said undefined', () => {
    expect(sumOfStocks([2, 3.5, -1])).toBe(4.5);
    expect(sumOfStocks([0.1, 0.2])).toBe(0.3);
    expect(sumOfStocks([null, 4, undefined])).toBe(4);
    expect(sumOfStocks([null])).toBeNull();
    expect(sumOfStocks([undefined])).toBeUndefined();
  });

  it('is the newer of a total and the sum of its places', () => {
    const levels: StockLevels = new Map([
      ['Vienna', level(4, 10)],
      ['Graz', level(2, 20)],
    ]);
    expect(stockOf({ stated: { stock: 9, at: 20 }, levels })).toBe(9);
    expect(stockOf({ stated: { stock: 9, at: 19 }, levels })).toBe(6);
    expect(stockOf({ stated: null, levels })).toBe(6);
  });

  it('of a product is that of its variants, as soon as one has a figure', () => {
    const own = product({ stock: 7, variants: [{ variantId: 'a' }, { variantId: 'b' }] });
    expect(stockOfProduct(own)).toBe(7);
    expect(stockOfProduct(product({ stock: 7, variants: [{ variantId: 'a', stock: 2 }, { variantId: 'b' }] }))).toBe(2);
    expect(stockOfProduct(product({ stock: 7, variants: [{ variantId: 'a', stock: null }] }))).toBeNull();
  });

  it('of one variant sold too often takes nothing from another; where all are, it stays to be seen', () => {
    const variants = (...stocks: (number | null)[]) =>
      product({ variants: stocks.map((stock, index) => ({ variantId: `v${index}`, stock })) });
    expect(stockOfProduct(variants(-2, 5))).toBe(5);
    expect(stockOfProduct(variants(-2, 0))).toBe(-2);
    expect(availabilityOfProduct(variants(0, null))).toBe('in_stock');
    expect(availabilityOfProduct(variants(0, -1))).toBe('out_of_stock');
    const later = {
      variants: [
        { variantId: 'a', stock: 0, backorder: true },
        { variantId: 'b', stock: 0 },
      ],
    };
    expect(availabilityOfProduct(product(later))).toBe('backorder');
  });

  it('does not depend on the order in which places speak', () => {
    const update = fc.record({
      location: fc.constantFrom('Vienna', 'Graz', 'Linz'),
      available: fc.option(
        fc.integer({ min: -5, max: 50 }).map((halves) => halves / 2),
        { nil: null },
      ),
    });
    const updates = fc.array(update, { minLength: 1, maxLength: 12 }).map((list) =>
      // Each at a time of its own: of two at the same second nobody can tell which was first.
      list.map((one, index) => ({ ...one, at: index })),
    );
    fc.assert(
      fc.property(
        updates.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        fc.option(fc.record({ stock: fc.integer(), at: fc.integer({ min: 0, max: 12 }) }), { nil: null }),
        ([list, shuffled], stated) => {
          const after = (order: typeof list) =>
            stockOf({
              stated,
              levels: order.reduce<StockLevels>(
                (levels, { location, available, at }) => withLevel(levels, location, level(available, at)),
                new Map(),
              ),
            });
          expect(after(shuffled)).toBe(after(list));
          if (stated !== null && stated.at >= list.length - 1) return;
          const last = new Map(list.map(({ location, available }) => [location, available]));
          expect(after(list)).toBe(sumOfStocks([...last.values()]));
        },
      ),
    );
  });
});

describe('descriptions', () => {
  it('that are older fill gaps and change nothing newer', () => {
    const after = product(
      { at: 2000, fields: { title: 'New' }, stock: 5 },
      { at: 1000, fields: { title: 'Old', category: 'shoes' }, stock: 9, isGone: true },
    );
    expect(after).toMatchObject({ title: 'New', category: 'shoes', stated: { stock: 5, at: 2000 }, isGone: false });
  });

  it('do not depend on their order when each is told once, in any order', () => {
    const one = fc.record({
      fields: fc.record({ title: fc.string(), priceMinor: fc.nat() }),
      stock: fc.option(fc.integer(), { nil: null }),
      isGone: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc
          .array(one, { minLength: 1, maxLength: 6 })
          .map((list) => list.map((statement, at) => ({ ...statement, at })))
          .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(product(...shuffled)).toEqual(product(...list));
        },
      ),
    );
  });

  it('of one variant leave the others; a whole list removes those it does not name', () => {
    const both = {
      variants: [
        { variantId: 'a', stock: 1 },
        { variantId: 'b', stock: 2 },
      ],
    };
    const ids = (made: Product) => made.variants.map(({ variantId }) => variantId);
    expect(ids(product(both, { at: 2000, variants: [{ variantId: 'b', stock: 5 }] }))).toEqual(['a', 'b']);
    expect(ids(product(both, { at: 2000, variants: [{ variantId: 'b' }], isComplete: true }))).toEqual(['b']);
    // Told late, the older list does not bring the variant back.
    expect(ids(product({ at: 2000, variants: [{ variantId: 'b' }], isComplete: true }, both))).toEqual(['b']);
  });

  it('null takes away, absent leaves', () => {
    expect(product({ fields: { title: 'A', url: 'https://x' } }, { at: 2000, fields: { title: null } })).toMatchObject({
      title: null,
      url: 'https://x',
    });
  });

  it('of something unknown that has gone are nothing to keep', () => {
    expect(applyStatement(null, said({ isGone: true }))).toBeNull();
  });
});

describe('figures that follow', () => {
  // FEATURES, worked numbers: 30 % and 60 % margin.
  it('margin is (price − cost) / price', () => {
    expect(marginOf(700, 1000)).toBe(30);
    expect(marginOf(400, 1000)).toBe(60);
    expect(marginOf(1200, 1000)).toBe(-20);
    expect(marginOf(1, 3)).toBe(66.7);
    expect(marginOf(100, 0)).toBeNull();
    expect(marginOf(null, 1000)).toBeNull();
  });

  it('price is that of the cheapest variant where there is no own', () => {
    const variants = [{ variantId: 'a', priceMinor: 900 }, { variantId: 'b', priceMinor: 500 }, { variantId: 'c' }];
    expect(priceOfProduct(product({ variants }))).toBe(500);
    expect(priceOfProduct(product({ variants, fields: { priceMinor: 700 } }))).toBe(700);
    expect(priceOfProduct(product({}))).toBeNull();
  });

  it.each([
    [5, null, false, 'in_stock'],
    [null, null, false, 'in_stock'],
    [0, true, false, 'backorder'],
    [-2, false, false, 'out_of_stock'],
    [0, null, false, 'out_of_stock'],
    [undefined, true, false, 'unknown'],
    [5, true, true, 'gone'],
  ] as const)('stock %s, back-order %s, gone %s: %s', (stock, backorder, isGone, expected) => {
    expect(availabilityOf(stock, backorder, isGone)).toBe(expected);
  });

  it('are not made fixed by writing back what was read', () => {
    const before = product({
      fields: { costMinor: 200, currency: 'EUR' },
      variants: [{ variantId: 'a', priceMinor: 500, stock: 2 }],
    });
    const fields = { priceMinor: 500, costMinor: 200, marginPercent: 60 };
    const { statement, problems } = handStatement('p1', { productId: null, fields, stock: 2 }, before, {
      source: 'api',
      at: 2000,
      path: '',
    });
    expect(problems).toEqual([]);
    expect(applyStatement(before, statement)).toMatchObject({ priceMinor: null, marginPercent: null, stated: null });
  });

  it('refuse a total beside the variants that add up to another', () => {
    const before = product({
      variants: [
        { variantId: 'a', stock: 2 },
        { variantId: 'b', stock: 1 },
      ],
    });
    const { problems } = handStatement('p1', { productId: null, fields: {}, stock: 5 }, before, {
      source: 'api',
      at: 2000,
      path: '/items/3',
    });
    expect(problems).toMatchObject([{ path: '/items/3/stock' }]);
  });
});

describe('changes', () => {
  const now = 5000;
  const change = (before: Partial<ProductStatement>, after: Partial<ProductStatement>) => {
    const first = product(before);
    const second = applyStatement(first, said({ at: now, ...after }));
    return second ? changesBetween(first, second) : [];
  };

  it('are none on first sight, and none when the same is said again', () => {
    expect(changesBetween(null, product({ stock: 5 }))).toEqual([]);
    expect(change({}, { stock: 5, fields: { priceMinor: 100 } })).toEqual([]);
    expect(change({ stock: 5 }, { stock: 5 })).toEqual([]);
  });

  it('are told for the product and for the variant', () => {
    expect(change({ variants: [{ variantId: 'a', stock: 0 }] }, { variants: [{ variantId: 'a', stock: 4 }] })).toEqual([
      { kind: 'stock', productId: 'p1', variantId: null, stock: 4, previousStock: 0, location: null },
      { kind: 'stock', productId: 'p1', variantId: 'a', stock: 4, previousStock: 0, location: null },
    ]);
  });

  it('name the place when there was one', () => {
    const before = { stockByLocation: { Vienna: 1, Graz: 2 } };
    expect(change(before, { stockByLocation: { Vienna: 4, Graz: 2 } })).toMatchObject([
      { location: 'Vienna', stock: 6 },
    ]);
    expect(change(before, { stockByLocation: { Vienna: 4, Graz: 3 } })).toMatchObject([{ location: null, stock: 7 }]);
  });

  it('of a price need the same currency', () => {
    const before = { fields: { priceMinor: 1000, currency: 'EUR' } };
    expect(change(before, { fields: { priceMinor: 800 } })).toEqual([
      { kind: 'price', productId: 'p1', variantId: null, priceMinor: 800, previousPriceMinor: 1000, currency: 'EUR' },
    ]);
    expect(change(before, { fields: { priceMinor: 800, currency: 'USD' } })).toEqual([]);
    expect(changePercent(1000, 800)).toBe(-20);
    expect(changePercent(3, 4)).toBe(33.3);
    expect(changePercent(0, 4)).toBeNull();
  });

  it('a product that goes has nothing, one that comes back has what it has', () => {
    expect(change({ stock: 5 }, { isGone: true })).toMatchObject([{ previousStock: 5, stock: 0 }]);
    expect(change({ stock: 5, isGone: true, fields: { title: 'A' } }, {})).toMatchObject([
      { previousStock: 0, stock: 5 },
    ]);
    expect(isBackInStock(0, 5)).toBe(true);
    expect(isBackInStock(-2, null)).toBe(true);
    expect(isBackInStock(0, -1)).toBe(false);
    expect(isBackInStock(3, 5)).toBe(false);
    expect(isBackInStock(null, 5)).toBe(false);
  });
});
