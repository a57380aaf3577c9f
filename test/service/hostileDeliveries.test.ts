/** What no shop should send, properly signed: never a crash, never a 5xx, never half of a body kept (issue 4, "Bad input"). */
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, NOW, TestService, type Answer } from './service.ts';
import {
  bodyOf,
  ga4Body,
  segmentTrack,
  shopifyCart,
  shopifyCustomer,
  shopifyOrder,
  shopifyProduct,
  wooOrder,
} from './shopBodies.ts';
import { connect, deliver, programHeaders, rowCounts, SECRET, shopifyHeaders, wooHeaders, type Raw } from './shops.ts';

type Send = (service: TestService, body: Raw) => Promise<Answer>;
const shopify =
  (topic: string): Send =>
  (service, body) =>
    deliver(service, '/in/shopify/shopify-shop', body, shopifyHeaders(body, topic));
const woo =
  (topic: string): Send =>
  (service, body) =>
    deliver(service, '/in/woocommerce/woo-shop', body, wooHeaders(body, topic));
const segment: Send = (service, body) =>
  deliver(service, '/in/segment/tracker', body, {
    authorization: `Basic ${Buffer.from(`${SECRET}:`).toString('base64')}`,
  });
const ga4: Send = (service, body) => deliver(service, `/in/ga4/analytics?api_secret=${SECRET}`, body);
const custom: Send = (service, body) => deliver(service, '/in/custom/own-shop', body, programHeaders(body, NOW));

const refund = {
  id: 509562969,
  order_id: '@820982911946154508',
  created_at: '2026-11-22T11:00:00+00:00',
  transactions: [{ id: 1, kind: 'refund', status: 'success', amount: '10.00', currency: 'EUR' }],
  refund_line_items: [],
};

const SENDERS: readonly [string, Send, Record<string, unknown>][] = [
  ['Shopify orders/create', shopify('orders/create'), shopifyOrder()],
  ['Shopify orders/cancelled', shopify('orders/cancelled'), shopifyOrder({ cancelled_at: '2026-11-22T11:00:00Z' })],
  ['Shopify refunds/create', shopify('refunds/create'), refund],
  [
    'Shopify checkouts/update',
    shopify('checkouts/update'),
    shopifyOrder({ abandoned_checkout_url: 'https://shop.example.com/r' }),
  ],
  ['Shopify carts/update', shopify('carts/update'), shopifyCart()],
  ['Shopify customers/update', shopify('customers/update'), shopifyCustomer()],
  ['Shopify products/update', shopify('products/update'), shopifyProduct()],
  ['WooCommerce order.updated', woo('order.updated'), wooOrder()],
  ['Segment track', segment, segmentTrack()],
  ['GA4', ga4, ga4Body()],
  ['own events', custom, event('completed_purchase', 'own')],
];

const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e21,
  '@99999999999999999999999999999',
  '',
  ' ',
  'x'.repeat(5000),
  '\u202e\ud83d\ude00',
  '\ud800',
  'a\u0001b',
  'ada@example.com\r\nBcc: all@example.com',
  '<script>alert(1)</script>',
  "'; drop table customers; --",
  '2026-02-30T10:00:00Z',
  '0000-00-00 00:00:00',
  '2099-01-01T00:00:00Z',
  'EURO',
  'XXQ',
  '-10.00',
  '1,000.00',
  '1e9',
  [],
  [[]],
  [null],
  {},
  { __proto__: null, length: 3 },
  { toString: 1, constructor: { prototype: { polluted: true } } },
  Array.from({ length: 300 }, () => ({})),
];

