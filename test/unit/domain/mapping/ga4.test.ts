/** GA4's bodies: TRAPS 15, ids and time. Names and fields as in Google's Measurement Protocol reference. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapGa4 } from '../../../../temporal/domain/mapping/ga4.ts';
import { arrival, bodyOf, eventsOf, problemsOf } from './fixtures.ts';

type Json = Record<string, unknown>;
/** 2026-11-22T09:00:00Z */
const MICROS = 1_795_338_000_000_000;
const body = (...events: Json[]): Json => ({ client_id: '1.2', timestamp_micros: MICROS, events });
const one = (name: string, params: Json = {}, more: Json = {}) => {
  const [found, ...others] = eventsOf(mapGa4({ ...body({ name, params }), ...more }, arrival));
  if (!found || others.length > 0) throw new Error('not one event');
  return found;
};
const item = { item_id: 'p', item_name: 'Shirt', item_category: 'Clothes', price: 19.98 };
const sale = { transaction_id: 'T-1', currency: 'eur', value: 19.98, items: [item] };

describe('events', () => {
  it.each([
    ['view_item', 'viewed_product', { items: [item] }],
    [' Add_To_Cart ', 'added_to_cart', { items: [item] }],
    ['remove_from_cart', 'removed_from_cart', { items: [item] }],
    ['begin_checkout', 'started_checkout', sale],
    ['purchase', 'completed_purchase', sale],
    ['refund', 'refunded', sale],
    ['add_to_wishlist', 'wishlisted', { items: [item] }],
    ['search', 'searched', { search_term: 'shoes' }],
    ['view_search_results', 'searched', { search_term: 'shoes' }],
    ['page_view', 'viewed_page', {}],
    ['view_item_list', 'custom:view_item_list', { items: [item] }],
    ['select_item', 'custom:select_item', { items: [item] }],
    ['view_cart', 'custom:view_cart', { items: [item] }],
    ['add_shipping_info', 'custom:add_shipping_info', {}],
    ['add_payment_info', 'custom:add_payment_info', {}],
    ['sign_up', 'custom:sign_up', {}],
    ['generate_lead', 'custom:generate_lead', {}],
    ['login', 'custom:login', {}],
  ])('%s is %s', (name, type, params) => {
    expect(one(name, params).type).toBe(type);
  });

  it('reads items, currency in lower case, and prices as they are', () => {
    const { properties, identity } = one('purchase', sale, { user_id: 'u-1' });
    expect(identity).toEqual({ externalId: 'u-1', deviceId: '1.2' });
    expect(properties).toEqual({
      orderId: 'T-1',
      currency: 'EUR',
      valueMinor: 1998,
      items: [{ productId: 'p', name: 'Shirt', category: 'Clothes', priceMinor: 1998, quantity: 1 }],
    });
  });

  it('reads no money without a currency', () => {
    const { properties } = one('view_item', { value: 19.98, items: [item] });
    expect(properties).not.toHaveProperty('valueMinor');
    expect(properties.items?.[0]).not.toHaveProperty('priceMinor');
    expect(problemsOf(mapGa4(body({ name: 'purchase', params: { ...sale, currency: null } }), arrival))).toMatchObject([
      { path: '/events/0/properties/currency' },
    ]);
  });

  it('takes the currency of the items where the event has none, unless they differ', () => {
    const priced = (currency: string) => ({ ...item, currency });
    expect(one('view_item_list', { items: [priced('usd'), priced('USD')] }).properties).toMatchObject({
      currency: 'USD',
      items: [{ priceMinor: 1998 }, { priceMinor: 1998 }],
    });
    expect(one('view_item_list', { items: [priced('USD'), priced('EUR')] }).properties.currency).toBeUndefined();
    const mixed = one('view_cart', { currency: 'EUR', items: [priced('USD'), priced('EUR')] }).properties.items;
    expect(mixed?.map(({ priceMinor, price }) => [priceMinor, price])).toEqual([
      [undefined, undefined],
      [1998, undefined],
    ]);
  });

  it('lets the name stand in for an item without an id, where an id is needed', () => {
    const items = [{ item_name: 'Shirt' }];
    expect(one('add_to_cart', { items }).properties.items).toMatchObject([{ productId: 'Shirt', name: 'Shirt' }]);
    expect(one('purchase', { ...sale, items }).properties.items?.[0]).not.toHaveProperty('productId');
  });

  it('adds up a checkout without a value, as Google defines it', () => {
    const items = [
      { ...item, quantity: 3 },
      { ...item, price: 0.01 },
    ];
    expect(one('begin_checkout', { currency: 'EUR', items }).properties.valueMinor).toBe(5995);
    const unknown = mapGa4(
      body({ name: 'begin_checkout', params: { currency: 'EUR', items: [{ item_id: 'p' }] } }),
      arrival,
    );
    expect(problemsOf(unknown)).toMatchObject([{ path: '/events/0/properties/value' }]);
    const odd = [{ ...item, quantity: { toString: 1, valueOf: 1 } }];
    expect(
      problemsOf(mapGa4(body({ name: 'begin_checkout', params: { currency: 'EUR', items: odd } }), arrival)),
    ).toMatchObject([{ path: '/events/0/properties/items/0/quantity' }]);
  });

  it('keeps the campaign of the parameters, and else of the address', () => {
    const page_location = 'https://shop.example.com/?utm_source=a&utm_medium=cpc&fbclid=f';
    const { properties, identity } = one('page_view', { page_location, campaign: 'May', source: 'b' });
    expect(properties).toMatchObject({ url: page_location, campaign: { source: 'b', medium: 'cpc', name: 'May' } });
    expect(identity).toEqual({ deviceId: '1.2', fbclid: 'f' });
  });

  it('makes properties of the customer of user properties, and no consent of anything', () => {
    const consent = { ad_user_data: 'GRANTED' };
    const user_properties = { plan: { value: 'gold' }, email: { value: 'x@example.com' }, none: { value: '' } };
    expect(bodyOf(mapGa4({ ...body(), consent, user_properties }, arrival)).customers).toEqual([
      {
        identity: { deviceId: '1.2' },
        properties: { plan: 'gold' },
        consent: {},
        changedAt: '2026-11-22T09:00:00.000Z',
      },
    ]);
  });
});

