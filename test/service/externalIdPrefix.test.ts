/** Two shops on one service, each with a customer number 25: one person only where the operator says that the numbers are shared. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOW, wooOrder } from '../unit/domain/mapping/shopBodies.ts';
import { TestService } from './service.ts';
import { connect, deliver, programHeaders, wooHeaders } from './shops.ts';
import { DIALECTS } from './stores.ts';

describe.each(DIALECTS)('customer numbers of several shops on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    service.now = NOW;
    await connect(service, 'woocommerce', 'north', { externalIdPrefix: 'north:' });
    await connect(service, 'woocommerce', 'south', { externalIdPrefix: 'south:' });
    await connect(service, 'custom', 'till', { externalIdPrefix: 'north:' });
  });
  afterAll(() => service.close());

  const find = async (query: string) => (await service.call('GET', `/v1/customers?${query}`)).body;

  async function order(shop: string, id: number, email: string): Promise<void> {
    const raw = JSON.stringify(wooOrder({ id, customer_id: 25, billing: { email } }));
    const answer = await deliver(service, `/in/woocommerce/${shop}`, raw, wooHeaders(raw, 'order.created'));
    expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
  }

  it('keeps the customers of two shops apart', async () => {
    await order('north', 1, 'nora@example.com');
    await order('south', 2, 'sam@example.com');
    const nora = await find('email=nora@example.com');
    const sam = await find('email=sam@example.com');
    expect(nora.id).not.toBe(sam.id);
    expect([nora.totals.orders, sam.totals.orders]).toEqual([1, 1]);
    expect((await find('externalId=north:25')).id).toBe(nora.id);
    expect((await find('externalId=25')).status).toBe(404);
  });

  it('joins what an own program says with the same prefix, by number or as our customer id', async () => {
    const nora = await find('email=nora@example.com');
    const events = [{ externalId: 25 }, { customerId: '25' }, { customerId: nora.id }].map((identity, index) => ({
      id: `t${index}`,
      type: 'viewed_page',
      occurredAt: new Date(NOW).toISOString(),
      identity,
    }));
    const raw = JSON.stringify({ events });
    const answer = await deliver(service, '/in/custom/till', raw, programHeaders(raw, NOW));
    expect(answer.body.accepted.map((event: { customerId: string }) => event.customerId)).toEqual([
      nora.id,
      nora.id,
      nora.id,
    ]);
  });

  it('is shown, kept by other changes, and refused where it is none', async () => {
    expect((await service.call('PUT', '/v1/connections/north', { currency: 'EUR' })).body.externalIdPrefix).toBe(
      'north:',
    );
    expect(await service.call('PUT', '/v1/connections/north', { externalIdPrefix: 'no blanks' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: '/externalIdPrefix' }] },
    });
  });
});