/** A whole body made into another; the answers that are right. */
const DAMAGED: [string, (text: string) => Raw, number[]][] = [
  ['nothing', () => '', [400]],
  ['blanks', () => ' \n ', [400]],
  ['a list', (text) => `[${text}]`, [400]],
  ['a text', () => '"order"', [400]],
  ['null', () => 'null', [400]],
  ['half', (text) => text.slice(0, text.length / 2), [400]],
  ['more behind the end', (text) => `${text}{}`, [400]],
  [
    'invalid UTF-8',
    (text) =>
      Buffer.concat([
        Buffer.from(text.slice(0, -1)),
        Buffer.from(',"x":"'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('"}'),
      ]),
    [400],
  ],
  ['UTF-16', (text) => Buffer.from(text, 'utf16le'), [400]],
  ['a NUL', (text) => text.replace(/\}$/, ',"note":"a\\u0000b"}'), [400]],
  ['deep nesting', (text) => text.replace(/\}$/, `,"note":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), [400]],
  ['deep objects', (text) => text.replace(/\}$/, `,"note":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`), [400]],
  [
    '__proto__',
    (text) => text.replace(/^\{/, '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},'),
    [200, 400],
  ],
  ['every key twice', (text) => `${text.slice(0, -1)},${text.slice(1)}`, [200]],
  ['5 MB', (text) => text.replace(/\}$/, `,"note":"${'x'.repeat(5 * 1024 * 1024)}"}`), [200, 400]],
  [
    '100,000 keys',
    (text) => text.replace(/\}$/, `,"note":{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join()}}}`),
    [200, 400],
  ],
  ['more than 8 MB', (text) => text.replace(/\}$/, `,"note":"${'x'.repeat(8.5 * 1024 * 1024)}"}`), [413]],
];

/** Every place in a body. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  const here = path.length > 0 ? [path] : [];
  if (typeof value !== 'object' || value === null) return here;
  return [...here, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))];
}

function changed(body: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(body) as Record<string | number, unknown>;
  let at = copy;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    if (typeof next !== 'object' || next === null) return copy;
    at = next as Record<string | number, unknown>;
  }
  const last = path.at(-1) as string | number;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

describe.each(DIALECTS)('hostile deliveries on %s', (dialect) => {
  // The rules are the same on both: the second store has only to take what comes out of them.
  const runs = dialect === 'sqlite' ? 40 : 10;
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await connect(service, 'shopify', 'shopify-shop', { currency: 'EUR' });
    await connect(service, 'woocommerce', 'woo-shop');
    await connect(service, 'segment', 'tracker');
    await connect(service, 'ga4', 'analytics');
    await connect(service, 'custom', 'own-shop');
  });
  afterAll(() => service.close());

  /** Taken in, or refused with a reason and without a trace. */
  async function sane(send: Send, body: Raw): Promise<Answer> {
    const before = await rowCounts(service);
    const answer = await send(service, body);
    expect([200, 400, 413], JSON.stringify(answer.body)).toContain(answer.status);
    if (answer.status !== 200) {
      expect(answer.body).toMatchObject({ status: answer.status, detail: expect.any(String) });
      if (answer.status === 400) expect(answer.body.errors.length, JSON.stringify(answer.body)).toBeGreaterThan(0);
      expect(await rowCounts(service)).toEqual(before);
    }
    return answer;
  }

  describe.each(SENDERS)('%s', (_name, send, valid) => {
    it('takes the body that is right', async () => {
      expect(await send(service, bodyOf(valid))).toMatchObject({ status: 200 });
    });

    it('any value at any place', async () => {
      const all = places(valid);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.constantFrom(...all), fc.oneof(fc.constantFrom(...ODD, undefined), fc.jsonValue())), {
            minLength: 1,
            maxLength: 3,
          }),
          async (changes) => {
            const body = changes.reduce<unknown>((made, [path, value]) => changed(made, path, value), valid);
            await sane(send, bodyOf(body));
          },
        ),
        { numRuns: runs },
      );
    });

    it('any damage to the bytes', async () => {
      const bytes = Buffer.from(bodyOf(valid));
      await fc.assert(
        fc.asyncProperty(
          fc.nat({ max: bytes.length - 1 }),
          fc.nat({ max: 255 }),
          fc.boolean(),
          async (at, byte, cut) => {
            const damaged = Buffer.from(cut ? bytes.subarray(0, at) : bytes);
            if (!cut) damaged[at] = byte;
            await sane(send, damaged);
          },
        ),
        { numRuns: runs },
      );
    });

    it.each(dialect === 'sqlite' ? DAMAGED : DAMAGED.filter(([, , statuses]) => statuses.includes(200)).slice(0, 2))(
      '%s',
      async (_what, make, statuses) => {
        const { status } = await sane(send, make(bodyOf(valid)));
        expect(statuses).toContain(status);
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      },
    );
  });

  describe('headers', () => {
    const body = bodyOf(shopifyOrder({ id: 77 }));
    const signed = shopifyHeaders(body, 'orders/create', 'h-1');

    it.each<[string, Record<string, string | string[]>, number]>([
      ['two signatures', { ...signed, 'x-shopify-hmac-sha256': [signed['x-shopify-hmac-sha256'] as string, 'x'] }, 401],
      ['two topics', { ...signed, 'x-shopify-topic': ['orders/create', 'orders/paid'] }, 200],
      ['an empty topic', { ...signed, 'x-shopify-topic': ' ' }, 400],
      ['a topic without end', { ...signed, 'x-shopify-topic': 'x'.repeat(5000) }, 400],
      ['a topic of the prototype', { ...signed, 'x-shopify-topic': 'constructor' }, 200],
      ['a delivery id without end', { ...signed, 'x-shopify-webhook-id': 'x'.repeat(5000) }, 200],
      ['a time that is none', { ...signed, 'x-shopify-triggered-at': 'soon' }, 200],
      ['a time far ahead', { ...signed, 'x-shopify-triggered-at': '2099-01-01T00:00:00Z' }, 200],
      ['no content type', { ...signed, 'content-type': '' }, 200],
      ['a content type that is none', { ...signed, 'content-type': '???' }, 200],
      ['another charset', { ...signed, 'content-type': 'application/json; charset=utf-16' }, 200],
      ['a form', { ...signed, 'content-type': 'multipart/form-data' }, 200],
      ['a forged address', { ...signed, 'x-forwarded-for': `${'1.2.3.4,'.repeat(200)}what` }, 200],
    ])('%s', async (_name, headers, status) => {
      const answer = await deliver(service, '/in/shopify/shopify-shop', body, headers);
      expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    });

    it('without any', async () => {
      const { statusCode } = await service.app.inject({ method: 'POST', url: '/in/shopify/shopify-shop' });
      expect(statusCode).toBe(401);
    });

    it('larger than any real ones', async () => {
      await service.app.listen({ host: '127.0.0.1', port: 0 });
      const { port } = service.app.server.address() as AddressInfo;
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const request = httpRequest(
          {
            host: '127.0.0.1',
            port,
            path: '/in/shopify/shopify-shop',
            method: 'POST',
            headers: { ...signed, 'x-large': 'x'.repeat(100_000) },
          },
          (response) => {
            response.resume();
            resolve(response.statusCode);
          },
        );
        request.on('error', reject);
        request.end(body);
      });
      expect(status).toBe(431);
    });
  });
});
