/** Conditions on events, as an operator sets them on the canvas. */
import { describe, expect, it } from 'vitest';
import { matches, needsFacts, valuesAt } from '../../../temporal/domain/ruleMatching.ts';
import type { FilterOperator } from '../../../temporal/domain/eventRule.ts';

const event = {
  type: 'completed_purchase' as const,
  source: 'shopify',
  properties: {
    orderId: '007',
    valueMinor: 8400,
    gift: true,
    wrapped: 'false',
    note: '',
    campaign: { medium: 'paid_social' },
    items: [{ productId: 'p1', category: 'Shoes', tags: ['new', 'sale'] }, { productId: 'p2' }],
  },
};
const holds = (path: string, operator: FilterOperator, value?: string) =>
  matches({ type: 'completed_purchase', filters: [{ path, operator, ...(value !== undefined && { value }) }] }, event);

describe('event filters', () => {
  it.each<[string, FilterOperator, string | undefined, boolean]>([
    ['properties.orderId', 'equals', '007', true],
    ['properties.orderId', 'equals', '7', false],
    ['properties.valueMinor', 'equals', '8400.0', true],
    ['properties.items.productId', 'equals', 'p2', true],
    ['properties.items.1.productId', 'equals', 'p2', true],
    ['properties.items.0.productId', 'equals', 'p2', false],
    ['properties.items.productId', 'notEquals', 'p2', false],
    ['properties.missing', 'notEquals', 'x', true],
    ['properties.items.category', 'contains', 'shoe', true],
    ['properties.items.tags', 'equals', 'sale', true],
    ['properties.valueMinor', 'greaterThan', '8399', true],
    ['properties.valueMinor', 'greaterThan', '8400', false],
    ['properties.valueMinor', 'lessThan', '8401', true],
    ['properties.missing', 'lessThan', '5', false],
    ['properties.valueMinor', 'greaterThan', 'much', false],
    ['properties.valueMinor', 'greaterThan', '', false],
    ['campaign.medium', 'equals', 'paid_social', true],
    ['source', 'equals', 'shopify', true],
    ['properties.note', 'exists', undefined, false],
    ['properties.note', 'notExists', undefined, true],
    ['properties.campaign', 'exists', undefined, true],
    ['properties.gift', 'isTrue', undefined, true],
    ['properties.wrapped', 'isFalse', undefined, true],
    ['properties.missing', 'isFalse', undefined, false],
    ['properties.constructor', 'exists', undefined, false],
    ['properties.items.productId', 'oneOf', 'p3, p2', true],
    ['properties.items.productId', 'oneOf', 'p3,p4', false],
    ['properties.valueMinor', 'oneOf', '1,8400.0', true],
    ['properties.note', 'oneOf', '', false],
  ])('%s %s %s: %s', (path, operator, value, expected) => {
    expect(holds(path, operator, value)).toBe(expected);
  });

  it('asks for the type and for all conditions', () => {
    expect(matches({ type: 'refunded', filters: [] }, event)).toBe(false);
    const filters = [
      { path: 'properties.gift', operator: 'isTrue' as const },
      { path: 'properties.gift', operator: 'isFalse' as const },
    ];
    expect(matches({ type: 'completed_purchase', filters }, event)).toBe(false);
  });

  it('finds every value of a list', () => {
    expect(valuesAt(event, 'properties.items.productId')).toEqual(['p1', 'p2']);
    expect(valuesAt(event, '')).toEqual([event.properties]);
  });

  it('look at the customer and at the products, where these are known', () => {
    const facts = {
      customer: { totals: { orders: 1 }, consent: { email: 'subscribed' }, size: 'M' },
      product: [{ stock: 0, category: 'shoes', marginPercent: 60 }, { stock: 4 }],
    };
    const on = (path: string, operator: FilterOperator, value?: string, known: typeof facts | null = facts) =>
      matches(
        { type: 'completed_purchase', filters: [{ path, operator, ...(value !== undefined && { value }) }] },
        { ...event, facts: known },
      );
    expect(on('customer.totals.orders', 'equals', '1')).toBe(true);
    expect(on('customer.consent.email', 'equals', 'subscribed')).toBe(true);
    expect(on('customer.size', 'notExists')).toBe(false);
    expect(on('product.stock', 'equals', '0')).toBe(true);
    expect(on('product.marginPercent', 'greaterThan', '30')).toBe(true);
    expect(on('product.stock', 'greaterThan', '4')).toBe(false);
    expect(on('product.stock', 'equals', '0', null)).toBe(false);
    // A property of that name is reached by its full path.
    const own = { type: 'completed_purchase' as const, properties: { customer: { size: 'L' } }, facts };
    expect(valuesAt(own, 'properties.customer.size')).toEqual(['L']);
    expect(valuesAt(own, 'customer.size')).toEqual(['M']);
  });

  it('say what they need beside the event', () => {
    const rule = (path: string) => ({ type: 'searched' as const, filters: [{ path, operator: 'exists' as const }] });
    expect(needsFacts([rule('properties.customer.size'), rule('productId')], 'searched')).toEqual({
      customer: false,
      product: false,
      othersWithinMs: 0,
    });
    expect(needsFacts([rule('customer.size')], 'searched')).toEqual({
      customer: true,
      product: false,
      othersWithinMs: 0,
    });
    expect(needsFacts([rule('customer.size')], 'refunded')).toEqual({
      customer: false,
      product: false,
      othersWithinMs: 0,
    });
    expect(needsFacts([rule('product.stock')], 'searched')).toEqual({
      customer: false,
      product: true,
      othersWithinMs: 0,
    });
  });
});