describe('ids and times', () => {
  const idsOf = (given: Json, receivedAt = arrival.receivedAt) =>
    bodyOf(mapGa4(given, { ...arrival, receivedAt })).events.map(({ id }) => id);
  const view = { name: 'page_view', params: { page_title: 'A' } };

  it('gives a repeated body the same ids, and each event of it its own', () => {
    const twice = body(view, view, { name: 'purchase', params: sale });
    const ids = idsOf(twice);
    expect(new Set(ids).size).toBe(3);
    expect(idsOf(twice, arrival.receivedAt + 86_400_000)).toEqual(ids);
    expect(ids[2]).toBe('purchase:T-1');
    expect(idsOf({ ...body(view), client_id: '3.4' })).not.toEqual(idsOf(body(view)));
    expect(idsOf({ ...body(view), timestamp_micros: MICROS + 1 })).not.toEqual(idsOf(body(view)));
  });

  it('without a time, takes the same on another day for something new', () => {
    const given = { ...body(view), timestamp_micros: undefined };
    expect(idsOf(given)).toEqual(idsOf(given, arrival.receivedAt + 3600_000));
    expect(idsOf(given)).not.toEqual(idsOf(given, arrival.receivedAt + 86_400_000));
  });

  it('tells two refunds of one order apart', () => {
    const refund = (value: number) => ({ name: 'refund', params: { ...sale, value } });
    expect(new Set(idsOf(body(refund(1), refund(2)))).size).toBe(2);
  });

  it.each([
    [MICROS, '2026-11-22T09:00:00.000Z'],
    [String(MICROS), '2026-11-22T09:00:00.000Z'],
    // Milliseconds and seconds, as `Date.now()` and server code give them.
    [MICROS / 1000, '2026-11-22T09:00:00.000Z'],
    [MICROS / 1_000_000, '2026-11-22T09:00:00.000Z'],
    [-1, '2026-11-22T10:00:00.000Z'],
    ['soon', '2026-11-22T10:00:00.000Z'],
    [1e300, '2026-11-22T10:00:00.000Z'],
  ])('reads %s as %s', (timestamp_micros, expected) => {
    expect(one('page_view', {}, { timestamp_micros }).occurredAt).toBe(expected);
  });
});

describe('bodies', () => {
  it.each([
    [{ client_id: '1.2', name: 'purchase', params: sale }],
    [{ client_id: '1.2', event: 'purchase', ecommerce: sale }],
    [{ client_id: '1.2', event: 'purchase', ...sale }],
  ])('reads a single event: %j', (given) => {
    expect(eventsOf(mapGa4(given, arrival))).toMatchObject([
      { type: 'completed_purchase', properties: { orderId: 'T-1', valueMinor: 1998 } },
    ]);
  });

  it.each([
    [{}, '/events'],
    [{ events: 'page_view' }, '/events'],
    [{ events: [{}, {}] }, '/events/0/name'],
    [{ events: [null] }, '/events/0/name'],
    [[], ''],
  ])('refuses %j at "%s"', (given, path) => {
    expect(mapGa4(given, arrival).problem).toMatchObject({ path });
  });

  it('reads the others when one cannot be read', () => {
    const mapped = mapGa4(body(view(), {}), arrival);
    expect(bodyOf(mapped).events).toHaveLength(1);
    expect(problemsOf(mapped)).toMatchObject([{ path: '/events/1/name' }]);
  });

  it('refuses what names nobody', () => {
    expect(problemsOf(mapGa4({ events: [view()] }, arrival))).toMatchObject([{ path: '/events/0/identity' }]);
  });

  it('never throws, whatever comes', () => {
    const names = fc.constantFrom(
      ...[
        'events',
        'name',
        'event',
        'params',
        'ecommerce',
        'items',
        'item_id',
        'price',
        'quantity',
        'currency',
        'value',
      ],
      ...['client_id', 'user_properties', 'timestamp_micros', 'transaction_id', 'page_location', 'campaign', 'url'],
    );
    const values = fc.oneof(fc.constantFrom('purchase', 'begin_checkout', 'EUR', -1, Infinity), fc.jsonValue());
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        values,
        fc.dictionary(names, tie('tree')),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(names, tree), (given) => {
        const mapped = mapGa4(given, arrival);
        if (mapped.problem === undefined) problemsOf(mapped);
      }),
    );
  });
});

const view = () => ({ name: 'page_view', params: {} });
