/**
 * Events per second through `POST /v1/events`, single and in batches of 100, and signed Shopify orders through the gateway,
 * on SQLite and PostgreSQL, beside n8n's own Webhook node.
 */
import { createHmac } from 'node:crypto';
import type { Stack } from '../e2e/stack.ts';
import { load, type LoadResult } from './load.ts';
import { note, publish, webhook } from './n8nWorkflows.ts';
import { serviceOnPostgres } from './serviceOnPostgres.ts';
import { times, type Row } from './table.ts';

const SECONDS = 10;
const CUSTOMERS = 20_000;
const BATCH = 100;
const SECRET = 'bench-secret';

interface Target {
  /** For the table. */
  name: string;
  url: string;
  apiKey: string;
}

export async function benchIntake(stack: Stack): Promise<Row[]> {
  await publish(stack, 'Bench: webhook', [webhook('bench-intake'), note('Done')]);
  const peer = await load({
    url: `${stack.addresses.n8n}/webhook/bench-intake`,
    connections: 10,
    seconds: SECONDS,
    body: (index) => JSON.stringify(shopEvent('peer', index)),
  });
  if (peer.failures > 0) throw new Error(`n8n: ${peer.failures} of ${peer.requests} requests failed`);
  const rows = await measure({ name: 'SQLite', url: stack.addresses.service, apiKey: stack.apiKey }, peer);
  const postgres = await serviceOnPostgres(stack);
  try {
    await warmUp(postgres.url, stack.apiKey);
    await postgres.analyse();
    rows.push(...(await measure({ name: 'PostgreSQL', url: postgres.url, apiKey: stack.apiKey }, peer)));
  } finally {
    await postgres.stop();
  }
  return rows;
}

async function measure({ name, url, apiKey }: Target, peer: LoadResult): Promise<Row[]> {
  const authorization = `Bearer ${apiKey}`;
  const api = { url: `${url}/v1/events`, headers: { authorization }, seconds: SECONDS };
  const single = await load({ ...api, connections: 32, body: (index) => JSON.stringify(shopEvent('single', index)) });
  const batched = await load({
    ...api,
    connections: 4,
    body: (index) =>
      JSON.stringify({ events: Array.from({ length: BATCH }, (_, item) => shopEvent('batch', index * BATCH + item)) }),
  });
  await connect(url, authorization);
  const shopify = await load({
    url: `${url}/in/shopify/bench`,
    connections: 32,
    seconds: SECONDS,
    body: (index) => JSON.stringify(shopifyOrder(index)),
    headersOf: (body, index) => ({
      'x-shopify-topic': 'orders/create',
      'x-shopify-webhook-id': `bench-${index}`,
      'x-shopify-hmac-sha256': createHmac('sha256', SECRET).update(body).digest('base64'),
    }),
  });
  for (const [work, { failures, requests }] of Object.entries({ single, batched, shopify })) {
    if (failures > 0) throw new Error(`${work} on ${name}: ${failures} of ${requests} requests failed`);
  }
  const row = (work: string, eventsPerSecond: number, budget: number | null): Row => ({
    work: `${work}, ${name}`,
    measured: perSecond(eventsPerSecond),
    peer: `n8n Webhook node: ${perSecond(peer.perSecond)}`,
    ratio: times(eventsPerSecond / peer.perSecond),
    budget: budget === null ? '–' : `≥ ${budget}×`,
    kept: budget === null ? null : eventsPerSecond / peer.perSecond >= budget,
  });
  return [
    row('intake, single events', single.perSecond, 40),
    row(`intake, batches of ${BATCH}`, batched.perSecond * BATCH, 100),
    {
      ...row('intake, signed Shopify orders', shopify.perSecond, null),
      measured: `${perSecond(shopify.perSecond)}, p95 ${Math.round(shopify.p95)} ms with 32 at once`,
    },
  ];
}

/** A shop that has been there for a while: customers with orders. */
async function warmUp(url: string, apiKey: string): Promise<void> {
  await load({
    url: `${url}/v1/events`,
    headers: { authorization: `Bearer ${apiKey}` },
    connections: 4,
    seconds: SECONDS,
    requests: CUSTOMERS / BATCH,
    body: (index) =>
      JSON.stringify({ events: Array.from({ length: BATCH }, (_, item) => shopEvent('warm', index * BATCH + item)) }),
  });
}

const perSecond = (value: number) => `${Math.round(value).toLocaleString('en')} events/s`;

async function connect(url: string, authorization: string): Promise<void> {
  const answer = await fetch(`${url}/v1/connections/bench`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'shopify', secret: SECRET, currency: 'EUR' }),
  });
  if (!answer.ok) throw new Error(`The connection for the bench was refused: ${answer.status} ${await answer.text()}`);
}

/** Two views and one purchase in three events: identity, totals and the exits of a published journey are at work. */
function shopEvent(round: string, index: number) {
  const items = [{ productId: `p${index % 500}`, name: 'Trail shoe', category: 'shoes', quantity: 1, price: '42.00' }];
  const purchase = index % 3 === 2;
  return {
    id: `${round}-${index}`,
    type: purchase ? 'completed_purchase' : 'viewed_product',
    occurredAt: new Date().toISOString(),
    source: 'bench',
    identity: { email: `shopper-${index % CUSTOMERS}@example.com` },
    properties: { currency: 'EUR', value: '42.00', items, ...(purchase ? { orderId: `${round}-${index}` } : {}) },
  };
}

/** An order as Shopify sends it, cut down to what matters. */
function shopifyOrder(index: number) {
  const now = new Date().toISOString();
  return {
    id: 5_000_000_000_000 + index,
    email: `shopper-${index % CUSTOMERS}@example.com`,
    created_at: now,
    updated_at: now,
    currency: 'EUR',
    total_price: '84.00',
    financial_status: 'paid',
    test: false,
    customer: { id: 7_000_000_000 + (index % CUSTOMERS), email: `shopper-${index % CUSTOMERS}@example.com` },
    line_items: [
      { product_id: 1 + (index % 500), variant_id: 9, sku: 'S1', title: 'Trail shoe', quantity: 2, price: '42.00' },
    ],
  };
}
