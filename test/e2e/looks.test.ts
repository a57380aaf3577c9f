/** What a person sees: the journey on the n8n canvas, its run in the Temporal UI, the API pages. Pictures are kept as artefacts. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, openWorkflow, screenshot, signedIn } from './browser.ts';
import { Stack } from './stack.ts';
import { until } from './until.ts';

const VIEW = { width: 1600, height: 900 };

let stack: Stack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([Stack.start(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await stack?.remove();
});

test('the canvas shows the journey with its own nodes', async () => {
  const page = await signedIn(browser, stack, VIEW);
  const { data } = await stack.n8n<{ data: { id: string; name: string }[] }>('GET', '/workflows?active=true');
  const workflow = data.find(({ name }) => name === 'Cart Recovery');
  expect(workflow).toBeDefined();
  await openWorkflow(page, stack, workflow!.id);
  for (const name of ['Cart Activity', 'Settings', 'Wait 90 Minutes', 'First Reminder', 'Second Reminder']) {
    await page.locator('[data-test-id="canvas-node"]', { hasText: name }).first().waitFor();
  }
  // A node type that n8n does not know is drawn with a question mark and says so.
  expect(await page.getByText('Install this node').count()).toBe(0);
  const checklist = page.getByText('Production Checklist');
  if (await checklist.isVisible()) await page.keyboard.press('Escape');
  await screenshot(page, 'canvas');
  await page.close();
});

test('the Temporal UI says where a customer is, until when, and what would end it', async () => {
  const { accepted } = await stack.api<{ accepted: { customerId: string }[] }>('POST', '/v1/events', {
    id: 'looks-1',
    type: 'added_to_cart',
    occurredAt: new Date().toISOString(),
    source: 'custom',
    identity: { email: 'looks@example.com' },
    properties: { currency: 'EUR', cartId: 'looks', items: [{ productId: 'p1', quantity: 1, price: '42.00' }] },
  });
  const workflowId = `journey/cart-recovery/${accepted[0]!.customerId}`;
  await until('the customer to wait', async () => {
    const { items } = await stack.api<{ items: { waitingUntil: string | null }[] }>(
      'GET',
      `/v1/runs?customerId=${accepted[0]!.customerId}`,
    );
    return items[0]?.waitingUntil != null;
  });
  const page = await browser.newPage({ viewport: VIEW });
  const run = `${stack.addresses.temporalUi}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`;
  await page.goto(run);
  await page.getByText('Wait 90 Minutes').first().waitFor();
  await screenshot(page, 'temporal-run');
  await page.getByText('User Metadata').first().click();
  // The UI renders the Markdown of the details in frames of its own.
  await until('the details', async () => {
    const texts = await Promise.all(page.frames().map((frame) => frame.locator('body').innerText()));
    return texts.some(
      (text) => /Waits in Wait 90 Minutes until .* UTC/.test(text) && text.includes('completed_purchase'),
    );
  });
  await screenshot(page, 'temporal-details');
  await page.close();
});

test('the API can be browsed, from this machine alone', async () => {
  const page = await browser.newPage({ viewport: VIEW });
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') elsewhere.push(request.url());
  });
  await page.goto(`${stack.addresses.service}/docs`);
  await page.getByText('events', { exact: true }).first().click();
  await page.getByText('/v1/events').first().waitFor();
  await screenshot(page, 'api-docs');
  expect(elsewhere).toEqual([]);
  await page.close();
});
