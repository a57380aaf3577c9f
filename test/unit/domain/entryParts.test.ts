/** What parallel runs are about: orders, products; and which events concern them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concerns, entryParts } from '../../../temporal/domain/entryParts.ts';
import type { EventProperties, EventType } from '../../../temporal/domain/event.ts';

const byPath = (entryKeyPath: string) => ({ reentry: 'parallel' as const, entryKeyPath });
const byProduct = byPath('properties.items.productId');
const purchase = (properties: EventProperties) => ({ type: 'completed_purchase' as const, properties });
const keysOf = (path: string, properties: EventProperties) =>
  entryParts(byPath(path), purchase(properties)).map(({ key }) => key);

const coffee = { productId: 'coffee', variantId: 'coffee-1kg', quantity: 2 };
const milk = { productId: 'milk' };

describe('the runs of an entry event', () => {
  it('are one, without a key, where the journey allows one at a time', () => {
    const event = purchase({ orderId: '7', items: [coffee, milk] });
    const whole = [{ key: '', properties: event.properties }];
    expect(entryParts({ reentry: 'ignore', entryKeyPath: 'properties.orderId' }, event)).toEqual(whole);
    expect(entryParts({ reentry: 'restart' }, event)).toEqual(whole);
    expect(entryParts(byPath('properties.cartId'), event)).toEqual(whole);
    expect(entryParts(byPath('properties.items'), event)).toEqual(whole);
  });

  it('are one for each order', () => {
    const event = purchase({ orderId: '7', items: [coffee, milk] });
    expect(entryParts(byPath('properties.orderId'), event)).toEqual([{ key: '7', properties: event.properties }]);
  });

  it('are one for each product, which carries that product alone', () => {
    const items = [coffee, milk, { ...coffee, quantity: 1 }];
    expect(entryParts(byProduct, purchase({ orderId: '7', items }))).toEqual([
      {
        key: 'coffee',
        properties: {
          ...{ orderId: '7', productId: 'coffee', variantId: 'coffee-1kg', quantity: 3 },
          items: [coffee, { ...coffee, quantity: 1 }],
        },
      },
      // A line without a quantity is one piece.
      { key: 'milk', properties: { orderId: '7', productId: 'milk', quantity: 1, items: [milk] } },
    ]);
  });

  it('name no variant where there are several', () => {
    const items = [coffee, { ...coffee, variantId: 'coffee-250g', quantity: 4 }];
    const [part] = entryParts(byProduct, purchase({ items }));
    expect(part?.properties).toMatchObject({ productId: 'coffee', quantity: 6 });
    expect(part?.properties).not.toHaveProperty('variantId');
  });

  it('find the product of an event that names it by itself', () => {
    const properties = { productId: 'coffee', quantity: 2, orderId: '7' };
    expect(entryParts(byProduct, purchase(properties))).toEqual([{ key: 'coffee', properties }]);
    expect(keysOf('properties.productId', { items: [coffee, milk] })).toEqual(['coffee', 'milk']);
  });

  it('may go by other values of the items', () => {
    const items = [coffee, { ...milk, category: 'fresh' }, { productId: 'eggs', category: 'fresh' }];
    const [fresh, ...others] = entryParts(byPath('items.category'), purchase({ items }));
    expect(others).toEqual([]);
    expect(fresh).toEqual({ key: 'fresh', properties: { items: [items[1], items[2]] } });
    expect(keysOf('properties.items.0.productId', { items })).toEqual(['coffee']);
  });

  it('have keys that Temporal can hold', () => {
    expect(keysOf('properties.orderId', { orderId: 'x'.repeat(500) })).toEqual(['x'.repeat(200)]);
    expect(keysOf('properties.count', { count: 7 })).toEqual(['7']);
  });

  it('are one for each product whatever the order of its lines, and no piece is lost', () => {
    const line = fc.record({ productId: fc.constantFrom('a', 'b', 'c'), quantity: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (items) => {
        const parts = entryParts(byProduct, purchase({ items }));
        expect(parts.map(({ key }) => key).sort()).toEqual([...new Set(items.map((one) => one.productId))].sort());
        const pieces = parts.reduce((sum, { properties }) => sum + Number(properties['quantity']), 0);
        expect(pieces).toBe(items.reduce((sum, { quantity }) => sum + quantity, 0));
      }),
    );
  });
});

describe('events that concern the run of a product', () => {
  const entry = { orderId: '7', productId: 'coffee', items: [coffee] };
  const concernsIt = (type: EventType, properties: EventProperties, keying = byProduct) =>
    concerns(keying, { entryKey: 'coffee', entry }, { type, properties });

  it.each<[string, EventType, EventProperties, boolean]>([
    ['the product bought again', 'completed_purchase', { orderId: '8', items: [milk, coffee] }, true],
    ['another product bought', 'completed_purchase', { orderId: '8', items: [milk] }, false],
    ['the order refunded', 'refunded', { orderId: '7' }, true],
    ['the product of the order refunded', 'refunded', { orderId: '7', items: [coffee] }, true],
    ['another product of the order refunded', 'refunded', { orderId: '7', items: [milk] }, false],
    ['another order refunded', 'refunded', { orderId: '6' }, false],
    ['the product of another order refunded', 'refunded', { orderId: '6', items: [coffee] }, false],
    ['the product looked at', 'viewed_product', { items: [coffee] }, true],
    ['another product looked at', 'viewed_product', { productId: 'milk' }, false],
    ['what is about no product', 'unsubscribed', { channel: 'email' }, true],
  ])('%s', (_what, type, properties, expected) => {
    expect(concernsIt(type, properties)).toBe(expected);
    expect(concernsIt(type, properties, byPath('properties.productId'))).toBe(expected);
  });

  it('all concern a run without a key', () => {
    expect(concerns(byProduct, { entryKey: '', entry }, purchase({ items: [milk] }))).toBe(true);
  });

  it('are told by the order where runs are about orders', () => {
    const subject = { entryKey: '7', entry: { orderId: '7' } };
    const refund = (orderId: string) => ({ type: 'refunded' as const, properties: { orderId } });
    expect(concerns(byPath('properties.orderId'), subject, refund('7'))).toBe(true);
    expect(concerns(byPath('properties.orderId'), subject, refund('6'))).toBe(false);
    const long = 'x'.repeat(300);
    const cut = { entryKey: long.slice(0, 200), entry: { orderId: long } };
    expect(concerns(byPath('properties.orderId'), cut, refund(long))).toBe(true);
  });
});
