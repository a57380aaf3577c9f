/** A buyer known by any identifier is a buyer, on both stores: who may enter, and what items say. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, minutes, TestService } from './service.ts';

describe.each(DIALECTS)('buyers on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    const entries = [{ type: 'subscribed' as const, filters: [] }];
    await service.publish({ key: 'first-order', entries, exits: [], customers: 'withoutOrder' });
    await service.publish({ key: 'regulars', entries, exits: [], customers: 'withOrder' });
    await service.publish({
      key: 'first-thanks',
      entries: [{ type: 'completed_purchase', filters: [] }],
      exits: [],
      customers: 'withoutOrder',
    });
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

  it('lets in who has, or has not, ordered', async () => {
    const id = await service.send(event('subscribed', 'a'));
    expect(await entered(id)).toEqual(['first-order']);
    expect(await skipped(id)).toEqual(['regulars: noBuyer']);
    const buyer = await service.send(event('completed_purchase', 'b', minutes(-5)));
    await service.send(event('subscribed', 'b'));
    expect(await entered(buyer)).toEqual(['first-thanks', 'regulars']);
    expect(await skipped(buyer)).toEqual(['first-order: alreadyBuyer']);
  });

  it('does not take the first order of somebody known for an earlier one', async () => {
    const id = await service.send(event('viewed_page', 'known', minutes(-9)));
    await service.send(event('completed_purchase', 'known', minutes(-5)));
    expect(await entered(id)).toEqual(['first-thanks']);
    await service.send(event('completed_purchase', 'known', minutes(-4)));
    expect(await skipped(id)).toEqual(['first-thanks: alreadyBuyer']);
  });

  it('knows a buyer by another identifier, and on another device, in the same batch', async () => {
    const desktop = { email: 'c@example.com', deviceId: 'c-desktop' };
    await service.send(event('completed_purchase', desktop, minutes(-9)));
    await service.send(event('viewed_page', { phone: '+436604000001', deviceId: 'c-phone' }));
    const id = await service.send(
      event('subscribed', { email: 'c@example.com', phone: '+436604000001', deviceId: 'c-phone' }),
    );
    expect(await entered(id)).toEqual(['first-thanks', 'regulars']);

    const other = await service.send(
      event('completed_purchase', { externalId: 'd' }, minutes(-9)),
      event('subscribed', { externalId: 'd', email: 'd@example.com' }, minutes(-8)),
    );
    expect(await entered(other)).toEqual(['first-thanks', 'regulars']);
  });

  it('counts neither tests nor what was cancelled unpaid, and the order itself not before it', async () => {
    const id = await service.send(
      event('completed_purchase', 'e', minutes(-9), { test: true }),
      event('completed_purchase', 'e', minutes(-8), { properties: { orderId: 'e-1' } }),
      event('completed_purchase', 'e', minutes(-7), { properties: { orderId: 'e-2' } }),
    );
    expect(await entered(id)).toEqual(['first-thanks']);
    expect(await skipped(id)).toEqual(['first-thanks: alreadyBuyer']);
    const voided = await service.send(
      event('custom:order_cancelled', 'f', minutes(-9), { properties: { orderId: 'f-1', wasPaid: false } }),
      event('completed_purchase', 'f', minutes(-8), { properties: { orderId: 'f-1' } }),
    );
    await service.send(event('subscribed', 'f'));
    expect(await entered(voided)).toEqual(['first-order']);
  });

  it('refuses by hand as well, and says why', async () => {
    const id = await service.send(event('completed_purchase', 'g', minutes(-9)));
    const answer = await service.call('POST', '/v1/journeys/first-order/runs', { customerId: id });
    expect(answer).toMatchObject({ status: 409, body: { errors: [{ message: 'alreadyBuyer' }] } });
  });
});
