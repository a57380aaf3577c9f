/**
 * The operators' pages in a real browser: each, full and empty, light and dark, narrow and wide, held against WCAG 2.2 AA by axe; and
 * what an operator does there, without JavaScript and by keyboard alone. Pictures are kept as artefacts.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rfmJob } from '../../temporal/scoring/rfmJob.ts';
import { API_KEY, event, minutes, NOW, TestService } from '../service/service.ts';
import {
  authorize,
  call,
  enter,
  load,
  publishTrigger,
  publishWait,
  results,
  sendItem,
  wait,
  waitItem,
} from '../service/travellers.ts';
import { openBrowser, screenshot } from './browser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const WIDTHS = [390, 1280];
const SCHEMES = ['light', 'dark'] as const;

let service: TestService;
let empty: TestService;
let browser: Browser;
const bases = new Map<TestService, string>();
const ids = { customer: '', open: '', ended: '' };

beforeAll(async () => {
  service = await TestService.create('sqlite', { shopName: 'Example Shop' });
  empty = await TestService.create('sqlite');
  for (const one of [service, empty]) bases.set(one, await one.app.listen({ host: '127.0.0.1', port: 0 }));
  await fill();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
  await empty?.close();
});

/** Something of everything that a page can show. */
async function fill(): Promise<void> {
  await publishTrigger(service, 'cart');
  await publishWait(service, 'w1');
  const ada = await enter(service, 'ada');
  ids.customer = ada.customerId;
  await service.call('PUT', '/v1/customers', {
    identity: { email: 'ada@example.com', phone: '+436601234567', externalId: '42' },
    properties: { firstName: 'Ada', lastName: 'Lovelace' },
  });
  await load(service, call(ada));
  const [send] = await authorize(service, sendItem(ada));
  await service.call('POST', '/v1/sends/started', { sendIds: [send.sendId], by: '7/node-1/0' });
  await service.call('POST', '/v1/sends/report', { items: [{ sendId: send.sendId, outcome: 'sent' }] });
  await wait(service, waitItem(ada));
  ids.ended = ada.runId;
  await service.send(event('completed_purchase', 'ada', minutes(0)));
  service.now = NOW + 60_000;
  const again = await enter(service, 'ada');
  await load(service, call(again));
  await authorize(service, sendItem(again, { node: 'node-2', nodeName: 'Second e-mail' }));
  await wait(service, waitItem(again));
  ids.open = again.runId;
  const adam = await enter(service, 'adam', 'unsubscribed');
  await load(service, call(adam));
  await authorize(service, sendItem(adam));
  await results(service, call(adam));
  await service.call('POST', '/v1/journeys/cart/pause');
  await service.send(event('added_to_cart', 'eve', minutes(1)));
  const { db } = service.store;
  await db
    .insertInto('suppressions')
    .values({
      customer_id: ids.customer,
      channel: 'email',
      address: 'a@example.com',
      reason: 'bounced',
      source: 'smtp',
      at: NOW,
    })
    .execute();
  await db
    .insertInto('alarms')
    .values({
      ...{ id: 'alm_1', kind: 'complaint_rate', channel: 'email', level: 'warning', rate: 0.0015, complaints: 3 },
      ...{ messages: 2000, journeys_json: '[{"journey":"cart","complaints":3}]', raised_at: NOW, ended_at: null },
    })
    .execute();
  await rfmJob({ store: service.store, now: service.now, timeScale: 1, isStopping: () => false });
}

const baseOf = (of: TestService): string => bases.get(of) ?? '';

/** By one login for each service: an address has ten a minute. */
const states = new Map<TestService, BrowserState>();
type BrowserState = Awaited<ReturnType<BrowserContext['storageState']>>;

async function signedIn(of: TestService): Promise<Page> {
  const storageState = states.get(of);
  const context = await browser.newContext(storageState && { storageState });
  const page = await context.newPage();
  if (storageState) return page;
  await page.goto(`${baseOf(of)}/login`);
  await page.fill('#key', API_KEY);
  await page.click('button');
  await page.getByRole('heading', { level: 1, name: /^Overview/ }).waitFor();
  states.set(of, await context.storageState());
  return page;
}

