/** Channel Send through n8n's own engine, with a send gate and a mail server: who gets what, once, and where items go. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { API_KEY, FakeService, UNSUBSCRIBE } from './fakeService.ts';
import { N8nRunner } from './n8nRunner.ts';
import { FaultySmtpServer } from './smtpServer.ts';

let service: FakeService;
let smtp: FaultySmtpServer;
let n8n: N8nRunner;

beforeAll(async () => {
  smtp = await new FaultySmtpServer().start();
  service = await new FakeService().start();
  n8n = await new N8nRunner({
    commerceJourneysApi: { baseUrl: service.url, apiKey: API_KEY },
    commerceSmtp: smtp.credentials,
  }).load();
});
afterAll(async () => {
  n8n.unload();
  await service.stop();
  await smtp.stop();
});
beforeEach(() => {
  service.refuseStart = null;
  smtp.reset();
  service.calls.length = 0;
  service.reports.length = 0;
  service.claims.clear();
  service.suppressed.clear();
  service.deferred.clear();
});

const item = (name: string, segment = 2): IDataObject => ({
  customer: { id: name, firstName: name },
  run: { id: `run_${name}`, journey: 'cart-recovery', segment, outcome: 'elapsed', entry: { properties: {} } },
});
const node = (parameters: IDataObject = {}) => ({
  name: 'Reminder',
  type: 'channelSend',
  id: 'send-node',
  parameters: {
    fromEmail: 'hello@shop.example.com',
    fromName: 'Example Shop',
    subject: 'Hello {{ customer.firstName }}',
    html: '<p>Hi {{ customer.firstName }}, see <a href="https://shop.example.com">us</a></p>',
    ...parameters,
  },
});
const names = (output: INodeExecutionData[] | undefined) =>
  output?.map(({ json }) => (json.customer as IDataObject).id);
const sendOf = (entry: INodeExecutionData | undefined) => entry?.json.send as IDataObject;

describe('in a journey', () => {
  it('asks the gate once, sends what it allows, and says for each item what happened', async () => {
    service.suppressed.set('bob', ['unsubscribed', 'min_gap']);
    service.deferred.add('cleo');
    const items = [item('ada'), item('bob'), item('cleo'), item('dan')];
    const { outputs, error } = await n8n.run({ node: node(), items });
    expect(error).toBeUndefined();
    expect(outputs.map(names)).toEqual([['ada', 'dan'], ['bob']]);
    expect(sendOf(outputs[0]?.[0])).toMatchObject({ channel: 'email', decision: 'send', reasons: [], status: 'sent' });
    expect(sendOf(outputs[1]?.[0])).toMatchObject({
      decision: 'suppress',
      reasons: ['unsubscribed', 'min_gap'],
      status: null,
    });
    expect(outputs[0]?.[1]?.pairedItem).toEqual({ item: 3 });
    expect(service.callsTo('/v1/sends/authorize')).toHaveLength(1);
    const [asked] = service.callsTo('/v1/sends/authorize')[0]?.body.items as IDataObject[];
    expect(asked).toMatchObject({
      customerId: 'ada',
      runId: 'run_ada',
      segment: 2,
      node: 'send-node',
      category: 'marketing',
    });
    expect(asked).not.toHaveProperty('key');
    expect(smtp.mails.map(({ to }) => to).sort()).toEqual(['ada@example.com', 'dan@example.com']);
    const mail = smtp.mails.find(({ to }) => to === 'ada@example.com');
    expect(mail?.source).toContain('Subject: Hello ada');
    expect(mail?.source).toContain('From: Example Shop <hello@shop.example.com>');
    expect(mail?.source).toContain('multipart/alternative');
    expect(service.reports).toHaveLength(2);
  });

  it('marketing mail carries the way to unsubscribe, in one line each; transactional mail does not', async () => {
    await n8n.run({ node: node(), items: [item('ada')] });
    await n8n.run({ node: node({ category: 'transactional' }), items: [item('bob')] });
    const source = (to: string) => smtp.mails.find((mail) => mail.to === to)?.source ?? '';
    const lines = source('ada@example.com').split(/\r?\n/);
    for (const [name, value] of Object.entries(UNSUBSCRIBE)) expect(lines).toContain(`${name}: ${value}`);
    expect(source('bob@example.com')).toContain('Subject: Hello bob');
    expect(source('bob@example.com')).not.toContain('List-Unsubscribe');
  });

  it('a segment that runs again sends nothing twice and takes the same ways', async () => {
    smtp.faults.set('bob', { at: 'RCPT', reply: '550 5.1.1 User unknown' });
    smtp.faults.set('cleo', { at: 'END', cut: true });
    const items = [item('ada'), item('bob'), item('cleo')];
    const first = await n8n.run({ node: node(), items });
    expect(first.outputs.map(names)).toEqual([['ada', 'cleo'], ['bob']]);
    expect(sendOf(first.outputs[0]?.[1])).toMatchObject({ status: 'unknown' });
    expect(sendOf(first.outputs[1]?.[0])).toMatchObject({ decision: 'send', status: 'failed' });
    const again = await n8n.run({ node: node(), items, executionId: '42' });
    expect(again.error).toBeUndefined();
    expect(again.outputs.map(names)).toEqual([['ada', 'cleo'], ['bob']]);
    expect(smtp.handedOver.sort()).toEqual(['ada@example.com', 'cleo@example.com']);
  });

  it('whoever says no before their turn comes gets nothing, and the others do', async () => {
    service.startable = 1;
    service.refuseStart = 'suppressed';
    const { outputs, error } = await n8n.run({ node: node(), items: [item('ada'), item('bob')] });
    expect(error).toBeUndefined();
    expect(outputs.map(names)).toEqual([['ada'], ['bob']]);
    expect(sendOf(outputs[1]?.[0])).toMatchObject({ decision: 'suppress', reasons: ['unsubscribed'], status: null });
    expect(smtp.mails).toHaveLength(1);
  });

  it('the same customer twice in one segment gets one message', async () => {
    const { outputs } = await n8n.run({ node: node(), items: [item('ada'), item('ada')] });
    expect(outputs[0]).toHaveLength(2);
    expect(smtp.mails).toHaveLength(1);
  });

  it('the next segment sends again', async () => {
    await n8n.run({ node: node(), items: [item('ada', 2)] });
    await n8n.run({ node: node(), items: [item('ada', 3)] });
    expect(smtp.mails).toHaveLength(2);
  });

  it('works through 100 customers before it fails for one of them', async () => {
    const items = Array.from({ length: 100 }, (_, index) => item(`user${index}`));
    items[4] = { ...item('x'), customer: { firstName: 'nobody' } };
    const { error } = await n8n.run({ node: node(), items });
    expect(error?.message).toBe('This item has no customer');
    expect((error as unknown as { context: IDataObject }).context.itemIndex).toBe(4);
    expect(smtp.mails).toHaveLength(99);
    const started = service.callsTo('/v1/sends/started').map(({ body }) => body as { sendIds: string[]; by: string });
    expect(started.every(({ sendIds }) => sendIds.length <= 10)).toBe(true);
    expect(started[0]?.by).toBe('41/send-node/0/0');
    expect(new Set(started.map(({ by }) => by)).size).toBe(started.length);
  });

  it('continues on fail with the run still on the item', async () => {
    const failing = {
      ...node({ subject: '{{ customer.firstName | nonsense: ' }),
      onError: 'continueRegularOutput' as const,
    };
    const { outputs, error } = await n8n.run({ node: failing, items: [item('ada')] });
    expect(error).toBeUndefined();
    expect(outputs[1]?.[0]?.json).toMatchObject({ run: { id: 'run_ada' } });
    expect(String(outputs[1]?.[0]?.json.error as string)).toContain('The subject cannot be rendered');
  });
});

describe('outside a journey', () => {
  it('has a key of its own, by execution, node, pass and item', async () => {
    const items = [{ customer: { id: 'ada' } }, { customer: { id: 'bob' } }];
    const first = await n8n.run({ node: node(), items, executionId: '77' });
    const asked = service.callsTo('/v1/sends/authorize')[0]?.body.items as IDataObject[];
    expect(asked.map(({ key }) => key)).toEqual(['77/send-node/0/0', '77/send-node/0/1']);
    expect(asked[0]).not.toHaveProperty('runId');
    expect(first.outputs[0]).toHaveLength(2);
    const again = await n8n.run({ node: node(), items, executionId: '77' });
    expect(again.outputs.map((output) => output.length)).toEqual([0, 2]);
    expect(sendOf(again.outputs[1]?.[0])).toMatchObject({ reasons: ['already_sent'] });
    expect(smtp.mails).toHaveLength(2);
  });

  it('can write to another address', async () => {
    await n8n.run({ node: node({ options: { to: 'other@example.com' } }), items: [item('ada')] });
    expect(smtp.mails.map(({ to }) => to)).toEqual(['other@example.com']);
  });
});

describe('a manual test', () => {
  it('sends nothing and takes no claim, but shows the message and the decision', async () => {
    service.suppressed.set('bob', ['no_consent']);
    const { outputs, hints } = await n8n.run({ node: node(), items: [item('ada'), item('bob')], mode: 'manual' });
    expect(smtp.connections).toBe(0);
    expect(service.claims.size).toBe(0);
    expect(outputs.map(names)).toEqual([['ada'], ['bob']]);
    expect(outputs[0]?.[0]?.json.preview).toMatchObject({ to: 'ada@example.com', subject: 'Hello ada' });
    expect(sendOf(outputs[1]?.[0])).toMatchObject({ decision: 'suppress', reasons: ['no_consent'], status: 'preview' });
    expect(hints[0]).toContain('nothing was sent');
    const [asked] = service.callsTo('/v1/sends/authorize')[0]?.body.items as IDataObject[];
    expect(asked).toMatchObject({ dryRun: true });
  });

  it('writes to the test address, and to nobody else', async () => {
    const { hints } = await n8n.run({
      node: node({ options: { testAddress: 'me@example.com' } }),
      items: [item('ada')],
      mode: 'manual',
    });
    expect(smtp.mails.map(({ to }) => to)).toEqual(['me@example.com']);
    expect(smtp.mails[0]?.source).toContain('Subject: [Test] Hello ada');
    expect(hints[0]).toContain('nothing to customers');
  });
});

describe('kind errors', () => {
  it.each([
    ['no sender', { fromEmail: 'Shop' }, 'The sender "Shop" is not an e-mail address'],
    ['no text', { html: '', text: '' }, 'The message is empty'],
    ['a broken template', { subject: '{{ customer.firstName' }, 'The subject cannot be rendered'],
  ])('%s', async (_, parameters, message) => {
    const { error } = await n8n.run({ node: node(parameters), items: [item('ada')] });
    expect(error?.message).toContain(message);
    expect(smtp.connections).toBe(0);
  });

  it('a mail server that refuses the login: the item fails, so that the segment runs again', async () => {
    const wrong = await new N8nRunner({
      commerceJourneysApi: { baseUrl: service.url, apiKey: API_KEY },
      commerceSmtp: { ...smtp.credentials, user: 'u', password: 'wrong' },
    }).load();
    smtp.faults.set('*', { at: 'AUTH', reply: '535 5.7.8 Bad credentials', times: 1 });
    const failed = await wrong.run({ node: node(), items: [item('ada')] });
    expect(failed.error?.message).toContain('The mail server refuses the login');
    expect(failed.error?.description).toContain('Test button');
    const again = await wrong.run({ node: node(), items: [item('ada')] });
    expect(again.outputs.map(names)).toEqual([['ada'], []]);
    expect(smtp.mails).toHaveLength(1);
  });
});
