/** WooCommerce's bodies: one test for each trap (TRAPS "Intake", README "Rules behind them" of the payload set). */
import { describe, expect, it } from 'vitest';
import { bodyOf, eventsOf, onlyEvent, woo, wooOrder } from './shopBodies.ts';

const types = (body: unknown): string[] => eventsOf(woo('order.updated', body)).map(({ type }) => type);

describe('orders', () => {
  it('10: is a purchase at date_created_gmt, which is UTC', () => {
    expect(onlyEvent(woo('order.created', wooOrder()))).toMatchObject({
      id: 'order/727/purchase',
      type: 'completed_purchase',
      occurredAt: '2026-11-26T10:00:00.000Z',
      identity: { externalId: '25', email: 'ann@example.com', phone: '+436601234567' },
      properties: {
        orderId: '727',
        currency: 'EUR',
        valueMinor: 2935,
        discountMinor: 300,
        couponCodes: ['autumn'],
        salesChannel: 'online',
        location: { country: 'AT', city: 'Graz', postalCode: '8010' },
        items: [
          // 11: 1.5 of it; 5: a unit price with more digits than the currency has is rounded.
          { productId: '93', name: 'Tea – green', quantity: 1.5, priceMinor: 823 },
          { productId: '22', variantId: '23', sku: 'CUP', quantity: 1, priceMinor: 1200 },
        ],
      },
    });
  });

  it('6: customer 0 and variation 0 are none; a guest is known by the billing e-mail', () => {
    const event = onlyEvent(woo('order.created', wooOrder({ customer_id: 0 })));
    expect(event.identity.externalId).toBeUndefined();
    expect(event.identity.email).toBe('ann@example.com');
    expect(event.properties.items?.[0]).not.toHaveProperty('variantId');
    expect(onlyEvent(woo('order.created', wooOrder({ customer_id: 0, billing: {} }))).identity).toEqual({
      orderId: '727',
    });
  });

  it('a national phone number needs its country, and has to be one', () => {
    const phone = (billing: object) => onlyEvent(woo('order.created', wooOrder({ billing }))).identity.phone;
    expect(phone({ phone: '0660 1234567' })).toBeUndefined();
    expect(phone({ phone: '(555) 555-5555', country: 'US' })).toBeUndefined();
    expect(phone({ phone: '0000000000', country: 'US' })).toBeUndefined();
    expect(phone({ phone: '+43 660 1234567', country: 'XX' })).toBe('+436601234567');
  });

  it('2: processing and completed are one purchase; completed is also sent', () => {
    const completed = eventsOf(
      woo('order.updated', wooOrder({ status: 'completed', date_completed_gmt: '2026-11-26T10:40:00' })),
    );
    expect(completed.map(({ type, id, occurredAt }) => [type, id, occurredAt])).toEqual([
      ['completed_purchase', 'order/727/purchase', '2026-11-26T10:00:00.000Z'],
      ['fulfilled_order', 'order/727/fulfilled', '2026-11-26T10:40:00.000Z'],
    ]);
    const pickedUp = wooOrder({ status: 'completed', shipping_lines: [{ method_id: 'local_pickup' }] });
    expect(types(pickedUp)).toEqual(['completed_purchase', 'fulfilled_order', 'picked_up_order']);
  });

  it.each([
    ['pending', ['started_checkout']],
    ['checkout-draft', ['started_checkout']],
    ['on-hold', ['custom:order_on_hold']],
    ['failed', ['custom:order_failed']],
    ['cancelled', ['custom:order_cancelled']],
    ['refunded', ['custom:order_refunded']],
    ['wc-shipped!', ['custom:order_shipped']],
    ['trash', []],
    ['auto-draft', []],
  ])('%s is no revenue', (status, expected) => {
    expect(types(wooOrder({ status, date_paid_gmt: null }))).toEqual(expected);
  });

  it('a checkout that waits for payment has the way back, and begins before the order', () => {
    const event = onlyEvent(woo('order.created', wooOrder({ status: 'pending', date_paid_gmt: null })));
    expect(event).toMatchObject({
      occurredAt: '2026-11-26T09:59:59.000Z',
      properties: { checkoutId: '727', url: 'https://shop.example.com/pay/727', valueMinor: 2935 },
    });
    expect(types(wooOrder({ status: 'checkout-draft', line_items: [] }))).toEqual([]);
  });

  it('a cancelled order stops counting, as in WooCommerce’s own reports, and says whether it had been paid', () => {
    const cancelled = onlyEvent(woo('order.updated', wooOrder({ status: 'cancelled' })));
    expect(cancelled.properties['stopsCounting']).toBe(true);
    expect(onlyEvent(woo('order.created', wooOrder())).properties['paidAt']).toBe('2026-11-26T10:01:00.000Z');
    const wasPaid = (date_paid_gmt: unknown) =>
      onlyEvent(woo('order.updated', wooOrder({ status: 'cancelled', date_paid_gmt }))).properties['wasPaid'];
    expect(wasPaid(null)).toBe(false);
    expect(wasPaid('2026-11-26T10:01:00')).toBe(true);
  });

  it('4: refunds are told once each, however often the order comes, and only of paid orders', () => {
    const refunds = [
      { id: 801, reason: 'too small', total: '-10.00' },
      { id: 802, refund: '', total: '-4.35' },
      { id: 803, total: '0.00' },
    ];
    const told = eventsOf(woo('order.updated', wooOrder({ refunds }))).filter(({ type }) => type === 'refunded');
    expect(told.map(({ id, properties }) => [id, properties.valueMinor, properties.orderId])).toEqual([
      ['refund/801', 1000, '727'],
      ['refund/802', 435, '727'],
    ]);
    expect(types(wooOrder({ status: 'refunded', refunds }))).toEqual(['refunded', 'refunded', 'custom:order_refunded']);
    expect(types(wooOrder({ status: 'cancelled', date_paid_gmt: null, refunds }))).toEqual(['custom:order_cancelled']);
    expect(woo('order.updated', wooOrder({ refunds: [{ id: 1, total: 'all' }] })).problem?.path).toBe(
      '/refunds/0/total',
    );
  });

  it.each([
    ['JPY', '2935.00', 2935],
    ['KWD', '29.35', 29350],
    ['BHD', '29.355', 29355],
    ['USD', 29.35, 2935],
  ])('5: %s %s is %d minor units', (currency, total, minor) => {
    expect(onlyEvent(woo('order.created', wooOrder({ currency, total }))).properties.valueMinor).toBe(minor);
  });

  it('10: without the UTC time the shop’s own is nearer than that of the delivery', () => {
    expect(onlyEvent(woo('order.created', wooOrder({ date_created_gmt: 'soon' }))).occurredAt).toBe(
      '2026-11-26T11:00:00.000Z',
    );
  });

  it('keeps the campaign of WooCommerce’s order attribution', () => {
    const meta_data = [
      { key: '_wc_order_attribution_utm_source', value: 'facebook' },
      { key: '_wc_order_attribution_utm_medium', value: 'paid_social' },
      { key: '_wc_order_attribution_utm_content', value: '(none)' },
      { key: '_wc_order_attribution_session_entry', value: 'https://shop.example.com/?gclid=G1&utm_campaign=autumn' },
      { key: '_wc_order_attribution_referrer', value: 'https://l.facebook.com/' },
      { key: 'other', value: { any: 'thing' } },
    ];
    const event = onlyEvent(woo('order.created', wooOrder({ meta_data })));
    expect(event.properties.campaign).toEqual({
      source: 'facebook',
      medium: 'paid_social',
      name: 'autumn',
      gclid: 'G1',
      referrer: 'l.facebook.com',
    });
    expect(event.identity.gclid).toBe('G1');
  });

  it('a renewal marks the subscription; a donation is an item; a till is a till', () => {
    const renewal = onlyEvent(woo('order.created', wooOrder({ created_via: 'subscription' })));
    expect(renewal.properties.items?.every((item) => item['subscription'] === true)).toBe(true);
    const donation = wooOrder({ line_items: [], fee_lines: [{ name: 'Donation', total: '29.35' }] });
    expect(onlyEvent(woo('order.created', donation)).properties.items).toEqual([
      { name: 'Donation', quantity: 1, priceMinor: 2935 },
    ]);
    expect(onlyEvent(woo('order.created', wooOrder({ created_via: 'pos-rest-api' }))).properties['salesChannel']).toBe(
      'pos',
    );
  });

  it('deleted is told about the order alone', () => {
    expect(onlyEvent(woo('order.deleted', { id: 727 }))).toMatchObject({
      type: 'custom:order_deleted',
      identity: { orderId: '727' },
    });
  });

  it('names the path of what it cannot do without', () => {
    const path = (body: unknown) => woo('order.created', body).problem?.path;
    expect(path('text')).toBe('');
    expect(path(wooOrder({ id: 0 }))).toBe('/id');
    expect(path(wooOrder({ status: {} }))).toBe('/status');
    expect(path(wooOrder({ currency: 'Euro' }))).toBe('/currency');
    expect(woo('order.created', wooOrder({ currency: 'QQQ' }), { currency: 'EUR' }).problem?.path).toBe('/currency');
    expect(path(wooOrder({ total: {} }))).toBe('/total');
    expect(path(wooOrder({ line_items: 'none' }))).toBe('/line_items');
  });
});

