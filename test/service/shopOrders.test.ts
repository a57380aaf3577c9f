/** From a shop's signed webhooks to the totals, whatever topics tell of an order, how often, and in which order. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  NOW,
  shopifyCheckout,
  shopifyCustomer,
  shopifyLine,
  shopifyOrder,
  shopifyRefund,
  wooOrder,
  type Json,
} from '../unit/domain/mapping/shopBodies.ts';
import { TestService } from './service.ts';
import { connect, deliver, shopifyHeaders, wooHeaders } from './shops.ts';
import { DIALECTS } from './stores.ts';

describe.each(DIALECTS)('orders of shops on %s', (dialect) => {
  let service: TestService;
  let delivery = 0;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    service.now = NOW;
    await connect(service, 'shopify', 'shop', { currency: 'EUR' });
    await connect(service, 'woocommerce', 'woo', { currency: 'EUR' });
  });
  afterAll(() => service.close());

  async function tell(shop: 'shopify' | 'woocommerce', topic: string, body: Json): Promise<void> {
    const raw = JSON.stringify(body);
    const headers = (shop === 'shopify' ? shopifyHeaders : wooHeaders)(raw, topic, `d${++delivery}`);
    const answer = await deliver(service, `/in/${shop}/${shop === 'shopify' ? 'shop' : 'woo'}`, raw, headers);
    expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
  }
  const customer = async (query: string) => (await service.call('GET', `/v1/customers?${query}`)).body;
  const eventsOf = async (id: string): Promise<{ type: string; properties: Json }[]> =>
    (await service.call('GET', `/v1/customers/${id}/events`)).body.items;

  let person = 0;
  /** An order of somebody new. */
  const somebody = () => {
    const number = ++person;
    const email = `p${number}@example.com`;
    const orderId = `9007199254740993${number}`;
    return {
      email,
      orderId,
      body: { id: orderId, email, cart_token: `cart${number}`, customer: { id: 100_000 + number, email } },
    };
  };

  it('Shopify: five topics, a refund, each twice and in any order, are one purchase and one refund', async () => {
    const topics = [
      'orders/create',
      'orders/paid',
      'orders/updated',
      'orders/fulfilled',
      'orders/partially_fulfilled',
      'refunds/create',
    ];
    const sequences = fc.sample(fc.shuffledSubarray([...topics, ...topics], { minLength: topics.length * 2 }), 4);
    for (const sequence of sequences) {
      const { email, orderId, body } = somebody();
      const refund = shopifyRefund({ id: `7${orderId}`, order_id: orderId });
      for (const topic of sequence)
        await tell('shopify', topic, topic.startsWith('refunds') ? refund : shopifyOrder(body));
      const { id, totals } = await customer(`email=${email}`);
      expect(totals, sequence.join(' ')).toMatchObject({
        orders: 1,
        refunds: 1,
        revenueMinor: 8400 - 1050,
        currency: 'EUR',
      });
      const types = (await eventsOf(id)).map(({ type }) => type).sort();
      expect(types, sequence.join(' ')).toEqual([
        'completed_purchase',
        'custom:order_partly_fulfilled',
        'fulfilled_order',
        'refunded',
      ]);
    }
  });

  it('Shopify: an order that is cancelled unpaid counts nowhere; test orders never do', async () => {
    const { email, body } = somebody();
    await tell('shopify', 'orders/create', shopifyOrder({ ...body, financial_status: 'authorized' }));
    const cancelled = { ...body, financial_status: 'voided', cancelled_at: '2026-11-26T11:00:00Z' };
    await tell('shopify', 'orders/cancelled', shopifyOrder(cancelled));
    await tell('shopify', 'orders/updated', shopifyOrder(cancelled));
    expect((await customer(`email=${email}`)).totals).toMatchObject({ orders: 0, revenueMinor: 0 });
    const tester = somebody();
    await tell('shopify', 'orders/create', shopifyOrder({ ...tester.body, test: true }));
    expect((await customer(`email=${tester.email}`)).totals?.orders ?? 0).toBe(0);
  });

  it('Shopify: orders of nobody are customers of their own, and each has its refund', async () => {
    const nobody = { email: '', phone: null, customer: null, cart_token: 'same', landing_site: '/?gclid=same' };
    await tell('shopify', 'orders/create', shopifyOrder({ ...nobody, id: 501 }));
    await tell('shopify', 'orders/create', shopifyOrder({ ...nobody, id: 502 }));
    await tell('shopify', 'refunds/create', shopifyRefund({ id: 601, order_id: 502 }));
    const owners = await service.store.db
      .selectFrom('orders')
      .innerJoin('totals', 'totals.customer_id', 'orders.customer_id')
      .select(['orders.order_id', 'orders.customer_id', 'totals.revenue_minor'])
      .where('orders.order_id', 'in', ['501', '502'])
      .orderBy('orders.order_id')
      .execute();
    expect(owners.map(({ revenue_minor }) => revenue_minor)).toEqual([8400, 7350]);
    expect(owners[0]?.customer_id).not.toBe(owners[1]?.customer_id);
  });

  it('Shopify: an order for a friend’s address does not make one person of two', async () => {
    const friend = somebody();
    await tell('shopify', 'orders/create', shopifyOrder(friend.body));
    const { email, body } = somebody();
    await tell('shopify', 'orders/create', shopifyOrder({ ...body, email: friend.email }));
    const [mine, theirs] = [await customer(`email=${email}`), await customer(`email=${friend.email}`)];
    expect(mine.id).not.toBe(theirs.id);
    expect([mine.totals.orders, theirs.totals.orders]).toEqual([1, 1]);
    // An address that nobody has is the buyer's.
    const other = somebody();
    await tell('shopify', 'orders/create', shopifyOrder({ ...other.body, email: 'second@example.com' }));
    expect((await customer('email=second@example.com')).id).toBe((await customer(`email=${other.email}`)).id);
  });

  it('Shopify: a cart belongs to whoever goes to the checkout with it', async () => {
    const { email, body } = somebody();
    const cart = {
      token: body.cart_token,
      line_items: [shopifyLine({ key: 'k' })],
      updated_at: '2026-11-26T08:00:00Z',
    };
    await tell('shopify', 'carts/create', cart);
    await tell('shopify', 'checkouts/create', shopifyCheckout({ ...body, id: 77, token: 't77' }));
    await tell('shopify', 'checkouts/update', shopifyCheckout({ ...body, id: 77, token: 't77', gateway: 'card' }));
    const { id } = await customer(`email=${email}`);
    expect((await eventsOf(id)).map(({ type }) => type).sort()).toEqual(['added_to_cart', 'started_checkout']);
  });

  it('Shopify: consent by two topics is given once, and since when the shop says', async () => {
    const mine = { id: 4242, email: 'consent@example.com', phone: null };
    const { email_marketing_consent } = shopifyCustomer();
    await tell('shopify', 'customers_email_marketing_consent/update', {
      customer_id: 4242,
      email_address: 'consent@example.com',
      email_marketing_consent,
    });
    await tell('shopify', 'customers/update', shopifyCustomer(mine));
    const { id, consent, properties } = await customer('externalId=4242');
    expect(consent.email).toMatchObject({ state: 'subscribed', source: 'shop', at: '2026-11-26T11:00:00.000Z' });
    expect(properties).toMatchObject({ firstName: 'Ann', city: 'Vienna' });
    expect((await eventsOf(id)).map(({ type }) => type)).toEqual(['subscribed']);
  });

  it('WooCommerce: processing, completed, refunds and their repetition; cancelled stops counting', async () => {
    const billing = { email: 'woo@example.com', first_name: 'Wo' };
    const order = (further: Json) => wooOrder({ customer_id: 0, billing, ...further });
    const refunds = [{ id: 801, total: '-10.00' }];
    await tell('woocommerce', 'order.created', order({ status: 'pending', date_paid_gmt: null }));
    await tell('woocommerce', 'order.updated', order({}));
    await tell('woocommerce', 'order.updated', order({ status: 'completed' }));
    await tell('woocommerce', 'order.updated', order({ status: 'completed', refunds }));
    await tell(
      'woocommerce',
      'order.updated',
      order({ status: 'completed', refunds, date_modified_gmt: '2026-11-26T11:00:00' }),
    );
    const { id, totals } = await customer('email=woo@example.com');
    expect(totals).toMatchObject({ orders: 1, refunds: 1, revenueMinor: 1935 });
    expect((await eventsOf(id)).map(({ type }) => type).sort()).toEqual([
      'completed_purchase',
      'fulfilled_order',
      'refunded',
      'started_checkout',
    ]);
    await tell(
      'woocommerce',
      'order.updated',
      order({ status: 'cancelled', date_modified_gmt: '2026-11-26T11:30:00' }),
    );
    expect((await customer('email=woo@example.com')).totals).toMatchObject({ orders: 0, revenueMinor: 0 });
  });

  it('WooCommerce: cancelled for want of a payment that comes after all', async () => {
    const order = (further: Json) =>
      wooOrder({ id: 728, customer_id: 0, billing: { email: 'late@example.com' }, ...further });
    await tell('woocommerce', 'order.created', order({ status: 'on-hold', date_paid_gmt: null }));
    await tell(
      'woocommerce',
      'order.updated',
      order({ status: 'cancelled', date_paid_gmt: null, date_modified_gmt: '2026-11-26T10:30:00' }),
    );
    expect((await customer('email=late@example.com')).totals?.orders ?? 0).toBe(0);
    await tell('woocommerce', 'order.updated', order({ status: 'processing', date_paid_gmt: '2026-11-26T11:00:00' }));
    expect((await customer('email=late@example.com')).totals).toMatchObject({ orders: 1, revenueMinor: 2935 });
  });
});