describe('an event that has to come more than once', () => {
  const DAY = 86_400_000;
  const views = (times: number, sameProduct = true) => ({
    ...{ type: 'viewed_product' as const, filters: [] },
    repetition: { times, withinMs: 7 * DAY, sameProduct },
  });
  const of = (productId: string) => ({ items: [{ productId }] });
  const now = (...others: [days: number, productId: string][]) => ({
    ...{ type: 'viewed_product' as const, properties: of('p1') },
    facts: { others: others.map(([days, productId]) => ({ distanceMs: days * DAY, properties: of(productId) })) },
  });

  it('counts others like it, about the same product, within the time', () => {
    expect(matches(views(2), now())).toBe(false);
    expect(matches(views(2), now([-6, 'p1']))).toBe(true);
    expect(matches(views(2), now([-7, 'p1']))).toBe(true);
    expect(matches(views(2), now([-8, 'p1']))).toBe(false);
    expect(matches(views(2), now([-1, 'p2']))).toBe(false);
    expect(matches(views(2, false), now([-1, 'p2']))).toBe(true);
  });

  it('counts in any order of telling, but no more than fit into one stretch of time', () => {
    expect(matches(views(2), now([3, 'p1']))).toBe(true);
    expect(matches(views(3), now([-3, 'p1'], [3, 'p1']))).toBe(true);
    expect(matches(views(3), now([-5, 'p1'], [5, 'p1']))).toBe(false);
    expect(matches(views(3), now([-7, 'p1'], [-6, 'p1']))).toBe(true);
    // Two that lie together, and this one too far from both.
    expect(matches(views(2), now([-9, 'p1'], [-8, 'p1']))).toBe(false);
  });

  it('counts only those that meet the conditions on the event, too', () => {
    const filters = [{ path: 'properties.items.productId', operator: 'equals' as const, value: 'p1' }];
    expect(matches({ ...views(2, false), filters }, now([-1, 'p2']))).toBe(false);
    expect(matches({ ...views(2, false), filters }, now([-1, 'p1']))).toBe(true);
  });

  it('asks for others as far away as the longest rule says', () => {
    const rules = [views(2), { ...views(3), repetition: { times: 3, withinMs: DAY, sameProduct: true } }];
    expect(needsFacts(rules, 'viewed_product').othersWithinMs).toBe(7 * DAY);
    expect(needsFacts(rules, 'searched').othersWithinMs).toBe(0);
  });
});
