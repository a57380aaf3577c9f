/** `/in/…` on both stores: who may send, what is refused, and that a refused delivery leaves no trace. */
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { connect, deliver, hmac, programHeaders, rowCounts, SECRET, shopifyHeaders, wooHeaders } from './shops.ts';

describe.each(DIALECTS)('the gateway on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await connect(service, 'shopify', 'shopify-shop');
    await connect(service, 'woocommerce', 'woo-shop');
    await connect(service, 'segment', 'tracker');
    await connect(service, 'ga4', 'analytics');
    await connect(service, 'custom', 'own-shop');
  });
  afterAll(() => service.close());

  const custom = (body: string, headers = programHeaders(body, NOW), name = 'own-shop') =>
    deliver(service, `/in/custom/${name}`, body, headers);
  const visit = (person: string) => JSON.stringify(event('viewed_page', person));

  describe('own programs', () => {
    it('send signed events; the source is the connection', async () => {
      const body = JSON.stringify(event('completed_purchase', 'ann', minutes(-5), { source: 'somebody-else' }));
      const answer = await custom(body);
      expect(answer).toMatchObject({ status: 200, body: { accepted: [{ duplicate: false }], rejected: [] } });
      const again = await custom(body);
      expect(again).toMatchObject({ status: 200, body: { accepted: [{ duplicate: true }] } });
      const { customerId } = answer.body.accepted[0];
      const { items } = (await service.call('GET', `/v1/customers/${customerId}/events`)).body;
      expect(items.map((item: { source: string }) => item.source)).toEqual(['own-shop']);
      expect((await service.call('GET', `/v1/customers/${customerId}`)).body.totals.orders).toBe(1);
    });

    it('send batches, of which the good ones are kept', async () => {
      const body = JSON.stringify({ events: [event('viewed_page', 'bob'), event('bought', 'bob'), 7] });
      const answer = await custom(body);
      expect(answer.status).toBe(200);
      expect(answer.body.accepted).toHaveLength(1);
      expect(answer.body.rejected.map(({ path }: { path: string }) => path)).toEqual(['/type', '']);
      const none = await custom('{"events":[7]}');
      expect(none).toMatchObject({ status: 400, body: { errors: [{ path: '/events/0' }] } });
    });

    it('keep the digits of their ids', async () => {
      const body = visit('long').replace('"identity":{', '"identity":{"externalId":820982911946154508,');
      await custom(body);
      expect((await service.call('GET', '/v1/customers?externalId=820982911946154508')).status).toBe(200);
    });

    it.each([
      ['five minutes and a second ago', -301_000, 401],
      ['five minutes ago', -300_000, 200],
      ['in more than five minutes', 301_000, 401],
    ])('are answered when they signed %s', async (_name, offset, status) => {
      const body = visit('cleo');
      expect((await custom(body, programHeaders(body, NOW + offset))).status).toBe(status);
    });

    it('sign with the old secret while it is rotated, until it is taken away', async () => {
      await connect(service, 'custom', 'rotating', { secret: 'first' });
      await connect(service, 'custom', 'rotating', { secret: 'second' });
      const status = async (secret: string, at = NOW) => {
        const body = visit('dan');
        service.now = at;
        const answer = await custom(body, programHeaders(body, at, secret), 'rotating');
        service.now = NOW;
        return answer.status;
      };
      expect([await status('first'), await status('second'), await status('third')]).toEqual([200, 200, 401]);
      expect(await status('first', NOW + 8 * 24 * 3600_000)).toBe(401);
      await connect(service, 'custom', 'rotating', { secret: 'second', previousSecrets: [] });
      expect([await status('first'), await status('second')]).toEqual([401, 200]);
    });
  });

  describe('what is refused', () => {
    const order = '{"id":1,"email":"forged@example.com","total_price":"10.00","currency":"EUR"}';
    const basic = (user: string) => `Basic ${Buffer.from(`${user}:`).toString('base64')}`;

    it.each<[string, string, string, Record<string, string>, number]>([
      ['an unknown connection', '/in/shopify/nobody', order, shopifyHeaders(order, 'orders/create'), 404],
      ['another kind', '/in/shopify/woo-shop', order, shopifyHeaders(order, 'orders/create'), 404],
      ['a name that is none', '/in/shopify/%00', order, shopifyHeaders(order, 'orders/create'), 404],
      ['no signature', '/in/shopify/shopify-shop', order, { 'x-shopify-topic': 'orders/create' }, 401],
      ['another secret', '/in/shopify/shopify-shop', order, shopifyHeaders(order, 'orders/create', 'd', 'other'), 401],
      ['another body', '/in/shopify/shopify-shop', `${order} `, shopifyHeaders(order, 'orders/create'), 401],
      [
        'hex',
        '/in/shopify/shopify-shop',
        order,
        {
          'x-shopify-topic': 'orders/create',
          'x-shopify-hmac-sha256': Buffer.from(hmac(order), 'base64').toString('hex'),
        },
        401,
      ],
      [
        'the signature of nothing',
        '/in/shopify/shopify-shop',
        '',
        { 'x-shopify-topic': 'orders/create', 'x-shopify-hmac-sha256': hmac(order) },
        401,
      ],
      [
        'no signature of WooCommerce',
        '/in/woocommerce/woo-shop',
        order,
        { 'x-wc-webhook-topic': 'order.created' },
        401,
      ],
      ['a forged one', '/in/woocommerce/woo-shop', order, wooHeaders(order, 'order.created', 'd', 'other'), 401],
      ['a ping with more in it', '/in/woocommerce/woo-shop', 'webhook_id=1&id=2', {}, 401],
      ['no write key', '/in/segment/tracker', '{"type":"track"}', {}, 401],
      ['a wrong write key', '/in/segment/tracker', '{"type":"track"}', { authorization: basic('other') }, 401],
      ['the API key', '/in/segment/tracker', '{"type":"track"}', { authorization: 'Bearer test-key' }, 401],
      ['no api_secret', '/in/ga4/analytics', '{"events":[]}', {}, 401],
      ['a wrong api_secret', '/in/ga4/analytics?api_secret=other', '{"events":[]}', {}, 401],
      ['two api_secrets', `/in/ga4/analytics?api_secret=${SECRET}&api_secret=x`, '{"events":[]}', {}, 401],
      ['no own signature', '/in/custom/own-shop', order, {}, 401],
      ['a forged own signature', '/in/custom/own-shop', order, programHeaders(order, NOW, 'other'), 401],
    ])('%s', async (_name, path, body, headers, status) => {
      const before = await rowCounts(service);
      const answer = await deliver(service, path, body, headers);
      expect(answer).toMatchObject({ status, body: { status, detail: expect.any(String) } });
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(JSON.stringify(answer)).not.toContain('forged@example.com');
      expect(await rowCounts(service)).toEqual(before);
    });

    it('a delivery without its topic, naming the header', async () => {
      const headers = { 'x-shopify-hmac-sha256': hmac(order) };
      const answer = await deliver(service, '/in/shopify/shopify-shop', order, headers);
      expect(answer).toMatchObject({
        status: 400,
        body: { errors: [{ message: expect.stringContaining('X-Shopify-Topic') }] },
      });
    });

    it('a body that is too large', async () => {
      const body = JSON.stringify({ note: 'x'.repeat(9 * 1024 * 1024) });
      const answer = await deliver(service, '/in/shopify/shopify-shop', body, shopifyHeaders(body, 'orders/create'));
      expect(answer).toMatchObject({ status: 413, body: { detail: expect.stringContaining('8 MB') } });
    });

    it('is counted, without a word of what was sent', async () => {
      expect(
        (await deliver(service, '/in/shopify/shopify-shop', order, { 'x-shopify-topic': 'orders/create' })).status,
      ).toBe(401);
      const metrics = await service.call('GET', '/metrics');
      expect(metrics.body).toMatch(
        /journeys_webhooks_total\{connection="shopify-shop",topic="",outcome="unproven"\} \d+/,
      );
      expect(metrics.body).not.toContain('forged');
    });
  });

  it('answers the ping with which WooCommerce saves a webhook, and keeps nothing', async () => {
    const before = await rowCounts(service);
    const ping = (name: string) =>
      deliver(service, `/in/woocommerce/${name}`, 'webhook_id=42', {
        'content-type': 'application/x-www-form-urlencoded',
      });
    expect((await ping('woo-shop')).status).toBe(200);
    expect((await ping('nobody')).status).toBe(404);
    expect(await rowCounts(service)).toEqual(before);
  });

  it('answers with headers for programs, and none for pages of other origins', async () => {
    const body = visit('eva');
    const { headers } = await custom(body, { ...programHeaders(body, NOW), origin: 'https://evil.example.com' });
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('notes when a connection has last sent something', async () => {
    const body = visit('fay');
    await custom(body);
    await expect
      .poll(async () => (await service.call('GET', '/v1/connections/own-shop')).body.lastReceivedAt)
      .toBe('2026-11-22T12:00:00.000Z');
  });
});

