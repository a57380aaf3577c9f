/** The tracker in a real browser, on a shop's page of another origin than the service. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestService } from '../service/service.ts';
import { openBrowser } from './browser.ts';
import { until } from './until.ts';

interface Kept {
  id: string;
  type: string;
  occurredAt: string;
  customerId: string;
  identity: Record<string, string>;
  properties: Record<string, unknown>;
}

let service: TestService;
let base: string;
let key: string;
let shop: Server;
let shopUrl: string;
let browser: Browser;
let context: BrowserContext | null = null;

beforeAll(async () => {
  shop = createServer((request, response) => {
    const attributes = new URL(request.url ?? '/', 'http://shop').searchParams.get('attributes') ?? '';
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(pageWith(attributes));
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  service = await TestService.create('sqlite');
  service.now = Date.now();
  base = await service.app.listen({ host: '127.0.0.1', port: 0 });
  const connection = { kind: 'custom', secret: 'secret', origins: [shopUrl], currency: 'EUR' };
  key = (await service.call('PUT', '/v1/connections/web', connection)).body.publicKey as string;
  browser = await openBrowser();
});
afterEach(async () => {
  await context?.close();
  context = null;
});
afterAll(async () => {
  await browser?.close();
  await new Promise((resolve) => shop.close(resolve));
  await service.close();
});

/** With the snippet of the README: calls may come before the script does. */
const pageWith = (attributes: string) => `<!doctype html><html lang="en"><head><title>Example Shop</title>
<script>window.journeys = window.journeys || function () { (journeys.q = journeys.q || []).push(arguments); };</script>
<script async src="${base}/t.js" data-key="${key}" ${attributes}></script></head>
<body><h1>Shop</h1><button data-journeys="add" data-product-id="p9" data-price="9.90" data-currency="EUR" data-cart-id="c1">Add</button>
<script>if (location.hash === '#early') journeys('search', 'boots');</script></body></html>`;

async function open(
  path = '/',
  options: BrowserContextOptions = {},
  prepare?: (page: Page) => Promise<void>,
): Promise<Page> {
  context ??= await browser.newContext(options);
  const page = await context.newPage();
  await prepare?.(page);
  await page.goto(`${shopUrl}${path}`);
  await page.waitForFunction('journeys.isLoaded');
  return page;
}

/** As the shop's own script would call it. */
const call = (page: Page, ...values: unknown[]) =>
  page.evaluate(`journeys(${values.map((value) => JSON.stringify(value)).join(', ')})`);

async function kept(): Promise<Kept[]> {
  const rows = await service.store.db.selectFrom('events').selectAll().execute();
  return rows.map((row) => ({
    id: row.id,
    type: row.type,
    occurredAt: new Date(row.occurred_at).toISOString(),
    customerId: row.customer_id,
    identity: JSON.parse(row.identity_json) as Record<string, string>,
    properties: JSON.parse(row.properties_json) as Record<string, unknown>,
  }));
}

/** Waits for as many new events as there are types. */
async function expectEvents(before: Kept[], types: string[]): Promise<Kept[]> {
  const seen = new Set(before.map(({ id }) => id));
  let fresh: Kept[] = [];
  await until(
    `events ${types.join(', ')}`,
    async () => {
      fresh = (await kept()).filter(({ id }) => !seen.has(id));
      return fresh.length >= types.length;
    },
    15_000,
  );
  expect(fresh.map(({ type }) => type).sort()).toEqual([...types].sort());
  return fresh;
}

const storedOnDevice = (page: Page) => page.evaluate('[document.cookie, localStorage.length, sessionStorage.length]');