const overflow = async (page: Page): Promise<number> =>
  await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

const PAGES: Record<string, () => { of: TestService; path: string }> = {
  login: () => ({ of: service, path: '/journeys' }),
  overview: () => ({ of: service, path: '/' }),
  'overview-empty': () => ({ of: empty, path: '/' }),
  journeys: () => ({ of: service, path: '/journeys' }),
  'journeys-empty': () => ({ of: empty, path: '/journeys' }),
  journey: () => ({ of: service, path: '/journeys/cart' }),
  customers: () => ({ of: service, path: '/customers' }),
  customer: () => ({ of: service, path: `/customers/${ids.customer}` }),
  'run-open': () => ({ of: service, path: `/runs/${ids.open}` }),
  'run-ended': () => ({ of: service, path: `/runs/${ids.ended}` }),
  'run-missing': () => ({ of: service, path: '/runs/none' }),
  scores: () => ({ of: service, path: '/scores' }),
  status: () => ({ of: service, path: '/status' }),
  'status-empty': () => ({ of: empty, path: '/status' }),
};

describe('for everybody', () => {
  it.each(Object.keys(PAGES))('is the page %s', async (name) => {
    const { of, path } = PAGES[name]!();
    const page = name === 'login' ? await browser.newPage() : await signedIn(of);
    const complaints: string[] = [];
    page.on('console', (message) => {
      // The browser itself says so of a page that is a 404.
      if (message.type() === 'error' && !message.text().includes('status of 404')) complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(baseOf(of))) complaints.push(request.url());
    });
    await page.goto(`${baseOf(of)}${path}`);
    expect(await page.locator('h1').count()).toBe(1);
    for (const colorScheme of SCHEMES) {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 1150 });
        await page.emulateMedia({ colorScheme });
        await page.evaluate(AXE);
        const found = await page.evaluate<AxeResults>(
          `axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(RULES)} } })`,
        );
        const place = `${colorScheme} ${width}`;
        expect(
          found.violations.map(({ id, nodes }) => `${place} ${id}: ${nodes.map(({ html }) => html).join(' ')}`),
        ).toEqual([]);
        expect(found.passes.length).toBeGreaterThan(5);
        expect(await overflow(page), place).toBe(0);
        await screenshot(page, `operator-${name}-${colorScheme}-${width}`);
      }
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('an operator', () => {
  it('comes from a link to a run, logs in, and finds out what happened to its customer, without JavaScript', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${baseOf(service)}/runs/${ids.ended}`);
    await page.getByLabel('API key').fill(API_KEY);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /^Run in Cart recovery/ }).waitFor();
    await page.getByRole('link', { name: ids.customer }).click();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    const told = await page.locator('main').innerText();
    expect(told).toContain('Cart recovery ended early: completed purchase');
    expect(told).toContain('E-mail of Second e-mail: not sent');
    await page.getByRole('link', { name: 'Cart recovery' }).first().click();
    await page.getByRole('heading', { name: 'Steps' }).waitFor();
    await page.getByRole('link', { name: '7 days' }).click();
    await page.waitForURL(/\/journeys\/cart\?days=7$/);
    await context.close();
  });

  it('finds a customer by keyboard, with nothing of what was typed in an address', async () => {
    const page = await signedIn(service);
    await page.goto(baseOf(service));
    const urls: string[] = [];
    page.on('request', (request) => urls.push(request.url()));
    await page.getByRole('searchbox').fill('ada');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Found' }).waitFor();
    await page.getByRole('link', { name: 'Ada Lovelace' }).press('Enter');
    await page.getByRole('heading', { name: 'Who it is' }).waitFor();
    await page.getByRole('link', { name: 'Customers', exact: true }).press('Enter');
    await page.getByRole('searchbox').fill('+43 660 1234567');
    await page.getByRole('button', { name: 'Find' }).press('Enter');
    await page.waitForURL(`${baseOf(service)}/customers/${ids.customer}`);
    expect(urls.filter((url) => /ada|660/i.test(url.replaceAll(ids.customer, '')))).toEqual([]);
    await page.context().close();
  });
});
