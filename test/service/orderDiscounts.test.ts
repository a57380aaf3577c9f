/** What an order's discount was is kept with the order, on both stores: however it was told, and of orders from before. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { up } from '../../temporal/store/migrations/018_order_discounts.ts';
import { fileOf, run } from './importing.ts';
import { event, minutes, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

describe.each(DIALECTS)('discounts of orders on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  const buy = (orderId: string, properties: object, at = -60) =>
    service.send(event('completed_purchase', 'ada', minutes(at), { properties: { orderId, ...properties } }));
  const discounts = async (prefix = '') =>
    Object.fromEntries(
      (await service.store.db.selectFrom('orders').select(['order_id', 'discount_minor']).execute())
        .filter(({ order_id }) => order_id.startsWith(prefix))
        .map((row) => [row.order_id, row.discount_minor]),
    );

  it('takes what is said of the order, else what its items say for each piece', async () => {
    await buy('e-order', { discount: '5.00' });
    await buy('e-none', { discount: 0 });
    await buy('e-silent', {});
    // GA4: items carry "the unit monetary discount value".
    await buy('e-items', {
      items: [
        { productId: 'p1', quantity: 2, price: '42.00', discount: '1.50' },
        { productId: 'p2', quantity: 1, price: '9.00' },
        { productId: 'p3', quantity: 1, price: '9.00', discountMinor: 25 },
      ],
    });
    await buy('e-both', {
      discount: '4.00',
      items: [{ productId: 'p1', quantity: 2, price: '42.00', discount: '1.50' }],
    });
    await buy('e-odd', { items: [{ productId: 'p1', quantity: 2, price: '42.00', discount: '10 %' }] });
    expect(await discounts('e-')).toEqual({
      'e-order': 500,
      'e-none': 0,
      'e-silent': null,
      'e-items': 2 * 150 + 25,
      'e-both': 400,
      'e-odd': null,
    });
  });

  it('goes by the telling that holds, whichever comes first', async () => {
    await buy('t-1', { discount: '5.00' }, -60);
    await buy('t-1', { discount: '9.00' }, -50);
    await buy('t-2', { discount: '9.00' }, -50);
    await buy('t-2', { discount: '5.00' }, -60);
    expect(await discounts('t-')).toEqual({ 't-1': 500, 't-2': 500 });
  });

  it('adds up what a file says line by line, and says nothing where the file does not', async () => {
    const file = [
      'customer_id,order_id,ordered_at,product_id,quantity,revenue,discount',
      'c1,i-1,2026-01-02,p1,1,10.00,2.00',
      'c1,i-1,2026-01-02,p2,1,10.00,0.50',
      'c1,i-2,2026-01-03,p1,1,10.00,0',
      'c1,i-3,2026-01-04,p1,1,10.00,',
    ];
    await run(service.store, 'orders', fileOf(file.join('\n') + '\n'));
    expect(await discounts('i-')).toEqual({ 'i-1': 250, 'i-2': 0, 'i-3': null });
  });

  it('is taken from the events of orders that are older than it', async () => {
    const before = await discounts();
    await sql`alter table orders drop column discount_minor`.execute(service.store.db);
    await up(service.store.db as never, dialect);
    // Only what stood in the items alone is not read again.
    expect(await discounts()).toEqual({ ...before, 'e-items': null });
  });
});
