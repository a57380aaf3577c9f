/** Shopify's bodies: one test for each trap (TRAPS "Intake", README "Rules behind them" of the payload set). */
import { describe, expect, it } from 'vitest';
import { parseKeepingDigits } from '../../../../temporal/domain/losslessJson.ts';
import { canonicalEvents } from '../../../../temporal/domain/mapping/canonicalEvents.ts';
import {
  bodyOf,
  eventsOf,
  NOW,
  onlyEvent,
  shopify,
  shopifyCheckout,
  shopifyCustomer,
  shopifyLine,
  shopifyOrder,
  shopifyRefund,
} from './shopBodies.ts';

describe('orders', () => {
  it('is a purchase at created_at, with every digit of its ids, the money in minor units and what was bought', () => {
    const event = onlyEvent(shopify('orders/create', shopifyOrder()));
    expect(event).toMatchObject({
      id: 'order/820982911946154508/purchase',
      type: 'completed_purchase',
      occurredAt: '2026-11-26T08:00:00.000Z',
      source: 'shop',
      identity: { externalId: '4711', email: 'ann@example.com' },
      properties: {
        orderId: '820982911946154508',
        currency: 'EUR',
        valueMinor: 8400,
        discountMinor: 500,
        couponCodes: ['WELCOME'],
        salesChannel: 'online',
        checkoutId: '9001',
        cartId: 'c0ffee',
        tags: ['first', 'vip'],
        location: { country: 'AT', city: 'Vienna', postalCode: '1010' },
        items: [
          { productId: '501', variantId: '601', sku: 'BOOT-42', name: 'Boot - 42', quantity: 2, priceMinor: 4200 },
        ],
      },
    });
  });

  it('1: ids above 2^53 keep their digits from the raw text on', () => {
    const body = parseKeepingDigits(
      JSON.stringify(shopifyOrder()).replace('"820982911946154508"', '820982911946154508'),
    );
    expect(onlyEvent(shopify('orders/create', body)).properties.orderId).toBe('820982911946154508');
  });

  it('an id can be a GraphQL one, or stand only there', () => {
    const body = shopifyOrder({ id: undefined, customer: { id: 'gid://shopify/Customer/4711' } });
    const event = onlyEvent(shopify('orders/create', body));
    expect(event.properties.orderId).toBe('820982911946154508');
    expect(event.identity.externalId).toBe('4711');
  });

  it('2: create, paid and updated are one purchase: the same event id', () => {
    const ids = ['orders/create', 'orders/paid', 'orders/updated'].map(
      (topic) => onlyEvent(shopify(topic, shopifyOrder())).id,
    );
    expect(new Set(ids).size).toBe(1);
  });

  it('2: the topic decides: fulfilled is no purchase', () => {
    expect(onlyEvent(shopify('orders/fulfilled', shopifyOrder())).type).toBe('fulfilled_order');
    expect(onlyEvent(shopify('orders/partially_fulfilled', shopifyOrder())).type).toBe('custom:order_partly_fulfilled');
  });

  it.each([
    ['JPY', '2935.00', 2935],
    ['VND', '20', 20],
    ['KWD', '29.35', 29350],
    ['USD', '2.000', 200],
    ['EUR', '4.35', 435],
    ['EUR', 0, 0],
    ['EUR', '1234567890.12', 123456789012],
  ])('5: %s %s is %d minor units', (currency, total_price, minor) => {
    const event = onlyEvent(shopify('orders/create', shopifyOrder({ currency, total_price })));
    expect(event.properties).toMatchObject({ currency, valueMinor: minor });
  });

  it('takes value and currency from the same side', () => {
    const sides = {
      shop_money: { amount: '238.47', currency_code: 'EUR' },
      presentment_money: { amount: '38871', currency_code: 'JPY' },
    };
    const order = { presentment_currency: 'JPY', total_price_set: sides };
    expect(
      onlyEvent(shopify('orders/create', shopifyOrder({ ...order, total_price: '238.47' }))).properties,
    ).toMatchObject({
      currency: 'EUR',
      valueMinor: 23847,
    });
    // Without the plain total, and without the shop's side.
    expect(
      onlyEvent(shopify('orders/create', shopifyOrder({ ...order, total_price: null }))).properties.valueMinor,
    ).toBe(23847);
    const buyersOnly = { total_price: null, total_price_set: { presentment_money: sides.presentment_money } };
    expect(onlyEvent(shopify('orders/create', shopifyOrder(buyersOnly))).properties).toMatchObject({
      currency: 'JPY',
      valueMinor: 38871,
    });
  });

  it('without a currency the connection has it; without both the body is refused at /currency', () => {
    const order = shopifyOrder({ currency: null, total_price_set: null });
    expect(onlyEvent(shopify('orders/create', order, { currency: 'CHF' })).properties.currency).toBe('CHF');
    expect(shopify('orders/create', order).problem?.path).toBe('/currency');
    // An unknown currency is not the connection's: 100 of it could be anything.
    const unknown = shopifyOrder({ currency: 'QQQ', total_price_set: null });
    expect(shopify('orders/create', unknown, { currency: 'CHF' }).problem?.path).toBe('/currency');
    const transactions = [{ kind: 'refund', status: 'success', amount: '4.90', currency: 'QQQ' }];
    const refund = { id: 3009, order_id: 77, created_at: '2026-11-22T10:00:00Z', transactions };
    expect(shopify('refunds/create', refund, { currency: 'CHF' }).problem?.path).toBe('/transactions/0/currency');
  });

  it('what was ordered stays when the order is edited', () => {
    const edited = shopifyOrder({ current_total_price: '10.00', line_items: [shopifyLine({ current_quantity: 0 })] });
    expect(onlyEvent(shopify('orders/updated', edited)).properties).toMatchObject({
      valueMinor: 8400,
      items: [{ quantity: 2 }],
    });
  });

  it('leaves out lines of quantity 0', () => {
    const order = shopifyOrder({ line_items: [shopifyLine({ quantity: 0 }), shopifyLine({ sku: 'SOCK' })] });
    expect(onlyEvent(shopify('orders/create', order)).properties.items?.map(({ sku }) => sku)).toEqual(['SOCK']);
  });

  it('6: a guest without e-mail is known by the phone; 7: the order’s own e-mail counts, the account’s is a property', () => {
    const byPhone = shopifyOrder({ email: '', phone: '+81 90 1234 5678', customer: null });
    expect(onlyEvent(shopify('orders/create', byPhone)).identity).toMatchObject({ phone: '+819012345678' });
    expect(onlyEvent(shopify('orders/create', byPhone)).identity.email).toBeUndefined();
    const other = onlyEvent(
      shopify('orders/create', shopifyOrder({ customer: { id: 4711, email: 'old@example.com' } })),
    );
    expect(other.identity).toMatchObject({ externalId: '4711', email: 'ann@example.com' });
    expect(other.properties['accountEmail']).toBe('old@example.com');
  });

  it('6: an anonymous order is somebody of its own, also with the same cart', () => {
    const anonymous = { email: '', phone: '', customer: null };
    const one = onlyEvent(shopify('orders/create', shopifyOrder({ ...anonymous, id: 1 }))).identity;
    const two = onlyEvent(shopify('orders/create', shopifyOrder({ ...anonymous, id: 2 }))).identity;
    expect(one).toEqual({ orderId: '1' });
    expect(two).toEqual({ orderId: '2' });
  });

  it('ties the cart to the buyer as a device', () => {
    const ofOrder = onlyEvent(shopify('orders/create', shopifyOrder())).identity.deviceId;
    expect(ofOrder).toBe('cart:shop/c0ffee');
    expect(onlyEvent(shopify('checkouts/create', shopifyCheckout())).identity.deviceId).toBe(ofOrder);
  });

  it('8: a test order is marked as one, and its buyer is nobody', () => {
    const mapped = shopify('orders/create', shopifyOrder({ test: true }));
    expect(onlyEvent(mapped).test).toBe(true);
    expect(bodyOf(mapped).customers).toEqual([]);
  });

  it('a cancelled order is no purchase, whatever topic it comes by; it says whether it had been paid', () => {
    const cancelled = shopifyOrder({ cancelled_at: '2026-11-26T11:00:00Z', financial_status: 'voided' });
    for (const topic of ['orders/cancelled', 'orders/updated', 'orders/create']) {
      const event = onlyEvent(shopify(topic, cancelled));
      expect(event).toMatchObject({
        id: 'order/820982911946154508/cancelled',
        type: 'custom:order_cancelled',
        occurredAt: '2026-11-26T11:00:00.000Z',
        properties: { wasPaid: false, valueMinor: 8400, currency: 'EUR' },
      });
    }
    const paid = shopifyOrder({ cancelled_at: '2026-11-26T11:00:00Z', financial_status: 'refunded' });
    expect(onlyEvent(shopify('orders/cancelled', paid)).properties['wasPaid']).toBe(true);
  });

  it('10: a malformed created_at falls back to the next time, in the end to the arrival', () => {
    const at = (further: object) => onlyEvent(shopify('orders/create', shopifyOrder({ ...further }))).occurredAt;
    expect(at({ created_at: '2026-13-45' })).toBe('2026-11-26T08:05:00.000Z');
    expect(at({ created_at: null, updated_at: 17 })).toBe('2026-11-26T12:00:00.000Z');
    expect(at({ created_at: '2031-01-01T00:00:00Z', updated_at: null })).toBe('2026-11-26T12:00:00.000Z');
  });

  it('a purchase at the counter says so, and where', () => {
    const order = shopifyOrder({ source_name: 'pos', location_id: 33, shipping_address: null });
    expect(onlyEvent(shopify('orders/create', order)).properties).toMatchObject({
      salesChannel: 'pos',
      location: { locationId: '33' },
    });
  });

  it('keeps the campaign of the landing page, with click ids as identifiers', () => {
    const order = shopifyOrder({
      landing_site: '/?utm_source=facebook&utm_medium=paid_social&utm_campaign=autumn&utm_id=7&fbclid=F1&gclid=G1',
      referring_site: 'https://www.facebook.com/',
      order_status_url: 'https://shop.example.com/orders/1',
    });
    const event = onlyEvent(shopify('orders/create', order));
    expect(event.properties.campaign).toEqual({
      source: 'facebook',
      medium: 'paid_social',
      name: 'autumn',
      id: '7',
      fbclid: 'F1',
      gclid: 'G1',
      referrer: 'facebook.com',
    });
    expect(event.identity).toMatchObject({ gclid: 'G1', fbclid: 'F1' });
    const noted = shopifyOrder({ note_attributes: [{ name: 'utm_source', value: 'newsletter' }] });
    expect(onlyEvent(shopify('orders/create', noted)).properties.campaign).toEqual({ source: 'newsletter' });
    const clicked = onlyEvent(shopify('orders/create', shopifyOrder({ landing_site: '/?gclid=G2' })));
    expect(clicked.properties.campaign).toEqual({ source: 'google', medium: 'cpc', gclid: 'G2' });
  });

  it('edited and deleted are told about the order alone', () => {
    const edited = {
      order_edit: { id: 5, order_id: '820982911946154508', line_items: { additions: [{}], removals: [] } },
    };
    expect(onlyEvent(shopify('orders/edited', edited))).toMatchObject({
      type: 'custom:order_edited',
      identity: { orderId: '820982911946154508' },
      properties: { orderId: '820982911946154508' },
    });
    expect(onlyEvent(shopify('orders/delete', { id: 17 }))).toMatchObject({
      type: 'custom:order_deleted',
      properties: { orderId: '17' },
    });
  });

  it('knows the buyer’s name and language before the customer’s own webhook', () => {
    expect(bodyOf(shopify('orders/create', shopifyOrder())).customers).toMatchObject([
      {
        identity: { externalId: '4711', email: 'ann@example.com' },
        properties: { firstName: 'Ann', lastName: 'Example', language: 'de' },
        consent: {},
      },
    ]);
  });

  it('names the path of what it cannot do without', () => {
    const path = (topic: string, body: unknown) => shopify(topic, body).problem?.path;
    expect(path('orders/create', [])).toBe('');
    expect(path('orders/create', { ...shopifyOrder(), id: {}, admin_graphql_api_id: 7.5 })).toBe('/id');
    expect(path('orders/create', shopifyOrder({ total_price: 'free', total_price_set: null }))).toBe('/total_price');
    expect(path('orders/create', shopifyOrder({ total_price: '-1', total_price_set: null }))).toBe('/total_price');
    expect(path('orders/create', shopifyOrder({ line_items: {} }))).toBe('/line_items');
  });
});

