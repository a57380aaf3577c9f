/** What is calculated of two profiles that become one customer, on both stores; and when they are two again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rfmJob } from '../../temporal/scoring/rfmJob.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';

describe.each(DIALECTS)('scores of merged customers on %s', (dialect) => {
  let service: TestService;
  let survivor: string;
  let merged: string;
  let before: Awaited<ReturnType<typeof due>>;

  beforeAll(async () => {
    service = await TestService.create(dialect);
    for (const productId of ['p1', 'p2', 'p3']) {
      const window = { replenishment: { lowDays: 20, highDays: 30, enabled: true } };
      expect((await service.call('PUT', `/v1/products/${productId}`, window)).status).toBe(200);
    }
    const bought = (person: string, orderId: string, ago: number, productId: string) =>
      event('completed_purchase', person, minutes(-ago), {
        properties: { orderId, items: [{ productId, quantity: 1, price: '42.00' }] },
      });
    survivor = await service.send(bought('one', 'o1', 10, 'p1'), bought('one', 'o2', 30, 'p2'));
    service.now++;
    merged = await service.send(
      ...['p1', 'p2', 'p3'].map((productId, index) => bought('two', `o${index + 3}`, 20, productId)),
    );
    before = await due();
    await rfmJob({ store: service.store, now: NOW, timeScale: 1, isStopping: () => false });
    const { db } = service.store;
    await db.insertInto('predictions').values([survivor, merged].map(prediction)).execute();
    await db.insertInto('affinities').values([survivor, merged].map(affinity)).execute();
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
  const owners = async (table: 'rfm_scores' | 'predictions' | 'affinities') =>
    (await service.store.db.selectFrom(table).select('customer_id').execute()).map((row) => row.customer_id);
  const due = async () =>
    await service.store.db
      .selectFrom('replenishments')
      .select(['customer_id', 'product_id', 'order_id', 'start_at', 'end_at'])
      .orderBy('customer_id')
      .orderBy('product_id')
      .execute();

  it('are those of the one', async () => {
    expect([await owners('rfm_scores'), await owners('predictions'), await owners('affinities')]).toEqual([
      [survivor],
      [survivor],
      [survivor],
    ]);
    // One of them had bought twice, the other three times: five orders are more than anybody had.
    const { f } = await service.store.db.selectFrom('rfm_scores').select('f').executeTakeFirstOrThrow();
    expect(f).toBe(5);
  });

  it('of each product that runs out, the later purchase counts', async () => {
    const of = (orderId: string) => before.find((row) => row.order_id === orderId)?.end_at;
    expect(before).toHaveLength(5);
    expect((await due()).map((row) => [row.customer_id, row.product_id, row.order_id, row.end_at])).toEqual([
      [survivor, 'p1', 'o1', of('o1')],
      [survivor, 'p2', 'o4', of('o4')],
      [survivor, 'p3', 'o5', of('o5')],
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

  it('are those of two when the merge is taken back, each with what they had bought', async () => {
    expect((await service.call('POST', `/v1/customers/${survivor}/unmerge`, { mergedId: merged })).status).toBe(200);
    expect((await owners('rfm_scores')).sort()).toEqual([survivor, merged].sort());
    // All of it but what comes to them by a subscription now (p2).
    expect(await due()).toEqual(before.filter(({ order_id }) => order_id !== 'o2'));
  });
});
