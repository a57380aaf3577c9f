/** What a browser may say, about whom, and when it was. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTracking, type TrackingConnection } from '../../../temporal/domain/tracking/browserEvents.ts';
import { proofOf } from '../../../temporal/domain/tracking/browserIdentity.ts';
import { browserTime } from '../../../temporal/domain/tracking/browserTime.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const DEVICE = '5b1fca1e0d5c4f0f9f4a9a3f5d1c2b7e';
const connection: TrackingConnection = {
  name: 'shop',
  currency: 'EUR',
  secrets: ['new secret', 'old secret'],
  externalIdPrefix: '',
};

const body = (event: object, more: object = {}) => ({
  deviceId: DEVICE,
  sentAt: '2026-11-26T12:00:00Z',
  events: [{ id: 'a1b2c3d4e5f60718', type: 'viewed_page', at: '2026-11-26T11:59:50Z', properties: {}, ...event }],
  ...more,
});

const read = (given: unknown) => readTracking(given, connection, NOW);
function eventOf(given: unknown) {
  const result = read(given);
  if (result.problem !== undefined || !result.events[0]) throw new Error(JSON.stringify(result));
  return result.events[0].event;
}
function pathOf(given: unknown) {
  const result = read(given);
  return result.problem?.path ?? ('rejected' in result ? result.rejected[0]?.path : undefined);
}

describe('events of a browser', () => {
  it('are those of its device, with the campaign of the visit', () => {
    const campaign = {
      source: 'facebook',
      medium: 'paid_social',
      fbclid: 'F1',
      referrer: 'm.facebook.com',
      other: 'x',
    };
    expect(
      eventOf(
        body({ type: 'viewed_product', properties: { items: [{ productId: 'p1', price: '42.00' }] } }, { campaign }),
      ),
    ).toEqual({
      id: `browser/${DEVICE}/a1b2c3d4e5f60718`,
      type: 'viewed_product',
      occurredAt: '2026-11-26T11:59:50.000Z',
      source: 'shop',
      identity: { deviceId: DEVICE, fbclid: 'F1' },
      properties: {
        currency: 'EUR',
        items: [{ productId: 'p1', priceMinor: 4200 }],
        campaign: { source: 'facebook', medium: 'paid_social', fbclid: 'F1', referrer: 'm.facebook.com' },
      },
    });
  });

  it.each([
    'completed_purchase',
    'refunded',
    'unsubscribed',
    'message_opened',
    'stock_changed',
    'custom:order_cancelled',
    'custom:opt_in_requested',
  ])('%s is not for a browser to tell', (type) => {
    expect(pathOf(body({ type }))).toBe('/events/0/type');
  });

  it('speak of no order, are no test, and carry no consent', () => {
    const event = eventOf(
      body({
        type: 'custom:quiz',
        properties: { orderId: '1001', test: true, campaign: { source: 'x' }, answer: 4 },
        consent: { email: { state: 'subscribed' } },
        identity: { email: 'ann@example.com', orderId: '1001', deviceId: 'other', customerId: 'cus_1' },
      }),
    );
    expect(event.properties).toEqual({ currency: 'EUR', answer: 4 });
    expect(event.identity).toEqual({ deviceId: DEVICE, email: 'ann@example.com' });
    expect(event).not.toHaveProperty('consent');
    expect(event).not.toHaveProperty('test');
  });

  it('cannot name a cart’s or another source’s id as their own', () => {
    expect(pathOf(body({}, { deviceId: 'cart:shop/c0ffee-c0ffee-c0ffee' }))).toBe('/deviceId');
    expect(pathOf(body({ id: 'order/1001/purchase' }))).toBe('/events/0/id');
  });

  it('name one address at most, for two would join two people', () => {
    const identity = { email: 'ann@example.com', phone: '+436601234567', externalId: '42' };
    expect(eventOf(body({ type: 'custom:identified', identity })).identity).toEqual({
      deviceId: DEVICE,
      email: 'ann@example.com',
    });
  });

  it('name a customer number only with the proof of the shop’s server', () => {
    const identity = { externalId: '42', email: 'ann@example.com' };
    expect(pathOf(body({ identity: { externalId: '42' } }))).toBe('/events/0/identity/externalId');
    for (const secret of connection.secrets) {
      const proven = { ...identity, proof: proofOf(identity, secret) };
      expect(eventOf(body({ identity: proven })).identity).toEqual({ deviceId: DEVICE, ...identity });
    }
    // A proof of one's own is none for another's address.
    const stolen = { ...identity, email: 'bob@example.com', proof: proofOf(identity, 'new secret') };
    expect(pathOf(body({ identity: stolen }))).toBe('/events/0/identity/proof');
    expect(pathOf(body({ identity: { ...identity, proof: '' } }))).toBe('/events/0/identity/proof');
  });

  it('a wish to subscribe needs the address to ask back', () => {
    expect(pathOf(body({ type: 'subscribed' }))).toBe('/events/0/identity/email');
    const sms = { type: 'subscribed', properties: { channel: 'sms' } };
    expect(pathOf(body({ ...sms, identity: { email: 'ann@example.com' } }))).toBe('/events/0/identity/phone');
    expect(eventOf(body({ ...sms, identity: { phone: '+436601234567' } })).type).toBe('subscribed');
  });

  it('a bad one does not cost the others', () => {
    const good = body({}).events[0];
    const result = read({ ...body({}), events: [{ ...good, type: 'refunded' }, good, 7] });
    expect(result).toMatchObject({
      events: [{ event: { type: 'viewed_page' } }],
      rejected: [{ index: 0 }, { index: 2, path: '/events/2' }],
    });
  });

  it('whatever is sent, the answer is events or paths', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const some = fc.record(
      {
        deviceId: fc.oneof(fc.constant(DEVICE), json),
        sentAt: json,
        campaign: fc.oneof(json, fc.record({ source: json, gclid: json, referrer: json })),
        events: fc.oneof(
          json,
          fc.array(
            fc.record({
              id: fc.oneof(fc.constant('a1b2c3d4e5f60718'), json),
              type: fc.oneof(fc.constantFrom('viewed_page', 'added_to_cart', 'subscribed', 'custom:x'), json),
              at: json,
              properties: fc.oneof(
                json,
                fc.dictionary(fc.constantFrom('items', 'currency', 'value', 'channel', 'cartId'), json),
              ),
              identity: fc.oneof(json, fc.dictionary(fc.constantFrom('email', 'phone', 'externalId', 'proof'), json)),
            }),
          ),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(some, json), (given) => {
        const result = read(given);
        if (result.problem !== undefined) return;
        for (const { path } of result.rejected) expect(path).toMatch(/^\/events\/\d+/);
        for (const { event } of result.events) expect(event.identity.deviceId).toBe(DEVICE);
      }),
      { numRuns: 500 },
    );
  });
});

describe('browserTime', () => {
  const at = (happened: string, sent: string) => new Date(browserTime(happened, sent, NOW)).toISOString();

  it('is right with a clock that is years off', () => {
    expect(at('2031-05-01T10:00:00Z', '2031-05-01T10:00:05Z')).toBe('2026-11-26T11:59:55.000Z');
    expect(at('1999-05-01T10:00:00Z', '1999-05-01T10:10:00Z')).toBe('2026-11-26T11:50:00.000Z');
  });

  it('is the receipt where the browser makes no sense, and a day ago at most', () => {
    expect(at('soon', '2026-11-26T11:00:00Z')).toBe('2026-11-26T12:00:00.000Z');
    expect(at('2026-11-26T11:00:00Z', '')).toBe('2026-11-26T12:00:00.000Z');
    expect(at('2026-11-26T11:00:00Z', '2026-11-26T10:00:00Z')).toBe('2026-11-26T12:00:00.000Z');
    expect(at('2026-11-01T11:00:00Z', '2026-11-26T11:00:00Z')).toBe('2026-11-25T12:00:00.000Z');
  });
});
