/** Events per second through `POST /v1/events`, single and in batches of 100, beside n8n's own Webhook node. */
import type { Stack } from '../e2e/stack.ts';
import { load } from './load.ts';
import { note, publish, webhook } from './n8nWorkflows.ts';
import { times, type Row } from './table.ts';

const SECONDS = 10;
const CUSTOMERS = 20_000;
const BATCH = 100;

export async function benchIntake(stack: Stack): Promise<Row[]> {
  await publish(stack, 'Bench: webhook', [webhook('bench-intake'), note('Done')]);
  const peer = await load({
    url: `${stack.addresses.n8n}/webhook/bench-intake`,
    connections: 10,
    seconds: SECONDS,
    body: (index) => JSON.stringify(shopEvent('peer', index)),
  });
  const ours = {
    url: `${stack.addresses.service}/v1/events`,
    headers: { authorization: `Bearer ${stack.apiKey}` },
    seconds: SECONDS,
  };
  const single = await load({ ...ours, connections: 32, body: (index) => JSON.stringify(shopEvent('single', index)) });
  const batched = await load({
    ...ours,
    connections: 4,
    body: (index) =>
      JSON.stringify({ events: Array.from({ length: BATCH }, (_, item) => shopEvent('batch', index * BATCH + item)) }),
  });
  for (const [name, result] of Object.entries({ peer, single, batched })) {
    if (result.failures > 0) throw new Error(`${name}: ${result.failures} of ${result.requests} requests failed`);
  }
  const perSecond = (value: number) => `${Math.round(value).toLocaleString('en')} events/s`;
  const row = (work: string, eventsPerSecond: number, budget: number): Row => ({
    work,
    measured: perSecond(eventsPerSecond),
    peer: `n8n Webhook node: ${perSecond(peer.perSecond)}`,
    ratio: times(eventsPerSecond / peer.perSecond),
    budget: `≥ ${budget}×`,
    kept: eventsPerSecond / peer.perSecond >= budget,
  });
  return [
    row('intake, single events', single.perSecond, 40),
    row(`intake, batches of ${BATCH}`, batched.perSecond * BATCH, 100),
  ];
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
