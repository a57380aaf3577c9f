/** Parsing of events as CONTRACT section 3 says ("The event", "Fine print"), and the traps of TRAPS.md. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CORE_EVENT_TYPES, FURTHER_EVENT_TYPES } from '../../../temporal/domain/event.ts';
import { parseEvent, parseEventsBody, type ParsedEvent } from '../../../temporal/domain/eventParsing.ts';
import { readTime } from '../../../temporal/domain/textValues.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
/** The example of the contract. */
const added = {
  id: 'any string',
  type: 'added_to_cart',
  occurredAt: '2026-11-22T10:00:00Z',
  source: 'custom',
  identity: {
    externalId: '42',
    email: 'a@example.com',
    phone: '+436601234567',
    deviceId: 'd-1',
    gclid: 'g',
    fbclid: 'f',
  },
  properties: {
    currency: 'EUR',
    value: '84.00',
    items: [
      {
        productId: 'p1',
        variantId: 'p1-m',
        sku: 'S1',
        name: 'Trail shoe',
        category: 'shoes',
        quantity: 2,
        price: '42.00',
      },
    ],
    cartId: 'c1',
    discount: '5.00',
    campaign: { source: 'facebook', medium: 'paid_social', name: 'n', id: '1' },
    location: { country: 'CA' },
  },
  consent: { email: { state: 'subscribed', source: 'checkout' } },
};

type Json = Record<string, unknown>;
const parsed = (value: unknown): ParsedEvent => {
  const result = parseEvent(value, NOW);
  if ('event' in result) return result;
  throw new Error(`${result.path} ${result.message}`);
};
const rejected = (value: unknown) => {
  const result = parseEvent(value, NOW);
  if ('event' in result) throw new Error('accepted');
  return result;
};
const order = (properties: Json) => ({
  ...added,
  type: 'completed_purchase',
  properties: { orderId: 'o1', currency: 'EUR', value: '10.00', items: [{ name: 'Shoe' }], ...properties },
});

describe('a canonical event', () => {
  it('comes out with money in minor units, and nothing lost', () => {
    const { event, occurredAt, underTracked } = parsed(added);
    expect(event).toEqual({
      ...added,
      occurredAt: '2026-11-22T10:00:00.000Z',
      properties: {
        currency: 'EUR',
        valueMinor: 8400,
        discountMinor: 500,
        items: [
          {
            productId: 'p1',
            variantId: 'p1-m',
            sku: 'S1',
            name: 'Trail shoe',
            category: 'shoes',
            quantity: 2,
            priceMinor: 4200,
          },
        ],
        cartId: 'c1',
        campaign: added.properties.campaign,
        location: { country: 'CA' },
      },
    });
    expect(occurredAt).toBe(Date.parse('2026-11-22T10:00:00Z'));
    expect(underTracked).toEqual([]);
  });

  it('keeps what it does not know', () => {
    const { event } = parsed({ ...added, properties: { ...added.properties, giftWrap: { colour: 'red' } } });
    expect(event.properties['giftWrap']).toEqual({ colour: 'red' });
  });

  it('takes amounts that are in minor units already', () => {
    const { event } = parsed(order({ value: undefined, valueMinor: 1050, items: [{ priceMinor: '1050' }] }));
    expect(event.properties).toMatchObject({ valueMinor: 1050, items: [{ priceMinor: 1050 }] });
  });

  it('counts missing price, category, discount and campaign as under-tracked', () => {
    const { underTracked } = parsed({
      ...added,
      properties: { items: [{ productId: 'p1', quantity: 1, price: '3' }] },
    });
    expect(underTracked).toEqual(['price', 'category', 'discount', 'campaign']);
    expect(parsed({ ...added, type: 'opened_ticket', properties: {} }).underTracked).toEqual([]);
  });

  it('has every type of the vocabulary, and custom ones', () => {
    const properties = {
      ...added.properties,
      query: 'shoes',
      orderId: 'o1',
      channel: 'email',
      address: 'a@example.com',
      bounceType: 'hard',
    };
    for (const type of [...CORE_EVENT_TYPES, ...FURTHER_EVENT_TYPES, 'custom:fit-quiz.done']) {
      expect(parsed({ ...added, type, properties }).event.type).toBe(type);
    }
  });

  it('marks test orders', () => {
    expect(parsed(order({ test: true })).event.test).toBe(true);
    expect(parsed({ ...order({}), test: true }).event.test).toBe(true);
    expect(parsed(order({})).event.test).toBeUndefined();
  });

  it('takes a consent that says nothing for none', () => {
    expect(parsed({ ...added, consent: null }).event.consent).toBeUndefined();
    expect(parsed({ ...added, consent: { email: null, sms: {} } }).event.consent).toBeUndefined();
  });
});

