/** Every operation of the Journey and the Customer node in a published workflow of the real n8n, against the real service. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closePanel, openBrowser, openPanel, openWorkflow, screenshot, signedIn } from './browser.ts';
import { Stack } from './stack.ts';
import { until } from './until.ts';

const PACKAGE = 'n8n-nodes-commerce-journeys';
const CART_RECOVERY = { mode: 'list', value: 'cart-recovery' };

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- items hold whatever the nodes put on them
type Json = Record<string, any>;
interface Step {
  name: string;
  node: 'journey' | 'customer';
  parameters: object;
}

let stack: Stack;
let browser: Browser;
let credentials: object;

beforeAll(async () => {
  [stack, browser] = await Promise.all([Stack.start(), openBrowser()]);
  const name = 'Journeys';
  const { id } = await stack.n8n<{ id: string }>('POST', '/credentials', {
    name,
    type: 'commerceJourneysApi',
    data: { baseUrl: stack.addresses.service, apiKey: stack.apiKey },
  });
  credentials = { commerceJourneysApi: { id, name } };
});
afterAll(async () => {
  await browser?.close();
  await stack?.remove();
});

/** A published workflow: a webhook, and the steps one after the other. Its name is the webhook's path. */
async function publish(name: string, steps: Step[]): Promise<string> {
  const webhook = {
    name: 'Webhook',
    type: 'n8n-nodes-base.webhook',
    typeVersion: 2,
    webhookId: name,
    parameters: { path: name, httpMethod: 'POST', responseMode: 'lastNode', responseData: 'allEntries' },
  };
  const own = steps.map(({ name, node, parameters }) => {
    return { name, type: `${PACKAGE}.${node}`, typeVersion: 1, credentials, parameters };
  });
  const nodes = [webhook, ...own].map((node, i) => ({ ...node, id: `${name}-${i}`, position: [i * 220, 0] }));
  const links = steps.map(({ name }, i) => [nodes[i]!.name, { main: [[{ node: name, type: 'main', index: 0 }]] }]);
  const { id } = await stack.n8n<{ id: string }>('POST', '/workflows', {
    name,
    nodes,
    connections: Object.fromEntries(links) as object,
    settings: { executionOrder: 'v1', saveDataSuccessExecution: 'all' },
  });
  await stack.n8n('POST', `/workflows/${id}/activate`);
  return id;
}