describe('the tracker', () => {
  it('tells what a visitor does, and keeps nothing on the device before consent', async () => {
    const before = await kept();
    const page = await open('/shoes?utm_source=facebook&utm_medium=paid_social&fbclid=F1&token=secret#early');
    await call(page, 'product', {
      productId: 'p1',
      name: 'Trail shoe',
      price: '42.00',
      currency: 'EUR',
      category: 'shoes',
    });
    await call(page, 'checkout', {
      checkoutId: 'k1',
      value: '84.00',
      currency: 'EUR',
      items: [{ productId: 'p1', quantity: 2 }],
    });
    await page.click('button');
    await call(page, 'remove', { productId: 'p9', cartId: 'c1' });
    await call(page, 'track', 'size_guide', { size: 42 });
    const events = await expectEvents(before, [
      'viewed_page',
      'searched',
      'viewed_product',
      'started_checkout',
      'added_to_cart',
      'removed_from_cart',
      'custom:size_guide',
    ]);
    const of = (type: string) => events.find((event) => event.type === type);
    expect(new Set(events.map(({ customerId }) => customerId)).size).toBe(1);
    expect(of('viewed_page')?.properties).toMatchObject({
      url: `${shopUrl}/shoes`,
      title: 'Example Shop',
      campaign: { source: 'facebook', medium: 'paid_social', fbclid: 'F1' },
    });
    expect(of('searched')?.properties).toMatchObject({ query: 'boots' });
    expect(of('viewed_product')?.properties).toMatchObject({
      currency: 'EUR',
      items: [{ productId: 'p1', priceMinor: 4200 }],
    });
    expect(of('added_to_cart')?.properties).toMatchObject({
      cartId: 'c1',
      items: [{ productId: 'p9', quantity: 1, priceMinor: 990 }],
    });
    expect(of('started_checkout')?.identity).toMatchObject({ fbclid: 'F1' });
    expect(JSON.stringify(events)).not.toContain('token');
    expect(await storedOnDevice(page)).toEqual(['', 0, 0]);
  });

  it('is somebody new on every page before consent, and one device after it', async () => {
    let before = await kept();
    const first = await open('/?utm_source=newsletter');
    const [one] = await expectEvents(before, ['viewed_page']);
    before = await kept();
    const second = await open('/two');
    const [two] = await expectEvents(before, ['viewed_page']);
    expect(two?.customerId).not.toBe(one?.customerId);

    await call(first, 'consent', 'granted');
    await first.close();
    expect(await storedOnDevice(second)).toEqual(['', 1, 0]);
    before = await kept();
    await open('/three?utm_source=other');
    const [three] = await expectEvents(before, ['viewed_page']);
    expect(three?.customerId).toBe(one?.customerId);
    // The first touch of the session stays its campaign.
    expect(three?.properties['campaign']).toMatchObject({ source: 'newsletter' });

    before = await kept();
    await call(second, 'identify', { email: 'tess@example.com' });
    await call(second, 'consent', 'denied');
    expect(await storedOnDevice(second)).toEqual(['', 0, 0]);
    await call(second, 'product', { productId: 'p1' });
    const later = await open('/four');
    await expectEvents(before, ['viewed_page']);
    expect(await storedOnDevice(later)).toEqual(['', 0, 0]);
  });

  it('attaches what happened on the device to who identifies on it', async () => {
    const before = await kept();
    const page = await open('/');
    await call(page, 'product', { productId: 'p7' });
    await call(page, 'identify', { email: 'Uma@example.com' });
    await call(page, 'add', { productId: 'p7' });
    await expectEvents(before, ['viewed_page', 'viewed_product', 'custom:identified', 'added_to_cart']);
    const { body } = await service.call('GET', '/v1/customers?email=uma@example.com');
    expect(body.identifiers.map(({ kind }: { kind: string }) => kind).sort()).toEqual(['deviceId', 'email']);
    const history = await service.call('GET', `/v1/customers/${body.id}/events`);
    expect(history.body.items.map(({ type }: { type: string }) => type)).toContain('viewed_product');
  });

  it('sends nothing before consent where the shop asks for it, and then all of it', async () => {
    const before = await kept();
    const page = await open(`/?attributes=${encodeURIComponent('data-consent="required"')}`);
    await call(page, 'product', { productId: 'p1' });
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    expect(requests).toEqual([]);
    await call(page, 'consent', 'granted');
    await expectEvents(before, ['viewed_page', 'viewed_product']);
  });

  it.each([
    ['Do Not Track', 'doNotTrack', '1'],
    ['Global Privacy Control', 'globalPrivacyControl', true],
  ])('sends nothing with %s, but what the visitor asks for', async (_name, property, value) => {
    const before = await kept();
    const script = `Object.defineProperty(navigator, '${property}', { get: () => ${JSON.stringify(value)} })`;
    const page = await open('/', {}, async (fresh) => void (await fresh.addInitScript(script)));
    await call(page, 'consent', 'granted');
    await call(page, 'product', { productId: 'p1' });
    await call(page, 'track', 'form_sent', {}, { necessary: true });
    await expectEvents(before, ['custom:form_sent']);
    expect(await storedOnDevice(page)).toEqual(['', 0, 0]);
  });

  it('sees the pages of a single-page app', async () => {
    const before = await kept();
    const page = await open('/');
    await page.evaluate("history.pushState({}, '', '/app/one'); document.title = 'One'");
    await page.evaluate("history.replaceState({}, '', '/app/one?filter=wide')");
    await page.evaluate("history.pushState({}, '', '/app/two')");
    await page.goBack();
    const events = await expectEvents(before, ['viewed_page', 'viewed_page', 'viewed_page', 'viewed_page']);
    const paths = events.map(({ properties }) => new URL(properties['url'] as string).pathname);
    expect(paths.sort()).toEqual(['/', '/app/one', '/app/one', '/app/two']);
    expect(events.map(({ properties }) => properties['title'])).toContain('One');
  });

  it('sees the pointer leave through the top, once a page, and tells the page at once', async () => {
    const before = await kept();
    const page = await open('/');
    await page.evaluate("document.addEventListener('journeys:exit', () => (document.title += '!'))");
    const leave = async () => {
      await page.mouse.move(200, 100);
      await page.mouse.move(200, -10, { steps: 3 });
    };
    await leave();
    await page.waitForFunction("document.title === 'Example Shop!'");
    await leave();
    await expectEvents(before, ['viewed_page', 'custom:exit_intent']);
    expect(await page.title()).toBe('Example Shop!');
  });

  it('loses nothing when the page is left', async () => {
    const before = await kept();
    const page = await open('/');
    await page.evaluate("journeys('track', 'last_word'); location.href = 'about:blank'");
    await expectEvents(before, ['viewed_page', 'custom:last_word']);
  });

  it('goes on without sendBeacon, and breaks no page of a shop that is not known', async () => {
    const before = await kept();
    const errors: Error[] = [];
    await open('/', {}, async (fresh) => {
      fresh.on('pageerror', (error) => errors.push(error));
      await fresh.addInitScript("Object.defineProperty(navigator, 'sendBeacon', { value: undefined })");
    });
    await expectEvents(before, ['viewed_page']);
    await service.call('PUT', '/v1/connections/web', { origins: [] });
    const page = await open('/unknown', {}, (fresh) => {
      fresh.on('pageerror', (error) => errors.push(error));
      return Promise.resolve();
    });
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().startsWith(`${base}/t?`)),
      call(page, 'identify', null),
    ]);
    expect(answer.status()).toBe(403);
    await call(page, 'no such thing');
    expect(errors).toEqual([]);
    await service.call('PUT', '/v1/connections/web', { origins: [shopUrl] });
  });
});