describe('identity', () => {
  const identity = (value: Json) => parsed({ ...added, identity: value }).event.identity;

  it('brings e-mail and phone into one form', () => {
    expect(identity({ email: ' Ann.Lee@Example.COM ', phone: '+43 (660) 123-4567' })).toEqual({
      email: 'ann.lee@example.com',
      phone: '+436601234567',
    });
  });

  it('takes ids as text, and numbers only while they have all their digits', () => {
    expect(identity({ externalId: 42 })).toEqual({ externalId: '42' });
    expect(identity({ externalId: '820982911946154508' })).toEqual({ externalId: '820982911946154508' });
    // As JSON.parse gives it: the last digits are gone.
    expect(rejected({ ...added, identity: { externalId: Number('820982911946154508') } })).toEqual({
      path: '/identity/externalId',
      message: expect.stringContaining('send ids as text'),
    });
  });

  it('takes empty values for none, as shops send them for guests', () => {
    expect(identity({ email: '', phone: null, externalId: '7' })).toEqual({ externalId: '7' });
    expect(rejected({ ...added, identity: { email: '' } }).path).toBe('/identity');
    expect(rejected({ ...added, identity: undefined }).path).toBe('/identity');
  });

  it('leaves out an unusable phone when something else names the customer', () => {
    expect(identity({ email: 'a@example.com', phone: '0660 1234567' })).toEqual({ email: 'a@example.com' });
    expect(rejected({ ...added, identity: { phone: '0660 1234567' } })).toEqual({
      path: '/identity/phone',
      message: expect.stringContaining('+43'),
    });
  });

  it('takes a foreign customer number for the external id', () => {
    expect(identity({ customerId: '42' })).toEqual({ externalId: '42' });
    expect(identity({ customerId: 'cus_1' })).toEqual({ customerId: 'cus_1' });
  });

  it.each(['no address', 'a@b', '@example.com', 'a b@example.com', 'a@exa mple.com', 'a@example..com'])(
    'refuses the e-mail %j',
    (email) => {
      expect(rejected({ ...added, identity: { email } }).path).toBe('/identity/email');
    },
  );
});

