/** Segment's calls: TRAPS 14, identity and time. Names and fields as in Segment's published specification. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapSegment } from '../../../../temporal/domain/mapping/segment.ts';
import { arrival, bodyOf, eventsOf, problemsOf } from './fixtures.ts';

type Json = Record<string, unknown>;
const call = (more: Json): Json => ({
  type: 'track',
  userId: 'u-1',
  messageId: 'm-1',
  timestamp: '2026-11-22T09:00:00Z',
  ...more,
});
const track = (event: string, properties: Json = {}, more: Json = {}) =>
  mapSegment(call({ event, properties, ...more }), arrival);
const one = (event: string, properties: Json = {}, more: Json = {}) => {
  const [found, ...others] = eventsOf(track(event, properties, more));
  if (!found || others.length > 0) throw new Error('not one event');
  return found;
};
const order = { order_id: 'o-1', currency: 'EUR', total: 10, products: [{ product_id: 'p' }] };

describe('track', () => {
  it.each([
    ['Products Searched', 'searched', { query: 'shoes' }],
    ['Product Viewed', 'viewed_product', { product_id: 'p' }],
    ['product added', 'added_to_cart', { product_id: 'p' }],
    [' Product Removed ', 'removed_from_cart', { product_id: 'p' }],
    ['CHECKOUT STARTED', 'started_checkout', order],
    ['Order Completed', 'completed_purchase', order],
    ['Order Refunded', 'refunded', order],
    ['Product Added to Wishlist', 'wishlisted', { product_id: 'p' }],
    ['Wishlist Product Added to Cart', 'added_to_cart', { product_id: 'p' }],
    ['Product Reviewed', 'submitted_review', { product_id: 'p', rating: '5' }],
    // Names of version 1.
    ['Completed Order', 'completed_purchase', order],
    ['Viewed Product', 'viewed_product', { id: 'p', sku: 's' }],
    ['Order Cancelled', 'custom:order_cancelled', order],
    ['Order Updated', 'custom:order_updated', order],
    ['Cart Viewed', 'custom:cart_viewed', { cart_id: 'c' }],
    ['Checkout Step Viewed', 'custom:checkout_step_viewed', {}],
    ['Coupon Applied', 'custom:coupon_applied', {}],
    ['Course Clicked', 'custom:course_clicked', {}],
    ['Größe: gewählt!', 'custom:gro_e:_gewahlt', {}],
    ['課程', 'custom:event_7bcabffd', {}],
    ['constructor', 'custom:constructor', {}],
    ['__proto__', 'custom:proto', {}],
    ['Subscribed', 'custom:subscribed', {}],
  ])('%s is %s', (event, type, properties) => {
    expect(one(event, properties).type).toBe(type);
  });

  it('takes total before value before revenue', () => {
    const valueOf = (amounts: Json) =>
      one('Order Completed', { ...order, total: null, ...amounts }).properties.valueMinor;
    expect(valueOf({ revenue: 1, value: 2, total: 3 })).toBe(300);
    expect(valueOf({ revenue: 1, value: '2.00' })).toBe(200);
    expect(valueOf({ revenue: '1', value: '', total: ' ' })).toBe(100);
    expect(valueOf({ total: 0, value: 2 })).toBe(0);
  });

  it('reads a single product, strings for numbers, numbers for SKUs, and both spellings of an id', () => {
    const { properties } = one('Order Completed', {
      order_id: 'snake',
      orderId: 'camel',
      currency: 'eur',
      total: '27.50',
      products: { product_id: 507, sku: 45790, price: '19', quantity: '2', image_url: 'i' },
    });
    expect(properties).toMatchObject({
      orderId: 'camel',
      currency: 'EUR',
      valueMinor: 2750,
      items: [{ productId: '507', sku: '45790', priceMinor: 1900, quantity: 2, imageUrl: 'i' }],
    });
    expect(properties).not.toHaveProperty('order_id');
    expect(properties).not.toHaveProperty('products');
  });

  it('takes a product at the top level for one, without taking the campaign name or cart along', () => {
    const { properties } = one('Product Added', {
      cart_id: 'c',
      product_id: 'p',
      name: 'Game',
      price: 18.99,
      currency: 'USD',
    });
    expect(properties).toEqual({
      cartId: 'c',
      currency: 'USD',
      items: [{ productId: 'p', name: 'Game', priceMinor: 1899, quantity: 1 }],
    });
  });

  it('rounds prices that the shop has calculated, and refuses what is no amount', () => {
    const products = [{ product_id: 'p', price: 33.333333 }];
    expect(one('Order Completed', { ...order, total: 99.999, products }).properties).toMatchObject({
      valueMinor: 10000,
      items: [{ priceMinor: 3333 }],
    });
    expect(problemsOf(track('Order Completed', { ...order, total: '$10' }))).toMatchObject([
      { path: '/events/0/properties/value' },
    ]);
    expect(problemsOf(track('Order Completed', { ...order, currency: 'EURO' }))).toMatchObject([
      { path: '/events/0/properties/currency' },
    ]);
  });

  it("uses the connection's currency where the body has none, and no other", () => {
    const given = { ...order, currency: undefined };
    expect(problemsOf(track('Order Completed', given))).toMatchObject([{ path: '/events/0/properties/currency' }]);
    const mapped = mapSegment(call({ event: 'Order Completed', properties: given }), { ...arrival, currency: 'JPY' });
    expect(eventsOf(mapped)[0]?.properties).toMatchObject({ currency: 'JPY', valueMinor: 10 });
  });

  it('counts what was given back as positive, whatever its sign', () => {
    expect(one('Order Refunded', { ...order, total: -10 }).properties.valueMinor).toBe(1000);
  });

  it('knows a checkout by its order where the tracker names no checkout', () => {
    expect(one('Checkout Started', order).properties.checkoutId).toBe('o-1');
    expect(one('Checkout Started', { ...order, order_id: '' }).properties.checkoutId).toBe('m-1');
    expect(one('Checkout Started', { ...order, cart_id: 'c' }).properties).toMatchObject({ cartId: 'c' });
  });

  it('does not keep whom something was shared with', () => {
    const shared = { share_via: 'email', share_message: 'Hey', recipient: 'friend@example.com', product_id: 'p' };
    expect(JSON.stringify(one('Product Shared', shared))).not.toMatch(/friend|Hey/);
  });

  it('keeps the campaign of the context, and else of the address', () => {
    const page = { url: 'https://shop.example.com/a?utm_source=newsletter&utm_campaign=May&gclid=g-1', referrer: 'r' };
    const { properties, identity } = one(
      'Product Viewed',
      { product_id: 'p' },
      {
        context: { page, campaign: { name: 'June', term: 7 } },
      },
    );
    expect(properties).toMatchObject({
      campaign: { source: 'newsletter', name: 'June', term: '7' },
      url: page.url,
      referrer: 'r',
    });
    expect(identity).toMatchObject({ externalId: 'u-1', gclid: 'g-1' });
  });
});

describe('identity', () => {
  const identityOf = (more: Json) => one('Course Clicked', {}, { userId: undefined, ...more }).identity;

  it.each(['', null, 'null', 'undefined', 'anonymous', '0', '00000000-0000-0000-0000-000000000000', '[object Object]'])(
    'knows that user id %j is nobody',
    (userId) => {
      expect(identityOf({ userId, anonymousId: 'a' })).toEqual({ deviceId: 'a' });
    },
  );

  it('takes a user id that is an address for one, unless a trait says otherwise', () => {
    expect(identityOf({ userId: 'A@Example.com' })).toEqual({ externalId: 'A@Example.com', email: 'a@example.com' });
    const context = { traits: { email: ' B@example.com' } };
    expect(identityOf({ userId: 'a@example.com', context })).toEqual({
      externalId: 'a@example.com',
      email: 'b@example.com',
    });
  });

  it('leaves out what is no address or number where something else names the customer', () => {
    const context = { traits: { email: 'n/a', phone: '0660 1' } };
    expect(identityOf({ userId: 42, context })).toEqual({ externalId: '42' });
    const mapped = track('Course Clicked', {}, { userId: null, context });
    expect(problemsOf(mapped)).toMatchObject([{ path: '/events/0/identity/email' }]);
    expect(problemsOf(track('Course Clicked', {}, { userId: null }))).toMatchObject([{ path: '/events/0/identity' }]);
  });
});

describe('time and id', () => {
  it.each([
    [{ timestamp: '2026-11-22T09:00:00Z', sentAt: '2026-11-22T09:00:05Z' }, '2026-11-22T09:00:00.000Z'],
    [{ timestamp: null, originalTimestamp: '2026-11-22T08:00:00Z' }, '2026-11-22T08:00:00.000Z'],
    [{ timestamp: 'yesterday', sentAt: '2026-11-22T07:00:00+02:00' }, '2026-11-22T05:00:00.000Z'],
    // A clock that is ahead of ours.
    [{ timestamp: '2029-01-01T00:00:00Z' }, '2026-11-22T10:00:00.000Z'],
    [{ timestamp: {} }, '2026-11-22T10:00:00.000Z'],
  ])('%j happened at %s', (times, expected) => {
    expect(one('Course Clicked', {}, times).occurredAt).toBe(expected);
  });

  it('knows a call without an id again by what it says', () => {
    const idOf = (more: Json) => one('Course Clicked', {}, { messageId: undefined, ...more }).id;
    expect(idOf({})).toBe(idOf({}));
    expect(idOf({})).not.toBe(idOf({ timestamp: '2026-11-22T09:00:01Z' }));
    expect(idOf({})).not.toBe(idOf({ userId: 'u-2' }));
  });
});

describe('people', () => {
  it('makes properties of traits, and never consent', () => {
    const traits = {
      email: 'a@example.com',
      first_name: 'Ada',
      plan: 'premium',
      marketing_opt_in: true,
      consent: { email: { state: 'subscribed' } },
      address: { state: 'CA', postal_code: '94103', country: 'US' },
    };
    const context = { locale: 'de-AT', timezone: 'Europe/Vienna' };
    const { events, customers } = bodyOf(mapSegment(call({ type: 'identify', traits, context }), arrival));
    expect(events).toEqual([]);
    expect(customers).toEqual([
      {
        identity: { externalId: 'u-1', email: 'a@example.com' },
        properties: {
          firstName: 'Ada',
          plan: 'premium',
          marketing_opt_in: true,
          region: 'CA',
          postalCode: '94103',
          country: 'US',
          language: 'de-AT',
          timeZone: 'Europe/Vienna',
        },
        consent: {},
        changedAt: '2026-11-22T09:00:00.000Z',
      },
    ]);
  });

  it('merges by alias, whether the earlier id was a user or a browser', () => {
    const body = bodyOf(mapSegment(call({ type: 'alias', previousId: 'old' }), arrival));
    expect(body.merges).toEqual([{ from: { externalId: 'old' }, into: { externalId: 'u-1' } }]);
    expect(body.customers).toMatchObject([{ identity: { externalId: 'u-1', deviceId: 'old' } }]);
    for (const previousId of ['u-1', 'null', null, {}]) {
      expect(bodyOf(mapSegment(call({ type: 'alias', previousId }), arrival))).toMatchObject({
        merges: [],
        customers: [],
      });
    }
  });

  it('remembers the group', () => {
    const { customers } = bodyOf(
      mapSegment(call({ type: 'group', groupId: 'g-1', traits: { name: 'Inc.' } }), arrival),
    );
    expect(customers).toMatchObject([{ identity: { externalId: 'u-1' }, properties: { groupId: 'g-1' } }]);
  });
});

describe('bodies', () => {
  it('reads a batch, with its context and time for calls that have none', () => {
    const batch = [
      { type: 'page', userId: 'u-1', messageId: '1', name: 'Home', properties: { url: 'https://shop.example.com/' } },
      { type: 'screen', anonymousId: 'a', messageId: '2', name: 'Start' },
      { type: 'identify', userId: 'u-1', traits: { plan: 'gold' } },
      { event: 'Course Clicked', userId: 'u-1', messageId: '3' },
    ];
    const mapped = mapSegment(
      { batch, sentAt: '2026-11-22T09:30:00Z', context: { campaign: { name: 'May' } } },
      arrival,
    );
    expect(eventsOf(mapped)).toMatchObject([
      { id: '1', type: 'viewed_page', properties: { name: 'Home', campaign: { name: 'May' } } },
      { id: '2', type: 'viewed_page', properties: { name: 'Start' }, identity: { deviceId: 'a' } },
      { id: '3', type: 'custom:course_clicked', occurredAt: '2026-11-22T09:30:00.000Z' },
    ]);
    expect(bodyOf(mapped).customers).toHaveLength(1);
  });

  it.each([
    [{ batch: {} }, '/batch'],
    [{ batch: [1] }, '/batch/0'],
    [{ batch: [{ type: 'delete' }] }, '/batch/0/type'],
    [{}, '/type'],
    [{ type: {} }, '/type'],
    [[], ''],
    [null, ''],
  ])('refuses %j at "%s"', (body, path) => {
    expect(mapSegment(body, arrival).problem).toMatchObject({ path });
  });

  it('reads the others of a batch when one cannot be read', () => {
    const mapped = mapSegment({ batch: [call({ event: 'A' }), call({}), 1] }, arrival);
    expect(bodyOf(mapped).events).toHaveLength(1);
    expect(problemsOf(mapped)).toMatchObject([{ path: '/batch/1/event' }, { path: '/batch/2' }]);
  });

  it('never throws, whatever comes', () => {
    const names = fc.constantFrom(
      ...['type', 'event', 'properties', 'traits', 'context', 'page', 'url', 'campaign', 'products', 'items', 'price'],
      ...['total', 'value', 'currency', 'quantity', 'order_id', 'userId', 'timestamp', 'batch', 'messageId', 'address'],
    );
    const values = fc.oneof(
      fc.constantFrom('track', 'identify', 'Order Completed', 'Checkout Started', 'EUR', -1, Infinity),
      fc.jsonValue(),
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        values,
        fc.dictionary(names, tie('tree')),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(names, tree), (body) => {
        const mapped = mapSegment(body, arrival);
        if (mapped.problem === undefined) problemsOf(mapped);
      }),
    );
  });
});
