/** Made-up bodies in the shapes of Shopify, WooCommerce, Segment and GA4, complete enough for every rule of the intake. */

export const shopifyOrder = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: '@820982911946154508',
  admin_graphql_api_id: 'gid://shopify/Order/820982911946154508',
  name: '#1001',
  email: 'ada@example.com',
  phone: null,
  created_at: '2026-11-22T10:00:00+00:00',
  updated_at: '2026-11-22T10:00:01+00:00',
  processed_at: '2026-11-22T10:00:00+00:00',
  cancelled_at: null,
  currency: 'EUR',
  total_price: '84.00',
  current_total_price: '84.00',
  subtotal_price: '84.00',
  total_discounts: '0.00',
  financial_status: 'paid',
  fulfillment_status: null,
  cart_token: 'cart-of-ada',
  checkout_id: 901414060,
  checkout_token: 'checkout-of-ada',
  customer_locale: 'de-AT',
  test: false,
  source_name: 'web',
  landing_site: '/?utm_source=newsletter&utm_medium=email&utm_campaign=autumn',
  customer: {
    id: '@115310627314723954',
    email: 'ada@example.com',
    first_name: 'Ada',
    last_name: 'Example',
    phone: null,
    tags: 'vip, early',
    default_address: { city: 'Graz', zip: '8010', country_code: 'AT', phone: null },
  },
  billing_address: { first_name: 'Ada', last_name: 'Example', city: 'Graz', zip: '8010', country_code: 'AT' },
  line_items: [
    {
      id: 466157049,
      product_id: 632910392,
      variant_id: 39072856,
      sku: 'SHOE-42',
      title: 'Trail shoe',
      quantity: 2,
      price: '42.00',
      price_set: { shop_money: { amount: '42.00', currency_code: 'EUR' } },
      gift_card: false,
    },
  ],
  total_price_set: {
    shop_money: { amount: '84.00', currency_code: 'EUR' },
    presentment_money: { amount: '84.00', currency_code: 'EUR' },
  },
  fulfillments: [{ id: 255858046, created_at: '2026-11-22T11:00:00+00:00' }],
  ...more,
});

export const shopifyCart = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: 'cart-of-bea',
  token: 'cart-of-bea',
  created_at: '2026-11-22T10:00:00.000Z',
  updated_at: '2026-11-22T10:00:00.000Z',
  line_items: [
    {
      id: 39072856,
      key: '39072856:0',
      product_id: 632910392,
      variant_id: 39072856,
      quantity: 1,
      price: '42.00',
      price_set: { shop_money: { amount: '42.00', currency_code: 'EUR' } },
      title: 'Trail shoe',
    },
  ],
  ...more,
});

export const shopifyCustomer = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: '@706405506930370084',
  email: 'bob@example.com',
  first_name: 'Bob',
  last_name: 'Example',
  phone: '+436601234567',
  created_at: '2026-11-20T10:00:00+00:00',
  updated_at: '2026-11-22T10:00:00+00:00',
  tags: 'loyal',
  default_address: { city: 'Linz', country_code: 'AT' },
  email_marketing_consent: {
    state: 'subscribed',
    opt_in_level: 'confirmed_opt_in',
    consent_updated_at: '2026-11-22T09:00:00+00:00',
  },
  sms_marketing_consent: { state: 'not_subscribed', opt_in_level: 'single_opt_in', consent_updated_at: null },
  ...more,
});

export const shopifyProduct = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: '@788032119674292922',
  title: 'Trail shoe',
  product_type: 'shoes',
  handle: 'trail-shoe',
  status: 'active',
  updated_at: '2026-11-22T10:00:00+00:00',
  image: { src: 'https://cdn.example.com/shoe.jpg' },
  variants: [
    {
      id: 39072856,
      title: '42',
      price: '42.00',
      sku: 'SHOE-42',
      inventory_item_id: 42,
      inventory_quantity: 5,
      inventory_policy: 'deny',
      inventory_management: 'shopify',
    },
  ],
  ...more,
});

export const wooOrder = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: 727,
  number: '727',
  order_key: 'wc_order_58d2d042d1d',
  status: 'processing',
  currency: 'EUR',
  date_created: '2026-11-22T11:00:00',
  date_created_gmt: '2026-11-22T10:00:00',
  date_modified_gmt: '2026-11-22T10:00:01',
  date_paid_gmt: '2026-11-22T10:00:01',
  date_completed_gmt: null,
  discount_total: '0.00',
  total: '29.35',
  total_tax: '4.89',
  customer_id: 0,
  billing: {
    first_name: 'Cleo',
    last_name: 'Example',
    city: 'Wien',
    postcode: '1010',
    country: 'AT',
    email: 'cleo@example.com',
    phone: '+436601234568',
  },
  line_items: [
    { id: 315, name: 'Socks', product_id: 93, variation_id: 0, quantity: 2, total: '6.00', price: 3, sku: 'SOCK' },
    { id: 316, name: 'Hat', product_id: 22, variation_id: 23, quantity: 1, total: '12.00', price: 12, sku: '' },
  ],
  refunds: [],
  meta_data: [{ id: 1, key: '_wc_order_attribution_utm_source', value: 'newsletter' }],
  ...more,
});

export const segmentTrack = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: 'track',
  event: 'Order Completed',
  messageId: 'm-1',
  userId: 'dora-1',
  anonymousId: 'anon-1',
  timestamp: '2026-11-22T10:00:00.000Z',
  context: { traits: { email: 'dora@example.com' }, campaign: { source: 'newsletter' } },
  properties: {
    order_id: 'seg-1',
    total: 27.5,
    currency: 'EUR',
    products: [{ product_id: 'p1', sku: 'S1', name: 'Cap', price: '27.50', quantity: 1, category: 'hats' }],
  },
  ...more,
});

export const ga4Body = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  client_id: '1.2',
  user_id: 'emil-1',
  timestamp_micros: '1795341600000000',
  events: [
    {
      name: 'purchase',
      params: {
        transaction_id: 'ga-1',
        currency: 'EUR',
        value: 12.5,
        items: [{ item_id: 'p1', item_name: 'Cap', price: 12.5, quantity: 1 }],
      },
    },
  ],
  ...more,
});

/** `"@820982911946154508"` stands for the number itself: larger than a double can hold. */
export const bodyOf = (value: unknown): string => JSON.stringify(value).replaceAll(/"@(\d+)"/g, '$1');
