/** `/v1/endpoints` on both stores: what n8n publishes, journeys kept in step, and the sample of a manual test. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signSegmentCall } from '../../temporal/domain/segmentSignature.ts';
import { testWebhookPath, webhookPath } from '../../temporal/domain/webhookPath.ts';
import { DIALECTS } from './stores.ts';
import { API_KEY, event, TestService } from './service.ts';
import { publishTrigger, publishWait, WORKFLOW } from './travellers.ts';

interface Received {
  path: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Stands in for n8n's test webhook: 404 first, as while n8n is still opening it. */
class TestWebhook {
  readonly server: Server;
  readonly #waiting: ((received: Received) => void)[] = [];
  #refusals = 1;

  constructor() {
    this.server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const isOpen = this.#refusals-- <= 0;
        response.writeHead(isOpen ? 200 : 404).end();
        if (isOpen) this.#waiting.shift()?.({ path: request.url, headers: request.headers, body });
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  next(): Promise<Received> {
    this.#refusals = 1;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

describe.each(DIALECTS)('endpoints on %s', (dialect) => {
  let service: TestService;
  const webhook = new TestWebhook();
  let base: string;
  beforeAll(async () => {
    base = await webhook.listen();
    service = await TestService.create(dialect, { n8nBaseUrl: base });
  });
  afterAll(async () => {
    await service.close();
    webhook.server.close();
  });

  const journeys = async () =>
    ((await service.call('GET', '/v1/journeys')).body as { key: string; name: string; state: string }[]).map(
      ({ key, name, state }) => `${key} "${name}" ${state}`,
    );

  it('a published trigger makes a journey, an unpublished one keeps it closed', async () => {
    expect(await publishTrigger(service, 'cart')).toMatchObject({
      status: 200,
      body: { id: `${WORKFLOW}/trigger-cart`, journeyKey: 'cart' },
    });
    expect(await publishWait(service, 'w1')).toMatchObject({
      status: 200,
      body: { id: `${WORKFLOW}/w1`, journeyKey: null },
    });
    expect(await journeys()).toEqual(['cart "Cart recovery" active']);
    // As n8n does on every change: delete, then create.
    expect((await service.call('DELETE', `/v1/endpoints/${WORKFLOW}/trigger-cart`)).status).toBe(204);
    expect(await journeys()).toEqual(['cart "Cart recovery" unpublished']);
    const outsider = await service.send(event('added_to_cart', 'early'));
    expect(await service.runs(outsider)).toEqual([]);
    await publishTrigger(service, 'cart', { parameters: { options: { journeyName: 'Carts' } } });
    expect(await journeys()).toEqual(['cart "Carts" active']);
    expect((await service.call('DELETE', `/v1/endpoints/${WORKFLOW}/never-known`)).status).toBe(204);
  });

  it('a pause survives publishing anew; a new key closes the old one', async () => {
    await service.call('POST', '/v1/journeys/cart/pause');
    await publishTrigger(service, 'cart');
    expect(await journeys()).toEqual(['cart "Cart recovery" paused']);
    await service.call('POST', '/v1/journeys/cart/resume');
    const renamed = {
      kind: 'trigger',
      workflowId: WORKFLOW,
      workflowName: 'Cart recovery',
      nodeId: 'trigger-cart',
      nodeName: 'Cart activity',
      path: 'webhook/cart/journey',
      parameters: { journeyKey: 'cart-2' },
    };
    await service.call('PUT', '/v1/endpoints', renamed);
    expect(await journeys()).toEqual(['cart "Cart recovery" unpublished', 'cart-2 "Cart recovery" active']);
    await publishTrigger(service, 'cart');
    expect(await journeys()).toEqual(['cart "Cart recovery" active', 'cart-2 "Cart recovery" unpublished']);
  });

  it('one key belongs to one trigger', async () => {
    const other = (more: object) => ({
      kind: 'trigger',
      workflowId: 'wf2',
      workflowName: 'Copy of Cart recovery',
      nodeId: 't2',
      nodeName: 'Trigger',
      path: 'webhook/t2/journey',
      parameters: { journeyKey: 'cart' },
      ...more,
    });
    const refused = await service.call('PUT', '/v1/endpoints', other({}));
    expect(refused).toMatchObject({ status: 409, body: { errors: [{ path: '/parameters/journeyKey' }] } });
    expect(refused.body.detail).toMatch(
      /"cart" is published by the workflow "Cart recovery" already\. Choose another key/,
    );
    const twin = await service.call('PUT', '/v1/endpoints', other({ workflowId: WORKFLOW }));
    expect(twin.body.detail).toMatch(/the node "Cart activity" of this workflow/);
    await service.call('DELETE', `/v1/endpoints/${WORKFLOW}/trigger-cart`);
    expect((await service.call('PUT', '/v1/endpoints', other({}))).status).toBe(200);
    // The old workflow is unpublished again: the journey is the other one's now.
    await service.call('DELETE', `/v1/endpoints/${WORKFLOW}/trigger-cart`);
    expect(await journeys()).toContain('cart "Copy of Cart recovery" active');
    await service.call('DELETE', '/v1/endpoints/wf2/t2');
    await publishTrigger(service, 'cart');
  });

  it('a wrong parameter or path is named', async () => {
    const bad = await publishTrigger(service, 'cart', { parameters: { journeyKey: 'Cart!', reentry: 'x' } });
    expect(bad).toMatchObject({
      status: 400,
      body: { errors: [{ path: '/parameters/journeyKey' }, { path: '/parameters/reentry' }] },
    });
    expect(bad.body.detail).toMatch(/^Journey Trigger: journeyKey is "Cart!"\. Use small letters/);
    const wrongWait = {
      kind: 'wait',
      workflowId: 'w',
      workflowName: '',
      nodeId: 'n',
      nodeName: '',
      path: 'webhook/n/journey',
    };
    expect(await service.call('PUT', '/v1/endpoints', { ...wrongWait, parameters: { amount: -1 } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: '/parameters/amount' }] },
    });
    const tooLong = { ...wrongWait, nodeName: 'Wait a Year', parameters: { amount: 400, unit: 'days' } };
    expect((await service.call('PUT', '/v1/endpoints', tooLong)).body.detail).toBe(
      'Journey Wait "Wait a Year": amount is 400 days, but a wait may take at most 366 days. Enter less, or wait for a date.',
    );
    expect(
      await service.call('PUT', '/v1/endpoints', { ...wrongWait, path: '../admin', parameters: {} }),
    ).toMatchObject({
      status: 400,
      body: { errors: [{ path: '/path' }] },
    });
  });

  it('brings a made-up customer, then the newest real one, to a manual test', async () => {
    const ask = async (parameters: object) => {
      const arrived = webhook.next();
      const url = 'https://n8n.example.com/proxy/webhook-test/abc/journey';
      const answer = await service.call('POST', '/v1/endpoints/test', { url, nodeName: 'Tickets', parameters });
      expect(answer.status).toBe(202);
      const received = await arrived;
      expect(received.path).toBe('/webhook-test/abc/journey');
      const timestamp = Number(received.headers['x-journeys-timestamp']);
      expect(received.headers['x-journeys-signature']).toBe(signSegmentCall(API_KEY, timestamp, received.body));
      return (JSON.parse(received.body) as { items: [{ customer: { id: string; email: string }; run: object }] })
        .items[0];
    };
    const parameters = {
      journeyKey: 'tickets',
      entryEvents: {
        event: [{ type: 'opened_ticket', filters: { filter: [{ path: 'properties.topic', value: 'size' }] } }],
      },
    };
    expect(await ask(parameters)).toMatchObject({
      customer: { id: 'cus_test', email: 'ada@example.com' },
      run: {
        id: 'run_test',
        journey: 'tickets',
        segment: 1,
        step: 'Tickets',
        outcome: 'entered',
        entry: { type: 'opened_ticket' },
      },
    });
    await service.send(event('opened_ticket', 'tia', undefined, { properties: { topic: 'size' } }));
    await service.send(event('opened_ticket', 'uwe', undefined, { properties: { topic: 'colour' } }));
    expect(await ask(parameters)).toMatchObject({
      customer: { email: 'tia@example.com' },
      run: { entry: { properties: { topic: 'size' } } },
    });
  });

  it('calls nothing but webhooks below the base URL', async () => {
    const ask = async (url: string) =>
      await service.call('POST', '/v1/endpoints/test', { url, nodeName: 'T', parameters: { journeyKey: 'tickets' } });
    for (const url of [
      'ftp://n8n.example.com/webhook-test/a',
      'webhook-test/a',
      'http://n8n.example.com/',
      `${base}/a%2Fb`,
    ]) {
      expect(await ask(url)).toMatchObject({ status: 400, body: { errors: [{ path: '/url' }] } });
    }
    expect(
      await service.call('POST', '/v1/endpoints/test', {
        url: `${base}/webhook-test/a`,
        nodeName: 'T',
        parameters: {},
      }),
    ).toMatchObject({
      status: 400,
      body: { errors: [{ path: '/parameters/journeyKey' }] },
    });
  });
});

describe('webhook paths', () => {
  it.each([
    'webhook/6f1c-9/journey',
    '/webhook/a/journey',
    'hooks/x.y~z_1/journey',
    'webhook/wf1/journey%20trigger/journey',
  ])('%s is one', (path) => {
    expect(webhookPath(path)).toBe(path.replace(/^\//, ''));
  });

  it.each([
    '',
    '/',
    '//evil.example.com/a',
    'http://evil.example.com/a',
    'a/../b',
    'a/./b',
    'a/%2e%2E/b',
    'a%2fb',
    'a\\b',
    'a?b',
    'a#b',
    'a b',
    'a/%00',
    'a/%zz',
    'x'.repeat(501),
  ])('"%s" is none', (path) => {
    expect(webhookPath(path)).toBeNull();
  });

  it('of tests are read from n8n`s public address, whatever proxy it is behind', () => {
    const base = 'http://127.0.0.1:5678/n8n';
    expect(testWebhookPath('http://127.0.0.1:5678/n8n/webhook-test/a/journey', base)).toBe('webhook-test/a/journey');
    expect(testWebhookPath('https://shop.example.com/auto/webhook-test/a/journey', base)).toBe(
      'webhook-test/a/journey',
    );
    expect(testWebhookPath('https://shop.example.com/my-hooks/a/journey', base)).toBe('my-hooks/a/journey');
  });
});
