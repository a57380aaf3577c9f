/** `POST /t` and `GET /t.js`: what strangers' browsers may do, from which pages, and what becomes of it. */
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proofOf } from '../../temporal/domain/tracking/browserIdentity.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, TestService, type Answer } from './service.ts';

const PAGE = 'https://shop.example.com';
const SECRET = 'secret of the connection';

let counter = 0;
const id = () => `event-${String(++counter).padStart(8, '0')}`;
const deviceOf = (name: string) => name.padEnd(16, '-');

describe.each(DIALECTS)('tracker on %s', (dialect) => {
  let service: TestService;
  let key: string;

  beforeAll(async () => {
    service = await TestService.create(dialect);
    const { status, body } = await service.call('PUT', '/v1/connections/web', {
      kind: 'custom',
      secret: SECRET,
      origins: [PAGE],
      currency: 'EUR',
    });
    expect(status).toBeLessThan(300);
    key = body.publicKey as string;
  });
  afterAll(() => service.close());

  const post = (body: unknown, headers: Record<string, string> = {}, k = key): Promise<Answer> =>
    service.call('POST', `/t?k=${k}`, typeof body === 'string' ? body : JSON.stringify(body), {
      authorization: '',
      origin: PAGE,
      'content-type': 'text/plain;charset=UTF-8',
      ...headers,
    });
  const tell = (device: string, type: string, more: object = {}) =>
    post({
      deviceId: deviceOf(device),
      sentAt: minutes(0),
      events: [{ id: id(), type, at: minutes(-1), properties: {}, ...more }],
    });
  const customer = async (query: string) => (await service.call('GET', `/v1/customers?${query}`)).body;
  const eventsOf = async (customerId: string): Promise<{ type: string; properties: object }[]> =>
    (await service.call('GET', `/v1/customers/${customerId}/events`)).body.items;

  it('keeps what an anonymous device does, and answers without a word', async () => {
    const { status, body, headers } = await tell('anna', 'viewed_product', {
      properties: { items: [{ productId: 'p1', price: '42.00' }] },
    });
    expect([status, body]).toEqual([204, '']);
    expect(headers['access-control-allow-origin']).toBe(PAGE);
    const { id: customerId } = await customer(`deviceId=${deviceOf('anna')}`);
    expect(await eventsOf(customerId)).toMatchObject([
      {
        type: 'viewed_product',
        source: 'web',
        properties: { currency: 'EUR', items: [{ productId: 'p1', priceMinor: 4200 }] },
      },
    ]);
  });

  it('counts what a browser sends twice once', async () => {
    const sent = { deviceId: deviceOf('twice'), events: [{ id: id(), type: 'viewed_page', at: minutes(0) }] };
    await post(sent);
    await post(sent);
    const { id: customerId } = await customer(`deviceId=${deviceOf('twice')}`);
    expect(await eventsOf(customerId)).toHaveLength(1);
  });

  it('attaches a device to the address that identifies on it', async () => {
    const customerId = await service.send(event('viewed_page', 'berta'));
    expect((await tell('berta', 'custom:identified', { identity: { email: 'Berta@example.com' } })).status).toBe(204);
    await tell('berta', 'searched', { properties: { query: 'boots' } });
    expect((await eventsOf(customerId)).map(({ type }) => type)).toContain('searched');
  });

  it('joins nobody’s profiles for a stranger', async () => {
    const one = await service.send(event('viewed_page', { email: 'carl@example.com' }));
    const two = await service.send(event('viewed_page', { externalId: '4711', email: 'dora@example.com' }));
    const identity = { email: 'carl@example.com', externalId: '4711', phone: '+436601234567' };
    await tell('stranger', 'custom:identified', { identity });
    expect((await customer('email=carl@example.com')).id).toBe(one);
    expect((await customer('externalId=4711')).id).toBe(two);
    expect((await service.call('GET', '/v1/customers?phone=%2B436601234567')).status).toBe(404);
  });

  it('believes a customer number with the proof of the shop’s server', async () => {
    expect((await tell('emil', 'viewed_page', { identity: { externalId: '77' } })).status).toBe(400);
    const identity = { externalId: '77', email: 'emil@example.com' };
    await tell('emil', 'custom:identified', { identity: { ...identity, proof: proofOf(identity, SECRET) } });
    expect((await customer('externalId=77')).id).toBe((await customer('email=emil@example.com')).id);
  });

  it('asks back who wants messages, and lets nobody take them away', async () => {
    const subscriber = { properties: { channel: 'email' }, identity: { email: 'fay@example.com' } };
    expect((await tell('fay', 'subscribed', subscriber)).status).toBe(204);
    const { id: customerId, consent } = await customer('email=fay@example.com');
    expect(consent.email?.state).not.toBe('subscribed');
    const { requests } = (await service.call('GET', `/v1/customers/${customerId}/consent`)).body;
    expect(requests).toMatchObject([{ channel: 'email', state: 'pending' }]);

    const loyal = await service.send(event('subscribed', 'gus'));
    const stranger = { properties: { channel: 'email' }, identity: { email: 'gus@example.com' } };
    expect((await tell('stranger', 'unsubscribed', stranger)).status).toBe(400);
    await tell('stranger', 'viewed_page', { ...stranger, consent: { email: { state: 'unsubscribed' } } });
    expect((await service.call('GET', `/v1/customers/${loyal}`)).body.consent.email.state).toBe('subscribed');
  });

  it('hears of no orders, and cannot make a shop’s event look repeated', async () => {
    const money = { orderId: '1001', value: '999.00', currency: 'EUR', items: [{ productId: 'p1' }] };
    const { status, body } = await tell('thief', 'completed_purchase', { properties: money });
    expect(status).toBe(400);
    expect(body.errors[0].path).toBe('/events/0/type');
    expect((await tell('thief', 'custom:order_cancelled', { properties: money })).status).toBe(400);
    expect((await tell('thief', 'viewed_page', { id: 'order/1001/purchase' })).status).toBe(400);
  });

  it('corrects the browser’s clock', async () => {
    await post({
      deviceId: deviceOf('clock'),
      sentAt: '1999-01-01T00:01:00Z',
      events: [{ id: id(), type: 'viewed_page', at: '1999-01-01T00:00:00Z' }],
    });
    const { id: customerId } = await customer(`deviceId=${deviceOf('clock')}`);
    expect(await eventsOf(customerId)).toMatchObject([{ occurredAt: minutes(-1) }]);
  });

  it('refuses pages that are none of the connection, and unknown keys', async () => {
    const sent = { deviceId: deviceOf('nobody'), events: [{ id: id(), type: 'viewed_page', at: minutes(0) }] };
    const foreign = await post(sent, { origin: 'https://evil.example.com' });
    expect(foreign.status).toBe(403);
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined();
    expect((await post(sent, { origin: 'null' })).status).toBe(403);
    expect((await post(sent, {}, 'pk_unknown')).status).toBe(403);
    expect((await post(sent, {}, '')).status).toBe(403);
    expect((await service.call('GET', `/v1/customers?deviceId=${deviceOf('nobody')}`)).status).toBe(404);
  });

  it('answers the browser’s question beforehand', async () => {
    const ask = (origin: string, url: string) =>
      service.call('OPTIONS', url, undefined, { authorization: '', origin, 'access-control-request-method': 'POST' });
    for (const url of [`/t?k=${key}`, '/t']) {
      const { status, headers } = await ask(PAGE, url);
      expect([status, headers['access-control-allow-origin'], headers['vary']]).toEqual([204, PAGE, 'Origin']);
      expect((await ask('https://evil.example.com', url)).status).toBe(403);
    }
  });

  it.each([
    ['', 400],
    ['{', 400],
    ['[]', 400],
    ['{"deviceId":"x"}', 400],
    [JSON.stringify({ deviceId: deviceOf('big'), events: [], filler: 'x'.repeat(70_000) }), 413],
    [`${'['.repeat(5000)}${']'.repeat(5000)}`, 400],
    [JSON.stringify({ deviceId: deviceOf('many'), events: Array.from({ length: 51 }, () => ({})) }), 400],
    [
      '{"deviceId":"aaaaaaaaaaaaaaaa","events":[{"id":"aaaaaaaa","type":"viewed_page","properties":{"a":"\\u0000"}}]}',
      400,
    ],
  ])('a bad body (%#) is the sender’s problem', async (body, status) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it('gives out the script: small, zipped, kept by the browser for a while', async () => {
    const plain = await service.call('GET', '/t.js', undefined, { authorization: '' });
    expect(plain.status).toBe(200);
    expect(plain.headers['content-type']).toContain('text/javascript');
    const zipped = await service.app.inject({ url: '/t.js', headers: { 'accept-encoding': 'br, gzip' } });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.rawPayload).toString()).toBe(plain.body);
    expect(zipped.rawPayload.length).toBeLessThan(4096);
    const again = await service.call('GET', '/t.js', undefined, { 'if-none-match': String(plain.headers['etag']) });
    expect(again.status).toBe(304);
  });
});

it('slows one address down', async () => {
  const service = await TestService.create('sqlite');
  const { body } = await service.call('PUT', '/v1/connections/web', {
    kind: 'custom',
    secret: SECRET,
    origins: [PAGE],
  });
  const headers = { authorization: '', origin: PAGE, 'content-type': 'text/plain' };
  const statuses = new Set<number>();
  for (let sent = 0; sent <= 600; sent++) {
    statuses.add((await service.call('POST', `/t?k=${body.publicKey}`, '{}', headers)).status);
  }
  expect([...statuses]).toEqual([400, 429]);
  await service.close();
});