describe('rejections', () => {
  it.each<[string, unknown]>([
    ['', 'text'],
    ['', null],
    ['/id', { ...added, id: undefined }],
    ['/id', { ...added, id: ' ' }],
    ['/id', { ...added, id: 'nul\0' }],
    ['/properties/currency', order({ currency: { toString: 1 } })],
    ['/properties/currency', order({ currency: 978 })],
    ['/type', { ...added, type: undefined }],
    ['/type', { ...added, type: 'Bought Something' }],
    ['/type', { ...added, type: 'custom:' }],
    ['/source', { ...added, source: {} }],
    ['/occurredAt', { ...added, occurredAt: undefined }],
    ['/occurredAt', { ...added, occurredAt: 1732269600 }],
    ['/occurredAt', { ...added, occurredAt: '2026-11-22' }],
    ['/occurredAt', { ...added, occurredAt: '2026-11-22T10:00:00' }],
    ['/occurredAt', { ...added, occurredAt: '2026-02-30T10:00:00Z' }],
    ['/occurredAt', { ...added, occurredAt: '2026-11-23T12:00:01Z' }],
    ['/properties', { ...added, properties: [] }],
    ['/properties/items', { ...added, properties: {} }],
    ['/properties/items', { ...added, properties: { items: [] } }],
    ['/properties/items', { ...added, properties: { items: 'p1' } }],
    ['/properties/items/0', { ...added, properties: { items: ['p1'] } }],
    ['/properties/items/0/productId', { ...added, properties: { items: [{ quantity: 1 }] } }],
    [
      '/properties/items/1/quantity',
      { ...added, properties: { items: [{ productId: 1, quantity: 1 }, { productId: 2 }] } },
    ],
    ['/properties/items/0/quantity', { ...added, properties: { items: [{ productId: 1, quantity: 0 }] } }],
    [
      '/properties/items/0/price',
      { ...added, properties: { currency: 'EUR', items: [{ productId: 1, quantity: 1, price: '4,20' }] } },
    ],
    ['/properties/currency', { ...added, properties: { ...added.properties, currency: 'Euro' } }],
    ['/properties/items/0/productId', { ...added, type: 'viewed_product', properties: { items: [{}] } }],
    ['/properties/query', { ...added, type: 'searched', properties: {} }],
    ['/properties/items', order({ items: Array.from({ length: 10_001 }, () => ({ productId: 'p1' })) })],
    ['/identity', { ...added, identity: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`kind${i}`, 'x'])) }],
    [
      '/properties/checkoutId',
      { ...added, type: 'started_checkout', properties: { ...added.properties, cartId: undefined } },
    ],
    [
      '/properties/value',
      { ...added, type: 'started_checkout', properties: { ...added.properties, value: undefined } },
    ],
    ['/properties/orderId', order({ orderId: undefined })],
    ['/properties/value', order({ value: undefined })],
    ['/properties/value', order({ value: '-1.00' })],
    ['/properties/value', order({ value: '1.005' })],
    ['/properties/currency', order({ currency: undefined })],
    ['/properties/items', order({ items: undefined })],
    ['/properties/value', { ...order({ value: '0.00' }), type: 'refunded' }],
    ['/properties/channel', { ...added, type: 'subscribed', properties: { channel: 'fax' } }],
    [
      '/properties/address',
      { ...added, type: 'message_bounced', properties: { channel: 'email', bounceType: 'hard' } },
    ],
    [
      '/properties/bounceType',
      { ...added, type: 'message_bounced', properties: { channel: 'email', address: 'a@example.com' } },
    ],
    ['/consent', { ...added, consent: 'yes' }],
    ['/consent/fax', { ...added, consent: { fax: { state: 'subscribed' } } }],
    ['/consent/email/state', { ...added, consent: { email: { state: 'pending' } } }],
    ['/consent/email/at', { ...added, consent: { email: { state: 'subscribed', at: 'now' } } }],
  ])('at %j', (path, value) => {
    const result = rejected(value);
    expect(result.path).toBe(path);
    expect(result.message).toMatch(/^[a-z"]/);
  });

  it('says all that is wrong with one event, and where the first of it is', () => {
    const result = rejected({ ...order({ orderId: undefined, currency: undefined }), id: undefined });
    expect(result.path).toBe('/id');
    expect(result.message).toContain('/properties/orderId is missing');
    expect(result.message).toContain('/properties/currency is missing');
  });

  it('is short, and soon there, however much is wrong', () => {
    const channels = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`fax${i}`, 1]));
    for (const value of [
      { ...added, properties: { items: Array.from({ length: 10_000 }, () => 1) } },
      { ...added, properties: { items: Array.from({ length: 500_000 }, () => 1) } },
      { ...added, identity: channels },
      { ...added, consent: channels },
    ]) {
      expect(rejected(value).message.length).toBeLessThan(5000);
    }
    expect(rejected({ ...added, consent: channels }).message).toContain('and 199980 more');
  });

  it('names the way out for an unknown type', () => {
    expect(rejected({ ...added, type: 'Quiz done' }).message).toContain('custom:Quiz_done');
  });

  it('never throws, whatever JSON comes', () => {
    const types = fc.constantFrom(...CORE_EVENT_TYPES, 'message_bounced', 'x');
    const shape = fc.record(
      {
        id: fc.anything(),
        type: types,
        occurredAt: fc.anything(),
        identity: fc.jsonValue(),
        properties: fc.jsonValue(),
        consent: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), shape), (value) => {
        const result = parseEvent(value, NOW);
        if ('event' in result) return;
        expect(result.message.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('a body', () => {
  it('is one event or up to 1,000', () => {
    expect(parseEventsBody(added, NOW)).toMatchObject({ kind: 'events', single: true, events: [{ index: 0 }] });
    const many = (count: number) => parseEventsBody({ events: Array.from({ length: count }, () => added) }, NOW);
    expect(many(1000)).toMatchObject({ kind: 'events' });
    expect(many(1001)).toEqual({ kind: 'tooMany', count: 1001 });
    expect(many(0)).toMatchObject({ kind: 'noEvents' });
    expect(parseEventsBody([added], NOW)).toMatchObject({ kind: 'noEvents' });
  });
});

/** Examples of RFC 3339 section 5.8, and offsets. */
describe('time', () => {
  it.each([
    ['1985-04-12T23:20:50.52Z', Date.UTC(1985, 3, 12, 23, 20, 50, 520)],
    ['1996-12-19T16:39:57-08:00', Date.UTC(1996, 11, 20, 0, 39, 57)],
    ['1990-12-31T23:59:60Z', Date.UTC(1991, 0, 1)],
    ['1990-12-31T15:59:60-08:00', Date.UTC(1991, 0, 1)],
    ['2026-11-22t10:00:00.123456+05:30', Date.UTC(2026, 10, 22, 4, 30, 0, 123)],
    ['2026-11-22 10:00:00Z', Date.UTC(2026, 10, 22, 10)],
    ['1937-01-01T12:00:27.87+00:20', null],
    ['2026-13-01T00:00:00Z', null],
    ['2026-11-22T24:00:00Z', null],
    ['2026-11-22T10:00Z', null],
  ])('%s', (text, time) => {
    expect(readTime(text)).toBe(time);
  });
});

describe('names of trackers', () => {
  const order = {
    order_id: 'o1',
    currency: 'eur',
    total: 27.5,
    revenue: 22.5,
    products: [{ product_id: 7, price: 19 }],
  };
  it.each([
    ['Product Added', 'added_to_cart', { product_id: 'p', price: '42' }],
    ['order completed', 'completed_purchase', order],
    [' add_to_cart ', 'added_to_cart', { items: [{ item_id: 'p' }] }],
    ['purchase', 'completed_purchase', { transaction_id: 'o1', currency: 'EUR', value: 1, items: [{ item_id: 'p' }] }],
    ['Begin_Checkout', 'started_checkout', { currency: 'EUR', items: [{ item_id: 'p', price: 1 }] }],
    ['search', 'searched', { search_term: 'shoes' }],
    ['Added to Cart', 'added_to_cart', { items: [{ productId: 'p', quantity: 1 }] }],
    ['Order Cancelled', 'custom:order_cancelled', { order_id: 'o1' }],
    ['sign_up', 'custom:sign_up', {}],
  ])('%s is %s', (type, canonical, properties) => {
    expect(parsed({ ...added, type, properties }).event.type).toBe(canonical);
  });

  it('maps their properties, where ours win', () => {
    const { properties } = parsed({ ...added, type: 'Order Completed', properties: order }).event;
    expect(properties).toEqual({
      orderId: 'o1',
      currency: 'EUR',
      valueMinor: 2750,
      revenueMinor: 2250,
      items: [{ productId: '7', priceMinor: 1900, quantity: 1 }],
    });
    const both = { ...order, orderId: 'ours', items: [{ productId: 'ours', product_id: 'theirs' }], valueMinor: 1 };
    expect(parsed({ ...added, type: 'Order Completed', properties: both }).event.properties).toMatchObject({
      orderId: 'ours',
      valueMinor: 1,
      items: [{ productId: 'ours' }],
    });
  });

  it('leaves the properties of canonical types alone', () => {
    expect(rejected({ ...added, type: 'completed_purchase', properties: order }).path).toBe('/properties/orderId');
  });

  it('never throws, whatever the properties', () => {
    const names = fc.constantFrom(
      'Order Completed',
      'purchase',
      'Product Added',
      'begin_checkout',
      'custom:x',
      '__proto__',
    );
    const keys = fc.constantFrom(
      'items',
      'products',
      'price',
      'total',
      'currency',
      'quantity',
      'product_id',
      'campaign',
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        fc.dictionary(keys, tie('tree')),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(names, tree, (type, properties) => {
        parseEvent({ ...added, type, properties }, NOW);
      }),
    );
  });
});
