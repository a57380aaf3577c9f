/** Processes with a part of the roles: what needs the store alone is done with Temporal and n8n out of reach; the gateway shows nothing private. */
import { expect, it } from 'vitest';
import { pino } from 'pino';
import { startService } from '../../temporal/service.ts';
import type { Role } from '../../temporal/roles.ts';
import { readSettings } from '../../temporal/settings.ts';
import type { Store } from '../../temporal/store/store.ts';
import { freePorts } from '../e2e/freePorts.ts';
import { API_KEY } from './service.ts';
import { shopifyHeaders, SECRET } from './shops.ts';
import { DIALECTS, freshStore } from './stores.ts';

const UNTIL_MS = 15_000;

it.each(DIALECTS)('erases a shop and tells of products on %s', async (dialect) => {
  const fresh = await freshStore(dialect);
  const service = await startWith(['api', 'gateway'], fresh.store);
  const call = async (method: 'GET' | 'PUT' | 'POST', url: string, payload?: object) => {
    const headers = { authorization: `Bearer ${API_KEY}` };
    const answer = await service.app.inject({ method, url, headers, ...(payload && { payload }) });
    return { status: answer.statusCode, body: answer.json<{ items: { type: string }[] }>() };
  };
  const deliver = async (topic: string, body: object) => {
    const payload = JSON.stringify(body);
    const headers = shopifyHeaders(payload, topic);
    const answer = await service.app.inject({ method: 'POST', url: '/in/shopify/shop', headers, payload });
    expect(answer.statusCode).toBe(200);
  };
  const until = async (isSo: () => Promise<boolean>) => {
    const end = Date.now() + UNTIL_MS;
    while (!(await isSo())) {
      if (Date.now() > end) throw new Error('It does not come to pass.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const ada = '/v1/customers?email=ada@example.com';

  await call('PUT', '/v1/connections/shop', { kind: 'shopify', secret: SECRET, currency: 'EUR' });
  await call('PUT', '/v1/products/p1', { stock: 0 });
  const asked = await call('POST', '/v1/events', {
    id: 'asked',
    type: 'back_in_stock_requested',
    occurredAt: new Date(Date.now() - 1000).toISOString(),
    source: 'shop',
    identity: { email: 'ada@example.com' },
    properties: { items: [{ productId: 'p1' }] },
  });
  expect(asked.status).toBe(202);
  await call('PUT', '/v1/products/p1', { stock: 5 });
  const { id } = (await call('GET', ada)).body as unknown as { id: string };
  await until(async () => {
    const { items } = (await call('GET', `/v1/customers/${id}/events`)).body;
    return items.some(({ type }) => type === 'stock_changed');
  });

  await deliver('customers/create', { id: 7, email: 'bob@example.com', created_at: '2026-11-22T10:00:00Z' });
  const bob = '/v1/customers?email=bob@example.com';
  expect((await call('GET', bob)).status).toBe(200);
  await deliver('shop/redact', { shop_id: 1, shop_domain: 'shop.example.com' });
  await until(async () => (await call('GET', '/v1/privacy-requests')).body.items.every((item) => isDone(item)));
  expect((await call('GET', bob)).status).toBe(404);
  await service.stop();
  await fresh.remove();
});

it('has neither the private API nor the pages of operators on a gateway', async () => {
  const fresh = await freshStore('sqlite');
  const service = await startWith(['gateway'], fresh.store);
  const statusOf = async (method: 'GET' | 'POST', url: string) =>
    (await service.app.inject({ method, url, headers: { authorization: `Bearer ${API_KEY}` } })).statusCode;
  expect(await statusOf('GET', '/health')).toBe(200);
  const pages = [
    '/',
    '/journeys',
    '/journeys/cart',
    '/customers',
    '/customers/cus_1',
    '/runs/run_1',
    '/scores',
    '/status',
  ];
  for (const url of ['/v1/scores', '/v1/customers', '/login', ...pages]) expect(await statusOf('GET', url)).toBe(404);
  for (const url of ['/v1/events', '/login', '/logout', '/customers']) expect(await statusOf('POST', url)).toBe(404);
  await service.stop();
  await fresh.remove();
});

/** Temporal and n8n are out of reach. */
async function startWith(roles: Role[], store: Store) {
  const [nowhere = 0] = await freePorts(1);
  return await startService({
    settings: readSettings({ JOURNEYS_API_KEY: API_KEY, N8N_BASE_URL: `http://127.0.0.1:${nowhere}` }),
    store,
    temporal: { connectionOptions: { address: `127.0.0.1:${nowhere}` }, namespace: 'default' },
    roles,
    log: pino({ level: 'silent' }),
  });
}

const isDone = (item: unknown): boolean => (item as { state: string }).state === 'done';
