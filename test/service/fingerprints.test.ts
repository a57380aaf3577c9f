/** Fingerprints on both stores: off they leave no trace, on they only withhold what is for customers without an order. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyRetention } from '../../temporal/retention.ts';
import { forgetAllFingerprints } from '../../temporal/store/fingerprints.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';

const AGREED = { properties: { fingerprintConsent: true } };
const WITHDRAWN = { properties: { fingerprintConsent: false } };

const publishBoth = async (service: TestService): Promise<void> => {
  const entries = [{ type: 'subscribed' as const, filters: [] }];
  await service.publish({ key: 'first-order', entries, exits: [], customers: 'withoutOrder' });
  await service.publish({ key: 'regulars', entries, exits: [], customers: 'withOrder' });
};
const keptOf = async ({ store }: TestService, customerId: string): Promise<number> =>
  (await store.db.selectFrom('fingerprints').select('hash').where('customer_id', '=', customerId).execute()).length;
/** Every text of every table, as one. */
const everythingIn = async ({ store }: TestService): Promise<string> => {
  const tables = await store.db.introspection.getTables();
  const rows = await Promise.all(tables.map(({ name }) => sql`select * from ${sql.table(name)}`.execute(store.db)));
  return JSON.stringify(rows.map((result) => result.rows));
};

