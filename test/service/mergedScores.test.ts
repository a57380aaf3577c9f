/** What is calculated of two profiles that become one customer, on both stores; and when they are two again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rfmJob } from '../../temporal/scoring/rfmJob.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';

describe.each(DIALECTS)('scores of merged customers on %s', (dialect) => {
  let service: TestService;
  let survivor: string;
  let merged: string;

  beforeAll(async () => {
    service = await TestService.create(dialect);
    const bought = (person: string, orderId: string, ago: number) =>
      event('completed_purchase', person, minutes(-ago), { properties: { orderId } });
    survivor = await service.send(bought('one', 'o1', 9));
    service.now++;
    merged = await service.send(bought('two', 'o2', 8), bought('two', 'o3', 7));
    await rfmJob({ store: service.store, now: NOW, timeScale: 1, isStopping: () => false });
    const { db } = service.store;
    await db.insertInto('predictions').values([survivor, merged].map(prediction)).execute();
    await db.insertInto('affinities').values([survivor, merged].map(affinity)).execute();
    await db
      .insertInto('replenishments')
      .values([
        replenishment(survivor, 'p1', 'o1', 10),
        replenishment(survivor, 'p2', 'o1', 30),
        replenishment(merged, 'p1', 'o2', 20),
        replenishment(merged, 'p2', 'o3', 20),
        replenishment(merged, 'p3', 'o3', 20),
      ])
      .execute();
    await db
      .insertInto('product_subscriptions')
      .values([
        { customer_id: survivor, product_id: 'p1', active: 1, at: 10 },
        { customer_id: survivor, product_id: 'p2', active: 1, at: 30 },
        { customer_id: merged, product_id: 'p1', active: 0, at: 20 },
        { customer_id: merged, product_id: 'p2', active: 0, at: 20 },
        { customer_id: merged, product_id: 'p3', active: 1, at: 20 },
      ])
      .execute();
    const merge = await service.call('POST', `/v1/customers/${survivor}/merge`, { mergedId: merged });
    expect(merge.status).toBe(200);
  });
  afterAll(() => service.close());

  const prediction = (customer_id: string) => ({
    ...{ customer_id, alive: 0.5, expected_orders: 1, spend_minor: 1, value_minor: 1, next_order_at: null },
    ...{ churn: 'low' as const, predicted_at: NOW },
  });
  const affinity = (customer_id: string) => ({
    ...{ customer_id, channel: null, preferred_hour: null, price_sensitivity: null, affinity_json: '{}' },
    computed_at: NOW,
  });
  const replenishment = (customer_id: string, product_id: string, order_id: string, ordered_at: number) => ({
    ...{ customer_id, product_id, source: 'shop', order_id, ordered_at, quantity: 1, basis: 'product' as const },
    ...{
      start_at: ordered_at + 1,
      middle_at: ordered_at + 2,
      end_at: ordered_at + 3,
      window_json: '{}',
      computed_at: NOW,
    },
  });
  const owners = async (table: 'rfm_scores' | 'predictions' | 'affinities') =>
    (await service.store.db.selectFrom(table).select('customer_id').execute()).map((row) => row.customer_id);
  const due = async () =>
    (
      await service.store.db
        .selectFrom('replenishments')
        .select(['customer_id', 'product_id', 'order_id', 'start_at'])
        .orderBy('product_id')
        .execute()
    ).map((row) => [row.customer_id, row.product_id, row.order_id, row.start_at]);

  it('are those of the one', async () => {
    expect([await owners('rfm_scores'), await owners('predictions'), await owners('affinities')]).toEqual([
      [survivor],
      [survivor],
      [survivor],
    ]);
    // One of them had bought once, the other twice: three orders are more than anybody had.
    const { f } = await service.store.db.selectFrom('rfm_scores').select('f').executeTakeFirstOrThrow();
    expect(f).toBe(5);
  });

  it('of each product that runs out, the later purchase counts', async () => {
    expect(await due()).toEqual([
      [survivor, 'p1', 'o2', 21],
      [survivor, 'p2', 'o1', 31],
      [survivor, 'p3', 'o3', 21],
    ]);
  });

  it('of each subscription, the later word counts', async () => {
    const rows = await service.store.db.selectFrom('product_subscriptions').selectAll().orderBy('product_id').execute();
    expect(rows).toEqual([
      { customer_id: survivor, product_id: 'p1', active: 0, at: 20 },
      { customer_id: survivor, product_id: 'p2', active: 1, at: 30 },
      { customer_id: survivor, product_id: 'p3', active: 1, at: 20 },
    ]);
  });

  it('are those of two when the merge is taken back: what hangs on an order goes with it', async () => {
    expect((await service.call('POST', `/v1/customers/${survivor}/unmerge`, { mergedId: merged })).status).toBe(200);
    expect((await owners('rfm_scores')).sort()).toEqual([survivor, merged].sort());
    expect(await due()).toEqual([
      [merged, 'p1', 'o2', 21],
      [survivor, 'p2', 'o1', 31],
      [merged, 'p3', 'o3', 21],
    ]);
  });
});
