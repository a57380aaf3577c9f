/** Totals are right whatever the order of arrival, on both stores: topics, refunds, cancellations, orders of nobody, shops one can walk into. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, minutes, TestService } from './service.ts';

describe.each(DIALECTS)('orders on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  const totals = async (id: string) => (await service.call('GET', `/v1/customers/${id}`)).body.totals;
  const mail = (name: string) => ({ email: `${name}@example.com` });
  const order = (orderId: string, who: object, at: number, properties: object = {}) =>
    event('completed_purchase', who, minutes(at), { properties: { orderId, ...properties } });
  const refund = (orderId: string, who: object, at: number, properties: object = {}) =>
    event('refunded', who, minutes(at), { properties: { orderId, value: '10.00', ...properties } });
  const cancel = (orderId: string, who: object, at: number, wasPaid: boolean) =>
    event('custom:order_cancelled', who, minutes(at), { properties: { orderId, wasPaid } });
  /** As a shop's mapping does for a body that names nobody. */
  const nobody = (orderId: string) => ({ orderId });

  it.each([
    ['first first', [0, 1]],
    ['last first', [1, 0]],
  ])('takes the value that was told first, also when it comes last (%s)', async (name, sequence) => {
    const told = [
      order(`a-${name}`, mail('a'), -20, { value: '100' }),
      order(`a-${name}`, mail('a'), -10, { value: '80' }),
    ];
    const before = (await service.call('GET', '/v1/customers?email=a@example.com')).body.totals?.revenueMinor ?? 0;
    let id = '';
    for (const index of sequence) id = await service.send(told[index] ?? {});
    expect((await totals(id)).revenueMinor - before).toBe(10000);
    const lines = await service.store.db
      .selectFrom('order_lines')
      .selectAll()
      .where('order_id', '=', `a-${name}`)
      .execute();
    expect(lines).toHaveLength(1);
  });

  it('takes no revenue from an order that was cancelled unpaid, whichever is told first', async () => {
    const id = await service.send(order('b-1', mail('b'), -30), cancel('b-1', mail('b'), -20, false));
    expect(await totals(id)).toMatchObject({ orders: 0, revenueMinor: 0, firstOrderAt: null });
    await service.send(cancel('b-2', mail('b'), -20, false));
    await service.send(order('b-2', mail('b'), -30), refund('b-2', mail('b'), -10));
    expect(await totals(id)).toMatchObject({ orders: 0, refunds: 0, revenueMinor: 0, currency: null });
    await service.send(order('b-3', mail('b'), -30), cancel('b-3', mail('b'), -20, true));
    expect(await totals(id)).toMatchObject({ orders: 1, revenueMinor: 8400 });
  });

  it('starts nothing by an order whose cancellation came first', async () => {
    await service.publish({ key: 'thanks', entries: [{ type: 'completed_purchase', filters: [] }], exits: [] });
    const id = await service.send(cancel('c-1', mail('c'), -20, false));
    await service.send(order('c-1', mail('c'), -30));
    expect(await service.runs(id)).toEqual([]);
    await service.send(order('c-2', mail('c'), -10));
    expect(await service.runs(id)).toHaveLength(1);
  });

  it('takes no revenue from an order that stops counting though it was paid, until it is paid anew', async () => {
    const cancelled = (orderId: string, at: number) =>
      event('custom:order_cancelled', mail('w'), minutes(at), {
        properties: { orderId, wasPaid: true, stopsCounting: true },
      });
    const id = await service.send(order('w-1', mail('w'), -30, { paidAt: minutes(-25) }), cancelled('w-1', -20));
    expect(await totals(id)).toMatchObject({ orders: 0, revenueMinor: 0 });
    const paidLate = order('w-2', mail('w'), -30, { paidAt: minutes(-10) });
    await service.send(cancelled('w-2', -20), paidLate);
    expect(await totals(id)).toMatchObject({ orders: 1, revenueMinor: 8400 });
    // And it starts what a purchase starts: the journey of the test above.
    expect(await service.runs(id)).toHaveLength(1);
    // What is told late of the time before changes nothing.
    await service.send(cancelled('w-2', -15));
    expect(await totals(id)).toMatchObject({ orders: 1, revenueMinor: 8400 });
    await service.send(cancelled('w-2', -5));
    expect(await totals(id)).toMatchObject({ orders: 0, revenueMinor: 0 });
  });

  it('gives a refund of nobody to the buyer of its order', async () => {
    const buyer = await service.send(order('d-1', mail('d'), -30));
    expect(await service.send(refund('d-1', nobody('d-1'), -20))).toBe(buyer);
    expect(await totals(buyer)).toMatchObject({ orders: 1, refunds: 1, revenueMinor: 7400 });
  });

  it('gives a refund that came before its order to the buyer as well', async () => {
    const holder = await service.send(refund('e-1', nobody('e-1'), -20), refund('e-1', nobody('e-1'), -19));
    const buyer = await service.send(order('e-1', { ...mail('e'), externalId: 'e' }, -30));
    expect((await service.call('GET', `/v1/customers/${holder}`)).body.id).toBe(buyer);
    expect(await totals(buyer)).toMatchObject({ orders: 1, refunds: 2, revenueMinor: 6400 });
  });

  it('counts a refund that names somebody else for the buyer, whichever is told first', async () => {
    const buyer = await service.send(order('f-1', mail('f'), -30));
    const other = await service.send(refund('f-1', mail('f-other'), -20), refund('f-2', mail('f-other'), -10));
    await service.send(order('f-2', mail('f'), -15));
    expect(await totals(buyer)).toMatchObject({ orders: 2, refunds: 2, revenueMinor: 14800 });
    expect(await totals(other)).toMatchObject({ orders: 0, refunds: 0, revenueMinor: 0 });
  });

  it('keeps orders of nobody apart, and gives one to who turns out to be its buyer', async () => {
    const [one, two] = [order('g-1', nobody('g-1'), -30), order('g-2', nobody('g-2'), -30)];
    const first = await service.send(one);
    const second = await service.send(two);
    expect(second).not.toBe(first);
    expect(await totals(first)).toMatchObject({ orders: 1 });
    // The same delivery again, by a topic that knows the buyer.
    const again = await service.post({ ...one, identity: mail('g') });
    expect(again.body.accepted).toMatchObject([{ duplicate: true }]);
    const found = (await service.call('GET', '/v1/customers?email=g@example.com')).body;
    expect(found.totals).toMatchObject({ orders: 1, revenueMinor: 8400 });
    expect((await service.call('GET', `/v1/customers/${first}`)).body.id).toBe(found.id);
    expect((await totals(second)).orders).toBe(1);
  });

  it('remembers purchases made in a shop one can walk into', async () => {
    const id = await service.send(
      order('h-1', mail('h'), -60, { salesChannel: 'pos', location: { locationId: '7' } }),
      { ...order('h-2', mail('h'), -50, { location: { city: 'Linz' } }), source: 'pos' },
      order('h-3', mail('h'), -40, { salesChannel: 'online' }),
      order('h-4', mail('h'), -30, { source: 'pos' }),
      { ...order('h-5', mail('h'), -20, { salesChannel: 'pos' }), test: true },
    );
    expect(await totals(id)).toMatchObject({ orders: 4, offlineOrders: 3, lastOfflineOrderAt: minutes(-30) });
  });
});
