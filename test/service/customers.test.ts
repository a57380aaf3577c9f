/** `/v1/customers` on both stores: upsert, lookup, consent, lists, erasure. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, minutes, TestService } from './service.ts';

describe.each(DIALECTS)('customers on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  it('makes and changes a customer', async () => {
    const made = await service.call('PUT', '/v1/customers', {
      identity: { email: 'ann@example.com' },
      properties: { firstName: 'Ann', size: 42 },
      consent: { email: { state: 'subscribed', source: 'form', at: minutes(-5) } },
    });
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({
      identifiers: [{ kind: 'email', value: 'ann@example.com' }],
      properties: { firstName: 'Ann', size: 42 },
      consent: { email: { state: 'subscribed', source: 'form', at: minutes(-5) }, sms: { state: 'never' } },
      suppression: [],
      totals: { orders: 0, refunds: 0, revenueMinor: 0, currency: null, averageOrderMinor: null },
      scores: {},
      mergedFrom: [],
    });
    const changed = await service.call('PUT', '/v1/customers', {
      identity: { email: 'ann@example.com', externalId: '7' },
      properties: { size: null, city: 'Linz' },
    });
    expect(changed.body).toMatchObject({ id: made.body.id, properties: { firstName: 'Ann', city: 'Linz' } });
    expect(changed.body.properties).not.toHaveProperty('size');
    expect((await service.call('GET', '/v1/customers?externalId=7')).body.id).toBe(made.body.id);
  });

  it.each([
    [{ identity: {} }, '/identity'],
    [{ identity: { email: 'no address' } }, '/identity/email'],
    [{ identity: { phone: '0660 1234567' } }, '/identity/phone'],
    [{ identity: { email: 'a@example.com' }, consent: { fax: { state: 'subscribed' } } }, '/consent/fax'],
  ])('refuses %j', async (body, path) => {
    expect(await service.call('PUT', '/v1/customers', body)).toMatchObject({
      status: 400,
      body: { errors: [{ path }] },
    });
  });

  it('is asked for by exactly one identifier', async () => {
    expect((await service.call('GET', '/v1/customers')).status).toBe(400);
    expect((await service.call('GET', '/v1/customers?email=a@example.com&deviceId=d')).status).toBe(400);
    expect((await service.call('GET', '/v1/customers?email=nobody@example.com')).status).toBe(404);
    expect((await service.call('GET', '/v1/customers/cus_nobody')).status).toBe(404);
  });

  it('sets consent; an older statement changes nothing', async () => {
    const id = await service.send(event('viewed_page', 'bea'));
    const set = (state: string, at: string) =>
      service.call('PUT', `/v1/customers/${id}/consent`, { channel: 'sms', state, source: 'call', at });
    expect((await set('subscribed', minutes(-5))).body.consent.sms.state).toBe('subscribed');
    expect((await set('unsubscribed', minutes(-9))).body.consent.sms.state).toBe('subscribed');
    expect((await set('unsubscribed', minutes(-5))).body.consent.sms.state).toBe('unsubscribed');
    expect(
      (await service.call('PUT', `/v1/customers/${id}/consent`, { channel: 'fax', state: 'subscribed', source: 'x' }))
        .status,
    ).toBe(400);
    expect((await set('subscribed', 'tomorrow')).body.errors).toMatchObject([{ path: '/at' }]);
  });

  it('serves whole batches of the nodes, each item for itself', async () => {
    const upserted = await service.call('POST', '/v1/customers/upsert', {
      items: [
        { ref: 'a', identity: { email: 'cy@example.com' }, properties: { firstName: 'Cy' } },
        { ref: 'b', identity: { email: 'broken' } },
        { ref: 2, identity: { customerId: 'cus_nobody' } },
      ],
    });
    expect(upserted.body.items).toMatchObject([
      { ref: 'a', customer: { properties: { firstName: 'Cy' } } },
      { ref: 'b', customer: null, error: { path: '/items/1/identity/email' } },
      { ref: 2, customer: null, error: { path: '/items/2/identity/customerId' } },
    ]);
    const { id } = upserted.body.items[0].customer;
    const found = await service.call('POST', '/v1/customers/lookup', {
      items: [
        { ref: 1, email: 'CY@example.com' },
        { ref: 2, customerId: id },
        { ref: 3, phone: '+436641111111' },
        { ref: 4 },
      ],
    });
    expect(found.body.items).toMatchObject([
      { ref: 1, customer: { id } },
      { ref: 2, customer: { id } },
      { ref: 3, customer: null },
      { ref: 4, customer: null, error: { message: expect.stringContaining('externalId') } },
    ]);
    const consent = await service.call('POST', '/v1/customers/consent', {
      items: [
        { ref: 1, customerId: id, channel: 'email', state: 'subscribed', source: 'flow' },
        { ref: 2, customerId: 'cus_nobody', channel: 'email', state: 'subscribed', source: 'flow' },
      ],
    });
    expect(consent.body.items).toMatchObject([
      { ref: 1, customer: { id, consent: { email: { state: 'subscribed' } } } },
      { ref: 2, customer: null, error: { path: '/items/1/customerId' } },
    ]);
    expect((await service.call('POST', '/v1/customers/lookup', { items: 3 })).status).toBe(400);
    for (const ref of [undefined, 0.5, true, {}]) {
      const refused = await service.call('POST', '/v1/customers/lookup', { items: [{ ref, email: 'cy@example.com' }] });
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: '/items/0/ref' }] } });
    }
  });

  it('gives lists page by page, newest first', async () => {
    const id = await service.send(
      ...Array.from({ length: 7 }, (_, index) => event('viewed_page', 'dan', minutes(-index % 3))),
    );
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await service.call('GET', `/v1/customers/${id}/events?limit=3${query}`);
      seen.push(...body.items.map((item: { id: string }) => item.id));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(7);
    expect(seen).toHaveLength(7);
    expect((await service.call('GET', `/v1/customers/${id}/events?limit=0`)).status).toBe(400);
    expect((await service.call('GET', `/v1/customers/${id}/events?cursor=x`)).body.errors).toMatchObject([
      { path: '/cursor' },
    ]);
    expect((await service.call('GET', `/v1/customers/${id}/sends`)).body).toEqual({ items: [], nextCursor: null });
  });

  it('erases a customer everywhere and ends the runs', async () => {
    await service.publish({ key: 'cart' });
    const id = await service.send(
      event('added_to_cart', { email: 'erase-me@example.com', deviceId: 'gone' }),
      event('completed_purchase', { email: 'erase-me@example.com' }, minutes(-30)),
      event('subscribed', { email: 'erase-me@example.com' }),
    );
    expect((await service.call('DELETE', `/v1/customers/${id}`)).status).toBe(204);
    expect((await service.call('DELETE', `/v1/customers/${id}`)).status).toBe(404);
    expect((await service.call('GET', `/v1/customers/${id}`)).status).toBe(404);
    expect((await service.call('GET', '/v1/customers?email=erase-me@example.com')).status).toBe(404);
    expect((await service.call('GET', `/v1/runs?customerId=${id}`)).body.items).toEqual([]);
    expect((await service.outbox()).map(({ kind }) => kind)).toEqual(['start', 'cancel']);
    const tables = [
      'events',
      'orders',
      'totals',
      'consents',
      'consent_history',
      'identifiers',
      'runs',
      'carts',
    ] as const;
    for (const table of tables) {
      const rows = await service.store.db.selectFrom(table).selectAll().where('customer_id', '=', id).execute();
      expect(rows, table).toEqual([]);
    }
    if (dialect === 'sqlite') {
      const { rows } = await service.store.db.executeQuery<{ file: string }>({
        ...service.store.db.selectNoFrom([]).compile(),
        sql: 'select file from pragma_database_list',
        parameters: [],
      });
      const file = rows[0]?.file ?? '';
      expect(readFileSync(file).includes('erase-me')).toBe(false);
      expect(readFileSync(`${file}-wal`).includes('erase-me')).toBe(false);
    }
  });
});