/** Calls the webhook. @returns what each node has put out */
async function itemsOf(workflowId: string, path: string, body: object): Promise<(node: string) => Json[]> {
  const call = () =>
    fetch(`${stack.addresses.n8n}/webhook/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
  // n8n says "active" a moment before it knows the webhook.
  const response = await until('the webhook', async () => {
    const answer = await call();
    return answer.status !== 404 && answer;
  });
  expect(response.status, await response.text()).toBe(200);
  const execution = await until('the execution', async () => {
    const query = `workflowId=${workflowId}&includeData=true&status=success`;
    return (await stack.n8n<{ data: Json[] }>('GET', `/executions?${query}`)).data[0];
  });
  const runs = execution['data'].resultData.runData as Record<string, { data: { main: { json: Json }[][] } }[]>;
  return (node) => runs[node]?.[0]?.data.main[0]?.map(({ json }) => json) ?? [];
}

/** Shop events as the service takes them. @returns the customer of the first */
async function shopSays(...events: { type: string; email: string; properties?: object }[]): Promise<string> {
  const { accepted } = await stack.api<{ accepted: { customerId: string }[] }>('POST', '/v1/events', {
    events: events.map(({ type, email, properties = {} }, i) => ({
      id: `${type}-${email}-${i}`,
      type,
      occurredAt: new Date().toISOString(),
      source: 'custom',
      identity: { email },
      properties,
    })),
  });
  return accepted[0]!.customerId;
}

const purchase = (email: string, orderId: string, value: string) => ({
  type: 'completed_purchase',
  email,
  properties: { orderId, currency: 'EUR', value, items: [{ productId: 'p1', quantity: 1, price: value }] },
});
const customerBy = (identifyBy: string, identifier: string) => ({ identifyBy, identifier });
const property = (name: string, value: string) => ({ property: [{ name, value }] });

test('the Journey node brings a customer in once, says where they are, and takes them out', async () => {
  await stack.api('PUT', '/v1/products/p1', { title: 'Trail shoe', priceMinor: 4200, currency: 'EUR', stock: 3 });
  const customerId = await shopSays({ type: 'viewed_page', email: 'ida@example.com' });
  const byEmail = customerBy('email', '={{ $("Webhook").item.json.body.email }}');
  const workflowId = await publish('journey-operations', [
    {
      name: 'Enrol',
      node: 'journey',
      parameters: {
        operation: 'enrol',
        journey: CART_RECOVERY,
        ...byEmail,
        properties: property('note', '={{ $json.body.note }}'),
      },
    },
    { name: 'Enrol Again', node: 'journey', parameters: { operation: 'enrol', journey: CART_RECOVERY, ...byEmail } },
    { name: 'Running', node: 'journey', parameters: { operation: 'listRuns', ...byEmail, output: 'list' } },
    { name: 'Products', node: 'journey', parameters: { operation: 'getProducts', productIds: 'p1, p404' } },
    {
      name: 'Exit',
      node: 'journey',
      parameters: { operation: 'exit', ...byEmail, from: 'one', journey: CART_RECOVERY, reason: 'opened a ticket' },
    },
    {
      name: 'Exited',
      node: 'journey',
      parameters: { operation: 'listRuns', of: 'everybody', status: 'exited', output: 'items' },
    },
  ]);
  const output = await itemsOf(workflowId, 'journey-operations', { email: 'ida@example.com', note: 'by hand' });

  const [enrolled] = output('Enrol');
  const runId = enrolled?.['enrolment'].runId as string;
  expect(enrolled).toMatchObject({
    body: { note: 'by hand' },
    enrolment: { journey: 'cart-recovery', entered: true, runId: expect.stringMatching(/^run_/), reason: null },
  });
  expect(output('Enrol Again')).toMatchObject([
    { enrolment: { entered: false, runId: null, reason: 'alreadyIn', message: expect.stringContaining('already') } },
  ]);
  expect(output('Running')).toMatchObject([{ runs: [{ id: runId, customerId, status: 'running' }] }]);
  expect(output('Products')).toMatchObject([
    { products: [{ productId: 'p1', title: 'Trail shoe', stock: 3, priceMinor: 4200 }], productsNotFound: ['p404'] },
  ]);
  expect(output('Exit')).toMatchObject([{ exited: [{ runId, journey: 'cart-recovery' }] }]);
  expect(output('Exited')).toMatchObject([{ id: runId, customerId, exitReason: 'opened a ticket' }]);

  const { items } = await stack.api<{ items: Json[] }>('GET', `/v1/runs?customerId=${customerId}`);
  expect(items).toMatchObject([{ id: runId, status: 'exited', exitReason: 'opened a ticket' }]);
  const temporal = await stack.temporal();
  const result = (await temporal.workflow.getHandle(items[0]!['workflowId'] as string).result()) as Json;
  expect(result).toMatchObject({ outcome: 'exited', reason: 'opened a ticket' });
});

test('the Customer node makes, reads, finds and merges customers, and keeps their consent', async () => {
  const oldId = await shopSays(purchase('ada.old@example.com', 'o1', '30.00'));
  await shopSays(purchase('ada@example.com', 'o2', '84.00'));
  const identifiers = { email: '={{ $json.body.email }}', phone: '+436601234567' };
  const consent = { operation: 'setConsent', channel: 'email', state: 'subscribed', source: 'footer form' };
  const optIn = { operation: 'requestOptIn', channel: 'sms', source: 'checkout', validDays: 2 };
  const workflowId = await publish('customer-operations', [
    {
      name: 'Create or Update',
      node: 'customer',
      parameters: { operation: 'upsert', identifiers, properties: property('firstName', 'Ada') },
    },
    { name: 'Set Consent', node: 'customer', parameters: consent },
    { name: 'Request Opt-In', node: 'customer', parameters: optIn },
    { name: 'Totals', node: 'customer', parameters: { resource: 'activity', operation: 'getTotals' } },
    { name: 'Merge', node: 'customer', parameters: { operation: 'merge', mergeValue: 'ada.old@example.com' } },
    {
      name: 'History',
      node: 'customer',
      parameters: { resource: 'activity', operation: 'getHistory', of: 'orders', output: 'list' },
    },
    { name: 'Get', node: 'customer', parameters: { operation: 'get', ...customerBy('email', 'ada.old@example.com') } },
    { name: 'Disengaged', node: 'customer', parameters: { operation: 'markDisengaged', source: 'win-back' } },
    { name: 'Search', node: 'customer', parameters: { operation: 'search', text: 'ada', output: 'items' } },
  ]);
  const output = await itemsOf(workflowId, 'customer-operations', { email: 'ada@example.com' });

  const [made] = output('Create or Update');
  const customerId = made?.['customer'].id as string;
  expect(made).toMatchObject({ customer: { email: 'ada@example.com', phone: '+436601234567', firstName: 'Ada' } });
  const subscribed = { email: { state: 'subscribed', source: 'footer form' } };
  expect(output('Set Consent')).toMatchObject([{ customer: { id: customerId, consent: subscribed } }]);
  const confirmUrl = output('Request Opt-In')[0]?.['optIn'].confirmUrl as string;
  expect(output('Totals')).toMatchObject([{ totals: { orders: 1, revenueMinor: 8400, currency: 'EUR' } }]);
  const totals = { orders: 2, revenueMinor: 11400 };
  expect(output('Merge')).toMatchObject([
    { customer: { id: customerId, email: 'ada@example.com', totals, mergedFrom: [oldId] } },
  ]);
  expect(output('History').map(({ history }) => (history as Json[]).map(({ orderId }) => orderId as string))).toEqual([
    ['o2', 'o1'],
  ]);
  expect(output('Get')).toMatchObject([
    { customer: { id: customerId, consent: { ...subscribed, sms: { state: 'never' } } } },
  ]);
  const disengaged = ['ada.old@example.com', 'ada@example.com'].map((address) =>
    expect.objectContaining({ reason: 'disengaged', channel: 'email', source: 'win-back', address }),
  );
  expect(output('Disengaged')).toMatchObject([{ customer: { suppression: expect.arrayContaining(disengaged) } }]);
  expect(output('Search')).toMatchObject([{ customer: { id: customerId, email: 'ada@example.com', totals } }]);

  // The link is the service's own page, and confirming there subscribes.
  expect((await fetch(confirmUrl)).status).toBe(200);
  expect((await fetch(confirmUrl, { method: 'POST' })).status).toBe(200);
  const customer = await stack.api<Json>('GET', `/v1/customers/${customerId}`);
  expect(customer).toMatchObject({
    properties: { firstName: 'Ada' },
    consent: { ...subscribed, sms: { state: 'subscribed', source: 'checkout' } },
  });
  expect(await stack.api('GET', `/v1/customers/${oldId}`)).toMatchObject({ id: customerId });
  const audit = await stack.api<{ items: Json[] }>('GET', `/v1/customers/${customerId}/audit`);
  expect(audit.items.map(({ detail }) => (detail as Json)['action'] as string)).toEqual(
    expect.arrayContaining(['customer.merged', 'consent.requested', 'consent.confirmed']),
  );
});

test('the panels say what will happen', async () => {
  const page = await signedIn(browser, stack, { width: 1600, height: 1000 });
  const { data } = await stack.n8n<{ data: { id: string; name: string }[] }>('GET', '/workflows');
  const open = async (name: string) => {
    await openWorkflow(page, stack, data.find((one) => one.name === name)!.id);
    expect(await page.getByText('Install this node').count()).toBe(0);
  };
  const panel = async (node: string, text: string) => {
    await (await openPanel(page, node)).getByText(text).first().waitFor();
    await screenshot(page, `panel-${node.toLowerCase()}`);
  };

  await open('journey-operations');
  await page.keyboard.press('1');
  await screenshot(page, 'journey-operations');
  await panel('Exit', 'no names or addresses');
  await page.locator('[data-test-id="rlc-input"]').first().click();
  await page.getByText('Cart recovery').first().waitFor();
  await screenshot(page, 'panel-exit-journeys');
  await page.keyboard.press('Escape');
  await closePanel(page);
  await panel('Products', 'productsNotFound');
  await closePanel(page);
  await open('customer-operations');
  await page.keyboard.press('1');
  await screenshot(page, 'customer-operations');
  await panel('Merge', 'stricter consent');
  await closePanel(page);
  await panel('Search', 'The beginning of a name');
  await page.close();
});
