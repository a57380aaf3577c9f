import { expect, it } from 'vitest';
import { mapBody } from '../../../../temporal/domain/mapping/mapBody.ts';
import { nothingMapped, type Arrival } from '../../../../temporal/domain/mapping/mappedBody.ts';

const arrival: Arrival = {
  source: 'shop',
  topic: null,
  deliveryId: null,
  currency: null,
  receivedAt: Date.parse('2026-11-22T10:00:00Z'),
};

it("takes WooCommerce's ping for nothing", () => {
  expect(mapBody('woocommerce', Buffer.from('webhook_id=23'), arrival)).toEqual({ body: nothingMapped() });
});

it.each(['webhook_id=23', '[]', '"a"', 'null', '1'])('refuses %s from others', (text) => {
  expect(mapBody('shopify', Buffer.from(text), arrival).problem).toMatchObject({ path: '' });
});

it.each([
  [
    'shopify',
    'refunds/create',
    '{"id":1,"order_id":2,"created_at":"2026-11-22T10:00:00Z","transactions":[LIST]}',
    '{"kind":"refund","status":"success","amount":"1"}',
    '/transactions',
  ],
  ['shopify', 'products/update', '{"id":1,"title":"x","variants":[LIST]}', '{"id":1,"price":"1"}', '/variants'],
  ['segment', null, '{"batch":[LIST]}', '{"type":"page"}', '/batch'],
] as const)('%s %s: a list without end is refused where it stands', (kind, topic, body, entry, path) => {
  const bytes = Buffer.from(body.replace('LIST', Array.from({ length: 200_000 }, () => entry).join(',')));
  const arrival = {
    source: 's',
    topic,
    deliveryId: null,
    currency: 'EUR',
    receivedAt: Date.parse('2026-11-22T12:00:00Z'),
  };
  expect(mapBody(kind, bytes, arrival).problem).toEqual({ path, message: 'has more than 20000 entries' });
});

it('takes a refund of as many payments as a list may have', () => {
  const many = (entry: string) => Array.from({ length: 20_000 }, () => entry).join(',');
  const payments = many('{"kind":"refund","status":"success","amount":"0.01","currency":"EUR"}');
  const body = `{"id":1,"order_id":2,"created_at":"2026-11-22T10:00:00Z","transactions":[${payments}],"refund_line_items":[${many('{"quantity":1}')}]}`;
  const topic = 'refunds/create';
  const arrival = {
    source: 's',
    topic,
    deliveryId: null,
    currency: 'EUR',
    receivedAt: Date.parse('2026-11-22T12:00:00Z'),
  };
  const mapped = mapBody('shopify', Buffer.from(body), arrival);
  expect(mapped).toMatchObject({ body: { events: [{ properties: { valueMinor: 20_000 } }] } });
});
