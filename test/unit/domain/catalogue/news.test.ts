/** Whom news of a product concerns, and what it says to them. */
import { describe, expect, it } from 'vitest';
import { interestsOf, isNewsFor, namedProducts } from '../../../../temporal/domain/catalogue/interests.ts';
import {
  answerTo,
  newsOf,
  type KeptChange,
  type News,
  type ShownInterest,
} from '../../../../temporal/domain/catalogue/news.ts';
import { productFacts } from '../../../../temporal/domain/catalogue/productFacts.ts';
import { applyStatement, type ProductStatement } from '../../../../temporal/domain/catalogue/statement.ts';

const product = (more: Partial<ProductStatement>) =>
  applyStatement(null, {
    productId: 'p1',
    source: 'shop',
    fields: {},
    variants: [],
    isComplete: false,
    isGone: false,
    at: 1,
    ...more,
  });
const change = (more: Partial<KeptChange>): KeptChange => ({
  id: 1,
  kind: 'stock',
  productId: 'p1',
  variantId: null,
  location: null,
  previousStock: 0,
  previousPriceMinor: null,
  currency: null,
  at: 1,
  ...more,
});

describe('interest', () => {
  it('is shown by four types of events, for each product once', () => {
    const items = [{ productId: 'p1', variantId: 'm', priceMinor: 500 }, { productId: 'p2' }, { productId: 'p2' }, {}];
    expect(interestsOf({ type: 'wishlisted', properties: { currency: 'EUR', items } })).toEqual([
      { productId: 'p1', variantId: 'm', kind: 'wishlisted', priceMinor: 500, currency: 'EUR' },
      { productId: 'p2', variantId: '', kind: 'wishlisted', priceMinor: null, currency: null },
    ]);
    expect(interestsOf({ type: 'joined_waitlist', properties: { productId: 'p3' } })).toMatchObject([
      { productId: 'p3', kind: 'back_in_stock' },
    ]);
    expect(interestsOf({ type: 'added_to_cart', properties: { items } })).toEqual([]);
  });

  it('is read from whatever was sent without falling over', () => {
    for (const items of [null, 'x', [null, 1, 'p', { productId: 7 }, { productId: '' }]]) {
      expect(namedProducts({ items })).toEqual([]);
    }
  });
});

describe('news for a run', () => {
  const cart = { items: [{ productId: 'p1', variantId: 'm' }, { productId: 'p2' }] };
  it.each([
    [{ productId: 'p1', variantId: 'm' }, true],
    [{ productId: 'p1', variantId: 'l' }, false],
    // The whole product: of one with variants it is not theirs, of one without it is.
    [{ productId: 'p1', variants: 2 }, false],
    [{ productId: 'p1', variants: 0 }, true],
    [{ productId: 'p2', variants: 2 }, true],
    [{ productId: 'p2', variantId: 'm' }, false],
    [{ productId: 'p3' }, false],
    [{ backInStock: true }, true],
  ])('%j: %s', (news, expected) => {
    expect(isNewsFor(cart, news)).toBe(expected);
  });

  it('whose entry names no product is any', () => {
    expect(isNewsFor({}, { productId: 'p1' })).toBe(true);
  });
});

describe('what is told', () => {
  it('are the figures of now', () => {
    expect(newsOf(change({}), product({ stock: 3 }))).toMatchObject({
      type: 'stock_changed',
      isBackInStock: true,
      properties: { productId: 'p1', stock: 3, previousStock: 0, backInStock: true },
    });
    expect(newsOf(change({}), product({ stock: 0 }))).toBeNull();
    expect(newsOf(change({}), product({ stock: 3, isGone: true, fields: { title: 'x' } }))).toBeNull();
    expect(newsOf(change({ variantId: 'm' }), product({ stock: 3 }))).toBeNull();
    expect(newsOf(change({}), null)).toBeNull();
    expect(newsOf(change({}), product({ stock: null }))).toMatchObject({ properties: { stock: null } });
  });

  it('of a price is how it has changed', () => {
    const cheaper = product({ fields: { priceMinor: 750, currency: 'EUR' } });
    const priced = change({ kind: 'price', previousPriceMinor: 1000, currency: 'EUR' });
    expect(newsOf(priced, cheaper)).toMatchObject({
      properties: { priceMinor: 750, previousPriceMinor: 1000, currency: 'EUR', changePercent: -25 },
    });
    expect(newsOf({ ...priced, previousPriceMinor: 750 }, cheaper)).toBeNull();
    expect(newsOf({ ...priced, currency: 'USD' }, cheaper)).toBeNull();
  });

  const interest = (more: Partial<ShownInterest>): ShownInterest => ({
    kind: 'viewed',
    priceMinor: 1000,
    currency: 'EUR',
    isClosed: false,
    at: 100,
    ...more,
  });
  const cheaper: News = {
    type: 'price_changed',
    properties: { currency: 'EUR' },
    isBackInStock: false,
    priceMinor: 900,
  };

  it('answers the strongest interest; a price only against what was seen', () => {
    expect(answerTo(cheaper, [interest({}), interest({ kind: 'wishlisted', priceMinor: 1200 })], 0)).toEqual({
      interest: 'wishlisted',
      seenPriceMinor: 1200,
      sinceSeenPercent: -25,
    });
    for (const not of [
      { priceMinor: 900 },
      { priceMinor: null },
      { currency: 'USD' },
      { at: 49 },
      { kind: 'back_in_stock' as const },
    ]) {
      expect(answerTo(cheaper, [interest(not)], 50)).toBeNull();
    }
  });

  it('of stock answers only when it is back, and each interest once', () => {
    const back: News = { type: 'stock_changed', properties: {}, isBackInStock: true, priceMinor: null };
    const asked = interest({ kind: 'back_in_stock' });
    expect(answerTo(back, [asked], 0)).toEqual({ interest: 'back_in_stock' });
    expect(answerTo({ ...back, isBackInStock: false }, [asked], 0)).toBeNull();
    expect(answerTo(back, [{ ...asked, isClosed: true }], 0)).toBeNull();
    expect(answerTo(back, [interest({})], 0)).toBeNull();
  });
});

describe('a product in filters and messages', () => {
  it('has the figures of the variant that was named, and nothing that is not known', () => {
    const shoe = product({
      fields: { title: 'Shoe', currency: 'EUR', costMinor: 400, backorder: true },
      variants: [
        { variantId: 'm', title: 'M', priceMinor: 1000, stock: 0 },
        { variantId: 'l', priceMinor: 800, stock: 5 },
      ],
    });
    if (!shoe) throw new Error('no product');
    expect(productFacts(shoe, 'm')).toEqual({
      productId: 'p1',
      variantId: 'm',
      title: 'Shoe',
      variantTitle: 'M',
      priceMinor: 1000,
      currency: 'EUR',
      costMinor: 400,
      marginPercent: 60,
      stock: 0,
      stockByLocation: {},
      availability: 'backorder',
      backorder: true,
      gone: false,
    });
    expect(productFacts(shoe)).toMatchObject({ priceMinor: 800, stock: 5, marginPercent: 50 });
  });
});
