/** Whatever stands in whatever field: an answer, never an exception, and what comes out is fit for the intake. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapShopify, SHOPIFY_TOPICS } from '../../../../temporal/domain/mapping/shopify.ts';
import { mapWooCommerce, WOOCOMMERCE_TOPICS } from '../../../../temporal/domain/mapping/woocommerce.ts';
import type { Arrival, Mapped } from '../../../../temporal/domain/mapping/mappedBody.ts';
import { parseEvent } from '../../../../temporal/domain/eventParsing.ts';
import { readCart } from '../../../../temporal/intake/toldCarts.ts';
import {
  arrival,
  NOW,
  shopifyCheckout,
  shopifyCustomer,
  shopifyLine,
  shopifyOrder,
  shopifyRefund,
  wooOrder,
} from './shopBodies.ts';

const BODIES: Record<string, unknown> = {
  orders: shopifyOrder({
    fulfillments: [{ id: 1, created_at: '2026-11-26T10:00:00Z' }],
    landing_site: '/?utm_source=a',
  }),
  refunds: shopifyRefund(),
  checkouts: shopifyCheckout(),
  carts: { token: 'c', line_items: [shopifyLine({ key: 'k' })], updated_at: '2026-11-26T10:00:00Z' },
  customers: {
    ...shopifyCustomer(),
    customer: { id: 1, email: 'a@example.com' },
    orders_to_redact: [1],
    status: 'completed',
    admin_graphql_api_customer_kept_id: 'gid://shopify/Customer/1',
    admin_graphql_api_customer_deleted_id: 'gid://shopify/Customer/2',
  },
  products: { id: 1, title: 'Boot', status: 'active', variants: [{ id: 2, price: '1.00', inventory_quantity: 3 }] },
  inventory_levels: { inventory_item_id: 1, location_id: 2, available: 3, updated_at: '2026-11-26T10:00:00Z' },
  fulfillments: { id: 1, order_id: 2, email: 'a@example.com', line_items: [shopifyLine()], tracking_numbers: ['T'] },
  order: wooOrder({ refunds: [{ id: 1, total: '-1.00' }], shipping_lines: [{ method_id: 'flat' }] }),
  customer: { id: 1, email: 'a@example.com', billing: { phone: '0660 1234567', country: 'AT' } },
  product: { id: 1, name: 'Cup', price: '1', categories: [{ name: 'a' }], images: [{ src: 'b' }], variations: [2] },
};

const bodyFor = (topic: string): unknown =>
  BODIES[topic.split(/[/.]/)[0] ?? ''] ?? (topic.startsWith('customers') ? BODIES['customers'] : { id: 1 });

/** JSON that has bitten others: wrong types, hostile text, numbers at the edges. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    null,
    0,
    -1,
    1e21,
    1.5,
    NaN,
    '',
    ' ',
    '-5',
    'NaN',
    '1e5',
    '\u0000',
    '\ud800',
    'x'.repeat(3000),
    'a@b\r\nBcc: c@example.com',
    '9999-99-99T99:99:99Z',
    '0001-01-01T00:00:00',
    'gid://shopify/Order/',
    '__proto__',
    'XXX',
    [[]],
    {},
    [null],
    { __proto__: null },
  ),
);

type Path = (string | number)[];

function pathsOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...at, key]))];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (typeof value !== 'object' || value === null) return value;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

const spoiled = (body: unknown) =>
  fc
    .array(fc.tuple(fc.constantFrom(...pathsOf(body)), anything), { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce((spoilt, [path, value]) => replaced(spoilt, path, value), body));

function check(mapped: Mapped, arrived: Arrival): void {
  if (mapped.problem) {
    expect(mapped.problem.path).toMatch(/^(\/.*)?$/);
    expect(mapped.problem.message).not.toBe('');
    return;
  }
  const { body } = mapped;
  for (const raw of body.events) {
    const parsed = parseEvent(raw, NOW);
    if (!('event' in parsed)) throw new Error(`${raw.type}: ${parsed.path} ${parsed.message}`);
  }
  const cart = body.cart && readCart(body.cart, arrived.source, { deviceId: 'd-1' }, NOW);
  if (cart) expect(cart.problem).toBeUndefined();
  for (const { identity } of body.customers) expect(Object.keys(identity).length).toBeGreaterThan(0);
}

describe('any body', () => {
  it.each(SHOPIFY_TOPICS)('Shopify %s', (topic) => {
    fc.assert(
      fc.property(spoiled(bodyFor(topic)), fc.constantFrom(null, 'EUR', 'JPY'), (body, currency) => {
        const arrived = arrival(topic, { currency });
        check(mapShopify(body, arrived), arrived);
      }),
      { numRuns: 300 },
    );
  });

  it.each(WOOCOMMERCE_TOPICS)('WooCommerce %s', (topic) => {
    fc.assert(
      fc.property(spoiled(bodyFor(topic)), fc.constantFrom(null, 'EUR', 'JPY'), (body, currency) => {
        const arrived = arrival(topic, { currency });
        check(mapWooCommerce(body, arrived), arrived);
      }),
      { numRuns: 300 },
    );
  });
});