describe.each(DIALECTS)('fingerprints switched on, on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect, { fingerprints: true });
    await publishBoth(service);
  });
  afterAll(() => service.close());

  const entered = async (id: string) => (await service.runs(id)).map(({ journey }) => journey).sort();
  const skipped = async (id: string) => {
    const rows = await service.store.db
      .selectFrom('skipped_entries')
      .select(['journey_key', 'reason'])
      .where('customer_id', '=', id)
      .orderBy('journey_key')
      .execute();
    return rows.map(({ journey_key, reason }) => `${journey_key}: ${reason}`);
  };
  const withFingerprint = (name: string, fingerprint: string) => ({ email: `${name}@example.com`, fingerprint });

  it('keep the first-order journey from whoever has a fingerprint of a buyer, and open nothing', async () => {
    await service.send(event('completed_purchase', withFingerprint('a', 'fp-a'), minutes(-9), AGREED));
    const id = await service.send(event('subscribed', withFingerprint('a2', 'fp-a'), minutes(-5), AGREED));
    expect(await entered(id)).toEqual([]);
    expect(await skipped(id)).toEqual(['first-order: buyersFingerprint', 'regulars: noBuyer']);
    const other = await service.send(event('subscribed', withFingerprint('a3', 'fp-other'), minutes(-5), AGREED));
    expect(await entered(other)).toEqual(['first-order']);
    const byHand = await service.call('POST', '/v1/journeys/first-order/runs', { customerId: id });
    expect(byHand).toMatchObject({ status: 409, body: { errors: [{ message: 'buyersFingerprint' }] } });
  });

  it('make nobody one person, and name nobody', async () => {
    const ids = [
      await service.send(event('viewed_page', withFingerprint('b1', 'fp-b'), minutes(-9), AGREED)),
      await service.send(event('viewed_page', withFingerprint('b2', 'fp-b'), minutes(-8), AGREED)),
      await service.send(event('viewed_page', { deviceId: 'b3', fingerprint: 'fp-b' }, minutes(-7), AGREED)),
    ];
    expect(new Set(ids).size).toBe(3);
    const alone = await service.post(event('viewed_page', { fingerprint: 'fp-b' }, minutes(-6), AGREED));
    expect(alone).toMatchObject({ status: 400, body: { errors: [{ path: '/identity' }] } });
    const put = await service.call('PUT', '/v1/customers', { identity: { fingerprint: 'fp-b' } });
    expect(put).toMatchObject({ status: 400, body: { errors: [{ path: '/identity' }] } });
  });

  it('count only with the consent of both', async () => {
    await service.send(event('completed_purchase', withFingerprint('c', 'fp-c'), minutes(-9)));
    const id = await service.send(event('subscribed', withFingerprint('c2', 'fp-c'), minutes(-5), AGREED));
    expect(await entered(id)).toEqual(['first-order']);
    await service.send(event('completed_purchase', withFingerprint('c3', 'fp-c'), minutes(-4), AGREED));
    const without = await service.send(event('subscribed', withFingerprint('c4', 'fp-c'), minutes(-3)));
    expect(await entered(without)).toEqual(['first-order']);
  });

  it('are forgotten when somebody withdraws', async () => {
    const buyer = await service.send(event('completed_purchase', withFingerprint('d', 'fp-d'), minutes(-9), AGREED));
    expect(await keptOf(service, buyer)).toBe(1);
    await service.send(event('viewed_page', { email: 'd@example.com' }, minutes(-8), WITHDRAWN));
    expect(await keptOf(service, buyer)).toBe(0);
    const id = await service.send(event('subscribed', withFingerprint('d2', 'fp-d'), minutes(-5), AGREED));
    expect(await entered(id)).toEqual(['first-order']);
    // In one batch what was said last holds, in whatever order it comes.
    await service.send(
      event('viewed_page', { email: 'd2@example.com' }, minutes(-1), WITHDRAWN),
      event('viewed_page', withFingerprint('d2', 'fp-d'), minutes(-2), AGREED),
    );
    expect(await keptOf(service, id)).toBe(0);
  });

  it('count in the same batch from the order on, and of tests not at all', async () => {
    const { body } = await service.post(
      event('subscribed', withFingerprint('e1', 'fp-e'), minutes(-9), AGREED),
      event('completed_purchase', withFingerprint('e2', 'fp-e'), minutes(-8), AGREED),
      event('subscribed', withFingerprint('e3', 'fp-e'), minutes(-7), AGREED),
      event('completed_purchase', withFingerprint('e4', 'fp-test'), minutes(-6), { ...AGREED, test: true }),
      event('subscribed', withFingerprint('e5', 'fp-test'), minutes(-5), AGREED),
    );
    const [before, , after, , tested] = body.accepted.map(({ customerId }: { customerId: string }) => customerId);
    expect(await entered(before)).toEqual(['first-order']);
    expect(await skipped(after)).toEqual(['first-order: buyersFingerprint', 'regulars: noBuyer']);
    expect(await entered(tested)).toEqual(['first-order']);
  });

  it('go with their customer: merged, taken apart again, exported and erased', async () => {
    const one = await service.send(event('completed_purchase', withFingerprint('f1', 'fp-f'), minutes(-9), AGREED));
    const two = await service.send(
      event('viewed_page', withFingerprint('f2', 'fp-f'), minutes(-9), AGREED),
      event('viewed_page', withFingerprint('f2', 'fp-f2'), minutes(-8), AGREED),
    );
    const pair = { mergedId: two };
    expect((await service.call('POST', `/v1/customers/${one}/merge`, pair)).status).toBe(200);
    expect([await keptOf(service, one), await keptOf(service, two)]).toEqual([2, 0]);
    const exported = await service.call('GET', `/v1/customers/${one}/export`);
    expect(exported.body.data.fingerprints).toHaveLength(2);
    const known = await service.send(event('subscribed', withFingerprint('f3', 'fp-f2'), minutes(-5), AGREED));
    expect(await skipped(known)).toContain('first-order: buyersFingerprint');
    expect((await service.call('POST', `/v1/customers/${one}/unmerge`, pair)).status).toBe(200);
    expect([await keptOf(service, one), await keptOf(service, two)]).toEqual([1, 1]);
    await service.call('DELETE', `/v1/customers/${one}`);
    expect(await keptOf(service, one)).toBe(0);
    const id = await service.send(event('subscribed', withFingerprint('f4', 'fp-f'), minutes(-5), AGREED));
    expect(await entered(id)).toEqual(['first-order']);
  });

  it('are had once by a customer of many profiles', async () => {
    const names = ['h1', 'h2', 'h3'];
    for (const name of names)
      await service.send(event('viewed_page', withFingerprint(name, 'fp-h'), minutes(-9), AGREED));
    for (const name of ['h2', 'h3']) {
      await service.send(event('viewed_page', withFingerprint(name, 'fp-h-too'), minutes(-8), AGREED));
    }
    // Three profiles become one in one batch.
    for (const name of names) {
      const identity = { email: `${name}@example.com`, phone: `+43660500000${name.slice(1)}` };
      await service.send(event('viewed_page', identity, minutes(-7)));
    }
    const { body } = await service.post(
      event('viewed_page', { email: 'h1@example.com', phone: '+436605000002' }),
      event('viewed_page', { email: 'h3@example.com', phone: '+436605000002' }),
    );
    const [, { customerId }] = body.accepted;
    expect(body.accepted[0].customerId).toBe(customerId);
    expect(await keptOf(service, customerId)).toBe(2);
  });

  it('are kept as hashes only, as long as raw events are', async () => {
    const id = await service.send(event('viewed_page', withFingerprint('g', 'secret-print'), minutes(-9), AGREED));
    expect(await keptOf(service, id)).toBe(1);
    expect(await everythingIn(service)).not.toContain('secret-print');
    const year = 365 * 86_400_000;
    await applyRetention(service.store, { eventRetentionMs: year, anonymousRetentionMs: null }, NOW + year - 1);
    expect(await keptOf(service, id)).toBe(1);
    await applyRetention(service.store, { eventRetentionMs: year, anonymousRetentionMs: null }, NOW + year + 1);
    expect(await keptOf(service, id)).toBe(0);
  });
});

describe.each(DIALECTS)('fingerprints switched off, on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishBoth(service);
  });
  afterAll(() => service.close());

  it('leave no trace and change nothing', async () => {
    const identity = (name: string) => ({ email: `${name}@example.com`, fingerprint: 'secret-print' });
    await service.send(event('completed_purchase', identity('a'), minutes(-9), AGREED));
    const id = await service.send(event('subscribed', identity('b'), minutes(-5), AGREED));
    expect((await service.runs(id)).map(({ journey }) => journey)).toEqual(['first-order']);
    expect(await service.store.db.selectFrom('fingerprints').selectAll().execute()).toEqual([]);
    expect(await everythingIn(service)).not.toContain('secret-print');
  });

  it('are forgotten when they are switched off', async () => {
    const row = { hash: 'of earlier', customer_id: 'cus_1', at: NOW };
    await service.store.db.insertInto('fingerprints').values(row).execute();
    await forgetAllFingerprints(service.store);
    expect(await service.store.db.selectFrom('fingerprints').selectAll().execute()).toEqual([]);
  });
});
