/** One run for each product of an order, on both stores: what begins it, what ends it, and which products have none. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, minutes, TestService } from './service.ts';

const HOUR = 3600_000;

describe.each(DIALECTS)('runs of products on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    for (const product of ['coffee', 'milk']) {
      await service.call('PUT', `/v1/products/${product}`, { replenishment: { lowDays: 45, highDays: 55 } });
    }
    await service.call('PUT', '/v1/products/sofa', { replenishment: { lowDays: 900, highDays: 1100 } });
    await service.publish({
      key: 'replenishment',
      entries: [{ type: 'completed_purchase', filters: [] }],
      exits: [
        { type: 'completed_purchase', filters: [] },
        { type: 'refunded', filters: [] },
      ],
      reentry: 'parallel',
      entryKeyPath: 'properties.items.productId',
      onlyReplenishable: true,
    });
  });
  afterAll(() => service.close());

  let orders = 0;
  const item = (productId: string, more: object = {}) => ({ productId, quantity: 1, price: '9.00', ...more });
  const order = (person: string, at: number, items: object[], more: object = {}) =>
    event('completed_purchase', person, minutes(at), { properties: { orderId: `order-${++orders}`, items, ...more } });

  const runsOf = async (customerId: string) => {
    const runs = await service.runs(customerId);
    return runs
      .map(
        ({ workflowId, status, exitReason }) => `${workflowId.split('/').slice(3).join('/')} ${exitReason ?? status}`,
      )
      .sort();
  };
  const entryOf = async (runId = '') => {
    const row = await service.store.db
      .selectFrom('runs')
      .select(['entry_json', 'customer_id'])
      .where('id', '=', runId)
      .executeTakeFirstOrThrow();
    const entry = JSON.parse(row.entry_json) as { type: string; properties: { items: object[] } };
    return { entry, customerId: row.customer_id };
  };
  const skippedOf = async (customerId: string) => {
    const rows = await service.store.db
      .selectFrom('skipped_entries')
      .select('reason')
      .where('customer_id', '=', customerId)
      .execute();
    return rows.map(({ reason }) => reason);
  };
  const outboxOf = async (customerId: string) =>
    (await service.outbox())
      .filter(({ workflowId }) => workflowId.startsWith(`journey/replenishment/${customerId}/`))
      .map(({ kind, workflowId }) => `${kind} ${workflowId.split('/')[3] ?? ''}`);

  it('begin for each product that runs out, and carry it with its pieces', async () => {
    const items = [item('coffee', { quantity: 2, variantId: 'v1' }), item('sofa'), item('milk'), item('coffee')];
    const ann = await service.send(order('ann', -9, items));
    expect(await runsOf(ann)).toEqual(['coffee running', 'milk running']);
    expect(await outboxOf(ann)).toEqual(['start coffee', 'start milk']);
    expect(await skippedOf(ann)).toEqual([]);
    const [coffee] = (await service.runs(ann)).filter(({ workflowId }) => workflowId.endsWith('/coffee'));
    const { entry } = await entryOf(coffee?.id);
    expect(entry.properties).toMatchObject({ productId: 'coffee', quantity: 3, items: [{ quantity: 2 }, {}] });
    expect(entry.properties.items).toHaveLength(2);
  });

  it('do not begin for what nobody is to be reminded of', async () => {
    const bob = await service.send(order('bob', -9, [item('sofa'), item('lamp')]));
    expect(await runsOf(bob)).toEqual([]);
    expect(await skippedOf(bob)).toEqual(['notReplenishable']);
    // From this order on it comes by itself.
    await service.send(order('bob', -8, [item('coffee', { subscription: true }), item('milk')]));
    expect(await runsOf(bob)).toEqual(['milk running']);
    await service.send(order('bob', -7, [item('coffee')]));
    expect(await runsOf(bob)).toEqual(['milk running']);
    await service.send(order('bob', -6, [item('coffee', { subscription: false })]));
    expect(await runsOf(bob)).toEqual(['coffee running', 'milk running']);
  });

  it('end and begin anew when the same product is bought again, and stay when another one is', async () => {
    const cy = await service.send(order('cy', -9, [item('coffee'), item('milk')]));
    await service.send(order('cy', -8, [item('milk', { quantity: 4 }), item('sofa')]));
    expect(await runsOf(cy)).toEqual(['coffee running', 'milk completed_purchase', 'milk running']);
    // In this order: Temporal allows one open workflow of an id.
    expect(await outboxOf(cy)).toEqual(['start coffee', 'start milk', 'exit milk', 'start milk']);
    const [open] = (await service.runs(cy)).filter(
      ({ workflowId, status }) => workflowId.endsWith('/milk') && status === 'running',
    );
    const { entry } = await entryOf(open?.id);
    expect(entry.properties).toMatchObject({ productId: 'milk', quantity: 4, orderId: `order-${orders}` });
  });

  it('end and do not begin anew when the product comes by a subscription from now on', async () => {
    const di = await service.send(order('di', -9, [item('coffee')]));
    await service.send(order('di', -8, [item('coffee', { subscription: true })]));
    expect(await runsOf(di)).toEqual(['coffee completed_purchase']);
  });

  it('end with the refund of their order, or of their product in it', async () => {
    const eve = await service.send(
      order('eve', -9, [item('coffee')], { orderId: 'eve-1' }),
      order('eve', -8, [item('milk')], { orderId: 'eve-2' }),
    );
    const refund = (orderId: string, more: object = {}) =>
      event('refunded', 'eve', minutes(-7), { properties: { orderId, value: '1.00', currency: 'EUR', ...more } });
    await service.send(refund('eve-2', { items: [item('sofa')] }));
    expect(await runsOf(eve)).toEqual(['coffee running', 'milk running']);
    await service.send(refund('eve-2'));
    expect(await runsOf(eve)).toEqual(['coffee running', 'milk refunded']);
    await service.send(refund('eve-1', { items: [item('coffee')] }));
    expect(await runsOf(eve)).toEqual(['coffee refunded', 'milk refunded']);
  });

  it('are answered by events about their product', async () => {
    const fay = await service.send(order('fay', -9, [item('coffee'), item('milk')]));
    const runs = await service.runs(fay);
    const idOf = (product: string) => runs.find(({ workflowId }) => workflowId.endsWith(product))?.id ?? '';
    const spec = { kind: 'event', events: [{ type: 'viewed_product', filters: [] }], maxMs: HOUR, restartable: false };
    const ids = ['coffee', 'milk'].map(idOf);
    for (const id of ids) {
      await service.store.db
        .insertInto('waits')
        .values({
          ...{ run_id: id, segment: 1, endpoint_id: 'wf1/w1', node: 'Wait', spec_json: JSON.stringify(spec) },
          ...{ until: null, state: 'waiting', ended_by: null, event_json: null, item_json: '{}', created_at: 1 },
        })
        .execute();
    }
    await service.send(event('viewed_product', 'fay', minutes(-5), { properties: { items: [item('milk')] } }));
    const waits = await service.store.db
      .selectFrom('waits')
      .select(['run_id', 'state'])
      .where('run_id', 'in', ids)
      .execute();
    expect(Object.fromEntries(waits.map(({ run_id, state }) => [run_id, state]))).toEqual({
      [idOf('coffee')]: 'waiting',
      [idOf('milk')]: 'event',
    });
  });

  it('do not begin for a product that was refunded before its order was told', async () => {
    const gus = await service.send(event('subscribed', 'gus', minutes(-30), { properties: { channel: 'email' } }));
    const refund = { orderId: 'gus-1', value: '1.00', currency: 'EUR', items: [item('milk')] };
    await service.send(event('refunded', 'gus', minutes(-5), { properties: refund }));
    await service.send(order('gus', -9, [item('coffee'), item('milk')], { orderId: 'gus-1' }));
    expect(await runsOf(gus)).toEqual(['coffee running']);
  });

  it('begin by hand, too, one for each product', async () => {
    const identity = { email: 'hal@example.com' };
    const byHand = (properties: object) =>
      service.call('POST', '/v1/journeys/replenishment/runs', { identity, properties });
    const { status, body } = await byHand({ items: [item('coffee', { quantity: 2 }), item('milk'), item('sofa')] });
    expect(status).toBe(202);
    expect(body.runIds).toHaveLength(2);
    expect(body.runId).toBe(body.runIds[0]);
    const { entry, customerId } = await entryOf(body.runId as string);
    expect(entry).toMatchObject({ type: 'manual', properties: { productId: 'coffee', quantity: 2 } });
    expect(await runsOf(customerId)).toEqual(['coffee running', 'milk running']);
    expect(await byHand({ productId: 'coffee' })).toMatchObject({
      status: 409,
      body: { errors: [{ message: 'alreadyIn' }] },
    });
    expect(await byHand({ items: [item('sofa')] })).toMatchObject({
      status: 409,
      body: { errors: [{ message: 'notReplenishable' }] },
    });
    const batch = (key: string, ...products: string[]) =>
      service.call('POST', '/v1/journeys/replenishment/runs/batch', {
        items: [
          {
            ref: 0,
            key,
            identity: { email: 'ivy@example.com' },
            properties: { items: products.map((id) => item(id)) },
          },
        ],
      });
    const first = (await batch('k1', 'coffee', 'milk')).body.items[0];
    expect(first.runIds).toHaveLength(2);
    // The call is repeated: the same runs.
    const again = (await batch('k1', 'coffee', 'milk')).body.items[0];
    expect(new Set(again.runIds)).toEqual(new Set(first.runIds));
    expect((await batch('k2', 'coffee')).body.items[0]).toMatchObject({ runId: null, runIds: [], reason: 'alreadyIn' });
  });
});
