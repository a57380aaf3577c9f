/** `POST /v1/events` on both stores: acceptance, repetition, customers, totals, consent, bad input. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, minutes, TestService } from './service.ts';

describe.each(DIALECTS)('events on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  const customer = async (id: string) => (await service.call('GET', `/v1/customers/${id}`)).body;

  it('accepts one event and says whose it is', async () => {
    const sent = event('viewed_product', 'ann');
    const { status, body } = await service.post(sent);
    expect(status).toBe(202);
    expect(body).toEqual({
      accepted: [
        { index: 0, id: sent['id'], customerId: expect.stringMatching(/^cus_[A-Za-z0-9]{20}$/), duplicate: false },
      ],
      rejected: [],
    });
  });

  it('accepts the good events of a batch and rejects the others with index and path', async () => {
    const { status, body } = await service.post(
      event('viewed_product', 'ann'),
      event('completed_purchase', 'ann', minutes(-1), { properties: { orderId: undefined } }),
      event('bought', 'ann'),
    );
    expect(status).toBe(202);
    expect(body.accepted.map((item: { index: number }) => item.index)).toEqual([0]);
    expect(body.rejected).toEqual([
      { index: 1, path: '/properties/orderId', message: 'is missing' },
      { index: 2, path: '/type', message: expect.stringContaining('custom:bought') },
    ]);
  });

  it('answers 400 with a problem when nothing is acceptable', async () => {
    const { status, body, headers } = await service.post(event('viewed_product', {}));
    expect(status).toBe(400);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({ status: 400, title: 'Bad Request', errors: [{ path: '/identity' }] });
    const batch = await service.post(event('nothing', 'ann'), event('viewed_product', 'ann', 'yesterday'));
    expect(batch.body.errors.map((error: { path: string }) => error.path)).toEqual([
      '/events/0/type',
      '/events/1/occurredAt',
    ]);
  });

  it.each([
    ['no JSON', '{"id":', 400],
    ['a list', '[]', 400],
    ['no events', '{"events":[]}', 400],
    ['a text', '"event"', 400],
    ['nothing', '', 400],
  ])('refuses %s', async (_name, payload, status) => {
    const answer = await service.call('POST', '/v1/events', payload, { 'content-type': 'application/json' });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, detail: expect.any(String) });
  });

  it('refuses more than 1,000 events, and a body that is too large, with 413', async () => {
    const many = Array.from({ length: 1001 }, () => event('viewed_page', 'ann'));
    expect(await service.post(...many)).toMatchObject({
      status: 413,
      body: { detail: expect.stringContaining('1001') },
    });
    const large = event('viewed_page', 'ann', minutes(-1), { properties: { note: 'x'.repeat(9 * 1024 * 1024) } });
    expect((await service.post(large)).status).toBe(413);
  });

  it('refuses a missing and a wrong key', async () => {
    expect((await service.call('POST', '/v1/events', event('viewed_page', 'ann'), { authorization: '' })).status).toBe(
      401,
    );
    const wrong = await service.call('POST', '/v1/events', event('viewed_page', 'ann'), {
      authorization: 'Bearer nope',
    });
    expect(wrong).toMatchObject({ status: 401, body: { detail: expect.stringContaining('JOURNEYS_API_KEY') } });
  });

  it('takes 1,000 events in one request', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => event('added_to_cart', `many${index % 300}`));
    const { status, body } = await service.post(...many);
    expect(status).toBe(202);
    expect(body.accepted).toHaveLength(1000);
    expect(new Set(body.accepted.map((item: { customerId: string }) => item.customerId)).size).toBe(300);
  });

  it('stores a repeated delivery once, in the same request and later', async () => {
    const sent = event('completed_purchase', 'bob', minutes(-5), { properties: { orderId: 'bob-1' } });
    const first = await service.post(sent, sent);
    expect(first.body.accepted.map((item: { duplicate: boolean }) => item.duplicate)).toEqual([false, true]);
    const again = await service.post({ ...sent, identity: { email: 'somebody-else@example.com' } });
    expect(again.body.accepted[0]).toMatchObject({ duplicate: true, customerId: first.body.accepted[0].customerId });
    const { totals } = await customer(first.body.accepted[0].customerId);
    expect(totals).toMatchObject({ orders: 1, revenueMinor: 8400 });
    const stranger = await service.call('GET', '/v1/customers?email=somebody-else@example.com');
    expect(stranger.status).toBe(404);
  });

  it('counts an order once, whatever event it comes by, and refunds against it', async () => {
    const order = (at: string) =>
      event('completed_purchase', 'cora', at, { properties: { orderId: 'cora-1', value: '100.00' } });
    const id = await service.send(order(minutes(-10)));
    await service.send(order(minutes(-9)), order(minutes(-12)));
    await service.send(
      event('refunded', 'cora', minutes(-3), { properties: { orderId: 'cora-1', value: '15.50' } }),
      event('completed_purchase', 'cora', minutes(-2), { properties: { orderId: 'cora-2', value: '20' } }),
      event('completed_purchase', 'cora', minutes(-2), { test: true, properties: { orderId: 'cora-3', value: '999' } }),
      event('completed_purchase', 'cora', minutes(-1), {
        properties: { orderId: 'cora-4', currency: 'USD', value: '7' },
      }),
    );
    expect((await customer(id)).totals).toEqual({
      orders: 3,
      refunds: 1,
      revenueMinor: 10450,
      currency: 'EUR',
      firstOrderAt: minutes(-12),
      lastOrderAt: minutes(-1),
      averageOrderMinor: 3483,
      offlineOrders: 0,
      lastOfflineOrderAt: null,
    });
  });

  it('keeps one profile for one person by strong identifiers', async () => {
    const id = await service.send(event('viewed_product', { email: ' Dora@Example.com ', externalId: 42 }));
    expect(await service.send(event('viewed_product', { externalId: '42', phone: '+43 660 1234567' }))).toBe(id);
    expect(await service.send(event('viewed_product', { phone: '+436601234567' }))).toBe(id);
    expect((await service.call('GET', '/v1/customers?phone=%2B43%20660%201234567')).body.id).toBe(id);
    expect((await customer(id)).identifiers).toEqual(
      expect.arrayContaining([
        { kind: 'email', value: 'dora@example.com' },
        { kind: 'externalId', value: '42' },
        { kind: 'phone', value: '+436601234567' },
      ]),
    );
  });

  it('attaches an anonymous device to who identifies on it, and never joins two people', async () => {
    const id = await service.send(event('viewed_product', { deviceId: 'tablet' }));
    expect(await service.send(event('subscribed', { deviceId: 'tablet', email: 'eve@example.com' }))).toBe(id);
    const other = await service.send(event('viewed_product', { deviceId: 'tablet', email: 'frank@example.com' }));
    expect(other).not.toBe(id);
    expect(await service.send(event('viewed_product', { deviceId: 'tablet' }))).toBe(other);
  });

  it('merges two customers when an event names both', async () => {
    const byNumber = await service.send(event('viewed_product', { externalId: 'n-1' }));
    await service.send(event('viewed_product', { email: 'gina@example.com' }));
    expect(await service.send(event('viewed_product', { email: 'gina@example.com', externalId: 'n-1' }))).toBe(
      byNumber,
    );
    expect(await service.send(event('viewed_product', { email: 'gina@example.com' }))).toBe(byNumber);
  });

  it('keeps click ids with the event only', async () => {
    const one = await service.send(event('viewed_product', { email: 'hal@example.com', gclid: 'shared' }));
    const two = await service.send(event('viewed_product', { deviceId: 'd-9', gclid: 'shared' }));
    expect(two).not.toBe(one);
    const alone = await service.send(event('viewed_product', { fbclid: 'only' }));
    expect(await service.send(event('viewed_product', { fbclid: 'only' }))).toBe(alone);
    const { items } = (await service.call('GET', `/v1/customers/${one}/events`)).body;
    expect(items[0].identity).toEqual({ email: 'hal@example.com', gclid: 'shared' });
  });

  it('follows our own customer id, and rejects one that does not exist', async () => {
    const id = await service.send(event('viewed_product', 'ivy'));
    expect(await service.send(event('viewed_product', { customerId: id }))).toBe(id);
    const unknown = await service.post(event('viewed_product', { customerId: 'cus_nobody' }));
    expect(unknown).toMatchObject({ status: 400, body: { errors: [{ path: '/identity/customerId' }] } });
  });

  it('lets the later statement of consent hold, and the stricter of two at the same time', async () => {
    const id = await service.send(event('subscribed', 'jan', minutes(-10)), event('unsubscribed', 'jan', minutes(-20)));
    expect((await customer(id)).consent.email).toEqual({ state: 'subscribed', source: 'shop', at: minutes(-10) });
    await service.send(event('unsubscribed', 'jan', minutes(-10)));
    await service.send(
      event('viewed_page', 'jan', minutes(-5), {
        consent: { sms: { state: 'subscribed', source: 'checkout' }, push: null },
      }),
    );
    const { consent } = await customer(id);
    expect(consent.email.state).toBe('unsubscribed');
    expect(consent.sms).toEqual({ state: 'subscribed', source: 'checkout', at: minutes(-5) });
    expect(consent.push.state).toBe('never');
    const { items } = (await service.call('GET', `/v1/customers/${id}/audit`)).body;
    expect(items.filter((item: { kind: string }) => item.kind === 'consent')).toHaveLength(4);
  });

  it('suppresses an address that bounced for good', async () => {
    const bounce = (bounceType: string) =>
      event('message_bounced', 'kim', minutes(-1), {
        properties: { channel: 'email', address: 'Kim@example.com', bounceType },
      });
    const id = await service.send(bounce('soft'));
    expect((await customer(id)).suppression).toEqual([]);
    await service.send(bounce('hard'), bounce('hard'));
    expect((await customer(id)).suppression).toMatchObject([
      { reason: 'bounced', channel: 'email', address: 'kim@example.com' },
    ]);
  });

  it('notices an emptied cart', async () => {
    const cart = (type: string, quantity: number, at: number) =>
      event(type, 'lea', minutes(at), { properties: { cartId: 'lea-cart', items: [{ productId: 'p1', quantity }] } });
    const id = await service.send(cart('added_to_cart', 3, -9), cart('removed_from_cart', 1, -8));
    await service.send(cart('removed_from_cart', 2, -7));
    const { items } = (await service.call('GET', `/v1/customers/${id}/events`)).body;
    expect(items.map((item: { properties: object }) => item.properties)).toMatchObject([{ cartEmpty: true }, {}, {}]);
    expect(items[1].properties.cartEmpty).toBeUndefined();
  });

  it('gives one customer to many requests that meet', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        service.send(event('viewed_page', { email: 'max@example.com', deviceId: `m${index % 7}` })),
      ),
    );
    expect(new Set(answers).size).toBe(1);
  });

  it('counts what came in', async () => {
    await service.post(event('custom:quiz', 'nora'));
    const { body } = await service.call('GET', '/metrics');
    expect(body).toMatch(/journeys_events_total\{type="custom",outcome="accepted"\} 1/);
    expect(body).toMatch(/journeys_events_total\{type="any",outcome="rejected"\} \d+/);
    expect(body).toMatch(/journeys_events_under_tracked_total\{type="added_to_cart",missing="campaign"\} \d+/);
    expect(body).toMatch(/journeys_outbox_rows 0/);
    expect(body).not.toContain('example.com');
    expect((await service.call('GET', '/metrics', undefined, { authorization: '' })).status).toBe(401);
  });
});