describe('refunds', () => {
  it('3: is the sum of the successful refund transactions, not of the lines', () => {
    const transactions = [
      { kind: 'refund', status: 'success', amount: '75.00', currency: null },
      { kind: 'refund', status: 'success', amount: '10.00', currency: null },
      { kind: 'refund', status: 'failure', amount: '99.00', currency: null },
      { kind: 'sale', status: 'success', amount: '99.00', currency: null },
    ];
    const event = onlyEvent(shopify('refunds/create', shopifyRefund({ transactions })));
    expect(event).toMatchObject({
      id: 'refund/3001',
      type: 'refunded',
      identity: { orderId: '820982911946154508' },
      properties: { orderId: '820982911946154508', refundId: '3001', valueMinor: 8500, currency: 'EUR' },
    });
    expect(event.properties.items?.map(({ sku, quantity, priceMinor }) => [sku, quantity, priceMinor])).toEqual([
      ['BOOT-42', 1, 4200],
      ['SOCK', 1, 900],
    ]);
  });

  it('3: shipping alone can be given back, in a currency that only the connection knows', () => {
    const transactions = [{ kind: 'refund', status: 'success', amount: '4.90', currency: null }];
    const shipping = shopifyRefund({ refund_line_items: [], transactions });
    expect(onlyEvent(shopify('refunds/create', shipping, { currency: 'EUR' })).properties).toMatchObject({
      valueMinor: 490,
    });
    expect(shopify('refunds/create', shipping).problem?.path).toBe('/transactions/0/currency');
  });

  it('nothing paid back is no refund', () => {
    expect(eventsOf(shopify('refunds/create', shopifyRefund({ transactions: [] })))).toEqual([]);
    const pending = [{ kind: 'refund', status: 'pending', amount: '1.00', currency: 'EUR' }];
    expect(eventsOf(shopify('refunds/create', shopifyRefund({ transactions: pending })))).toEqual([]);
  });
});

