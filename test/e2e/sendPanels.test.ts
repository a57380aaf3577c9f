/** Channel Send and Suppression as the operator sees them in n8n's editor, for each channel and provider. Pictures are kept as artefacts. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChannelSend } from '../../nodes/ChannelSend/ChannelSend.node.ts';
import { channelOptions } from '../../nodes/fields/channelOptions.ts';
import { PROVIDERS, providersOf } from '../../nodes/ChannelSend/providers/registry.ts';
import { SEND_CHANNELS } from '../../nodes/ChannelSend/channels/channels.ts';
import { closePanel, openBrowser, openPanel, openWorkflow, screenshot, signedIn } from './browser.ts';
import { Stack } from './stack.ts';

const PACKAGE = 'n8n-nodes-commerce-journeys';
/** High enough for all fields of a channel. */
const VIEW = { width: 1600, height: 1700 };
const OPERATIONS = ['check', 'getPolicy', 'report', 'updatePolicy'];

let stack: Stack;
let browser: Browser;
let page: Page;

const ways = SEND_CHANNELS.flatMap(({ channel }) =>
  providersOf(channel).map(({ name, displayName, credential }) => {
    return { node: `${channel} by ${name}`, channel, provider: name, displayName, credential };
  }),
);

const { credentials = [] } = new ChannelSend().description;
const credentialLabel = (type: string) => credentials.find(({ name }) => name === type)?.displayName;
const titles = new Map(
  ways.map(({ node, channel }) => [node, channelOptions.find(({ value }) => value === channel)?.name]),
);

beforeAll(async () => {
  [stack, browser] = await Promise.all([Stack.start(), openBrowser()]);
  page = await signedIn(browser, stack, VIEW);
  const sends = ways.map(({ node, channel, provider }) => {
    return { name: node, type: 'channelSend', parameters: { channel, provider } };
  });
  const checks = OPERATIONS.map((operation) => ({ name: operation, type: 'suppression', parameters: { operation } }));
  const { id } = await stack.n8n<{ id: string }>('POST', '/workflows', {
    name: 'send-panels',
    nodes: [...sends, ...checks].map(({ name, type, parameters }, index) => ({
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

test('the canvas knows every channel and every operation', async () => {
  expect(new Set(ways.map(({ provider }) => provider))).toEqual(new Set(PROVIDERS.map(({ name }) => name)));
  await page.keyboard.press('1');
  expect(await page.getByText('Install this node').count()).toBe(0);
  await screenshot(page, 'send-canvas');
});

test.each(ways)('the panel of $node', async ({ node, displayName, credential }) => {
  const panel = await openPanel(page, node);
  // What is chosen can be seen, and chosen anew.
  for (const [field, value] of [
    ['channel', titles.get(node)],
    ['provider', displayName],
  ]) {
    const shown = panel.locator(`[data-test-id="parameter-input-${field}"] input`);
    await expect.poll(async () => await shown.inputValue()).toBe(value);
  }
  // The service's credential, and that of this provider alone.
  const labels = panel.locator('[data-test-id="credentials-label"]');
  const asked = async () => (await labels.allInnerTexts()).map((text) => text.split('\n')[0]);
  await expect.poll(asked).toEqual(['Journeys Service', credentialLabel(credential)]);
  await screenshot(page, `panel-send-${node.replaceAll(' ', '-')}`);
  await closePanel(page);
});

test.each(OPERATIONS)('the panel of Suppression, %s', async (operation) => {
  const panel = await openPanel(page, operation);
  await panel.getByText('Operation', { exact: true }).waitFor();
  await screenshot(page, `panel-suppression-${operation}`);
  await closePanel(page);
});
