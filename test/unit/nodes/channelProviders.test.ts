/** Channel Send with e-mail providers through n8n's own engine: what the gate is asked, what goes out, once, at which pace. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { SEND_CHANNELS } from '../../../nodes/ChannelSend/channels/channels.ts';
import { PROVIDERS, providersOf } from '../../../nodes/ChannelSend/providers/registry.ts';
import { testResend } from '../../../nodes/ChannelSend/providers/resendTest.ts';
import { faults } from '../../providers/faultyServer.ts';
import { resendServer, RESEND_KEY, RESEND_SENDING_KEY } from '../../providers/resendServer.ts';
import { sendGridServer, SENDGRID_KEY } from '../../providers/sendGridServer.ts';
import { API_KEY, FakeService } from './fakeService.ts';
import { N8nRunner } from './n8nRunner.ts';

const resend = resendServer();
const sendGrid = sendGridServer();
let service: FakeService;
let n8n: N8nRunner;

beforeAll(async () => {
  await resend.start();
  await sendGrid.start();
  service = await new FakeService().start();
  n8n = await new N8nRunner({
    commerceJourneysApi: { baseUrl: service.url, apiKey: API_KEY },
    // As fast as it goes: the pace has tests of its own.
    commerceResendApi: { baseUrl: resend.url, apiKey: RESEND_KEY, concurrency: 10, perSecond: 0 },
    commerceSendGridApi: { baseUrl: sendGrid.url, apiKey: SENDGRID_KEY, concurrency: 10, perSecond: 0 },
  }).load();
});
afterAll(async () => {
  n8n.unload();
  await service.stop();
  await resend.stop();
  await sendGrid.stop();
});
beforeEach(() => {
  resend.reset();
  sendGrid.reset();
  service.calls.length = 0;
  service.reports.length = 0;
  service.claims.clear();
});

const item = (name: string): IDataObject => ({
  customer: { id: name, firstName: name },
  run: { id: `run_${name}`, journey: 'cart-recovery', segment: 2, outcome: 'elapsed', entry: { properties: {} } },
});
const node = (parameters: IDataObject = {}) => ({
  name: 'Reminder',
  type: 'channelSend',
  id: 'send-node',
  parameters: {
    channel: 'email',
    provider: 'sendgrid',
    fromEmail: 'hello@shop.example.com',
    subject: 'Hello {{ customer.firstName }}',
    html: '<p>Hi</p>',
    ...parameters,
  },
});
const statuses = (output: INodeExecutionData[] | undefined) =>
  output?.map(({ json }) => (json.send as IDataObject).status);
const asked = () => service.callsTo('/v1/sends/authorize').flatMap(({ body }) => body.items as IDataObject[]);

describe('every provider', () => {
  it('has a channel, and a credential that is shown when it is chosen', () => {
    const { credentials = [], properties } = n8n.nodeType('channelSend').description;
    for (const { name, credential } of PROVIDERS) {
      const shown = credentials.find((one) => one.name === credential);
      // By its path: the editor hides a field whose bare name stands there (ChannelSend.node.ts).
      expect(shown?.displayOptions?.show).toEqual({ '/provider': [name] });
      expect(n8n.credentialType(credential).name).toBe(credential);
    }
    for (const { channel, usualProvider } of SEND_CHANNELS) {
      const field = properties.find(
        ({ name, displayOptions }) => name === 'provider' && displayOptions?.show?.channel?.includes(channel),
      );
      const offered = field?.options?.map((option) => (option as { value: string }).value);
      expect(offered).toEqual(providersOf(channel).map(({ name }) => name));
      expect(offered).toContain(usualProvider);
    }
  });

  it('has fields for its pace in its credential, with the default that the provider has', () => {
    for (const { credential, pace } of PROVIDERS) {
      const { properties } = n8n.credentialType(credential);
      const defaultOf = (field: string) => properties.find(({ name }) => name === field)?.default;
      expect({ concurrency: defaultOf('concurrency'), perSecond: defaultOf('perSecond') }, credential).toEqual(pace);
    }
  });
});

describe('the gate is asked', () => {
  it('with provider, topic, products, texts in all languages, and what is tracked', async () => {
    const { error } = await n8n.run({
      node: node({
        markup: 'mjml',
        mjml: '<mjml></mjml>',
        preheader: 'Still there',
        text: 'Hi',
        translations: {
          translation: [
            { language: 'de', subject: 'Hallo', mjml: '<mjml>de</mjml>', html: 'not this', text: '' },
            { language: ' ', subject: 'of nobody' },
          ],
        },
        options: {
          track: 'product_news',
          productIds: 'p1, p2,,p1',
          trackOpens: false,
          utm: { tags: { campaign: '{{ run.journey }}', term: '' } },
        },
      }),
      items: [item('ada')],
    });
    expect(error).toBeUndefined();
    expect(asked()[0]).toMatchObject({
      channel: 'email',
      provider: 'sendgrid',
      repeatable: false,
      track: 'product_news',
      productIds: ['p1', 'p2'],
    });
    const { message } = asked()[0] as { message: IDataObject };
    expect(message).toEqual({
      data: item('ada'),
      subject: 'Hello {{ customer.firstName }}',
      preheader: 'Still there',
      mjml: '<mjml></mjml>',
      text: 'Hi',
      translations: { de: { subject: 'Hallo', mjml: '<mjml>de</mjml>' } },
      tracking: { opens: false, utm: { campaign: '{{ run.journey }}' } },
    });
  });

  it('with a list of products, and without links that are tagged', async () => {
    const productIds = '={{ ["p1", 7] }}';
    await n8n.run({ node: node({ options: { productIds, addUtm: false } }), items: [item('ada')] });
    expect(asked()[0]).toMatchObject({ productIds: ['p1', '7'], message: { tracking: { utm: false } } });
  });
});

it('an answer that got lost is asked for with the same key, and the customer has one message', async () => {
  resend.faults.push(faults.cutAfterAcceptance);
  const { outputs } = await n8n.run({ node: node({ provider: 'resend' }), items: [item('ada')] });
  expect(statuses(outputs[0])).toEqual(['sent']);
  const sendId = (outputs[0]?.[0]?.json.send as IDataObject).id as string;
  expect(resend.calls.map(({ headers }) => headers['idempotency-key'])).toEqual([sendId, sendId]);
  expect(service.reports).toEqual([{ sendId, outcome: 'sent', providerMessageId: `re-${sendId}` }]);
});

it('what was started by an n8n that died goes out once: the provider knows the key', async () => {
  const run = node({ provider: 'resend' });
  await n8n.run({ node: run, items: [item('ada')] });
  const [claim] = service.claims.values();
  // The report is lost.
  Object.assign(claim ?? {}, { status: 'started' });
  const again = await n8n.run({ node: run, items: [item('ada')], executionId: '42' });
  expect(statuses(again.outputs[0])).toEqual(['sent']);
  const bodies = new Set(resend.calls.map(({ headers, text }) => `${headers['idempotency-key']} ${text}`));
  expect(resend.calls).toHaveLength(2);
  expect(bodies.size).toBe(1);
});

it('the same with a provider that knows no key is not sent again', async () => {
  await n8n.run({ node: node(), items: [item('ada')] });
  const [claim] = service.claims.values();
  Object.assign(claim ?? {}, { status: 'started' });
  await n8n.run({ node: node(), items: [item('ada')], executionId: '42' });
  expect(sendGrid.accepted).toHaveLength(1);
});

it('an expired credential: the error names it, nothing is unknown, and the rest is not tried', async () => {
  sendGrid.faultFor = () => faults.status(401);
  const items = Array.from({ length: 300 }, (_, index) => item(`user${index}`));
  const { error } = await n8n.run({ node: node(), items });
  expect(error?.message).toBe('The message was not sent by SendGrid: SendGrid answers 401');
  expect(error?.description).toContain('check the credential "commerceSendGridApi"');
  expect(sendGrid.calls.length).toBeLessThanOrEqual(10);
  expect(service.callsTo('/v1/sends/authorize')).toHaveLength(1);
  expect(service.reports.every(({ outcome, permanent }) => outcome === 'failed' && permanent === false)).toBe(true);
  sendGrid.reset();
  const again = await n8n.run({ node: node(), items });
  expect(again.outputs[0]).toHaveLength(300);
  expect(sendGrid.accepted).toHaveLength(300);
});

it('429 with Retry-After: the message goes out in the same execution', async () => {
  sendGrid.faults.push(faults.rateLimited(1));
  const { outputs } = await n8n.run({ node: node(), items: [item('ada')] });
  expect(statuses(outputs[0])).toEqual(['sent']);
  expect(sendGrid.calls).toHaveLength(2);
});

it('a service that starts nothing any more (claims too old, sending paused) fails the items, so that they are asked for again', async () => {
  service.refuseStart = 'void';
  const { error } = await n8n.run({ node: node(), items: [item('ada')] });
  service.refuseStart = null;
  expect(error?.message).toContain('expired before its turn came');
  expect(sendGrid.calls).toHaveLength(0);
});

it('10,000 customers in one execution: claims are taken as they are needed, and each customer has one message', async () => {
  const items = Array.from({ length: 10_000 }, (_, index) => item(`user${index}`));
  let mostClaimed = 0;
  const sending = n8n.run({ node: node(), items });
  sendGrid.faultFor = () => {
    if (sendGrid.calls.length % 20 !== 1) return null;
    const open = [...service.claims.values()].filter(({ status }) => status === 'claimed').length;
    mostClaimed = Math.max(mostClaimed, open);
    return null;
  };
  const { outputs, error } = await sending;
  expect(error).toBeUndefined();
  expect(outputs[0]).toHaveLength(10_000);
  expect(outputs[0]?.at(-1)?.json.customer).toMatchObject({ id: 'user9999' });
  const recipients = sendGrid.accepted.map(({ json }) => json.personalizations[0].to[0].email as string);
  expect(new Set(recipients).size).toBe(10_000);
  expect(recipients).toHaveLength(10_000);
  expect(service.reports).toHaveLength(10_000);
  expect(mostClaimed).toBeLessThanOrEqual(200);
}, 300_000);

describe('a manual test', () => {
  it('goes to the test address over the provider, marked as a test', async () => {
    const parameters = { provider: 'resend', options: { testAddress: 'me@example.com' } };
    const { outputs } = await n8n.run({ node: node(parameters), items: [item('ada')], mode: 'manual' });
    expect(resend.accepted.map(({ json }) => [json.to, json.subject])).toEqual([
      [['me@example.com'], '[Test] Hello ada'],
    ]);
    expect(outputs[0]?.[0]?.json.preview).toMatchObject({ to: 'ada@example.com', subject: 'Hello ada' });
    expect(service.claims.size).toBe(0);
  });

  it('says what the provider has against it', async () => {
    const parameters = { fromEmail: 'unverified@shop.example.com', options: { testAddress: 'me@example.com' } };
    const { error } = await n8n.run({ node: node(parameters), items: [item('ada')], mode: 'manual' });
    expect(error?.message).toContain('The from address does not match a verified Sender Identity');
  });
});

describe('kind errors', () => {
  it.each([
    ['a provider of another channel', { provider: 'twilio' }, 'The provider "twilio" sends no e-mail'],
    [
      'answers to nowhere',
      { options: { replyTo: 'nobody' } },
      'The address for answers "nobody" is not an e-mail address',
    ],
  ])('%s', async (_, parameters, message) => {
    const { error } = await n8n.run({ node: node(parameters), items: [item('ada')] });
    expect(error?.message).toContain(message);
    expect(sendGrid.calls).toHaveLength(0);
  });

  it.each([
    ['subject', { subject: '{{ customer.nickname }}' }, 'Nothing is left of the subject'],
    ['message', { html: '{{ customer.nickname }}' }, 'Nothing is left of the message'],
  ])('a %s that is empty for a customer', async (_, parameters, message) => {
    const { error } = await n8n.run({ node: node(parameters), items: [item('ada')] });
    expect(error?.message).toContain(message);
    expect(sendGrid.calls).toHaveLength(0);
  });

  it('a line break in an address of the item does not make a header', async () => {
    const to = 'ada@example.com\r\nBcc: eve@example.com';
    await n8n.run({ node: node({ options: { to } }), items: [item('ada')] });
    expect(JSON.stringify(sendGrid.calls)).not.toContain('\\nBcc');
  });
});

describe("the Test of Resend's credential", () => {
  const test = async (apiKey: string, baseUrl = resend.url) =>
    await testResend(
      {
        helpers: {
          // As n8n's: any status is an answer.
          request: async ({ uri, headers }: { uri: string; headers: Record<string, string> }) => {
            const answer = await fetch(uri, { headers });
            return { statusCode: answer.status, body: await answer.json() };
          },
        },
      } as never,
      { apiKey, baseUrl },
    );

  it('accepts a key with full access, and one that may only send', async () => {
    expect(await test(RESEND_KEY)).toMatchObject({ status: 'OK' });
    expect(await test(RESEND_SENDING_KEY)).toMatchObject({ status: 'OK' });
  });

  it('does not accept a wrong key, or nobody there', async () => {
    expect(await test('re_old')).toEqual({ status: 'Error', message: expect.stringContaining('API key is invalid') });
    expect(await test(RESEND_KEY, 'http://127.0.0.1:9')).toMatchObject({ status: 'Error' });
  });
});
