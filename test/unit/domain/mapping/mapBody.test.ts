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
