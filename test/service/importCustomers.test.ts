/** Customers, events and products out of files: consent that wakes nobody, events that start nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileOf, run } from './importing.ts';
import { event, minutes, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

describe.each(DIALECTS)('importing customers and events on %s', (dialect) => {
  let service: TestService;
  beforeEach(async () => {
    service = await TestService.create(dialect);
  });
  afterEach(() => service.close());

  const customer = async (email: string) => (await service.call('GET', `/v1/customers?email=${email}`)).body;

  it('takes profiles, consent and tracks, and wakes nobody who has opted out', async () => {
    await service.send(event('unsubscribed', 'gone', minutes(-60)), event('subscribed', 'in', minutes(-60)));
    const file = fileOf(
      'customer_id;email;First Name;email_consent;consent_at;tracks\n' +
        '1;gone@example.com;Ada;subscribed;;\n2;new@example.com;Bob;yes;;product_news\n3;in@example.com;Cy;unsubscribed;;\n' +
        '4;late@example.com;;subscribed;2020-01-01;\n5;late@example.com;;unsubscribed;2021-01-01;\n;;x;yes;;\n',
    );
    const summary = await run(service.store, 'customers', file);
    expect(summary).toMatchObject({ rows: 6, imported: 5, rejected: 1 });
    expect((await customer('gone@example.com')).consent.email.state).toBe('unsubscribed');
    expect(await customer('new@example.com')).toMatchObject({
      consent: { email: { state: 'subscribed', source: 'import' } },
      properties: { firstName: 'Bob' },
    });
    expect((await customer('in@example.com')).consent.email.state).toBe('unsubscribed');
    const before = await sql`select * from consents order by customer_id, channel`.execute(service.store.db);
    const history = await sql`select * from consent_history order by id`.execute(service.store.db);
    service.now += 60_000;
    await run(service.store, 'customers', file, { now: () => service.now });
    expect((await sql`select * from consents order by customer_id, channel`.execute(service.store.db)).rows).toEqual(
      before.rows,
    );
    expect((await sql`select * from consent_history order by id`.execute(service.store.db)).rows).toEqual(history.rows);
    const { rows } = await sql<{
      tracks_json: string;
    }>`select tracks_json from customers where tracks_json <> '[]'`.execute(service.store.db);
    expect(rows).toEqual([{ tracks_json: '["product_news"]' }]);
  });

  it('can make nobody be mailed who had opted out before being erased', async () => {
    const gone = await service.send(event('unsubscribed', 'gone', minutes(-60)));
    await service.call('DELETE', `/v1/customers/${gone}`);
    await run(
      service.store,
      'customers',
      fileOf('email,email_consent,consent_at\ngone@example.com,subscribed,2026-11-22T11:59:00Z\n'),
    );
    const back = await customer('gone@example.com');
    const item = { ref: 0, customerId: back.id, channel: 'email', category: 'marketing', node: 'n', key: 'k' };
    const { body } = await service.call('POST', '/v1/sends/authorize', { items: [item] });
    expect(body.items).toMatchObject([
      { decision: 'suppress', reasons: expect.arrayContaining(['erased']) as string[] },
    ]);
  });

  it('takes events as the API does, once, and starts nothing', async () => {
    await service.publish({ key: 'cart' });
    await service.send(event('viewed_product', 'a'));
    const lines = [
      event('added_to_cart', 'a', minutes(-5), { id: 'file-1' }),
      event('completed_purchase', 'a', minutes(-4), { id: 'file-2', properties: { orderId: 'o1' } }),
      { id: 'file-3', type: 'no_such_type' },
      event('completed_purchase', 'a', minutes(-3), { id: 'file-4', properties: { orderId: 'o1' } }),
    ].map((one) => JSON.stringify(one));
    const file = fileOf(gzipSync([...lines, '{broken', '[]'].join('\r\n')), 'ndjson.gz');
    expect(await run(service.store, 'events', file)).toMatchObject({
      rows: 6,
      imported: 3,
      rejected: 3,
      counts: { eventsKnownBefore: 0 },
    });
    expect(await run(service.store, 'events', file)).toMatchObject({
      rows: 6,
      imported: 3,
      counts: { eventsKnownBefore: 3 },
    });
    const { id, totals } = await customer('a@example.com');
    expect(totals).toMatchObject({ orders: 1, revenueMinor: 8400 });
    expect(await service.runs(id)).toEqual([]);
    const rejected = readFileSync(`${file}.rejected`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rejected.map((row) => row['rejected_line'])).toEqual([3, 5, 6]);
    expect(rejected[1]).toMatchObject({
      rejected_reason: 'is no JSON: one object a line is needed',
      rejected_text: '{broken',
    });
  });

  it('keeps the customer numbers of a connection apart by its prefix, as its webhooks do', async () => {
    const of = { source: 'de', externalIdPrefix: 'de:' };
    const order = 'customer_id,order_id,ordered_at,revenue\n25,o1,2026-01-02,5\n';
    await run(service.store, 'orders', fileOf(order), of);
    await run(service.store, 'customers', fileOf('customer_id,city\n25,Berlin\n'), of);
    const events = ['de', 'at'].map((source, index) =>
      JSON.stringify(event('searched', { externalId: '25' }, minutes(-1), { id: `prefix-${index}`, source })),
    );
    await run(service.store, 'events', fileOf(events.join('\n'), 'ndjson'), of);
    const { status, body } = await service.call('GET', '/v1/customers?externalId=de:25');
    expect([status, body.totals.orders, body.properties.city]).toEqual([200, 1, 'Berlin']);
    expect((await service.call('GET', `/v1/customers/${body.id}/events`)).body.items).toHaveLength(2);
    const other = await service.call('GET', '/v1/customers?externalId=25');
    expect(other.body.totals.orders).toBe(0);
  });

  it('takes products into the catalogue', async () => {
    const file = fileOf(
      'product_id,variant_id,title,category,price,stock\np1,,Shoe,shoes,42.00,\np1,m,,,42.00,3\n,,x,,1,\n',
    );
    for (const chunkRows of [1, 10]) {
      expect(await run(service.store, 'products', file, { chunkRows })).toMatchObject({ imported: 2, rejected: 1 });
    }
    const { body } = await service.call('GET', '/v1/products/p1');
    expect(body).toMatchObject({ title: 'Shoe', category: 'shoes', priceMinor: 4200, currency: 'EUR', stock: 3 });
  });

  it('only looks when it is asked to', async () => {
    const file = fileOf('type,date,email,query\nsearched,2026-01-02,a@example.com,shoes\nsearched,,a@example.com,x\n');
    expect(await run(null, 'events', file)).toMatchObject({ rows: 2, imported: 1, rejected: 1 });
    expect(existsSync(`${file}.rejected`)).toBe(true);
    expect((await customer('a@example.com')).status).toBe(404);
  });
});
