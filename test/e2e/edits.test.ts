/** Edits, absence and loss while people wait: they are held and go on; nobody is dropped. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Stack } from './stack.ts';
import { until } from './until.ts';

/** 90 min become 3 s. */
const TIME_SCALE = '1800';

interface Workflow {
  id: string;
  name: string;
  nodes: { name: string; type: string }[];
  connections: Record<string, { main: { node: string }[][] }>;
  settings: Record<string, unknown>;
}
interface Run {
  id: string;
  workflowId: string;
  status: string;
  waitingUntil: string | null;
}

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ JOURNEYS_TIME_SCALE: TIME_SCALE });
});
afterAll(async () => {
  await stack?.remove();
});

async function cart(name: string): Promise<string> {
  const { accepted } = await stack.api<{ accepted: { customerId: string }[] }>('POST', '/v1/events', {
    id: `edits-${name}`,
    type: 'added_to_cart',
    occurredAt: new Date().toISOString(),
    source: 'custom',
    identity: { email: `${name}@example.com` },
    properties: { currency: 'EUR', cartId: name, items: [{ productId: 'p1', quantity: 1, price: '42.00' }] },
    consent: { email: { state: 'subscribed', source: 'checkout' } },
  });
  return accepted[0]!.customerId;
}

const mailsTo = async (name: string) => (await stack.mails()).filter((mail) => mail.to === `${name}@example.com`);

async function runOf(customerId: string): Promise<Run> {
  const { items } = await stack.api<{ items: Run[] }>('GET', `/v1/runs?customerId=${customerId}`);
  if (!items[0]) throw new Error(`no run of ${customerId} yet`);
  return items[0];
}

const waiting = (customerId: string) =>
  until('the customer to wait', async () => {
    const run = await runOf(customerId);
    return run.waitingUntil !== null && run;
  });

/** The failure that an operator reads at the pending activity in the Temporal UI. */
async function pendingFailure(workflowId: string): Promise<string | undefined> {
  const client = await stack.temporal();
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo?.type ?? undefined;
}

async function cartRecovery(): Promise<Workflow> {
  const { data } = await stack.n8n<{ data: Workflow[] }>('GET', '/workflows');
  return data.find(({ name }) => name === 'Cart Recovery')!;
}

async function publish({ name, nodes, connections, settings, id }: Workflow): Promise<void> {
  await stack.n8n('PUT', `/workflows/${id}`, { name, nodes, connections, settings });
  await stack.n8n('POST', `/workflows/${id}/activate`);
}

/** The workflow as an operator leaves it who deletes this node: its connections go with it. */
function without(workflow: Workflow, deleted: string): Workflow {
  return {
    ...workflow,
    nodes: workflow.nodes.filter(({ name }) => name !== deleted),
    connections: Object.fromEntries(
      Object.entries(workflow.connections)
        .filter(([name]) => name !== deleted)
        .map(([name, { main }]) => [
          name,
          { main: main.map((targets) => targets.filter(({ node }) => node !== deleted)) },
        ]),
    ),
  };
}

test('a node deleted while people wait holds them, visibly, until it is published again', async () => {
  const customerId = await cart('held');
  await waiting(customerId);
  const workflow = await cartRecovery();
  await publish(without(workflow, 'Wait 90 Minutes'));
  const { workflowId } = await runOf(customerId);
  await until('the hold to be visible', async () => (await pendingFailure(workflowId)) === 'StepNotPublished');
  expect(await mailsTo('held')).toEqual([]);
  expect((await runOf(customerId)).status).toBe('running');

  await publish(workflow);
  await until('the first reminder', async () => (await mailsTo('held')).length === 1, 120_000);
});

test('n8n away: people are held, and go on when it is back', async () => {
  const customerId = await cart('away');
  const { workflowId } = await waiting(customerId);
  stack.kill('n8n');
  await until('the first reminder', async () => (await mailsTo('away')).length === 1, 120_000);
  expect(workflowId).toContain(customerId);
});

test('a service with a new store beside an n8n that has long published its journeys learns them by itself', async () => {
  await stack.stop();
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(stack.dataDir, `journeys.sqlite${suffix}`), { force: true });
  await stack.run();
  await until('the journey to be known', async () => {
    const journeys = await stack.api<{ key: string; state: string }[]>('GET', '/v1/journeys');
    return journeys.some(({ key, state }) => key === 'cart-recovery' && state === 'active');
  });
  await cart('new-store');
  await until('the first reminder', async () => (await mailsTo('new-store')).length === 1, 60_000);
});
