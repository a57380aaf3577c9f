/** Real shops' habits against both stores: many topics for one order, repetitions, bursts, several processes; each counted once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshStore, DIALECTS, type TestStore } from './stores.ts';
import { NOW, TestService } from './service.ts';
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
import { connect, deliver, rowCounts, SECRET, shopifyHeaders, wooHeaders } from './shops.ts';

describe.each(DIALECTS)('webhooks on %s', (dialect) => {
  let testStore: TestStore;
  let service: TestService;
  /** Another process on the same store. */
  let other: TestService;
  beforeAll(async () => {
    testStore = await freshStore(dialect);
    service = await TestService.on(testStore);
    other = await TestService.on({ ...testStore, store: testStore.openAgain(), remove: () => Promise.resolve() });
    await connect(service, 'shopify', 'main-shop');
    await connect(service, 'woocommerce', 'woo-shop', { currency: 'EUR' });
    await connect(service, 'segment', 'tracker');
    await connect(service, 'ga4', 'analytics');
  });
  afterAll(async () => {
    await other.close();
    await service.close();
  });

  const shopify = (topic: string, body: string, id?: string, at = service) =>
    deliver(at, '/in/shopify/main-shop', body, shopifyHeaders(body, topic, id));
  const woo = (topic: string, body: string, id?: string, at = service) =>
    deliver(at, '/in/woocommerce/woo-shop', body, wooHeaders(body, topic, id));
  const customerBy = async (query: string) => (await service.call('GET', `/v1/customers?${query}`)).body;
  const shuffled = <T>(list: readonly T[], seed: number): T[] =>
    list
      .map((item, index) => ({ item, key: Math.sin(seed * 1000 + index) }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);

  const TOPICS = ['orders/create', 'orders/paid', 'orders/updated', 'orders/fulfilled', 'orders/partially_fulfilled'];

  it('the same order by five topics, twice, shuffled, is one purchase', async () => {
    for (const seed of [1, 2, 3]) {
      const email = `five-${seed}@example.com`;
      const order = (status: string, minute: number) =>
        bodyOf(
          shopifyOrder({
            id: 9_000_000_000 + seed,
            email,
            customer: { id: 5_000 + seed, email, first_name: 'Ada' },
            financial_status: status,
            updated_at: `2026-11-22T10:0${minute}:00+00:00`,
          }),
        );
      const deliveries = TOPICS.map((topic, index) => ({
        topic,
        body: order(index ? 'paid' : 'pending', index),
        id: `d-${seed}-${index}`,
      }));
      for (const { topic, body, id } of shuffled([...deliveries, ...deliveries], seed)) {
        expect((await shopify(topic, body, id)).status, topic).toBe(200);
      }
      const customer = await customerBy(`email=${email}`);
      expect(customer.totals).toMatchObject({ orders: 1, refunds: 0, revenueMinor: 8400, currency: 'EUR' });
      expect(customer.properties).toMatchObject({ firstName: 'Ada' });
      const { items } = (await service.call('GET', `/v1/customers/${customer.id}/events`)).body;
      expect(items.filter(({ type }: { type: string }) => type === 'completed_purchase')).toHaveLength(1);
    }
  });

  it('500 updates of one order at once, to two processes, are one purchase', async () => {
    const order = (index: number) =>
      bodyOf(
        shopifyOrder({
          email: 'burst@example.com',
          customer: { id: 6_001, email: 'burst@example.com', first_name: `Name ${index}` },
          note: `update ${index}`,
          updated_at: new Date(NOW - 3600_000 + index * 1000).toISOString(),
        }),
      );
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        shopify(TOPICS[index % 3] as string, order(index), `burst-${index}`, index % 2 ? service : other),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const customer = await customerBy('email=burst@example.com');
    expect(customer.totals).toMatchObject({ orders: 1, revenueMinor: 8400 });
    // Every digit of the order's id, and the newest description.
    const rows = await service.store.db
      .selectFrom('orders')
      .select(['order_id'])
      .where('customer_id', '=', customer.id)
      .execute();
    expect(rows).toEqual([{ order_id: '820982911946154508' }]);
    expect(customer.properties).toMatchObject({ firstName: 'Name 499' });
  });

  it('WooCommerce: an order that is being processed, then completed, then told again, is one purchase', async () => {
    const states = ['pending', 'processing', 'completed', 'completed'].map((status, index) =>
      bodyOf(wooOrder({ status, date_modified_gmt: `2026-11-22T10:0${index}:00` })),
    );
    // WooCommerce makes its delivery ids of the second: two deliveries can have the same one.
    for (const body of states) expect((await woo('order.updated', body, 'same-id')).status).toBe(200);
    for (const body of [...states].reverse()) expect((await woo('order.created', body, 'same-id')).status).toBe(200);
    expect((await customerBy('email=cleo@example.com')).totals).toMatchObject({
      orders: 1,
      revenueMinor: 2935,
      currency: 'EUR',
    });
  });

  it('a delivery that is repeated changes nothing in the store', async () => {
    const deliveries = [
      () => shopify('orders/create', bodyOf(shopifyOrder()), 'r-1'),
      () => shopify('carts/update', bodyOf(shopifyCart()), 'r-2'),
      () => shopify('customers/update', bodyOf(shopifyCustomer()), 'r-3'),
      () => shopify('products/update', bodyOf(shopifyProduct()), 'r-4'),
      () => woo('order.updated', bodyOf(wooOrder({ id: 728 })), 'r-5'),
      () =>
        deliver(service, '/in/segment/tracker', bodyOf(segmentTrack()), {
          authorization: `Basic ${Buffer.from(`${SECRET}:`).toString('base64')}`,
        }),
      () => deliver(service, `/in/ga4/analytics?measurement_id=G-1&api_secret=${SECRET}`, bodyOf(ga4Body())),
    ];
    for (const send of deliveries) expect(await send()).toMatchObject({ status: 200 });
    const before = await rowCounts(service);
    for (const send of deliveries) expect(await send()).toMatchObject({ status: 200 });
    await Promise.all([...deliveries, ...deliveries].map((send) => send()));
    expect(await rowCounts(service)).toEqual(before);
  });

  it('a shop describes its customers: profile, consent, and what has just been agreed', async () => {
    await shopify('customers/update', bodyOf(shopifyCustomer()), 'c-1');
    expect(await customerBy('email=bob@example.com')).toMatchObject({
      properties: { firstName: 'Bob', city: 'Linz' },
      consent: { email: { state: 'subscribed', at: '2026-11-22T09:00:00.000Z' }, sms: { state: 'never' } },
      identifiers: expect.arrayContaining([
        { kind: 'externalId', value: '706405506930370084' },
        { kind: 'phone', value: '+436601234567' },
      ]),
    });
  });

  it('an anonymous cart becomes that of whoever orders with it', async () => {
    const token = 'cart-of-gina';
    await shopify('carts/create', bodyOf(shopifyCart({ id: token, token })), 'g-1');
    await shopify(
      'orders/create',
      bodyOf(shopifyOrder({ id: 31, email: 'gina@example.com', cart_token: token, customer: null })),
      'g-2',
    );
    const { id } = await customerBy('email=gina@example.com');
    const { items } = (await service.call('GET', `/v1/customers/${id}/events`)).body;
    expect(items.map(({ type }: { type: string }) => type)).toEqual(
      expect.arrayContaining(['added_to_cart', 'completed_purchase']),
    );
  });

  it('a catalogue is kept from products and orders that name them', async () => {
    await shopify('products/update', bodyOf(shopifyProduct()), 'p-1');
    expect((await service.call('GET', '/v1/products/788032119674292922')).body).toMatchObject({
      title: 'Trail shoe',
      category: 'shoes',
    });
  });

  it('calls of Segment and events of GA4 are purchases too, single and in batches', async () => {
    const authorization = `Basic ${Buffer.from(`${SECRET}:`).toString('base64')}`;
    const batch = bodyOf({
      batch: [
        segmentTrack({ messageId: 'b-1', userId: 'batch-1', context: {} }),
        segmentTrack({
          messageId: 'b-2',
          userId: 'batch-2',
          context: {},
          properties: { order_id: 'seg-2', total: 10, currency: 'EUR', products: [{ product_id: 'p', quantity: 1 }] },
        }),
      ],
    });
    expect(await deliver(service, '/in/segment/tracker', batch, { authorization })).toMatchObject({
      status: 200,
      body: { events: 2 },
    });
    expect((await customerBy('externalId=batch-2')).totals).toMatchObject({ orders: 1, revenueMinor: 1000 });
    const answer = await deliver(
      service,
      `/in/ga4/analytics/mp/collect?measurement_id=G-1&api_secret=${SECRET}`,
      bodyOf(ga4Body({ user_id: 'emil-2' })),
      { 'content-type': 'text/plain;charset=UTF-8' },
    );
    expect(answer.status).toBe(200);
    const header = await deliver(service, '/in/ga4/analytics', bodyOf(ga4Body({ user_id: 'emil-3' })), {
      'x-api-secret': SECRET,
    });
    expect(header.status).toBe(200);
  });

  it('a repeated delivery does not bring back who has been erased', async () => {
    const body = bodyOf(
      shopifyOrder({ id: 41, email: 'gone@example.com', customer: { id: 4_001, first_name: 'Gone' } }),
    );
    await shopify('orders/create', body, 'e-1');
    const { id } = await customerBy('email=gone@example.com');
    expect((await service.call('DELETE', `/v1/customers/${id}`)).status).toBe(204);
    expect(await shopify('orders/create', body, 'e-1')).toMatchObject({
      status: 200,
      body: { events: 1, duplicates: 1 },
    });
    expect((await service.call('GET', '/v1/customers?email=gone@example.com')).status).toBe(404);
    expect((await service.call('GET', '/v1/customers?externalId=4001')).status).toBe(404);
  });

  it('topics that nobody knows are answered and change nothing', async () => {
    const before = await rowCounts(service);
    const body = bodyOf({ id: 1, anything: true });
    expect(await shopify('themes/publish', body)).toMatchObject({ status: 200, body: { events: 0 } });
    expect(await woo('coupon.created', body)).toMatchObject({ status: 200, body: { events: 0 } });
    expect(await rowCounts(service)).toEqual(before);
  });

  it('says what it counts, by connection and topic', async () => {
    const { body } = await service.call('GET', '/metrics');
    expect(body).toMatch(
      /journeys_webhooks_total\{connection="main-shop",topic="orders\/create",outcome="accepted"\} \d+/,
    );
    expect(body).toMatch(
      /journeys_webhooks_total\{connection="main-shop",topic="themes\/publish",outcome="empty"\} \d+/,
    );
    expect(body).not.toContain('example.com');
  });

  it('a bad call in a batch of a tracker does not cost the others', async () => {
    const basic = { authorization: `Basic ${Buffer.from(`${SECRET}:`).toString('base64')}` };
    const call = (messageId: string, properties: object) => ({
      ...{ type: 'track', event: 'Product Added', messageId, userId: 'batch-1', properties },
    });
    const good = call('b-1', { product_id: 'p' });
    const batch = [good, call('b-2', {}), { type: 'track', userId: 'batch-1' }];
    const send = (calls: object[]) => deliver(service, '/in/segment/tracker', JSON.stringify({ batch: calls }), basic);
    expect(await send(batch)).toMatchObject({
      status: 200,
      body: { events: 1, rejected: [{ path: '/batch/2/event' }, { path: '/events/1/properties/items' }] },
    });
    expect((await send(batch.slice(1))).status).toBe(400);
    expect(await send([good])).toMatchObject({ status: 200, body: { events: 1, duplicates: 1 } });
  });
});
