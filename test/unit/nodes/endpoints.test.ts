/** What n8n's own webhook contexts make of our webhooks: publishing, removing, manual tests, signed and unsigned calls. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { IDataObject, INode, IWebhookData } from 'n8n-workflow';
import { segmentSignature } from '../../../nodes/transport/segmentSignature.ts';
import { besideService } from './besideService.ts';
import { API_KEY } from './fakeService.ts';
import { PACKAGE } from './n8nRunner.ts';

const { service, n8n } = besideService();

beforeEach(() => {
  service.calls.length = 0;
  service.failNext.length = 0;
});

const nodeOf = (type: string): INode => ({
  id: 'node-7',
  name: 'Cart Activity',
  type: `${PACKAGE}.${type}`,
  typeVersion: 1,
  position: [0, 0],
  webhookId: '7c9e3a50-8f1b-4d26-9c35-2ad1c4f0d001',
  parameters: type === 'journeyTrigger' ? { journeyKey: 'cart-recovery' } : {},
  credentials: { commerceJourneysApi: { id: '1', name: 'Journeys' } },
});

/** The static data of one n8n workflow object lives from `create` to `delete`, as in n8n's test webhooks. */
function published(type: string) {
  const workflow = n8n.workflow([nodeOf(type)], {});
  const node = workflow.getNode('Cart Activity') as INode;
  const methods = n8n.nodeType(type).webhookMethods?.default as Record<string, (this: unknown) => Promise<boolean>>;
  const call = async (method: string, activation: 'activate' | 'update' | 'manual', isTest = false) => {
    const webhookData = { isTest, webhookDescription: { name: 'default' } } as IWebhookData;
    const mode = activation === 'manual' ? 'manual' : 'internal';
    const context = new n8n.core.HookContext(
      workflow,
      node,
      n8n.additionalData(mode, ''),
      mode,
      activation,
      webhookData,
    );
    return await methods[method]?.call(context);
  };
  return { workflow, node, call };
}

describe.each(['journeyTrigger', 'journeyWait'])('%s', (type) => {
  it('is told to the service each time it is published', async () => {
    const { call } = published(type);
    expect(await call('checkExists', 'activate')).toBe(false);
    expect(await call('create', 'activate')).toBe(true);
    const [told] = service.callsTo('/v1/endpoints');
    expect(told?.method).toBe('PUT');
    expect(told?.body).toMatchObject({
      kind: type === 'journeyTrigger' ? 'trigger' : 'wait',
      workflowId: 'wf1',
      workflowName: 'Cart Recovery',
      nodeId: 'node-7',
      nodeName: 'Cart Activity',
      path: 'webhook/7c9e3a50-8f1b-4d26-9c35-2ad1c4f0d001/journey',
    });
    expect(await call('delete', 'update')).toBe(true);
    expect(service.calls.at(-1)).toMatchObject({ method: 'DELETE', url: '/v1/endpoints/wf1/node-7' });
  });

  it('a manual test changes nothing about what is published', async () => {
    const { call } = published(type);
    await call('create', 'manual', true);
    await call('delete', 'update', true);
    const asked = service.calls.map(({ method, url }) => `${method} ${url}`);
    expect(asked).toEqual(type === 'journeyTrigger' ? ['POST /v1/endpoints/test'] : []);
  });

  it('cannot be published while the service is down, and says why', async () => {
    service.failNext.push(503, 503, 503, 503);
    await expect(published(type).call('create', 'activate')).rejects.toThrow('The request is not valid.');
  });
});

it('a manual test asks for one sample at the test address', async () => {
  await published('journeyTrigger').call('create', 'manual', true);
  expect(service.calls[0]?.body).toMatchObject({
    url: 'https://n8n.example.com/automation/webhook-test/7c9e3a50-8f1b-4d26-9c35-2ad1c4f0d001/journey',
    nodeName: 'Cart Activity',
    parameters: { journeyKey: 'cart-recovery' },
  });
});

describe('a call to the webhook', () => {
  const items = [{ customer: { id: 'cus_1' }, run: { id: 'run_1', segment: 1 } }];

  async function post(body: unknown, headers: IDataObject = {}) {
    const { workflow, node } = published('journeyTrigger');
    const rawBody = Buffer.from(JSON.stringify(body));
    const timestamp = String(Math.floor(Date.now() / 1000));
    const answer = { status: 0, body: undefined as unknown };
    const response = {
      status: (code: number) => Object.assign(response, { code: (answer.status = code) }),
      json: (sent: unknown) => (answer.body = sent),
    };
    const signature = segmentSignature(API_KEY, timestamp, rawBody);
    const request = {
      rawBody,
      body,
      headers: { 'x-journeys-timestamp': timestamp, 'x-journeys-signature': signature, ...headers },
    };
    const additionalData = {
      ...n8n.additionalData('webhook', ''),
      httpRequest: request,
      httpResponse: response,
    } as never;
    const webhookData = { webhookDescription: { name: 'default' } } as IWebhookData;
    const context = new n8n.core.WebhookContext(workflow, node, additionalData, 'webhook', webhookData, [], null);
    const { webhook } = n8n.nodeType('journeyTrigger') as unknown as { webhook: (this: unknown) => Promise<unknown> };
    return { result: await webhook.call(context), answer };
  }

  it('that is signed starts an execution with the posted items', async () => {
    const { result } = await post({ items });
    expect(result).toEqual({ workflowData: [items.map((json) => ({ json }))] });
  });

  it.each([{ 'x-journeys-signature': 'v1=00' }, { 'x-journeys-timestamp': '1' }])(
    'with %o is refused',
    async (headers) => {
      const { result, answer } = await post({ items }, headers);
      expect(result).toEqual({ noWebhookResponse: true });
      expect(answer.status).toBe(401);
    },
  );

  it.each([[{}], [{ items: 'x' }], [{ items: [1] }], [{ items: [null] }]])(
    'with the body %o is refused',
    async (body) => {
      const { result, answer } = await post(body);
      expect(result).toEqual({ noWebhookResponse: true });
      expect(answer.status).toBe(400);
    },
  );
});
