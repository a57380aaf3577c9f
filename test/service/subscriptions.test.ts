/** Active subscriptions of products on both stores: what was said last counts, whatever the order of arrival. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findActiveSubscriptions } from '../../temporal/store/productSubscriptions.ts';
import { sessionOf } from '../../temporal/store/rows.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, TestService } from './service.ts';

const STARTS = minutes(-60);
const ENDS = minutes(-30);

describe.each(DIALECTS)('subscriptions on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  const item = (productId: string, subscription?: unknown) => ({
    productId,
    quantity: 1,
    ...(subscription === undefined ? {} : { subscription }),
  });
  const bought = (person: string, at: string, ...items: object[]) =>
    event('completed_purchase', person, at, { properties: { items } });
  const ended = (person: string, at: string, ...items: object[]) =>
    event('custom:subscription_ended', person, at, { properties: { items } });

  async function active(customerId: string, ...productIds: string[]): Promise<string[]> {
    const found = await findActiveSubscriptions(
      sessionOf(service.store.db),
      productIds.map((productId) => ({ customerId, productId })),
    );
    return productIds.filter((productId) => found.has(`${customerId}\0${productId}`));
  }

  it('begin with an item that says so and end with one that says so, product by product', async () => {
    const ada = await service.send(bought('ada', STARTS, item('p1', true), item('p2', true), item('p3')));
    expect(await active(ada, 'p1', 'p2', 'p3')).toEqual(['p1', 'p2']);
    // One more piece, without a word about the subscription.
    await service.send(bought('ada', minutes(-50), item('p1'), item('p2', 'no')));
    expect(await active(ada, 'p1', 'p2', 'p3')).toEqual(['p1', 'p2']);
    await service.send(ended('ada', ENDS, item('p1', false)));
    expect(await active(ada, 'p1', 'p2', 'p3')).toEqual(['p2']);
  });

  it('hear the end before the beginning, in one request or in two', async () => {
    const bob = await service.send(ended('bob', ENDS, item('p1', false)));
    await service.send(bought('bob', STARTS, item('p1', true)));
    expect(await active(bob, 'p1')).toEqual([]);
    const cyn = await service.send(ended('cyn', ENDS, item('p1', false)), bought('cyn', STARTS, item('p1', true)));
    expect(await active(cyn, 'p1')).toEqual([]);
    await service.send(bought('cyn', minutes(-10), item('p1', true)));
    expect(await active(cyn, 'p1')).toEqual(['p1']);
  });

  it('do not begin in a cart, with a test order or with what becomes of an order', async () => {
    const items = [item('p1', true)];
    const dan = await service.send(
      event('added_to_cart', 'dan', STARTS, { properties: { items } }),
      event('completed_purchase', 'dan', STARTS, { test: true, properties: { items } }),
      event('custom:order_cancelled', 'dan', STARTS, { properties: { items, orderId: 'gone' } }),
    );
    expect(await active(dan, 'p1')).toEqual([]);
  });

  it('go with the customer', async () => {
    const eve = await service.send(bought('eve', STARTS, item('p1', true)));
    await service.call('DELETE', `/v1/customers/${eve}`);
    expect(await active(eve, 'p1')).toEqual([]);
  });
});
