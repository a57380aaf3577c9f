/**
 * Nothing of a person in the log or in Temporal (DESIGN sections 2 and 10): names, addresses and numbers are planted through
 * every way in, accepted and refused, with the store there and away; then the log and what goes to Temporal are searched.
 */
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logOptions } from '../../temporal/log.ts';
import { shopifyOrder, wooOrder } from './shopBodies.ts';
import { event, TestService } from './service.ts';
import { connect, deliver, programHeaders, shopifyHeaders, wooHeaders } from './shops.ts';
import { DIALECTS, freshStore } from './stores.ts';

/** Planted everywhere; each shows a part of it. */
const PLANTED = ['planted-', 'Trillian', '4366012345', '66012345'];
const PERSON = {
  email: 'planted-mail@example.com',
  phone: '+436601234567',
  externalId: 'planted-id',
  deviceId: 'planted-device',
};

describe.each(DIALECTS)('nothing personal on %s', (dialect) => {
  let service: TestService;
  const lines: string[] = [];
  beforeAll(async () => {
    const log = pino(logOptions('trace'), { write: (line) => void lines.push(line) });
    service = await TestService.on(await freshStore(dialect), {}, log);
    for (const kind of ['shopify', 'woocommerce', 'segment', 'ga4', 'custom'])
      await connect(service, kind, `${kind}-shop`);
    await service.publish({ key: 'cart' });
  });
  afterAll(() => service.close());

  const found = (text: string) => PLANTED.filter((planted) => text.includes(planted));
  const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` });

  /** Every way in, well and badly. */
  async function everyWay(customerId: string): Promise<number[]> {
    const statuses: number[] = [];
    const call = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: unknown) => {
      statuses.push(
        (await service.call(method, url, body, body === undefined ? {} : { 'content-type': 'application/json' }))
          .status,
      );
    };
    const send = async (path: string, body: string, headers: Record<string, string>) => {
      statuses.push((await deliver(service, path, body, headers)).status);
    };
    const cart = event('added_to_cart', PERSON, undefined, {
      properties: { note: 'Trillian', cartId: 'planted-cart' },
    });
    await call('POST', '/v1/events', cart);
    await call('POST', '/v1/events', { ...cart, type: 'Trillian' });
    await call('POST', '/v1/events', { ...cart, id: 'x', identity: { email: 'planted-bad' } });
    await call('POST', '/v1/events', '{"planted-');
    await call('PUT', '/v1/customers', { identity: PERSON, properties: { firstName: 'Trillian' } });
    await call('PUT', '/v1/customers', { identity: { ...PERSON, email: 'planted-bad' }, properties: 'Trillian' });
    await call('POST', '/v1/customers/upsert', {
      items: [{ ref: 1, identity: PERSON, properties: { a: 'Trillian' } }],
    });
    await call('POST', '/v1/customers/lookup', {
      items: [
        { ref: 1, email: PERSON.email },
        { ref: 2, phone: 'planted-' },
      ],
    });
    for (const [kind, value] of Object.entries(PERSON))
      await call('GET', `/v1/customers?${kind}=${encodeURIComponent(value)}`);
    await call('GET', '/v1/customers/planted-mail@example.com');
    await call('GET', '/planted-nowhere/planted-mail@example.com');
    await call('GET', '/v1/%zz-planted-mail@example.com');
    await call('PUT', `/v1/customers/${customerId}/consent`, {
      channel: 'email',
      state: 'planted-',
      source: 'Trillian',
    });
    await call('GET', `/v1/customers/${customerId}/export`);
    await call('POST', '/v1/journeys/cart/runs', { identity: PERSON, properties: { note: 'Trillian' } });
    const message = { subject: 'Trillian', html: '{{ planted- }}', text: '', data: { name: 'Trillian' } };
    const item = { ref: 1, customerId, channel: 'email', category: 'transactional', node: 'n', key: 'k' };
    await call('POST', '/v1/sends/authorize', { items: [{ ...item, address: PERSON.email, message }] });

    const order = JSON.stringify(
      shopifyOrder({ email: PERSON.email, customer: { id: 1, first_name: 'Trillian', email: PERSON.email } }),
    );
    await send('/in/shopify/shopify-shop', order, shopifyHeaders(order, 'orders/create', 'planted-delivery'));
    await send('/in/shopify/shopify-shop', order, shopifyHeaders(order, 'orders/create', undefined, 'planted-secret'));
    await send('/in/shopify/planted-shop', order, shopifyHeaders(order, 'orders/create'));
    const broken = order.replace('"84.00"', '"planted-84"');
    await send('/in/shopify/shopify-shop', broken, shopifyHeaders(broken, 'orders/create'));
    const cut = order.slice(0, -20);
    await send('/in/shopify/shopify-shop', cut, shopifyHeaders(cut, 'orders/create'));
    const woo = JSON.stringify(
      wooOrder({ billing: { email: PERSON.email, first_name: 'Trillian', phone: PERSON.phone } }),
    );
    await send('/in/woocommerce/woocommerce-shop', woo, wooHeaders(woo, 'order.created', 'planted-1'));
    const identify = JSON.stringify({
      type: 'identify',
      userId: 'planted-id',
      traits: { email: PERSON.email, name: 'Trillian' },
    });
    await send('/in/segment/segment-shop', identify, basic('hush-hush-secret'));
    await send('/in/segment/segment-shop', identify, basic('planted-key'));
    const lead = JSON.stringify({
      client_id: 'planted-device',
      events: [{ name: 'generate_lead', params: { name: 'Trillian' } }],
    });
    await send('/in/ga4/ga4-shop?api_secret=planted-secret', lead, {});
    const own = JSON.stringify(event('viewed_page', PERSON, undefined, { properties: { note: 'Trillian' } }));
    await send('/in/custom/custom-shop', own, programHeaders(own, service.now));
    const redact = JSON.stringify({ customer: { id: 4711, email: 'planted-other@example.com', phone: PERSON.phone } });
    await send('/in/shopify/shopify-shop', redact, shopifyHeaders(redact, 'customers/data_request', 'planted-2'));
    return statuses;
  }

  it('reaches the log or Temporal, by any way in', async () => {
    const customerId = await service.send(event('subscribed', PERSON));
    const statuses = await everyWay(customerId);
    // Some of each kind, or the ways in have not been gone.
    for (const status of [200, 202, 400, 401, 404]) expect(statuses).toContain(status);
    const outbox = await service.store.db.selectFrom('outbox').selectAll().execute();
    expect(outbox.length).toBeGreaterThan(0);
    for (const row of outbox) expect(found(JSON.stringify(row))).toEqual([]);
    // What a run is started with, and what Temporal shows of it.
    const runs = await service.store.db.selectFrom('runs').select(['workflow_id', 'journey_key', 'id']).execute();
    for (const run of runs) expect(found(JSON.stringify(run))).toEqual([]);

    await service.store.close();
    const without = await everyWay(customerId);
    expect(without.some((status) => status >= 500)).toBe(true);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(found(line), line).toEqual([]);
  });
});
