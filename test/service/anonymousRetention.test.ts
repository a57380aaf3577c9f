/** Visitors who have never said who they are go some time after their last event; nobody else does, and no figure changes. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startPrivacyWork } from '../../temporal/privacyWork.ts';
import { applyRetention } from '../../temporal/retention.ts';
import { CUSTOMER_TABLES, rowsOwnedBy } from '../../temporal/store/customerTables.ts';
import { event, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

const DAY = 86_400_000;
const TIMES = { eventRetentionMs: null, anonymousRetentionMs: 90 * DAY };
const daysAgo = (days: number) => new Date(NOW - days * DAY).toISOString();

describe.each(DIALECTS)('retention of anonymous profiles on %s', (dialect) => {
  let service: TestService;
  beforeEach(async () => {
    service = await TestService.create(dialect);
    await service.publish({ key: 'cart' });
  });
  afterEach(() => service.close());

  let devices = 0;
  const newDevice = () => ({ deviceId: `device-${++devices}` });
  /** Received on that day. @param days before the present */
  const sendThen = async (days: number, ...events: object[]) => {
    service.now = NOW - days * DAY;
    const id = await service.send(...events);
    service.now = NOW;
    return id;
  };
  const visit = (days: number, identity: object = newDevice(), type = 'viewed_page', more = {}) =>
    sendThen(days, event(type, identity, daysAgo(days), more));
  const exists = async (id: string) => (await service.call('GET', `/v1/customers/${id}`)).status === 200;
  const count = async (table: string) =>
    Number(
      (await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(service.store.db)).rows[0]?.n,
    );
  const keepCart = (customer_id: string, token: string, days: number) =>
    service.store.db
      .insertInto('cart_states')
      .values({
        ...{ source: 'shop', token, customer_id, currency: 'EUR', changed_at: NOW - days * DAY },
        ...{ lines_json: '[]', told_json: '[]' },
      })
      .execute();

  it('forgets visitors with all their rows, without hash or audit, and knows them as new when they come back', async () => {
    const identity = { ...newDevice(), gclid: 'click-1' };
    const id = await visit(100, identity, 'viewed_product');
    await visit(95, identity, 'removed_from_cart', { properties: { cartId: 'c-gone' } });
    await keepCart(id, 'c-gone', 95);
    const [hashes, notes] = [await count('erased_events'), await count('audit')];
    expect(await applyRetention(service.store, TIMES, NOW)).toEqual({ events: 0, customers: 1, carts: 0 });
    expect(await exists(id)).toBe(false);
    for (const table of CUSTOMER_TABLES) {
      const { rows } = await sql`select 1 from ${sql.table(table.name)} where ${rowsOwnedBy(table, id)}`.execute(
        service.store.db,
      );
      expect(rows, table.name).toEqual([]);
    }
    expect([await count('erased_events'), await count('audit')]).toEqual([hashes, notes]);
    const again = await visit(0, identity);
    expect(again).not.toBe(id);
    expect(await exists(again)).toBe(true);
  });

  it('keeps who has a name, an order, a journey under way, a word about messages, or was told of since', async () => {
    const device = newDevice();
    const stay = {
      email: await visit(100, { email: 'stays@example.com' }),
      phone: await visit(100, { phone: '+4915112345678' }),
      number: await visit(100, { externalId: '4711' }),
      identified: await visit(100, device),
      order: await visit(100, newDevice(), 'completed_purchase', { properties: { orderId: 'guest' } }),
      refund: await visit(100, newDevice(), 'refunded', { properties: { orderId: 'elsewhere' } }),
      run: await visit(100, newDevice(), 'added_to_cart'),
      subscribed: await visit(100, newDevice(), 'subscribed'),
      unsubscribed: await visit(100, newDevice(), 'unsubscribed'),
      lately: await visit(89),
      // It happened long ago, but was told of lately.
      late: await sendThen(10, event('viewed_page', newDevice(), daysAgo(200))),
      described: await visit(100),
      survivor: await visit(100),
      choosy: await visit(100),
      asked: await visit(100),
      bounced: await visit(100),
      sent: await visit(100),
      cart: await visit(100),
      requested: await visit(100),
    };
    await visit(100, { ...device, email: 'identified@example.com' });
    await service.call('PUT', '/v1/customers', {
      identity: { customerId: stay.described },
      properties: { size: 'M' },
    });
    const merged = await visit(100);
    const merge = await service.call('POST', `/v1/customers/${stay.survivor}/merge`, { mergedId: merged });
    expect(merge.status).toBe(200);
    const { db } = service.store;
    await sql`update customers set updated_at = ${NOW - 100 * DAY} where id in (${stay.survivor}, ${merged})`.execute(
      db,
    );
    await sql`update customers set tracks_json = '["product_news"]' where id = ${stay.choosy}`.execute(db);
    const optIn = { id: 'opt_a', request_key: null, channel: 'email', source: 'form', properties_json: '{}' } as const;
    await db
      .insertInto('opt_in_requests')
      .values({
        ...{ ...optIn, customer_id: stay.asked, state: 'pending' },
        ...{ created_at: NOW - 100 * DAY, expires_at: NOW + DAY, decided_at: null },
      })
      .execute();
    const bounce = { channel: 'email', address: 'bounced@example.com', reason: 'bounced', source: 'smtp' } as const;
    await db
      .insertInto('suppressions')
      .values({ ...bounce, customer_id: stay.bounced, at: NOW - 100 * DAY })
      .execute();
    const item = { ref: 1, customerId: stay.sent, channel: 'email', category: 'marketing', node: 'n', key: 'k-sent' };
    expect((await service.call('POST', '/v1/sends/authorize', { items: [item] })).status).toBe(200);
    await keepCart(stay.cart, 'c-lately', 5);
    await db
      .insertInto('privacy_requests')
      .values({
        ...{ id: 'prv_a', source: 'shop', kind: 'customers/data_request', request_key: 'k', reached: '', erased: 0 },
        ...{ customer_id: stay.requested, state: 'open', received_at: NOW - 100 * DAY, done_at: null },
      })
      .execute();

    const silent = await visit(91);
    await db
      .insertInto('consents')
      .values({ customer_id: silent, channel: 'email', state: 'never', source: 'shop', at: NOW - 91 * DAY })
      .execute();
    // The order belongs to a test, and so is none.
    const tested = await visit(91, newDevice(), 'completed_purchase', { test: true });
    expect((await applyRetention(service.store, TIMES, NOW)).customers).toBe(2);
    expect([await exists(silent), await exists(tested)]).toEqual([false, false]);
    for (const [why, id] of Object.entries(stay)) expect(await exists(id), why).toBe(true);
    // What kept them is over: nothing but names, money and words keeps anybody for ever.
    await sql`delete from privacy_requests`.execute(db);
    expect((await applyRetention(service.store, TIMES, NOW + 400 * DAY)).customers).toBe(7);
    const gone = ['lately', 'late', 'described', 'asked', 'sent', 'cart', 'requested'];
    for (const [why, id] of Object.entries(stay)) expect(await exists(id), why).toBe(!gone.includes(why));
  });

  it('forgets those whose run has ended long ago', async () => {
    const id = await visit(100, newDevice(), 'added_to_cart');
    const [run] = await service.runs(id);
    const end = (days: number) =>
      service.store.db
        .updateTable('runs')
        .set({ status: 'completed', ended_at: NOW - days * DAY })
        .where('id', '=', String(run?.id))
        .execute();
    await end(89);
    await applyRetention(service.store, TIMES, NOW);
    expect(await exists(id)).toBe(true);
    await end(91);
    await applyRetention(service.store, TIMES, NOW);
    expect(await exists(id)).toBe(false);
  });

  it('goes on in another process where one has stopped, chunk by chunk', async () => {
    for (let visitor = 0; visitor < 10; visitor++) await visit(100);
    const kept = await visit(10);
    let looks = 0;
    const first = await applyRetention(service.store, TIMES, NOW, { chunk: 3, isStopping: () => ++looks > 2 });
    expect(first.customers).toBeGreaterThan(0);
    expect(first.customers).toBeLessThan(10);
    const next = await applyRetention(service.openAgain(), TIMES, NOW, { chunk: 3 });
    expect(first.customers + next.customers).toBe(10);
    expect(await exists(kept)).toBe(true);
  });

  it('is done by several processes at a time, while visitors come back', async () => {
    const identities = Array.from({ length: 40 }, newDevice);
    for (const identity of identities) await visit(100, identity);
    const back = identities.slice(0, 20);
    // SQLite waits for other processes without giving up the thread, on which they would all be here.
    const other = dialect === 'postgres' ? service.openAgain() : service.store;
    const [a, b, ...ids] = await Promise.all([
      applyRetention(service.store, TIMES, NOW, { chunk: 4 }),
      applyRetention(other, TIMES, NOW, { chunk: 4 }),
      ...back.map((identity) => service.send(event('viewed_page', identity))),
    ]);
    const rest = await applyRetention(service.store, TIMES, NOW);
    // Of those who came back some were forgotten before, and are new.
    expect(a.customers + b.customers + rest.customers).toBeGreaterThanOrEqual(20);
    for (const id of ids) {
      expect(await exists(id)).toBe(true);
      expect((await service.call('GET', `/v1/customers/${id}/events`)).body.items.length).toBeGreaterThan(0);
    }
    expect(await count('customers')).toBe(20);
    expect(await count('identifiers')).toBe(20);
  });

  it('leaves others their turn between two chunks', async () => {
    for (let visitor = 0; visitor < 4; visitor++) await visit(100);
    const turns: string[] = [];
    setImmediate(() => turns.push('another'));
    await applyRetention(service.store, { eventRetentionMs: 730 * DAY, anonymousRetentionMs: null }, NOW, { chunk: 2 });
    setImmediate(() => turns.push('another'));
    await applyRetention(service.store, TIMES, NOW, { chunk: 2 });
    turns.push('done');
    expect(turns).toEqual(['another', 'another', 'done']);
  });

  it('counts from the last event also where raw events are kept for less long', async () => {
    const id = await visit(100);
    const times = { eventRetentionMs: 30 * DAY, anonymousRetentionMs: 90 * DAY };
    const shopper = await sendThen(100, event('viewed_page', { email: 'raw@example.com' }, daysAgo(100)));
    expect(await applyRetention(service.store, times, NOW - 60 * DAY)).toEqual({ events: 2, customers: 0, carts: 0 });
    expect(await applyRetention(service.store, times, NOW - 11 * DAY)).toEqual({ events: 0, customers: 0, carts: 0 });
    expect(await applyRetention(service.store, times, NOW - 9 * DAY)).toEqual({ events: 0, customers: 1, carts: 0 });
    expect([await exists(id), await exists(shopper)]).toEqual([false, true]);
  });

  it('deletes what shops told of carts that have not changed since, of known customers too', async () => {
    const id = await visit(200, { email: 'carts@example.com' });
    for (const [token, days] of [
      ['old', 91],
      ['older', 300],
      ['month', 40],
      ['new', 20],
    ] as const) {
      await keepCart(id, token, days);
    }
    const left = async () =>
      (await service.store.db.selectFrom('cart_states').select('token').orderBy('token').execute()).map(
        ({ token }) => token,
      );
    expect((await applyRetention(service.store, TIMES, NOW, { chunk: 1 })).carts).toBe(2);
    expect(await left()).toEqual(['month', 'new']);
    // What shops repeat is still compared with what they told.
    await applyRetention(service.store, { ...TIMES, anonymousRetentionMs: DAY }, NOW);
    expect(await left()).toEqual(['new']);
    expect(await exists(id)).toBe(true);
  });

  it('does nothing for ever, and else by itself, and counts it', async () => {
    const id = await visit(100);
    const never = { eventRetentionMs: null, anonymousRetentionMs: null };
    expect(await applyRetention(service.store, never, NOW)).toEqual({ events: 0, customers: 0, carts: 0 });
    const logged: object[] = [];
    const work = startPrivacyWork({
      ...{ store: service.store, ...TIMES, outboxWritten: () => {}, now: () => NOW, pollMs: 20 },
      log: { info: (facts) => logged.push(facts), warn: () => {} },
    });
    const deadline = Date.now() + 20_000;
    while (work.deleted().customers < 1) {
      if (Date.now() > deadline) throw new Error('not forgotten');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await work.stop();
    expect(await exists(id)).toBe(false);
    expect(work.deleted()).toEqual({ events: 0, customers: 1, carts: 0 });
    expect(logged).toEqual([work.deleted()]);
    const { body } = await service.call('GET', '/metrics');
    expect(body).toContain('journeys_retention_deleted_total{kind="customers"} 0');
  });

  it('never touches an order, a total, a consent or a known customer, whoever there is', async () => {
    const visitor = fc.record({
      name: fc.constantFrom('device', 'device', 'device', 'email', 'phone', 'externalId'),
      did: fc.subarray(['completed_purchase', 'refunded', 'subscribed', 'unsubscribed', 'added_to_cart', 'searched']),
      days: fc.integer({ min: 0, max: 180 }).filter((days) => days !== 90),
    });
    let people = 0;
    const identityOf = (name: string): object => {
      const n = ++people;
      if (name === 'device') return newDevice();
      if (name === 'email') return { email: `somebody-${n}@example.com` };
      return name === 'phone' ? { phone: `+49151${String(n).padStart(8, '0')}` } : { externalId: `n-${n}` };
    };
    const dump = async (table: string) =>
      JSON.stringify((await sql`select * from ${sql.table(table)} order by 1, 2`.execute(service.store.db)).rows);
    const figures = async () =>
      await Promise.all(
        ['orders', 'order_lines', 'refunds', 'totals', 'consents', 'consent_history', 'suppressions'].map(dump),
      );
    await fc.assert(
      fc.asyncProperty(
        fc.array(visitor, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 5 }),
        async (all, chunk) => {
          const stays = new Map<string, boolean>();
          for (const { name, did, days } of all) {
            const identity = identityOf(name);
            const id = await visit(days, identity);
            for (const type of did) {
              await visit(days, identity, type, { properties: { orderId: `o-${people}-${type}` } });
            }
            const matters = did.some((type) => type !== 'searched');
            stays.set(id, name !== 'device' || days < 90 || matters);
          }
          const before = await figures();
          const gone = [...stays.values()].filter((one) => !one).length;
          // What an earlier example left behind only gets older.
          expect((await applyRetention(service.store, TIMES, NOW, { chunk })).customers).toBe(gone);
          for (const [id, does] of stays) expect(await exists(id)).toBe(does);
          expect(await figures()).toEqual(before);
        },
      ),
      { numRuns: 15 },
    );
  });
});
