/** The flows that the benchmarks run in n8n: the product's and n8n's own, drawn alike. Made and published by n8n's API. */
import type { Stack } from '../e2e/stack.ts';
import { until } from '../e2e/until.ts';

interface N8nNode {
  id: string;
  name: string;
  type: string;
  typeVersion: number;
  position: [number, number];
  parameters: Record<string, unknown>;
  webhookId?: string;
  credentials?: Record<string, { id: string; name: string }>;
}

const WEBHOOK = 'n8n-nodes-base.webhook';
const PACKAGE = 'n8n-nodes-commerce-journeys';

/** Chains the nodes in a row, makes the workflow with n8n's default settings and publishes it. @returns its id */
export async function publish(stack: Stack, name: string, nodes: N8nNode[]): Promise<string> {
  const connections = Object.fromEntries(
    nodes
      .slice(0, -1)
      .map((node, index) => [node.name, { main: [[{ node: nodes[index + 1]!.name, type: 'main', index: 0 }]] }]),
  );
  const settings = { executionOrder: 'v1' };
  const { id } = await stack.n8n<{ id: string }>('POST', '/workflows', { name, nodes, connections, settings });
  await stack.n8n('POST', `/workflows/${id}/activate`);
  const key = nodes.find(({ parameters }) => 'journeyKey' in parameters)?.parameters['journeyKey'];
  // n8n answers a moment before its nodes have told the service.
  if (key !== undefined) {
    await until(`the service to know ${name}`, async () => {
      const journeys = await stack.api<{ key: string }[]>('GET', '/v1/journeys');
      return journeys.some((journey) => journey.key === key);
    });
  }
  const path = nodes.find(({ type }) => type === WEBHOOK)?.parameters['path'];
  if (typeof path === 'string') {
    await until(`n8n to answer at ${path}`, async () => {
      const { ok } = await fetch(`${stack.addresses.n8n}/webhook/${path}`, { method: 'POST' });
      return ok;
    });
  }
  return id;
}

/** The credential that `npm start` made, as the template's nodes refer to it. */
export async function journeysCredential(stack: Stack): Promise<Record<string, { id: string; name: string }>> {
  const { data } = await stack.n8n<{ data: { nodes: N8nNode[] }[] }>('GET', '/workflows?limit=100');
  for (const { nodes } of data) {
    const found = nodes.find((node) => node.credentials?.['commerceJourneysApi'])?.credentials?.['commerceJourneysApi'];
    if (found) return { commerceJourneysApi: found };
  }
  throw new Error('No workflow in this n8n uses a commerceJourneysApi credential.');
}

let column = 0;
const place = (): [number, number] => [240 * (column++ % 10), 300];

export const webhook = (path: string): N8nNode => ({
  id: crypto.randomUUID(),
  name: 'Webhook',
  type: WEBHOOK,
  typeVersion: 2,
  position: place(),
  parameters: { httpMethod: 'POST', path, responseMode: 'onReceived', options: {} },
  webhookId: crypto.randomUUID(),
});

export const n8nWaitUntil = (name: string, expression: string): N8nNode => ({
  id: crypto.randomUUID(),
  name,
  type: 'n8n-nodes-base.wait',
  typeVersion: 1.1,
  position: place(),
  parameters: { resume: 'specificTime', dateTime: expression },
  webhookId: crypto.randomUUID(),
});

/** A step that does a little work on each item. */
export const note = (name: string): N8nNode => ({
  id: crypto.randomUUID(),
  name,
  type: 'n8n-nodes-base.set',
  typeVersion: 3.4,
  position: place(),
  parameters: {
    assignments: {
      assignments: [
        { id: crypto.randomUUID(), name: name.toLowerCase(), value: '={{ $now.toISO() }}', type: 'string' },
      ],
    },
    includeOtherFields: true,
    options: {},
  },
});

export const httpPost = (name: string, url: string): N8nNode => ({
  id: crypto.randomUUID(),
  name,
  type: 'n8n-nodes-base.httpRequest',
  typeVersion: 4.2,
  position: place(),
  parameters: {
    method: 'POST',
    url,
    sendBody: true,
    specifyBody: 'json',
    jsonBody: '={{ JSON.stringify({ id: $json.run.entry.properties.id }) }}',
    options: {},
  },
});

export const journeyTrigger = (
  key: string,
  eventType: string,
  credentials: Record<string, { id: string; name: string }>,
): N8nNode => ({
  id: crypto.randomUUID(),
  name: 'Journey Trigger',
  type: `${PACKAGE}.journeyTrigger`,
  typeVersion: 1,
  position: place(),
  parameters: {
    journeyKey: key,
    entryEvents: { event: [{ type: 'custom', customType: eventType }] },
    exitEvents: { event: [{ type: 'completed_purchase' }] },
  },
  webhookId: crypto.randomUUID(),
  credentials,
});

export const journeyWaitUntil = (
  name: string,
  expression: string,
  credentials: Record<string, { id: string; name: string }>,
): N8nNode => ({
  id: crypto.randomUUID(),
  name,
  type: `${PACKAGE}.journeyWait`,
  typeVersion: 1,
  position: place(),
  parameters: { resume: 'date', date: expression },
  webhookId: crypto.randomUUID(),
  credentials,
});
