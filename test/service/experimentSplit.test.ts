/** Customers in the arms of experiments, as the API puts them there, on both stores. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportCustomer } from '../../temporal/store/customerExport.ts';
import { minutes, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

const HALVES = [
  { name: 'A', weight: 1 },
  { name: 'B', weight: 1 },
];

describe.each(DIALECTS)('arms of experiments on %s', (dialect) => {
  let service: TestService;
  let made = 0;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  async function customer(): Promise<string> {
    const { body } = await service.call('PUT', '/v1/customers', { identity: { externalId: `shopper-${made++}` } });
    return (body as { id: string }).id;
  }
  const customers = (count: number) => Promise.all(Array.from({ length: count }, customer));
  const post = (key: string, ids: string[], more: object = {}) =>
    service.call('POST', `/v1/experiments/${key}/exposures`, {
      arms: HALVES,
      ...more,
      items: ids.map((customerId, ref) => ({ ref, customerId })),
    });
  async function arms(key: string, ids: string[], more: object = {}): Promise<string[]> {
    const { status, body } = await post(key, ids, more);
    expect(status, JSON.stringify(body)).toBe(200);
    return (body as { items: { arm: string }[] }).items.map(({ arm }) => arm);
  }
  const exposures = async (key: string) =>
    await service.store.db
      .selectFrom('exposures')
      .selectAll()
      .where('experiment_key', '=', key)
      .orderBy('id')
      .execute();

  it('are the same again, and written down once with the first time and run', async () => {
    const ids = await customers(40);
    const first = await arms('again', ids);
    expect(new Set(first)).toEqual(new Set(['A', 'B']));
    const { now } = service;
    service.now = Date.parse(minutes(90));
    expect(await arms('again', [...ids, ...ids].reverse())).toEqual([...first, ...first].reverse());
    service.now = now;
    const rows = await exposures('again');
    expect(rows.map(({ customer_id, arm, at }) => [customer_id, arm, at])).toEqual(
      ids.map((id, index) => [id, first[index], now]),
    );
  });

  it('stay with those who are in one, whatever becomes of weights and holdout, for as long as the arm is there', async () => {
    const ids = await customers(40);
    const first = await arms('kept', ids);
    const changed = {
      arms: [
        { name: 'A', weight: 1 },
        { name: 'B', weight: 1000 },
      ],
      holdoutPercent: 90,
    };
    expect(await arms('kept', ids, changed)).toEqual(first);
    const others = await customers(40);
    const later = await arms('kept', others, changed);
    expect(later).toContain('holdout');
    expect(await arms('kept', others, { ...changed, holdoutPercent: 5 })).toEqual(later);
    expect(await arms('kept', others)).not.toContain('holdout');
    const withoutA = await arms('kept', ids, {
      arms: [
        { name: 'B', weight: 1 },
        { name: 'C', weight: 1 },
      ],
    });
    expect(withoutA).not.toContain('A');
    first.forEach((arm, index) => {
      if (arm === 'B') expect(withoutA[index]).toBe('B');
    });
    // The first exposure counts.
    expect((await exposures('kept')).slice(0, ids.length).map(({ arm }) => arm)).toEqual(first);
    expect(await exposures('kept')).toHaveLength(80);
  });

  it('are told without being written down, also for nobody, when it is a test', async () => {
    const ids = [...(await customers(5)), 'cus_test'];
    const told = await arms('dry', ids, { dryRun: true });
    expect(await exposures('dry')).toEqual([]);
    expect(await arms('dry', ids.slice(0, 5))).toEqual(told.slice(0, 5));
  });

  it('are not given to an id of nobody', async () => {
    const [known = ''] = await customers(1);
    const { status, body } = await post('nobody', [known, 'cus_nobody']);
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        { ref: 0, arm: expect.stringMatching(/^[AB]$/) as string },
        { ref: 1, error: { path: '/items/1/customerId', message: 'names a customer that does not exist' } },
      ],
    });
    expect(await exposures('nobody')).toHaveLength(1);
  });

  it('follow a merge, the first exposure of either, and go back with the merged one', async () => {
    const ids = await customers(30);
    const first = await arms('merge', ids);
    const survivor = ids[first.indexOf('A')] as string;
    const merged = ids[first.indexOf('B')] as string;
    // The merged one was exposed earlier.
    await service.store.db
      .updateTable('exposures')
      .set({ at: Date.parse(minutes(-60)) })
      .where('customer_id', '=', merged)
      .execute();
    const answer = await service.call('POST', `/v1/customers/${survivor}/merge`, { mergedId: merged });
    expect(answer.status).toBe(200);
    expect(await arms('merge', [survivor, merged])).toEqual(['B', 'B']);
    const taken = await service.call('POST', `/v1/customers/${survivor}/unmerge`, { mergedId: merged });
    expect(taken.status).toBe(200);
    expect(await arms('merge', [survivor, merged])).toEqual(['A', 'B']);
  });

  it('are exported, and erased with the customer', async () => {
    const [id = ''] = await customers(1);
    const [arm] = await arms('erased', [id]);
    const session = { db: service.store.db, dialect };
    const exported = await exportCustomer(session, id, service.now);
    expect(exported?.data['exposures']).toMatchObject([{ experimentKey: 'erased', arm, at: minutes(0) }]);
    expect((await service.call('DELETE', `/v1/customers/${id}`)).status).toBe(204);
    expect(await exposures('erased')).toEqual([]);
  });

  it('are refused with what is wrong with the split', async () => {
    const twice = [...HALVES, { name: 'a', weight: -1 }];
    const { status, body } = await post('Bad_Key', [], { arms: twice, holdoutPercent: 100 });
    expect(status).toBe(400);
    expect((body as { errors: { path: string }[] }).errors.map(({ path }) => path)).toEqual([
      '/key',
      '/arms/2/name',
      '/arms/2/weight',
      '/holdoutPercent',
    ]);
  });
});
