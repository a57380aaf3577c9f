/** Bodies of our own in the shape of Shopify's and WooCommerce's webhooks, and the mapping as its callers see it. */
import { expect } from 'vitest';
import { parseEvent } from '../../../../temporal/domain/eventParsing.ts';
import type { CanonicalEvent } from '../../../../temporal/domain/event.ts';
import type { Arrival, Mapped, MappedBody } from '../../../../temporal/domain/mapping/mappedBody.ts';
import { mapShopify } from '../../../../temporal/domain/mapping/shopify.ts';
import { mapWooCommerce } from '../../../../temporal/domain/mapping/woocommerce.ts';

export type Json = Record<string, unknown>;

export const NOW = Date.parse('2026-11-26T12:00:00Z');

export const arrival = (topic: string | null, further: Partial<Arrival> = {}): Arrival => ({
  source: 'shop',
  topic,
  deliveryId: 'delivery-1',
  currency: null,
  receivedAt: NOW,
  ...further,
});

export const shopify = (topic: string, body: unknown, further: Partial<Arrival> = {}): Mapped =>
  mapShopify(body, arrival(topic, further));
export const woo = (topic: string | null, body: unknown, further: Partial<Arrival> = {}): Mapped =>
  mapWooCommerce(body, arrival(topic, further));

export function bodyOf(mapped: Mapped): MappedBody {
  if (mapped.problem) throw new Error(`${mapped.problem.path} ${mapped.problem.message}`);
  return mapped.body;
}

/** Every event has to be one that the intake takes. */
export function eventsOf(mapped: Mapped): CanonicalEvent[] {
  return bodyOf(mapped).events.map((raw) => {
    const parsed = parseEvent(raw, NOW);
    if (!('event' in parsed)) throw new Error(`${raw.type}: ${parsed.path} ${parsed.message}`);
    return parsed.event;
  });
}

export function onlyEvent(mapped: Mapped): CanonicalEvent {
  const events = eventsOf(mapped);
  expect(events).toHaveLength(1);
  return events[0] as CanonicalEvent;
}

const set = (amount: string, presentment = amount, shop = 'EUR', buyer = shop): Json => ({
  shop_money: { amount, currency_code: shop },
  presentment_money: { amount: presentment, currency_code: buyer },
});

export const shopifyLine = (further: Json = {}): Json => ({
  id: '71',
  product_id: 501,
  variant_id: 601,
  sku: 'BOOT-42',
  name: 'Boot - 42',
  title: 'Boot',
  quantity: 2,
  price: '42.00',
  price_set: set('42.00'),
  vendor: 'Acme',
  ...further,
});

export const shopifyOrder = (further: Json = {}): Json => ({
  // Larger than 2^53: parseKeepingDigits hands it on as text.
  id: '820982911946154508',
  admin_graphql_api_id: 'gid://shopify/Order/820982911946154508',
  name: '#1001',
  email: 'Ann@Example.com ',
  phone: null,
  created_at: '2026-11-26T10:00:00+02:00',
  updated_at: '2026-11-26T10:05:00+02:00',
  cancelled_at: null,
  currency: 'EUR',
  presentment_currency: 'EUR',
  total_price: '84.00',
  total_price_set: set('84.00'),
  total_discounts: '5.00',
  discount_codes: [{ code: 'WELCOME', amount: '5.00', type: 'fixed_amount' }],
  financial_status: 'paid',
  source_name: 'web',
  test: false,
  tags: 'first, vip',
  cart_token: 'c0ffee',
  checkout_id: 9001,
  line_items: [shopifyLine()],
  customer: { id: 4711, email: 'ann@example.com', first_name: 'Ann', last_name: 'Example', phone: null },
  shipping_address: { city: 'Vienna', country_code: 'AT', province_code: null, zip: '1010' },
  customer_locale: 'de-AT',
  note_attributes: [],
  ...further,
});

export const shopifyRefund = (further: Json = {}): Json => ({
  id: 3001,
  order_id: '820982911946154508',
  created_at: '2026-11-26T11:00:00Z',
  refund_line_items: [
    { id: 1, quantity: 1, line_item: shopifyLine(), subtotal_set: set('42.00') },
    { id: 2, quantity: 1, line_item: shopifyLine({ id: '72', sku: 'SOCK', price: '9.00' }), subtotal_set: set('9.00') },
  ],
  transactions: [{ id: 1, kind: 'refund', status: 'success', amount: '10.50', currency: 'EUR', test: false }],
  ...further,
});

export const shopifyCheckout = (further: Json = {}): Json => ({
  id: 9001,
  token: 'checkout-token',
  cart_token: 'c0ffee',
  email: 'ann@example.com',
  created_at: '2026-11-26T09:00:00Z',
  updated_at: '2026-11-26T09:01:00Z',
  completed_at: null,
  currency: 'EUR',
  total_price: '84.00',
  abandoned_checkout_url: 'https://shop.example.com/recover/1',
  line_items: [shopifyLine({ key: 'k1' })],
  customer: { id: 4711, email: 'ann@example.com', phone: '+436601234567' },
  ...further,
});

export const shopifyCustomer = (further: Json = {}): Json => ({
  id: 4711,
  email: 'ann@example.com',
  phone: '+43 660 1234567',
  first_name: 'Ann',
  last_name: 'Example',
  created_at: '2026-11-26T09:00:00Z',
  updated_at: '2026-11-26T11:00:30Z',
  tags: 'vip, runner',
  accepts_marketing: true,
  default_address: { city: 'Vienna', country_code: 'AT', zip: '1010', phone: '555-555-5555' },
  email_marketing_consent: {
    state: 'subscribed',
    opt_in_level: 'confirmed_opt_in',
    consent_updated_at: '2026-11-26T11:00:00Z',
  },
  sms_marketing_consent: null,
  ...further,
});

export const wooOrder = (further: Json = {}): Json => ({
  id: 727,
  number: '727',
  status: 'processing',
  currency: 'EUR',
  total: '29.35',
  discount_total: '3.00',
  customer_id: 25,
  created_via: 'checkout',
  payment_method: 'stripe',
  payment_url: 'https://shop.example.com/pay/727',
  date_created: '2026-11-26T11:00:00',
  date_created_gmt: '2026-11-26T10:00:00',
  date_modified_gmt: '2026-11-26T10:30:00',
  date_paid_gmt: '2026-11-26T10:01:00',
  date_completed_gmt: null,
  billing: {
    first_name: 'Ann',
    last_name: 'O&#039;Example',
    email: 'Ann@example.com',
    phone: '0660 1234567',
    country: 'AT',
    city: 'Vienna',
    postcode: '1010',
  },
  shipping: { country: 'AT', city: 'Graz', postcode: '8010', state: '' },
  line_items: [
    { id: 1, product_id: 93, variation_id: 0, name: 'Tea &ndash; green', sku: '', quantity: 1.5, price: 8.2333333 },
    { id: 2, product_id: 22, variation_id: 23, name: 'Cup', sku: 'CUP', quantity: 1, price: '12' },
  ],
  coupon_lines: [{ code: 'autumn' }],
  meta_data: [],
  refunds: [],
  ...further,
});
