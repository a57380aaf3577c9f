/** Commerce Trigger in n8n's own contexts, against shops that follow Shopify's and WooCommerce's documentation. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IDataObject, INode, IWebhookData } from 'n8n-workflow';
import { segmentSignature } from '../../../nodes/transport/segmentSignature.ts';
import { askShop } from '../../../nodes/CommerceTrigger/shopRequest.ts';
import { connectionNameOf } from '../../../nodes/CommerceTrigger/shopAddress.ts';
import { readCommerceTrigger } from '../../../temporal/domain/commerceTrigger.ts';
import { API_KEY, FakeService } from './fakeService.ts';
import { API_SECRET, FakeShopify, TOKEN, type Fault } from './fakeShopify.ts';
import { FakeWooCommerce, KEY, SECRET, type WooFault } from './fakeWooCommerce.ts';
import { N8nRunner, PACKAGE } from './n8nRunner.ts';

const GATEWAY = 'https://journeys.example.com/in';

let service: FakeService;
let shopify: FakeShopify;
let woo: FakeWooCommerce;
let n8n: N8nRunner;
const shopifyCredential: IDataObject = {};
const wooCredential: IDataObject = {};

beforeAll(async () => {
  service = await new FakeService().start();
  const credentials = {
    commerceJourneysApi: { baseUrl: service.url, apiKey: API_KEY },
    commerceShopifyApi: shopifyCredential,
    commerceWooCommerceApi: wooCredential,
  };
  n8n = await new N8nRunner(credentials).load();
});
afterAll(async () => {
  n8n.unload();
  await service.stop();
});
beforeEach(async () => {
  await shopify?.stop();
  await woo?.stop();
  shopify = await new FakeShopify().start();
  woo = await new FakeWooCommerce().start();
  for (const list of [service.calls, service.failNext]) list.length = 0;
  for (const map of [service.connections, service.listeners]) map.clear();
  Object.assign(shopifyCredential, {
    shopDomain: 'acme.myshopify.com',
    authentication: 'accessToken',
    accessToken: TOKEN,
    apiSecretKey: API_SECRET,
    apiVersion: '2026-10',
    baseUrl: shopify.url,
    clientId: 'client-1',
    sessionToken: '',
  });
  Object.assign(wooCredential, { shopUrl: `${woo.url}/`, consumerKey: KEY, consumerSecret: SECRET, keyInQuery: false });
});
afterAll(async () => {
  await shopify.stop();
  await woo.stop();
});

function node(parameters: IDataObject, id = 'node-7') {
  const whole: INode = {
    id,
    name: 'Shop Events',
    type: `${PACKAGE}.commerceTrigger`,
    typeVersion: 1,
    position: [0, 0],
    webhookId: '7c9e3a50-8f1b-4d26-9c35-2ad1c4f0d001',
    parameters: parameters as INode['parameters'],
    credentials: Object.fromEntries(
      ['commerceJourneysApi', 'commerceShopifyApi', 'commerceWooCommerceApi'].map((name) => [name, { id: name, name }]),
    ),
  };
  const workflow = n8n.workflow([whole], {});
  const methods = n8n.nodeType('commerceTrigger').webhookMethods?.default as Record<
    string,
    (this: unknown) => Promise<boolean>
  >;
  const call = async (method: 'create' | 'delete', activation: 'activate' | 'update' | 'manual' = 'activate') => {
    const webhookData = { isTest: activation === 'manual', webhookDescription: { name: 'default' } } as IWebhookData;
    const mode = activation === 'manual' ? 'manual' : 'internal';
    const data = n8n.additionalData(mode, '');
    const target = workflow.getNode('Shop Events') as INode;
    const context = new n8n.core.HookContext(workflow, target, data, mode, activation, webhookData);
    return await methods[method]?.call(context);
  };
  const context = () => {
    const data = n8n.additionalData('internal', '');
    return new n8n.core.HookContext(workflow, workflow.getNode('Shop Events') as INode, data, 'internal', 'activate');
  };
  const post = async (body: IDataObject, headers: IDataObject = {}) => {
    const rawBody = Buffer.from(JSON.stringify(body));
    const timestamp = String(Math.floor(Date.now() / 1000));
    const answer = { status: 0, body: undefined as unknown };
    const response = {
      status: (code: number) => Object.assign(response, { code: (answer.status = code) }),
      json: (sent: unknown) => (answer.body = sent),
    };
    const signature = segmentSignature(API_KEY, timestamp, rawBody);
    const signed = { 'x-journeys-timestamp': timestamp, 'x-journeys-signature': signature, ...headers };
    const request = { rawBody, body, headers: signed };
    const data = { ...n8n.additionalData('webhook', ''), httpRequest: request, httpResponse: response } as never;
    const target = workflow.getNode('Shop Events') as INode;
    const webhookData = { webhookDescription: { name: 'default' } } as IWebhookData;
    const context = new n8n.core.WebhookContext(workflow, target, data, 'webhook', webhookData, [], null);
    const { webhook } = n8n.nodeType('commerceTrigger') as unknown as { webhook: (this: unknown) => Promise<unknown> };
    return { result: await webhook.call(context), answer };
  };
  return { create: () => call('create'), remove: () => call('delete', 'update'), call, post, context };
}

const orders = { shop: 'shopify', shopifyTopics: ['ORDERS_CREATE', 'REFUNDS_CREATE'] };
const wooOrders = { shop: 'woocommerce', wooCommerceTopics: ['order.created', 'order.updated'], connection: 'woo' };
const calls = (from: { method: string; url: string }[]) => from.map(({ method, url }) => `${method} ${url}`);

describe('publishing a Shopify shop', () => {
  it('hands the secret to the service, says where events go, and registers each topic', async () => {
    expect(await node({ ...orders, options: { currency: 'eur' } }).create()).toBe(true);
    expect(service.connections.get('acme')).toEqual({ kind: 'shopify', secret: API_SECRET, currency: 'EUR' });
    expect(service.callsTo('/v1/endpoints')[0]?.body).toMatchObject({
      kind: 'commerce',
      connection: 'acme',
      topics: ['ORDERS_CREATE', 'REFUNDS_CREATE'],
      path: 'webhook/7c9e3a50-8f1b-4d26-9c35-2ad1c4f0d001/journey',
    });
    expect(shopify.topics()).toEqual(['ORDERS_CREATE', 'REFUNDS_CREATE']);
    expect(shopify.subscriptions.every(({ uri }) => uri === `${GATEWAY}/shopify/acme`)).toBe(true);
    expect(new Set(shopify.requests.map(({ version }) => version))).toEqual(new Set(['2026-10']));
  });

  it('adopts what is there, removes what is no longer chosen, and leaves other addresses alone', async () => {
    shopify.pageSize = 2;
    const kept = shopify.add('ORDERS_CREATE', `${GATEWAY}/shopify/acme`);
    const foreign = shopify.add('ORDERS_CREATE', 'https://elsewhere.example.com/hook');
    shopify.add('CARTS_UPDATE', `${GATEWAY}/shopify/acme`);
    await node(orders).create();
    expect(shopify.topics()).toEqual(['ORDERS_CREATE', 'ORDERS_CREATE', 'REFUNDS_CREATE']);
    expect(shopify.subscriptions).toEqual(expect.arrayContaining([kept, foreign]));
  });

  it('keeps what another workflow on the same connection needs, until that is unpublished as well', async () => {
    const first = node(orders, 'node-7');
    const second = node({ shop: 'shopify', shopifyTopics: ['CARTS_UPDATE', 'ORDERS_CREATE'] }, 'node-8');
    await first.create();
    await second.create();
    expect(shopify.topics()).toEqual(['CARTS_UPDATE', 'ORDERS_CREATE', 'REFUNDS_CREATE']);
    await first.remove();
    expect(shopify.topics()).toEqual(['CARTS_UPDATE', 'ORDERS_CREATE']);
    await second.remove();
    expect(shopify.topics()).toEqual([]);
    expect(service.listeners.size).toBe(0);
  });

  it('asks for a token with Client ID and secret, and for a new one when it has expired', async () => {
    Object.assign(shopifyCredential, {
      authentication: 'clientCredentials',
      sessionToken: 'of-yesterday',
      accessToken: '',
    });
    await node(orders).create();
    expect(shopify.topics()).toEqual(['ORDERS_CREATE', 'REFUNDS_CREATE']);
    expect(shopify.requests.filter(({ operation }) => operation === 'token').length).toBeGreaterThan(0);
    shopifyCredential.apiSecretKey = 'wrong';
    shopifyCredential.sessionToken = '';
    await expect(node(orders).create()).rejects.toThrow(
      'Shopify does not accept the credential for acme.myshopify.com (400)',
    );
  });

  it('does not take over a connection of another kind', async () => {
    service.connections.set('acme', { kind: 'woocommerce', secret: 'theirs' });
    await expect(node(orders).create()).rejects.toThrow('The connection "acme" is one of another kind: woocommerce');
    expect(service.connections.get('acme')).toEqual({ kind: 'woocommerce', secret: 'theirs' });
    expect(shopify.subscriptions).toEqual([]);
  });

  it('waits when Shopify throttles, and goes on', async () => {
    shopify.faults.push('throttled', { status: 429, headers: { 'retry-after': '0.1' } });
    await node(orders).create();
    expect(shopify.topics()).toEqual(['ORDERS_CREATE', 'REFUNDS_CREATE']);
  });

  it.each<[string, Fault[]]>([
    ['the shop fails once', [{ status: 503 }]],
    ['the answer to a creation is lost', [{ status: 200, body: emptyList() }, 'cut']],
    ['the shop fails half way', [{ status: 200, body: emptyList() }, { status: 502 }]],
  ])('%s: each topic is there once', async (_what, faults) => {
    shopify.faults.push(...faults);
    await node(orders).create();
    expect(shopify.topics()).toEqual(['ORDERS_CREATE', 'REFUNDS_CREATE']);
  });

  it.each<[string, Fault, RegExp, RegExp]>([
    ['401', { status: 401 }, /does not accept the credential/, /access token/],
    ['402', { status: 402 }, /frozen or locked/, /admin/],
    ['403', { status: 403, body: { errors: 'scope' } }, /does not let this app in/, /read_orders/],
    ['404', { status: 404, body: { errors: 'Not Found' } }, /no Admin API 2026-10/, /\.myshopify\.com/],
    ['a web page', 'html', /A web page answers/, /shop's address/],
    [
      'no scope',
      {
        status: 200,
        body: {
          errors: [{ message: 'Access denied for webhookSubscriptions.', extensions: { code: 'ACCESS_DENIED' } }],
        },
      },
      /Access denied for webhookSubscriptions/,
      /scopes/,
    ],
    ['another program', { status: 200, body: { hello: 1 } }, /is not Shopify's Admin API/, /base URL/],
  ])('%s is told, with the way out, and nobody is left published', async (_what, fault, message, description) => {
    shopify.faults.push(fault, fault);
    const error: Error & { description?: string } = await node(orders)
      .create()
      .then(
        () => new Error('none'),
        (one) => one,
      );
    expect(error.constructor.name).toBe('NodeApiError');
    expect(error.message).toMatch(message);
    expect(error.description).toMatch(description);
    expect(calls(service.calls).at(-1)).toBe('DELETE /v1/endpoints/wf1/node-7');
    shopify.faults.length = 0;
    await node(orders).create();
    expect(shopify.topics()).toEqual(['ORDERS_CREATE', 'REFUNDS_CREATE']);
  });

  it('a shop that hangs or is not there is asked again, then told of', async () => {
    const question = {
      credential: 'commerceShopifyApi',
      shop: 'Shopify',
      method: 'POST',
      body: { query: '{ shop { name } }' },
      isRepeatable: true,
      timeoutMs: 50,
    } as const;
    const url = `${shopify.url}/admin/api/2026-10/graphql.json`;
    shopify.faults.push('hang');
    const caller = node(orders).context();
    expect(await askShop(caller, { ...question, url })).toMatchObject({ status: 200 });
    await shopify.stop();
    await expect(askShop(caller, { ...question, url, isRepeatable: false })).rejects.toMatchObject({
      message: expect.stringMatching(/^Shopify does not answer at 127\.0\.0\.1/),
      isTransient: true,
    });
  });

  it('names each topic that Shopify refuses; a second publishing needs only these', async () => {
    shopify.refusals.set('REFUNDS_CREATE', 'You cannot create a webhook subscription with the specified topic.');
    const error: Error & { description?: string } = await node(orders)
      .create()
      .then(
        () => new Error('none'),
        (one) => one,
      );
    expect(error.message).toBe(
      'Shopify refuses a webhook: REFUNDS_CREATE: You cannot create a webhook subscription with the specified topic.',
    );
    expect(shopify.topics()).toEqual(['ORDERS_CREATE']);
    shopify.refusals.clear();
    await node(orders).create();
    expect(shopify.topics()).toEqual(['ORDERS_CREATE', 'REFUNDS_CREATE']);
  });

  it('an address that Shopify does not take leads to JOURNEYS_PUBLIC_URL', async () => {
    for (const topic of orders.shopifyTopics) shopify.refusals.set(topic, 'Address protocol http:// is not supported');
    const error: Error & { description?: string } = await node(orders)
      .create()
      .then(
        () => new Error('none'),
        (one) => one,
      );
    expect(error.message).toMatch(/^Shopify refuses 2 webhooks/);
    expect(error.description).toMatch(/JOURNEYS_PUBLIC_URL/);
  });
});

describe('unpublishing', () => {
  it('takes away ours only; without the shop it works all the same', async () => {
    const trigger = node(orders);
    await trigger.create();
    const foreign = shopify.add('ORDERS_CREATE', 'https://elsewhere.example.com/hook');
    shopify.faults.push({ status: 401 }, { status: 401 });
    expect(await trigger.remove()).toBe(true);
    expect(service.listeners.size).toBe(0);
    expect(shopify.subscriptions).toHaveLength(3);
    await trigger.remove();
    expect(shopify.subscriptions).toEqual([foreign]);
  });
});

describe('a manual test', () => {
  it('asks for a sample of the connection and touches neither shop nor what is published', async () => {
    const trigger = node(orders);
    await trigger.call('create', 'manual');
    await trigger.call('delete', 'update');
    expect(calls(service.calls)).toEqual(['POST /v1/endpoints/test']);
    expect(service.calls[0]?.body).toMatchObject({ kind: 'commerce', connection: 'acme', nodeName: 'Shop Events' });
    expect(shopify.requests).toEqual([]);
  });
});

describe('the check that the service asks for', () => {
  it('makes again what the shop has removed, starts no execution, and says what it did', async () => {
    const trigger = node(orders);
    await trigger.create();
    shopify.subscriptions.splice(0, 1);
    service.connections.clear();
    const { result, answer } = await trigger.post({ check: true });
    expect(result).toEqual({ noWebhookResponse: true });
    expect(answer).toEqual({
      status: 200,
      body: {
        connection: 'acme',
        topics: orders.shopifyTopics,
        kept: 1,
        created: ['ORDERS_CREATE'],
        reactivated: [],
        removed: [],
        problems: [],
      },
    });
    expect(shopify.topics()).toEqual(['ORDERS_CREATE', 'REFUNDS_CREATE']);
    // A service with a new store learns the secret again.
    expect(service.connections.get('acme')).toEqual({ kind: 'shopify', secret: API_SECRET });
  });

  it('tells what it cannot mend, and is refused without a signature', async () => {
    shopifyCredential.accessToken = 'revoked';
    const { answer } = await node(orders).post({ check: true });
    expect(answer.status).toBe(200);
    expect((answer.body as { problems: string[] }).problems).toEqual([
      expect.stringMatching(
        /^Shopify does not accept the credential for acme\.myshopify\.com \(401\)\. Check the access token/,
      ),
    ]);
    const forged = await node(orders).post({ check: true }, { 'x-journeys-signature': 'v1=00' });
    expect(forged.answer.status).toBe(401);
    expect(forged.result).toEqual({ noWebhookResponse: true });
  });

  it('events of the service become the items of one execution', async () => {
    const items = [
      { event: { id: 'e1' }, customer: { id: 'cus_1' } },
      { event: { id: 'e2' }, customer: { id: 'cus_1' } },
    ];
    const { result } = await node(orders).post({ items });
    expect(result).toEqual({ workflowData: [items.map((json) => ({ json }))] });
    expect((await node(orders).post({ items }, { 'x-journeys-timestamp': '1' })).answer.status).toBe(401);
  });
});

describe('WooCommerce', () => {
  const ours = `${GATEWAY}/woocommerce/woo`;

  it('registers active webhooks with a secret that the service has, too', async () => {
    await node(wooOrders).create();
    expect(woo.topics()).toEqual(['order.created', 'order.updated']);
    expect(woo.hooks.every(({ delivery_url, status }) => delivery_url === ours && status === 'active')).toBe(true);
    const { kind, secret } = service.connections.get('woo') as { kind: string; secret: string };
    expect(kind).toBe('woocommerce');
    expect(secret.length).toBeGreaterThan(30);
    expect([...woo.secrets.values()]).toEqual([secret, secret]);
    expect(JSON.stringify(woo.hooks)).not.toContain(secret);
  });

  it('adopts, reads more than one page, removes doubles and what is not chosen; deletes ours at the end', async () => {
    for (let count = 0; count < 120; count++) {
      woo.add({ topic: 'order.updated', delivery_url: `https://elsewhere.example.com/${count}` });
    }
    woo.add({ topic: 'order.created', delivery_url: ours });
    woo.add({ topic: 'order.created', delivery_url: ours });
    woo.add({ topic: 'product.updated', delivery_url: ours });
    const trigger = node(wooOrders);
    await trigger.create();
    const of = () => woo.hooks.filter(({ delivery_url }) => delivery_url === ours);
    expect(
      of()
        .map(({ topic }) => topic)
        .sort(),
    ).toEqual(['order.created', 'order.updated']);
    // The adopted one has our secret now.
    expect(of().map(({ id }) => woo.secrets.get(id))).toEqual([expect.any(String), expect.any(String)]);
    await trigger.remove();
    expect(of()).toEqual([]);
    expect(woo.hooks).toHaveLength(120);
  });

  it('a check activates what failures have switched off, leaves what somebody paused, and follows a new key', async () => {
    const trigger = node(wooOrders);
    await trigger.create();
    const [first, second] = woo.hooks;
    first!.status = 'disabled';
    second!.status = 'paused';
    const { answer } = await trigger.post({ check: true });
    expect(answer.body).toMatchObject({
      kept: 1,
      reactivated: ['order.created'],
      problems: [expect.stringMatching(/^somebody paused the webhooks of order\.updated in the shop/)],
    });
    expect(woo.hooks.map(({ status }) => status)).toEqual(['active', 'paused']);
    await trigger.create();
    expect(woo.hooks.map(({ status }) => status)).toEqual(['active', 'active']);

    const before = woo.secrets.get(first!.id);
    wooCredential.consumerSecret = 'cs_new';
    const renewed = await trigger.post({ check: true });
    expect((renewed.answer.body as { problems: string[] }).problems[0]).toMatch(/does not accept the key/);
    woo.dropsAuthorization = false;
    wooCredential.consumerSecret = SECRET;
    expect((await trigger.post({ check: true })).answer.body).toMatchObject({ kept: 2, reactivated: [] });
    expect(woo.secrets.get(first!.id)).toBe(before);
  });

  it('a webhook with an old secret gets the new one', async () => {
    const trigger = node(wooOrders);
    await trigger.create();
    for (const hook of woo.hooks) {
      hook.name = hook.name.replace(/\(.*\)/, '(0ld0ld00)');
      woo.secrets.set(hook.id, 'old');
    }
    expect((await trigger.post({ check: true })).answer.body).toMatchObject({
      reactivated: ['order.created', 'order.updated'],
    });
    const { secret } = service.connections.get('woo') as { secret: string };
    expect([...woo.secrets.values()]).toEqual([secret, secret]);
  });

  it('the key goes into the query for servers that drop the header', async () => {
    woo.dropsAuthorization = true;
    await expect(node(wooOrders).create()).rejects.toThrow(/does not accept the key/);
    wooCredential.keyInQuery = true;
    await node(wooOrders).create();
    expect(woo.topics()).toEqual(['order.created', 'order.updated']);
  });

  it.each<[string, WooFault, RegExp, RegExp]>([
    [
      '401',
      { status: 401, body: { code: 'woocommerce_rest_cannot_view', message: 'Sorry' } },
      /does not accept the key/,
      /Read\/Write.*WooCommerce says: Sorry/,
    ],
    [
      '404',
      { status: 404, body: { code: 'rest_no_route', message: 'No route' } },
      /no WooCommerce REST API/,
      /Permalinks.*No route/,
    ],
    ['a web page', 'html', /A web page answers/, /maintenance/],
    [
      'a firewall',
      { status: 403, body: '<html>blocked</html>', headers: { 'content-type': 'text/html' } },
      /A web page answers/,
      /firewall/,
    ],
    ['no WooCommerce', { status: 200, body: { hello: 1 } }, /is not WooCommerce's REST API/, /shop URL/],
  ])('%s is told, with the way out', async (_what, fault, message, description) => {
    woo.faults.push(fault);
    const error: Error & { description?: string } = await node(wooOrders)
      .create()
      .then(
        () => new Error('none'),
        (one) => one,
      );
    expect(error.message).toMatch(message);
    expect(error.description).toMatch(description);
  });

  it('is asked again when it fails for a moment; nothing is made twice', async () => {
    woo.faults.push({ status: 503 }, { status: 200, body: [] }, { status: 500 });
    await node(wooOrders).create();
    expect(woo.topics()).toEqual(['order.created', 'order.updated']);
  });

  it('names a topic that is refused', async () => {
    woo.refusals.set('order.updated', 'Webhook topic must be valid.');
    await expect(node(wooOrders).create()).rejects.toThrow(
      'WooCommerce refuses a webhook: order.updated: Webhook topic must be valid.',
    );
  });
});

describe('an own shop', () => {
  it('is published without a connection, a secret or a shop; a currency goes to a connection that is there', async () => {
    await node({ shop: 'custom' }).create();
    expect(service.listeners.get('wf1/node-7')).toMatchObject({ connection: 'shop', topics: [] });
    expect(service.connections.size).toBe(0);
    service.connections.set('till', { kind: 'custom', secret: 'given' });
    await node({ shop: 'custom', connection: 'till', options: { currency: 'CHF' } }).create();
    expect(service.connections.get('till')).toEqual({ kind: 'custom', secret: 'given', currency: 'CHF' });
    expect(await node({ shop: 'custom' }).remove()).toBe(true);
    expect((await node({ shop: 'custom' }).post({ check: true })).answer.body).toMatchObject({
      connection: 'shop',
      problems: [],
    });
  });
});

describe('names and parameters', () => {
  it.each([
    ['acme.myshopify.com', 'acme'],
    ['https://www.Example.com/store/', 'example.com-store'],
    ['https://shop.example.com:8443', 'shop.example.com-8443'],
    ['https://bücher.example.com', 'b-cher.example.com'],
  ])('%s is the connection %s', (address, name) => {
    expect(connectionNameOf(address)).toBe(name);
  });

  it('the service reads the same defaults as the node has', () => {
    const { properties } = n8n.nodeType('commerceTrigger').description;
    const defaults = Object.fromEntries(properties.map((property) => [property.name, property.default]));
    expect(readCommerceTrigger(defaults)).toEqual(readCommerceTrigger({}));
    expect(readCommerceTrigger(defaults).problems).toEqual([]);
    expect(readCommerceTrigger({ ...defaults, output: 'chosen' })).toMatchObject({
      problems: [],
      subscription: { types: new Set(['completed_purchase']) },
    });
  });

  it('without a topic there is nothing to register', async () => {
    await expect(node({ shop: 'shopify', shopifyTopics: [] }).create()).rejects.toThrow('No topics are chosen');
  });
});

function emptyList() {
  return { data: { webhookSubscriptions: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } } };
}