describe('checkouts and carts', () => {
  it('is a started checkout with the way back', () => {
    expect(onlyEvent(shopify('checkouts/create', shopifyCheckout()))).toMatchObject({
      type: 'started_checkout',
      occurredAt: '2026-11-26T09:00:00.000Z',
      identity: { externalId: '4711', email: 'ann@example.com', phone: '+436601234567' },
      properties: { checkoutId: '9001', cartId: 'c0ffee', valueMinor: 8400, url: 'https://shop.example.com/recover/1' },
    });
  });

  it('a step of the form is the same event; a cart that has changed is news', () => {
    const id = (further: object) => onlyEvent(shopify('checkouts/update', shopifyCheckout({ ...further }))).id;
    expect(id({ updated_at: '2026-11-26T09:20:00Z', shipping_address: { city: 'Graz' } })).toBe(id({}));
    expect(id({ total_price: '126.00', line_items: [shopifyLine({ quantity: 3 })] })).not.toBe(id({}));
    expect(id({ email: null, customer: null })).not.toBe(id({}));
  });

  it('taken up again a day later it is a new start', () => {
    const again = shopifyCheckout({ created_at: '2026-11-20T09:00:00Z', updated_at: '2026-11-26T09:00:00Z' });
    expect(onlyEvent(shopify('checkouts/update', again)).occurredAt).toBe('2026-11-26T09:00:00.000Z');
  });

  it('12: a completed checkout starts nothing, nor does an empty one', () => {
    expect(eventsOf(shopify('checkouts/update', shopifyCheckout({ completed_at: '2026-11-26T09:05:00Z' })))).toEqual(
      [],
    );
    expect(eventsOf(shopify('checkouts/update', shopifyCheckout({ line_items: [] })))).toEqual([]);
  });

  it('13: a cart is whole, with the currency of its lines and no customer', () => {
    const body = {
      token: 'c0ffee?key=secret',
      updated_at: '2026-11-26T09:00:00.000Z',
      line_items: [shopifyLine({ key: 'k1', quantity: 1 }), shopifyLine({ key: 'k1', quantity: 2 }), { quantity: 1 }],
    };
    const { cart, events } = bodyOf(shopify('carts/update', body));
    expect(events).toEqual([]);
    expect(cart).toMatchObject({ token: 'c0ffee', currency: 'EUR', lines: [{ key: 'k1', quantity: 3 }] });
    const told = canonicalEvents(bodyOf(shopify('carts/update', body)), 'shop', NOW);
    expect(told.events).toMatchObject([
      {
        type: 'added_to_cart',
        identity: { deviceId: 'cart:shop/c0ffee' },
        properties: {
          cartId: 'c0ffee',
          currency: 'EUR',
          valueMinor: 12600,
          items: [{ quantity: 3, priceMinor: 4200 }],
        },
      },
    ]);
    expect(bodyOf(shopify('carts/update', { ...body, line_items: [] })).cart?.lines).toEqual([]);
    expect(shopify('carts/update', { ...body, line_items: null }).problem?.path).toBe('/line_items');
  });
});

