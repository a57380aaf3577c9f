/** Channel Send on SMS, WhatsApp and push through n8n's own engine, and any channel by a signed webhook. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { FcmApi, fcmProblem } from '../../providers/fcmApi.ts';
import { FaultyServer, faults } from '../../providers/faultyServer.ts';
import { OneSignalApi } from '../../providers/oneSignalApi.ts';
import { TwilioApi } from '../../providers/twilioApi.ts';
import { WebhookReceiver } from '../../providers/webhookReceiver.ts';
import { whatsAppApi } from '../../providers/whatsAppApi.ts';
import { API_KEY, FakeService } from './fakeService.ts';
import { N8nRunner } from './n8nRunner.ts';

const ACCOUNT = `AC${'0'.repeat(32)}`;
const twilioApi = new TwilioApi({
  accountSid: ACCOUNT,
  keys: { [ACCOUNT]: 'auth-token' },
  refusals: { '+436605550002': { code: 21610, message: 'Attempt to send to unsubscribed recipient' } },
});
const fcmApi = new FcmApi();
const oneSignalApi = new OneSignalApi();
const receiver = new WebhookReceiver();
const twilio = new FaultyServer(twilioApi.handler);
const whatsApp = new FaultyServer(
  whatsAppApi({ phoneNumberId: '1064', token: 'EAAG', templates: { 'cart_waiting/en_US': 1, 'sale/de': 0 } }),
);
const fcm = new FaultyServer(fcmApi.handler);
const oneSignal = new FaultyServer(oneSignalApi.handler);
const webhook = new FaultyServer(receiver.handler);
const servers = [twilio, whatsApp, fcm, oneSignal, webhook];
let service: FakeService;
let n8n: N8nRunner;

beforeAll(async () => {
  service = await new FakeService().start();
  for (const server of servers) await server.start();
  fcmApi.url = fcm.url;
  oneSignalApi.recipients.add('42');
  const deliveryEventsUrl = 'https://journeys.example.com/hooks/twilio/main';
  n8n = await new N8nRunner({
    commerceJourneysApi: { baseUrl: service.url, apiKey: API_KEY },
    commerceTwilioApi: {
      ...{ baseUrl: twilio.url, accountSid: ACCOUNT, authentication: 'authToken', authToken: 'auth-token' },
      ...{ sender: 'Shop', deliveryEventsUrl },
    },
    commerceWhatsAppApi: { baseUrl: whatsApp.url, apiKey: 'EAAG', phoneNumberId: '1064', apiVersion: 'v26.0' },
    commerceFcmApi: {
      ...{ baseUrl: fcm.url, tokenUrl: `${fcm.url}/token`, accessToken: '' },
      ...{ projectId: fcmApi.projectId, clientEmail: fcmApi.clientEmail, privateKey: fcmApi.privateKey },
    },
    commerceOneSignalApi: { baseUrl: oneSignal.url, appId: oneSignalApi.appId, apiKey: oneSignalApi.apiKey },
    commerceWebhookApi: { baseUrl: `${webhook.url}/send`, secret: receiver.secret },
  }).load();
});
afterAll(async () => {
  n8n.unload();
  await service.stop();
  for (const server of servers) await server.stop();
});
beforeEach(() => {
  for (const server of servers) server.reset();
  for (const map of [service.claims, service.suppressed, service.phones, service.freeFormUntil, receiver.messages])
    map.clear();
  service.calls.length = service.reports.length = twilioApi.forms.length = 0;
  fcmApi.refusals = {};
});

const item = (name: string, customer: IDataObject = {}, segment = 1): IDataObject => ({
  customer: { id: name, firstName: name, ...customer },
  run: { id: `run_${name}`, journey: 'cart-recovery', segment, outcome: 'elapsed', entry: { properties: {} } },
});
const node = (parameters: IDataObject) => ({ name: 'Reminder', type: 'channelSend', id: 'send-node', parameters });
const sendOf = (entry: INodeExecutionData | undefined) => entry?.json.send as IDataObject;
const ids = (output: INodeExecutionData[] | undefined) => output?.map(({ json }) => (json.customer as IDataObject).id);
const asked = () => service.callsTo('/v1/sends/authorize').flatMap(({ body }) => body.items as IDataObject[]);

describe('SMS', () => {
  // Twilio is what SMS goes by unless another is chosen.
  const sms = (more: IDataObject = {}) => node({ channel: 'sms', text: 'Hi {{ customer.firstName }}', ...more });

  it('goes out by Twilio, once, with its place for delivery events', async () => {
    service.phones.set('ada', '+436605550001').set('bob', '+436605550002');
    const first = await n8n.run({ node: sms(), items: [item('ada'), item('bob')] });
    expect(first.error).toBeUndefined();
    expect(first.outputs.map(ids)).toEqual([['ada'], ['bob']]);
    expect(asked()[0]).toMatchObject({
      channel: 'sms',
      provider: 'twilio',
      repeatable: true,
      message: { text: 'Hi {{ customer.firstName }}' },
    });
    expect(Object.fromEntries(twilioApi.forms[0] ?? [])).toEqual({
      To: '+436605550001',
      Body: 'Hi ada',
      From: 'Shop',
      StatusCallback: expect.stringMatching(/^https:\/\/journeys\.example\.com\/hooks\/twilio\/main\?send_id=snd_\d+$/),
    });
    expect(service.reports).toContainEqual(
      expect.objectContaining({ outcome: 'failed', permanent: true, recipient: 'opted_out' }),
    );
    const again = await n8n.run({ node: sms(), items: [item('ada'), item('bob')], executionId: '42' });
    expect(again.outputs.map(ids)).toEqual([['ada'], ['bob']]);
    expect(twilio.accepted).toHaveLength(1);
  });

  it('a test shows how many messages it is paid as, and sends to the test number only', async () => {
    const text = `${'x'.repeat(80)} – {{ customer.firstName }}`;
    const preview = await n8n.run({ node: sms({ text }), items: [item('ada')], mode: 'manual' });
    expect(preview.outputs[0]?.[0]?.json.preview).toMatchObject({
      to: '+436605550000',
      alphabet: 'UCS-2',
      characters: 86,
      segments: 2,
    });
    expect(twilio.calls).toHaveLength(0);
    await n8n.run({ node: sms({ options: { testAddress: '+436605559999' } }), items: [item('ada')], mode: 'manual' });
    expect(Object.fromEntries(twilioApi.forms[0] ?? [])).toMatchObject({ To: '+436605559999', Body: '[Test] Hi ada' });
  });

  it('an empty text is an error of the item, and the others go on', async () => {
    const given = sms({ text: '{{ customer.nickname }}' });
    const { outputs } = await n8n.run({
      node: { ...given, onError: 'continueRegularOutput' as const },
      items: [item('ada'), item('bob', { nickname: 'Bobby' })],
    });
    expect(ids(outputs[0])).toEqual(['bob']);
    expect(outputs[1]?.[0]?.json.error).toBe('Nothing is left of the text for this customer');
    // Not started: the same segment may claim it again.
    expect([...service.claims.values()].map(({ status }) => status)).toEqual(['claimed', 'sent']);
    const empty = await n8n.run({ node: sms({ text: ' ' }), items: [item('ada')] });
    expect(empty.error?.message).toBe('The message is empty');
  });
});

describe('WhatsApp', () => {
  const inADay = () => new Date(Date.now() + 86_000_000).toISOString();
  const template = {
    ...{ templateName: 'cart_waiting', templateLanguage: 'en-US' },
    templateBody: { parameter: [{ text: '{{ customer.firstName }}\n of {{ shop }}', name: '' }] },
  };
  const whats = (more: IDataObject = {}) => node({ channel: 'whatsapp', provider: 'whatsapp', ...template, ...more });
  const free = { whatsAppMessage: 'textOrTemplate', text: 'Yes, {{ customer.firstName }}!' };

  it('an approved template, at any time', async () => {
    const { outputs, error } = await n8n.run({ node: whats(), items: [{ ...item('ada'), shop: 'Example' }] });
    expect(error).toBeUndefined();
    expect(sendOf(outputs[0]?.[0])).toMatchObject({ channel: 'whatsapp', status: 'sent' });
    expect(whatsApp.calls[0]?.json.template).toEqual({
      name: 'cart_waiting',
      language: { code: 'en_US' },
      components: [{ type: 'body', parameters: [{ type: 'text', text: 'ada of Example' }] }],
    });
    expect(asked()[0]).not.toHaveProperty('freeForm');
  });

  it('a template without a variable', async () => {
    const parameters = { templateName: 'sale', templateLanguage: 'de', templateBody: {} };
    const { outputs } = await n8n.run({ node: whats(parameters), items: [item('ada')] });
    expect(sendOf(outputs[0]?.[0])).toMatchObject({ status: 'sent' });
  });

  it('free text while the 24 hours last, else the template', async () => {
    service.freeFormUntil.set('ada', inADay()).set('cleo', new Date(Date.now() + 1000).toISOString());
    const { outputs } = await n8n.run({ node: whats(free), items: [item('ada'), item('bob'), item('cleo')] });
    expect(outputs.map((output) => output.length)).toEqual([3, 0]);
    const sent = whatsApp.calls.map(({ json }) => json.text?.body ?? json.template.name).sort();
    // Cleo's would not get there in time.
    expect(sent).toEqual(['Yes, ada!', 'cart_waiting', 'cart_waiting']);
  });

  it('free text or nothing', async () => {
    service.freeFormUntil.set('ada', inADay());
    const only = { ...whats({ ...free, whatsAppMessage: 'text' }), onError: 'continueRegularOutput' as const };
    const { outputs } = await n8n.run({ node: only, items: [item('ada'), item('bob')] });
    expect(ids(outputs[0])).toEqual(['ada']);
    expect(outputs[1]?.[0]?.json.error).toBe('The customer has not written within the last 24 hours');
    expect(asked()).toMatchObject([{ freeForm: true }, { freeForm: true }]);
    expect(whatsApp.calls).toHaveLength(1);
  });

  it('a test shows what would go out', async () => {
    const test = async (parameters: IDataObject) =>
      (await n8n.run({ node: whats(parameters), items: [item('ada')], mode: 'manual' })).outputs[0]?.[0]?.json.preview;
    expect(await test({})).toMatchObject({ template: { name: 'cart_waiting', body: [{ text: 'ada of' }] } });
    expect(await test(free)).toMatchObject({ template: { name: 'cart_waiting' } });
    service.freeFormUntil.set('ada', inADay());
    expect(await test(free)).toEqual({ to: '+436605550000', text: 'Yes, ada!' });
    expect(whatsApp.calls).toHaveLength(0);
  });

  it('a parameter that is empty for a customer never goes out', async () => {
    const parameters = { templateBody: { parameter: [{ text: '{{ customer.nickname }}', name: '' }] } };
    const { error } = await n8n.run({ node: whats(parameters), items: [item('ada')] });
    expect(error?.message).toBe('The body parameter 1 of the template "cart_waiting" is empty for this customer');
    expect(error?.description).toContain('default');
    expect(whatsApp.calls).toHaveLength(0);
  });

  it.each([
    [{ templateName: 'Cart Waiting' }, '"Cart Waiting" is not the name of a template'],
    [{ templateLanguage: 'English' }, '"English" is not a language of templates'],
    [{ whatsAppMessage: 'text', text: ' ' }, 'The message is empty'],
  ])('%o', async (parameters, message) => {
    const { error } = await n8n.run({ node: whats(parameters), items: [item('ada')] });
    expect(error?.message).toBe(message);
    expect(asked()).toEqual([]);
  });

  it('a cut connection counts as sent and is shown as unknown', async () => {
    whatsApp.faults.push(faults.cutAfterAcceptance);
    const { outputs } = await n8n.run({
      node: whats({ templateBody: { parameter: [{ text: 'x', name: '' }] } }),
      items: [item('ada')],
    });
    expect(sendOf(outputs[0]?.[0])).toMatchObject({ status: 'unknown' });
    expect(service.reports).toMatchObject([{ outcome: 'unknown' }]);
  });
});

describe('push', () => {
  const push = (provider: string, more: IDataObject = {}) =>
    node({ channel: 'push', provider, title: 'Your cart', text: 'Hi {{ customer.firstName }}', ...more });
  const options = {
    url: 'https://shop.example.com/c/{{ customer.id }}',
    expiresAfter: 2,
    data: { values: [{ key: 'screen', value: 'cart/{{ customer.id }}' }] },
  };

  it('by Firebase to the token that the customer has; who has none is not sent to', async () => {
    const items = [item('ada', { pushToken: 'device-1' }), item('bob')];
    const { outputs, error } = await n8n.run({ node: push('fcm', { options }), items });
    expect(error).toBeUndefined();
    expect(outputs.map(ids)).toEqual([['ada'], ['bob']]);
    expect(sendOf(outputs[1]?.[0])).toMatchObject({ reasons: ['no_address'] });
    const message = fcm.calls.find(({ path }) => path !== '/token')?.json.message;
    expect(message).toMatchObject({
      token: 'device-1',
      notification: { title: 'Your cart', body: 'Hi ada' },
      data: { screen: 'cart/ada', url: 'https://shop.example.com/c/ada' },
      android: { ttl: '7200s' },
    });
  });

  it('a token that is gone is reported as invalid', async () => {
    fcmApi.refusals['device-2'] = fcmProblem(404, 'NOT_FOUND', 'Requested entity was not found.', 'UNREGISTERED');
    const { outputs } = await n8n.run({ node: push('fcm'), items: [item('ada', { pushToken: 'device-2' })] });
    expect(ids(outputs[1])).toEqual(['ada']);
    expect(service.reports).toMatchObject([{ outcome: 'failed', permanent: true, recipient: 'invalid' }]);
  });

  it('by OneSignal to the customer of the shop, tried again after a cut, and there once', async () => {
    oneSignal.faults.push(faults.cutAfterAcceptance);
    const { outputs } = await n8n.run({
      node: push('onesignal', { options }),
      items: [item('ada', { externalId: '42' })],
    });
    expect(sendOf(outputs[0]?.[0])).toMatchObject({ status: 'sent' });
    expect(oneSignalApi.sent).toEqual(['42']);
    expect(oneSignal.calls).toHaveLength(2);
    expect(asked()[0]).toMatchObject({ address: '42', repeatable: true });
  });

  it('keys of the app that Firebase keeps for itself are an error before anything is asked', async () => {
    const data = { values: [{ key: 'google.id', value: '1' }] };
    const { error } = await n8n.run({ node: push('fcm', { options: { data } }), items: [item('ada')] });
    expect(error?.message).toBe('"google.id" cannot be the key of a value for the app');
    expect(asked()).toEqual([]);
  });
});

describe('the signed webhook', () => {
  it.each([
    ['sms', { text: 'Hi {{ customer.firstName }}' }, { text: 'Hi ada', fields: {} }],
    [
      'whatsapp',
      {
        ...{
          templateName: 'sale',
          templateLanguage: 'de',
          templateHeader: 'text',
          templateHeaderValue: '{{ customer.id }}',
        },
      },
      { fields: { template: 'sale', language: 'de', header: 'ada' } },
    ],
    ['push', { text: 'Hi', title: 'Cart', device: 'd-1' }, { to: 'd-1', text: 'Hi', fields: { title: 'Cart' } }],
    [
      'email',
      { fromEmail: 'hello@shop.example.com', fromName: 'Shop', subject: 'Hi', html: '<p>{{ customer.id }}</p>' },
      {
        subject: 'Hi',
        html: '<p>ada</p>',
        to: 'ada@example.com',
        fields: { fromEmail: 'hello@shop.example.com', fromName: 'Shop' },
      },
    ],
  ])('takes %s', async (channel, parameters, expected) => {
    const { outputs, error } = await n8n.run({
      node: node({ channel, provider: 'webhook', ...parameters }),
      items: [item('ada')],
    });
    expect(error).toBeUndefined();
    expect(sendOf(outputs[0]?.[0])).toMatchObject({ channel, status: 'sent' });
    expect([...receiver.messages.values()]).toEqual([
      expect.objectContaining({
        channel,
        category: 'marketing',
        customerId: 'ada',
        ...expected,
        fields: expect.objectContaining(expected.fields),
      }),
    ]);
  });
});
