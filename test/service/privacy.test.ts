/** Export, Shopify's privacy topics, retention of raw events, and the audit of who changed what. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eraseShops } from '../../temporal/intake/privacyRequests.ts';
import { startPrivacyWork } from '../../temporal/privacyWork.ts';
import { applyRetention } from '../../temporal/retention.ts';
import { CUSTOMER_TABLES } from '../../temporal/store/customerTables.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { connect, deliver, shopifyHeaders } from './shops.ts';
import { DIALECTS } from './stores.ts';

const DAY = 86_400_000;

describe.each(DIALECTS)('privacy on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await connect(service, 'shopify', 'main-shop');
  });
  afterAll(() => service.close());
  // Lists are sorted by time.
  beforeEach(() => {
    service.now += 1000;
  });

  const shopify = (topic: string, body: object, id?: string) => {
    const text = JSON.stringify(body);
    return deliver(service, '/in/shopify/main-shop', text, shopifyHeaders(text, topic, id));
  };
  const requests = async (query = '') => (await service.call('GET', `/v1/privacy-requests${query}`)).body.items;
  const emailed = async (person: string) =>
    (await service.call('GET', `/v1/customers?email=${person}@example.com`)).status;
  const audit = async (id: string) => (await service.call('GET', `/v1/customers/${id}/audit`)).body.items;

  it('exports everything held, and says in the audit that it has', async () => {
    await service.publish({ key: 'cart' });
    const id = await service.send(
      event('added_to_cart', { email: 'all@example.com', deviceId: 'd-all' }, undefined, {
        properties: { cartId: 'cart-all' },
      }),
      event('completed_purchase', { email: 'all@example.com' }, minutes(-30), { properties: { orderId: 'o-all' } }),
      event('subscribed', { email: 'all@example.com' }),
    );
    const { status, body } = await service.call('GET', `/v1/customers/${id}/export`);
    expect(status).toBe(200);
    expect(body.exportedAt).toBe(new Date(service.now).toISOString());
    expect(body.customer).toMatchObject({ id, totals: { orders: 1 }, consent: { email: { state: 'subscribed' } } });
    const shownTables = CUSTOMER_TABLES.filter(({ exported }) => exported).length + 1;
    expect(Object.keys(body.data)).toHaveLength(shownTables);
    expect(body.data.events).toHaveLength(3);
    expect(body.data.orders).toMatchObject([{ orderId: 'o-all', valueMinor: 8400, occurredAt: minutes(-30) }]);
    expect(body.data.identifiers.map(({ kind, value }: { kind: string; value: string }) => [kind, value])).toEqual(
      expect.arrayContaining([
        ['email', 'all@example.com'],
        ['deviceId', 'd-all'],
      ]),
    );
    expect(body.data.consentHistory).toMatchObject([{ channel: 'email', state: 'subscribed' }]);
    expect(body.data.runs).toMatchObject([{ journeyKey: 'cart', entry: { type: 'added_to_cart' } }]);
    expect(await audit(id)).toContainEqual({
      kind: 'change',
      at: new Date(service.now).toISOString(),
      detail: { actor: 'api', action: 'customer.exported' },
      details: {},
    });
    expect((await service.call('GET', '/v1/customers/cus_nobody/export')).status).toBe(404);
  });

  it('keeps a data request until the operator has answered it', async () => {
    const id = await service.send(event('viewed_page', { externalId: '191167', email: 'asks@example.com' }));
    const body = {
      shop_domain: 'x.example.com',
      customer: { id: 191167, email: 'asks@example.com' },
      orders_requested: [1],
    };
    for (const delivery of ['dr-1', 'dr-1']) {
      expect((await shopify('customers/data_request', body, delivery)).status).toBe(200);
    }
    const open = await requests('?state=open');
    expect(open).toMatchObject([
      { kind: 'customers/data_request', source: 'main-shop', customerId: id, export: `/v1/customers/${id}/export` },
    ]);
    expect((await service.call('GET', open[0].export)).status).toBe(200);
    const answered = await service.call('PUT', `/v1/privacy-requests/${open[0].id}`, { state: 'done' });
    expect(answered.body).toMatchObject({ state: 'done', doneAt: new Date(service.now).toISOString() });
    expect(await requests('?state=open')).toEqual([]);
    expect((await audit(id)).map(({ detail }: { detail: { action?: string } }) => detail.action)).toEqual(
      expect.arrayContaining(['privacy.data_requested', 'privacy.data_request_answered']),
    );
    expect((await service.call('PUT', '/v1/privacy-requests/prv_none', { state: 'done' })).status).toBe(404);
    expect((await service.call('GET', `/v1/privacy-requests/${open[0].id}`)).body.id).toBe(open[0].id);
  });

  it('answers a data request about nobody at once', async () => {
    await shopify('customers/data_request', { customer: { id: 999, email: 'nobody@example.com' } }, 'dr-2');
    expect((await requests())[0]).toMatchObject({ state: 'done', customerId: null, export: null });
  });

  it('erases whom the shop names, with their anonymous orders, and nobody else', async () => {
    await service.send(
      event('completed_purchase', { externalId: '555', email: 'redact@example.com' }, undefined, {
        source: 'main-shop',
      }),
    );
    const guest = await service.send(
      event('completed_purchase', { deviceId: 'guest' }, undefined, {
        source: 'main-shop',
        properties: { orderId: '280263' },
      }),
    );
    await service.send(
      event('completed_purchase', { email: 'other@example.com' }, undefined, {
        source: 'main-shop',
        properties: { orderId: '77' },
      }),
    );
    const body = { customer: { id: 555, email: 'redact@example.com' }, orders_to_redact: [280263, 77] };
    expect((await shopify('customers/redact', body, 'redact-1')).status).toBe(200);
    expect(await emailed('redact')).toBe(404);
    expect((await service.call('GET', `/v1/customers/${guest}`)).status).toBe(404);
    expect(await emailed('other')).toBe(200);
    const [request] = await requests();
    expect(request).toMatchObject({ kind: 'customers/redact', state: 'done', customerId: null, erasedCustomers: 2 });
    const changes = (await service.call('GET', '/v1/audit')).body.items;
    expect(changes[0]).toMatchObject({
      actor: 'connection:main-shop',
      action: 'customer.erased',
      details: { requestId: request.id },
    });
    // Repeated, it erases nobody who has come back since.
    await service.send(event('viewed_page', 'redact'));
    expect((await shopify('customers/redact', body, 'redact-1')).status).toBe(200);
    expect(await emailed('redact')).toBe(200);
    expect((await service.call('PUT', `/v1/privacy-requests/${request.id}`, { state: 'open' })).status).toBe(409);
  });

  it("erases a shop's own customers in the background, chunk by chunk, and leaves those of others", async () => {
    await connect(service, 'shopify', 'gone-shop');
    const of = (person: string, source: string) => event('viewed_page', person, undefined, { source });
    for (const n of [1, 2, 3, 4, 5]) await service.send(of(`gone-${n}`, 'gone-shop'));
    await service.send(of('both', 'gone-shop'), of('both', 'newsletter'));
    await service.send(of('elsewhere', 'newsletter'));
    // Told of, and nothing has happened yet: known by their accounts alone.
    await connect(service, 'shopify', 'still-there');
    for (const [shop, id, person] of [
      ['gone-shop', 6, 'gone-6'],
      ['gone-shop', 7, 'at-two'],
      ['still-there', 8, 'at-two'],
    ] as const) {
      const account = JSON.stringify({ id, email: `${person}@example.com`, created_at: '2026-11-22T10:00:00Z' });
      await deliver(service, `/in/shopify/${shop}`, account, shopifyHeaders(account, 'customers/create'));
    }
    const text = '{"shop_id":954889,"shop_domain":"x.example.com"}';
    const { status } = await deliver(
      service,
      '/in/shopify/gone-shop',
      text,
      shopifyHeaders(text, 'shop/redact', 'sr-1'),
    );
    expect(status).toBe(200);
    expect((await requests())[0]).toMatchObject({ kind: 'shop/redact', state: 'running' });
    // Between two chunks the process dies: the next one goes on.
    expect(await eraseShops(service.store, NOW, 3)).toBe(true);
    const next = service.openAgain();
    let rounds = 0;
    while (await eraseShops(next, NOW, 3)) rounds++;
    expect(rounds).toBeGreaterThan(1);
    expect((await requests())[0]).toMatchObject({ state: 'done', erasedCustomers: 6 });
    for (const n of [1, 2, 3, 4, 5, 6]) expect(await emailed(`gone-${n}`)).toBe(404);
    for (const person of ['both', 'elsewhere', 'at-two']) expect(await emailed(person)).toBe(200);
  });

  it('does so by itself', async () => {
    await connect(service, 'shopify', 'third-shop');
    await service.send(event('viewed_page', 'by-itself', undefined, { source: 'third-shop' }));
    const work = startPrivacyWork({
      ...{ store: service.store, eventRetentionMs: null, anonymousRetentionMs: null, outboxWritten: () => {} },
      ...{ pollMs: 20 },
      log: { info: () => {}, warn: () => {} },
    });
    const text = '{"shop_id":1}';
    await deliver(service, '/in/shopify/third-shop', text, shopifyHeaders(text, 'shop/redact', 'sr-2'));
    const deadline = Date.now() + 20_000;
    while ((await emailed('by-itself')) !== 404) {
      if (Date.now() > deadline) throw new Error('not erased');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await work.stop();
  });

  it('deletes raw events past their retention, and changes no totals', async () => {
    const old = new Date(NOW - 800 * DAY).toISOString();
    const order = event('completed_purchase', 'retained', old, { properties: { orderId: 'o-old' } });
    const present = service.now;
    service.now = NOW - 700 * DAY;
    const id = await service.send(order, event('viewed_page', 'retained', old));
    service.now = present;
    // Came in today, though it happened long ago: it may be sent again.
    await service.send(event('viewed_page', 'retained', old), event('viewed_page', 'retained'));
    const totals = async () => (await service.call('GET', `/v1/customers/${id}`)).body.totals;
    const before = await totals();
    const retained = { eventRetentionMs: 730 * DAY, anonymousRetentionMs: null };
    expect(await applyRetention(service.store, retained, NOW, { chunk: 2 })).toMatchObject({ events: 2 });
    expect((await service.call('GET', `/v1/customers/${id}/events`)).body.items).toHaveLength(2);
    expect(await totals()).toEqual(before);
    // The order again, in another delivery: still one purchase.
    await service.send({ ...order, id: 'another' }, order);
    expect(await totals()).toEqual(before);
    expect(await applyRetention(service.store, retained, NOW)).toMatchObject({ events: 0 });
  });

  it('shows changes that are not about one customer page by page, newest first', async () => {
    for (const name of ['a', 'b', 'c']) await connect(service, 'custom', `audited-${name}`);
    const first = (await service.call('GET', '/v1/audit?limit=2')).body;
    const second = (await service.call('GET', `/v1/audit?limit=2&cursor=${first.nextCursor}`)).body;
    const names = [...first.items, ...second.items].map(({ details }) => JSON.stringify(details));
    expect(new Set(names).size).toBe(4);
    expect(names[0]).toContain('audited-c');
    expect((await service.call('GET', '/v1/audit?cursor=x')).status).toBe(400);
  });
});
