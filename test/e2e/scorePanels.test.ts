/** RFM Score, Replenishment and the new fields of the journey nodes as the operator sees them in n8n's editor. Pictures are kept as artefacts. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closePanel, openBrowser, openPanel, openWorkflow, screenshot, signedIn } from './browser.ts';
import { Stack } from './stack.ts';

const PACKAGE = 'n8n-nodes-commerce-journeys';
/** High enough for all fields of an operation. */
const VIEW = { width: 1600, height: 1700 };

/** Each with a field that its panel shows. */
const NODES = [
  { name: 'Score Customers', type: 'rfmScore', parameters: {}, shows: 'Customer By' },
  { name: 'Get Customers', type: 'rfmScore', parameters: { operation: 'getCustomers' }, shows: 'Churn Risk' },
  { name: 'Get Segments', type: 'rfmScore', parameters: { operation: 'getSegments' }, shows: 'Output' },
  { name: 'Recalculate', type: 'rfmScore', parameters: { operation: 'refresh' }, shows: 'Operation' },
  { name: 'Runs Out', type: 'replenishment', parameters: {}, shows: 'Products' },
  {
    name: 'Runs Out, One Product',
    type: 'replenishment',
    parameters: { of: 'product', productId: 'p1' },
    shows: 'Bought On',
  },
  { name: 'Who Is Due', type: 'replenishment', parameters: { operation: 'getDue' }, shows: 'Within the Next (Days)' },
  { name: 'Get Windows', type: 'replenishment', parameters: { operation: 'getWindows' }, shows: 'Return All' },
  {
    name: 'Next Products',
    type: 'customer',
    parameters: { resource: 'activity', operation: 'getNextProducts' },
    shows: 'After the Product IDs',
  },
  {
    name: 'Segment Changed',
    type: 'journeyTrigger',
    parameters: {
      journeyKey: 'segments',
      entryEvents: { event: [{ type: 'segment_changed', toSegments: ['at_risk', 'cant_lose'] }] },
    },
    shows: 'To Segments',
  },
  {
    name: 'On a Schedule',
    type: 'journeyTrigger',
    parameters: { journeyKey: 'schedule', entersOn: 'schedule', scheduleEvery: 'daily' },
    shows: 'Minutes Between Batches',
  },
  {
    name: 'Replenishment Due',
    type: 'journeyTrigger',
    parameters: { journeyKey: 'due', entersOn: 'replenishmentDue', options: { onlyReplenishable: true } },
    shows: 'Days Before, Set by Hand',
  },
  {
    name: 'Until It Runs Out',
    type: 'journeyWait',
    parameters: { resume: 'replenishment', withoutWindow: 'wait' },
    shows: 'Else Wait',
  },
  { name: 'Preferred Hour', type: 'journeyWait', parameters: { resume: 'preferredHour' }, shows: 'Otherwise At' },
];

let stack: Stack;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [stack, browser] = await Promise.all([Stack.start(), openBrowser()]);
  page = await signedIn(browser, stack, VIEW);
  const { id } = await stack.n8n<{ id: string }>('POST', '/workflows', {
    name: 'score-panels',
    nodes: NODES.map(({ name, type, parameters }, index) => ({
      ...{ id: `panel-${index}`, name, parameters, type: `${PACKAGE}.${type}`, typeVersion: 1 },
      position: [(index % 5) * 260, Math.floor(index / 5) * 220],
    })),
    connections: {},
    settings: { executionOrder: 'v1' },
  });
  await openWorkflow(page, stack, id);
});
afterAll(async () => {
  await browser?.close();
  await stack?.remove();
});

test('the canvas knows the nodes', async () => {
  await page.keyboard.press('1');
  expect(await page.getByText('Install this node').count()).toBe(0);
  await screenshot(page, 'score-canvas');
});

test.each(NODES)('the panel of $name', async ({ name, shows }) => {
  const panel = await openPanel(page, name);
  await panel.getByText(shows, { exact: true }).first().waitFor();
  await screenshot(page, `panel-${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`);
  await closePanel(page);
});