it('the log says where something is wrong, and nothing of what was sent', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const service = await TestService.create('sqlite', {}, log);
  await connect(service, 'shopify', 'shopify-shop');
  const bodies = [
    '{"id":1,"email":"secret@example.com","line_items":"secret@example.com"}',
    '{"secret@example.com":"\\u0000"}',
    '{"id":1,"email":"secret@example.com"',
    '{"id":1,"email":"secret@example.com","currency":"secret","total_price":"1","line_items":[{"quantity":1}]}',
  ];
  for (const body of bodies) {
    const { status } = await deliver(service, '/in/shopify/shopify-shop', body, shopifyHeaders(body, 'orders/create'));
    expect(status, body).toBe(400);
    await deliver(service, '/in/shopify/shopify-shop', body, shopifyHeaders(body, 'orders/create', 'd', 'forged'));
  }
  await service.close();
  const warnings = lines.filter((line) => line.includes('could not be understood'));
  expect(warnings).toHaveLength(bodies.length);
  expect(warnings[0]).toContain('"paths":["/currency"]');
  expect(lines.join('')).not.toContain('secret');
});

describe('who tries too often', () => {
  it('is told to wait, by address; others are not', async () => {
    const service = await TestService.create('sqlite');
    await connect(service, 'custom', 'own-shop');
    const from = (address: string, body: string, headers = {}) =>
      deliver(service, '/in/custom/own-shop', body, { ...headers, 'x-forwarded-for': address });
    let refused = 0;
    let answer = await from('203.0.113.7', '{}');
    while (answer.status === 401 && refused++ < 5_000) answer = await from('203.0.113.7', '{}');
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(500);
    const body = JSON.stringify(event('viewed_page', 'ann'));
    expect((await from('203.0.113.8', body, programHeaders(body, NOW))).status).toBe(200);
    await service.close();
  });
});