describe('customers and consent', () => {
  it('has the profile and the consent of each channel, and says once that it has just been given', () => {
    const mapped = shopify('customers/update', shopifyCustomer());
    expect(bodyOf(mapped).customers).toEqual([
      {
        identity: { externalId: '4711', email: 'ann@example.com', phone: '+436601234567' },
        properties: {
          firstName: 'Ann',
          lastName: 'Example',
          country: 'AT',
          city: 'Vienna',
          postalCode: '1010',
          tags: ['vip', 'runner'],
        },
        consent: {
          email: {
            state: 'subscribed',
            source: 'shop',
            at: '2026-11-26T11:00:00.000Z',
            optInLevel: 'confirmed_opt_in',
          },
        },
        changedAt: '2026-11-26T11:00:30.000Z',
      },
    ]);
    expect(onlyEvent(mapped)).toMatchObject({
      type: 'subscribed',
      occurredAt: '2026-11-26T11:00:30.000Z',
      properties: { channel: 'email' },
      consent: { email: { state: 'subscribed', at: '2026-11-26T11:00:00.000Z' } },
    });
  });

  it('the same consent by two topics is one event', () => {
    const { email_marketing_consent } = shopifyCustomer();
    const topic = { customer_id: 4711, email_address: 'ann@example.com', email_marketing_consent };
    const one = onlyEvent(shopify('customers_email_marketing_consent/update', topic));
    expect(one.id).toBe(onlyEvent(shopify('customers/create', shopifyCustomer())).id);
    expect(one.identity).toEqual({ externalId: '4711', email: 'ann@example.com' });
  });

  it.each(['redacted', 'invalid', '', null, 7])('9: the state %j changes nothing', (state) => {
    const customer = shopifyCustomer({
      email_marketing_consent: { state, consent_updated_at: '2026-11-26T11:00:00Z' },
    });
    const { customers, events } = bodyOf(shopify('customers/update', customer));
    expect(customers[0]?.consent).toEqual({});
    expect(events).toEqual([]);
  });

  it('9: absent changes nothing, though accepts_marketing says yes; not_subscribed is no opt-out; pending is not subscribed', () => {
    const consent = (email_marketing_consent: unknown) => {
      const { customers, events } = bodyOf(shopify('customers/update', shopifyCustomer({ email_marketing_consent })));
      return [customers[0]?.consent.email?.state, events.length];
    };
    const consent_updated_at = '2026-11-26T11:00:00Z';
    expect(consent(undefined)).toEqual([undefined, 0]);
    expect(consent({ state: 'not_subscribed', consent_updated_at })).toEqual(['never', 0]);
    expect(consent({ state: 'not_subscribed', consent_updated_at: null })).toEqual([undefined, 0]);
    expect(consent({ state: 'pending', consent_updated_at })).toEqual(['pending', 0]);
    expect(consent({ state: 'UNSUBSCRIBED', consent_updated_at })).toEqual(['unsubscribed', 1]);
  });

  it('old news is kept as consent, and no event', () => {
    const old = { state: 'subscribed', consent_updated_at: '2024-01-01T00:00:00Z' };
    const { customers, events } = bodyOf(
      shopify('customers/update', shopifyCustomer({ email_marketing_consent: old })),
    );
    expect(customers[0]?.consent.email).toMatchObject({ state: 'subscribed', at: '2024-01-01T00:00:00.000Z' });
    expect(events).toEqual([]);
  });

  it('SMS consent is another channel, with the customer in `id`', () => {
    const body = {
      id: 4711,
      phone: '+436601234567',
      sms_marketing_consent: { state: 'unsubscribed', consent_updated_at: '2026-11-26T11:00:00Z' },
    };
    expect(onlyEvent(shopify('customers_marketing_consent/update', body))).toMatchObject({
      type: 'unsubscribed',
      properties: { channel: 'sms' },
      identity: { externalId: '4711', phone: '+436601234567' },
    });
  });

  it('merges what has been merged, and nothing else', () => {
    const body = {
      admin_graphql_api_customer_kept_id: 'gid://shopify/Customer/1',
      admin_graphql_api_customer_deleted_id: 'gid://shopify/Customer/2',
    };
    expect(bodyOf(shopify('customers/merge', { ...body, status: 'completed' })).merges).toEqual([
      { from: { externalId: '2' }, into: { externalId: '1' } },
    ]);
    expect(bodyOf(shopify('customers/merge', { ...body, status: 'failed' })).merges).toEqual([]);
  });
});