describe('customers, products, ping', () => {
  it('an account is a profile and no consent', () => {
    const body = {
      id: 25,
      email: 'John@example.com',
      first_name: 'John',
      billing: { phone: '(555) 555-5555', city: 'Vienna' },
    };
    expect(bodyOf(woo('customer.created', body))).toMatchObject({
      events: [],
      customers: [
        {
          identity: { externalId: '25', email: 'john@example.com' },
          properties: { firstName: 'John', city: 'Vienna' },
          consent: {},
        },
      ],
    });
    expect(bodyOf(woo('customer.deleted', { id: 25 })).customers).toEqual([]);
  });

  it('11: stock that is not kept is null, unless the shop says that there is none', () => {
    const stock = (further: object) =>
      bodyOf(woo('product.updated', { id: 794, status: 'publish', ...further })).products[0]?.stock;
    expect(stock({ manage_stock: false, stock_quantity: null, stock_status: 'instock' })).toBeNull();
    expect(stock({ manage_stock: false, stock_quantity: null, stock_status: 'outofstock' })).toBe(0);
    expect(stock({ manage_stock: true, stock_quantity: 1.5 })).toBe(1.5);
    expect(stock({})).toBeUndefined();
  });

  it('a product with variations, and one variation of it', () => {
    const parent = {
      id: 22,
      name: 'Cup &amp; saucer',
      price: '12',
      variations: [23, 24],
      categories: [{ name: 'Kitchen' }],
    };
    expect(bodyOf(woo('product.updated', parent, { currency: 'EUR' })).products[0]).toMatchObject({
      productId: '22',
      title: 'Cup & saucer',
      category: 'Kitchen',
      priceMinor: 1200,
      variants: [{ variantId: '23' }, { variantId: '24' }],
    });
    const one = { id: 23, type: 'variation', parent_id: 22, price: '13', manage_stock: true, stock_quantity: 4 };
    expect(bodyOf(woo('product.updated', one, { currency: 'EUR' })).products[0]).toMatchObject({
      productId: '22',
      variants: [{ variantId: '23', priceMinor: 1300, stock: 4 }],
    });
    expect(bodyOf(woo('product.deleted', { id: 22 })).products[0]?.isGone).toBe(true);
  });

  it.each(['webhook_id=142', { webhook_id: '142' }, { webhook_id: 142 }])('16: the ping %j is nothing', (body) => {
    expect(bodyOf(woo(null, body)).events).toEqual([]);
  });

  it('unknown topics are nothing; none at all is a problem', () => {
    expect(bodyOf(woo('action.woocommerce_add_to_cart', { action: 'x' })).events).toEqual([]);
    expect(woo(null, { id: 1 }).problem).toBeDefined();
  });
});