describe('products, stock, fulfilments, privacy', () => {
  it('11: has variants with their stock; untracked is null, not 0', () => {
    const body = {
      id: 501,
      title: 'Boot',
      product_type: 'Shoes',
      status: 'active',
      updated_at: '2026-11-26T11:00:00Z',
      image: { src: 'https://cdn.example.com/boot.jpg' },
      variants: [
        { id: 601, price: '42.00', inventory_quantity: 3, inventory_item_id: 801, inventory_policy: 'deny' },
        { id: 602, price: '40', inventory_quantity: -2, inventory_item_id: 802, inventory_policy: 'continue' },
        { id: 603, price: null, inventory_quantity: 0, inventory_management: null },
      ],
    };
    const [product] = bodyOf(shopify('products/update', body, { currency: 'EUR' })).products;
    expect(product).toMatchObject({
      productId: '501',
      category: 'Shoes',
      currency: 'EUR',
      priceMinor: 4000,
      stock: 3,
      backorder: true,
    });
    expect(product?.variants).toMatchObject([
      { variantId: '601', priceMinor: 4200, stock: 3, inventoryItemId: '801', backorder: false },
      { variantId: '602', stock: -2, backorder: true },
      { variantId: '603', stock: null },
    ]);
    expect(bodyOf(shopify('products/update', { ...body, status: 'draft' })).products[0]?.isGone).toBe(true);
    expect(bodyOf(shopify('products/delete', { id: 501 })).products[0]).toMatchObject({
      productId: '501',
      isGone: true,
    });
    // Without a currency a price means nothing.
    expect(bodyOf(shopify('products/update', body)).products[0]?.priceMinor).toBeUndefined();
  });

  it('11: stock levels are those of inventory items', () => {
    const body = { inventory_item_id: 801, location_id: 33, available: 6, updated_at: '2026-11-26T11:00:00Z' };
    const told = bodyOf(shopify('inventory_levels/update', body));
    const [level] = told.stockLevels;
    expect(level).toEqual({
      inventoryItemId: '801',
      location: '33',
      available: 6,
      changedAt: '2026-11-26T11:00:00.000Z',
    });
    expect(canonicalEvents(told, 'shop', NOW).events[0]).toMatchObject({
      type: 'stock_changed',
      properties: { inventoryItemId: '801', available: 6 },
    });
    expect(
      bodyOf(shopify('inventory_levels/update', { ...body, available: null })).stockLevels[0]?.available,
    ).toBeNull();
    expect(shopify('inventory_levels/update', { ...body, available: 'many' }).problem?.path).toBe('/available');
  });

  it('a parcel is told with its tracking; delivered is news of its own', () => {
    const body = {
      id: 99,
      order_id: '820982911946154508',
      status: 'success',
      created_at: '2026-11-26T11:00:00Z',
      updated_at: '2026-11-26T11:30:00Z',
      email: 'ann@example.com',
      tracking_company: 'Post',
      tracking_numbers: ['T1'],
      line_items: [shopifyLine()],
    };
    expect(onlyEvent(shopify('fulfillments/create', body))).toMatchObject({
      type: 'custom:fulfilment_created',
      identity: { email: 'ann@example.com' },
      properties: { orderId: '820982911946154508', tracking: { company: 'Post', number: 'T1' } },
    });
    const delivered = onlyEvent(shopify('fulfillments/update', { ...body, shipment_status: 'delivered' }));
    expect(delivered).toMatchObject({ type: 'custom:order_delivered', occurredAt: '2026-11-26T11:30:00.000Z' });
  });

  it('hands privacy requests on', () => {
    const customer = { id: 191167, email: 'John@example.com', phone: '555-625-1199' };
    expect(
      bodyOf(shopify('customers/redact', { customer, orders_to_redact: [1, '820982911946154508'] })).privacy,
    ).toEqual({
      kind: 'customers/redact',
      identity: { externalId: '191167', email: 'john@example.com' },
      orderIds: ['1', '820982911946154508'],
    });
    expect(bodyOf(shopify('shop/redact', { shop_id: 1 })).privacy?.kind).toBe('shop/redact');
    expect(shopify('customers/data_request', { customer: null }).problem?.path).toBe('/customer');
  });

  it('unknown topics are nothing; none at all is a problem', () => {
    expect(bodyOf(shopify('themes/update', { id: 1 })).events).toEqual([]);
    expect(bodyOf(shopify('constructor', { id: 1 })).events).toEqual([]);
    expect(shopify('', { id: 1 }).problem).toBeDefined();
  });
});
