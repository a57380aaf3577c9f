/** Suppression through n8n's own engine: what is let out to another node's sending, once, and what is reported of it. */
import type { IConnections, IDataObject, INode, INodeExecutionData, INodeType } from 'n8n-workflow';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_KEY, FakeService, LINKS, UNSUBSCRIBE } from './fakeService.ts';
import { N8nRunner, PACKAGE, workflowModule } from './n8nRunner.ts';

let service: FakeService;
let n8n: N8nRunner;

beforeAll(async () => {
  service = await new FakeService().start();
  n8n = await new N8nRunner({ commerceJourneysApi: { baseUrl: service.url, apiKey: API_KEY } }).load();
});
afterAll(async () => {
  n8n.unload();
  await service.stop();
});
beforeEach(() => {
  service.calls.length = 0;
  service.reports.length = 0;
  service.claims.clear();
  service.suppressed.clear();
  service.deferred.clear();
  service.policy = {};
  service.refuseStart = null;
  service.startable = 0;
  service.strangers.clear();
});

const item = (name: string): IDataObject => ({
  customer: { id: name },
  run: { id: `run_${name}`, journey: 'cart-recovery', segment: 2 },
});
const outside = (name: string): IDataObject => ({ customer: { id: name } });
const node = (parameters: IDataObject = {}) => ({ name: 'Check', type: 'suppression', id: 'check-node', parameters });
const names = (output: INodeExecutionData[] | undefined) =>
  output?.map(({ json }) => (json.customer as IDataObject).id);
const sendsOf = (output: INodeExecutionData[] | undefined) => output?.map(({ json }) => json.send as IDataObject);
const asked = () => service.callsTo('/v1/sends/authorize').flatMap(({ body }) => body.items as IDataObject[]);
const statuses = () => [...service.claims.values()].map(({ status }) => status);

describe('check in a journey', () => {
  it('lets out what the gate allows, started, and gives the reasons for the rest', async () => {
    service.suppressed.set('bob', ['unsubscribed', 'min_gap']);
    service.deferred.add('cleo');
    const { outputs, error } = await n8n.run({ node: node(), items: [item('ada'), item('bob'), item('cleo')] });
    expect(error).toBeUndefined();
    expect(outputs.map(names)).toEqual([['ada'], ['bob']]);
    expect(sendsOf(outputs[0])).toEqual([
      {
        id: expect.stringMatching(/^snd_/),
        channel: 'email',
        decision: 'send',
        reasons: [],
        status: 'started',
        until: null,
        address: 'ada@example.com',
        links: LINKS,
        headers: UNSUBSCRIBE,
      },
    ]);
    expect(sendsOf(outputs[1])).toMatchObject([
      { decision: 'suppress', reasons: ['unsubscribed', 'min_gap'], status: null },
    ]);
    expect(statuses()).toEqual(['started']);
    expect(asked()[0]).toMatchObject({
      ...{ customerId: 'ada', channel: 'email', category: 'marketing', track: 'general' },
      ...{ runId: 'run_ada', segment: 2, node: 'check-node', nodeName: 'Check' },
    });
  });

  it('lets nobody out twice when the segment runs again, whether it was reported or not', async () => {
    const items = [item('ada'), item('bob')];
    const first = await n8n.run({ node: node(), items });
    expect(names(first.outputs[0])).toEqual(['ada', 'bob']);
    service.claims.get('run_bob/2/check-node')!.status = 'sent';
    const again = await n8n.run({ node: node(), items, executionId: '42' });
    expect(again.outputs.map(names)).toEqual([[], ['ada', 'bob']]);
    expect(sendsOf(again.outputs[1])).toMatchObject([
      { decision: 'suppress', reasons: ['already_sent'], status: 'started' },
      { decision: 'suppress', reasons: ['already_sent'], status: 'sent' },
    ]);
  });

  it('has an output of its own for them, if wanted', async () => {
    service.suppressed.set('bob', ['no_consent']);
    const items = [item('ada'), item('bob')];
    const parameters = { alreadySent: 'ownOutput' };
    const first = await n8n.run({ node: node(parameters), items });
    expect(first.outputs.map(names)).toEqual([['ada'], ['bob'], []]);
    const again = await n8n.run({ node: node(parameters), items, executionId: '42' });
    expect(again.outputs.map(names)).toEqual([[], ['bob'], ['ada']]);
  });

  it('lets out again what was reported as failed and may be tried again', async () => {
    await n8n.run({ node: node(), items: [item('ada')] });
    Object.assign(service.claims.get('run_ada/2/check-node')!, { status: 'failed', permanent: false });
    const again = await n8n.run({ node: node(), items: [item('ada')], executionId: '42' });
    expect(again.outputs.map(names)).toEqual([['ada'], []]);
  });

  it('lets out one of several items that share a send', async () => {
    const { outputs } = await n8n.run({ node: node(), items: [item('ada'), item('ada')] });
    expect(outputs.map(names)).toEqual([['ada'], ['ada']]);
    expect(sendsOf(outputs[1])).toMatchObject([{ reasons: ['already_sent'] }]);
  });

  it('leaves to another execution what that one has started in between', async () => {
    service.refuseStart = 'started';
    const { outputs } = await n8n.run({ node: node(), items: [item('ada')] });
    expect(sendsOf(outputs[1])).toMatchObject([{ reasons: ['already_sent'], status: 'started' }]);
  });

  it('asks the gate again when all was stopped in between, and fails when it still is', async () => {
    service.refuseStart = 'paused';
    const { error } = await n8n.run({ node: node(), items: [item('ada')] });
    expect(error?.message).toBe('Messages were stopped while this one was checked');
    expect(service.callsTo('/v1/sends/authorize')).toHaveLength(2);
  });

  // An item that was let out by an execution that then fails would never reach the node that sends.
  it('starts nothing when an item is refused, unless it is to go on', async () => {
    service.strangers.add('bob');
    const items = [item('ada'), item('bob')];
    const { error } = await n8n.run({ node: node(), items });
    expect(error?.message).toBe('names a customer that does not exist');
    expect(statuses()).toEqual(['claimed']);
    const { outputs } = await n8n.run({
      node: { ...node(), onError: 'continueRegularOutput' },
      items,
      executionId: '42',
    });
    expect(outputs.map(names)).toEqual([['ada'], ['bob']]);
    expect(outputs[1]?.[0]?.json.error).toBe('names a customer that does not exist');
  });

  it('takes back what it had started when all was stopped before it had started the rest', async () => {
    Object.assign(service, { refuseStart: 'paused', startable: 1 });
    const items = [item('ada'), item('bob')];
    expect((await n8n.run({ node: node(), items })).error?.message).toBe(
      'Messages were stopped while this one was checked',
    );
    service.refuseStart = null;
    const { outputs } = await n8n.run({ node: node(), items, executionId: '42' });
    expect(outputs.map(names)).toEqual([['ada', 'bob'], []]);
  });

  it('passes on what the message is about', async () => {
    const options = { productIds: 'p1, p2', track: 'local_events', to: 'other@example.com', provider: 'sendgrid' };
    await n8n.run({
      node: node({ channel: 'sms', category: 'transactional', options: { ...options, repeatable: true } }),
      items: [item('ada')],
    });
    expect(asked()).toEqual([
      expect.objectContaining({
        ...{ channel: 'sms', category: 'transactional', productIds: ['p1', 'p2'], track: 'local_events' },
        ...{ address: 'other@example.com', provider: 'sendgrid', repeatable: true },
      }),
    ]);
    // No way to unsubscribe in what is not marketing.
    expect(asked()[0]).not.toHaveProperty('message');
  });

  it('fails the item without a customer, and goes on with the others if told to', async () => {
    const items = [{ run: {} }, item('ada')];
    const failed = await n8n.run({ node: node(), items });
    expect(failed.error?.message).toBe('This item has no customer');
    const { outputs } = await n8n.run({
      node: { ...node(), onError: 'continueRegularOutput' },
      items,
      executionId: '42',
    });
    expect(outputs[1]?.map(({ json }) => json.error)).toContain('This item has no customer');
  });
});

describe('check outside of journeys', () => {
  it('claims by execution, node and item, and says until when a deferred one has to wait', async () => {
    service.deferred.add('cleo');
    const { outputs } = await n8n.run({ node: node(), items: [outside('ada'), outside('cleo')] });
    expect(outputs.map(names)).toEqual([['ada'], ['cleo']]);
    expect(asked().map(({ key }) => key)).toEqual(['41/check-node/0/0', '41/check-node/0/1']);
    expect(sendsOf(outputs[1])).toMatchObject([
      { decision: 'defer', reasons: ['quiet_hours'], until: '2026-11-23T08:00:00Z' },
    ]);
  });
});

describe('check in a manual test', () => {
  it('claims nothing, and keeps the node that sends from writing to the customer', async () => {
    service.suppressed.set('bob', ['no_consent']);
    const items = [item('ada'), item('bob')];
    const { outputs, hints } = await n8n.run({ node: node(), items, mode: 'manual' });
    expect(outputs.map(names)).toEqual([['ada'], ['bob']]);
    expect(sendsOf(outputs[0])).toMatchObject([
      { id: null, decision: 'send', status: 'preview', address: '', customerAddress: 'ada@example.com', links: LINKS },
    ]);
    expect(asked().map(({ dryRun, runId }) => [dryRun, runId])).toEqual([
      [true, undefined],
      [true, undefined],
    ]);
    expect(service.claims.size).toBe(0);
    expect(service.callsTo('/v1/sends/started')).toHaveLength(0);
    expect(hints).toEqual([expect.stringContaining('nothing was claimed')]);
  });

  it('gives the test address to the node that sends', async () => {
    const options = { testAddress: 'me@example.com' };
    const { outputs } = await n8n.run({ node: node({ options }), items: [item('ada')], mode: 'manual' });
    expect(sendsOf(outputs[0])).toMatchObject([{ address: 'me@example.com', customerAddress: 'ada@example.com' }]);
  });

  it('says what a deferred one would wait for', async () => {
    service.deferred.add('cleo');
    const { outputs } = await n8n.run({ node: node(), items: [item('cleo')], mode: 'manual' });
    expect(sendsOf(outputs[1])).toMatchObject([{ decision: 'defer', until: '2026-11-23T08:00:00Z' }]);
  });
});

describe('report', () => {
  const send = { id: 'snd_7', channel: 'email', decision: 'send', reasons: [], status: 'started' };
  const report = (parameters: IDataObject) => ({ name: 'Report', type: 'suppression', parameters });
  const reported = (parameters: IDataObject, json: IDataObject = { ...item('ada'), send }) =>
    n8n.run({ node: report({ operation: 'report', ...parameters }), items: [json] });

  it('says what became of the send of the item', async () => {
    const { outputs } = await reported({ providerMessageId: '  m-1 ' });
    expect(service.reports).toEqual([{ sendId: 'snd_7', outcome: 'sent', providerMessageId: 'm-1' }]);
    expect(outputs).toHaveLength(1);
    expect(sendsOf(outputs[0])).toMatchObject([{ id: 'snd_7', status: 'sent', providerMessageId: 'm-1' }]);
  });

  it.each([
    [
      { outcome: 'failed', error: '550 5.7.1', recipient: 'invalid' },
      { permanent: true, recipient: 'invalid' },
    ],
    [{ outcome: 'failed', error: 'refused' }, { permanent: true }],
    [{ outcome: 'unknown', error: 'timed out' }, {}],
  ])('reports %j', async (parameters, expected) => {
    await reported(parameters);
    const { outcome, error } = parameters;
    expect(service.reports).toEqual([{ sendId: 'snd_7', outcome, error, ...expected }]);
  });

  it('takes the error from the error output of the node that sends', async () => {
    await reported({ outcome: 'failed' }, { ...item('ada'), send, error: { message: 'The service refused' } });
    expect(service.reports).toMatchObject([{ error: 'The service refused' }]);
  });

  it('fails an item of a journey that is to be tried again, after all are reported', async () => {
    const items = ['ada', 'bob'].map((name) => ({ ...item(name), send: { ...send, id: `snd_${name}` } }));
    const parameters = { operation: 'report', outcome: 'retry', error: 'rate limit' };
    const { error } = await n8n.run({ node: report(parameters), items });
    expect(error?.message).toBe('The message was not sent: rate limit');
    expect(service.reports).toEqual(
      ['snd_ada', 'snd_bob'].map((sendId) => ({ sendId, outcome: 'failed', permanent: false, error: 'rate limit' })),
    );
    // Nothing comes again outside of journeys.
    const other = await n8n.run({ node: report(parameters), items: [{ ...outside('ada'), send }] });
    expect(sendsOf(other.outputs[0])).toMatchObject([{ status: 'failed' }]);
  });

  it('takes a send that is named', async () => {
    await reported({ sendId: 'snd_9' }, outside('ada'));
    expect(service.reports).toEqual([{ sendId: 'snd_9', outcome: 'sent' }]);
  });

  it('refuses an item of which nobody knows what was sent', async () => {
    const { error } = await reported({}, outside('ada'));
    expect(error?.message).toBe('This item does not say which message was sent');
    expect(service.reports).toEqual([]);
  });

  it('reports nothing of a manual test', async () => {
    const { error } = await reported({}, { ...item('ada'), send: { ...send, id: null, status: 'preview' } });
    expect(error).toBeUndefined();
    expect(service.reports).toEqual([]);
  });

  it('finds the item that the node before has replaced by its answer', async () => {
    service.suppressed.set('bob', ['no_consent']);
    const last = await runChain([item('ada'), item('bob'), item('cleo')]);
    expect(service.reports).toEqual([
      { sendId: sendIdOf('ada'), outcome: 'sent', providerMessageId: 'm-ada@example.com' },
      { sendId: sendIdOf('cleo'), outcome: 'sent', providerMessageId: 'm-cleo@example.com' },
    ]);
    expect(names(last)).toEqual(['ada', 'cleo']);
    expect(last?.map(({ json }) => (json.run as IDataObject).segment)).toEqual([2, 2]);
    expect(sendsOf(last)).toMatchObject([
      { status: 'sent', answer: { id: 'm-ada@example.com' } },
      { status: 'sent', answer: { id: 'm-cleo@example.com' } },
    ]);
  });

  const sendIdOf = (name: string) => service.claims.get(`run_${name}/2/Check`)?.sendId;

  /** Check → a node that sends, and answers as Gmail does → Report. @returns what comes out at the end */
  async function runChain(items: IDataObject[]): Promise<INodeExecutionData[] | undefined> {
    const make = (name: string, type: string, parameters: IDataObject = {}): INode => ({
      ...{ id: name, name, type, typeVersion: 1, position: [0, 0], parameters: parameters as INode['parameters'] },
      credentials: { commerceJourneysApi: { id: '1', name: 'Journeys' } },
    });
    const nodes = [
      make('Before', `${PACKAGE}.journeyTrigger`),
      make('Check', `${PACKAGE}.suppression`),
      make('Mailer', 'test.mailer'),
      make('Report', `${PACKAGE}.suppression`, { operation: 'report', providerMessageId: '={{ $json.id }}' }),
    ];
    const to = (name: string) => ({ main: [[{ node: name, type: 'main' as const, index: 0 }]] });
    const connections: IConnections = { Before: to('Check'), Check: to('Mailer'), Mailer: to('Report') };
    const mailer = {
      description: { name: 'mailer', displayName: 'Mailer', inputs: ['main'], outputs: ['main'], properties: [] },
      execute(this: { getInputData(): INodeExecutionData[] }) {
        const answers = this.getInputData().map(({ json }, index) => ({
          json: { id: `m-${String((json.send as { address: string }).address)}` },
          pairedItem: { item: index },
        }));
        return Promise.resolve([answers]);
      },
    } as unknown as INodeType;
    const typeOf = (name: string) => (name === 'test.mailer' ? mailer : n8n.nodeType(name));
    const workflow = new workflowModule.Workflow({
      ...{ id: 'wf1', name: 'Chain', nodes, connections, active: true, settings: { executionOrder: 'v1' } },
      nodeTypes: { getByName: typeOf, getByNameAndVersion: typeOf, getKnownTypes: () => ({}) },
    });
    const runData = workflowModule.createRunExecutionData({
      executionData: {
        nodeExecutionStack: [
          {
            node: workflow.nodes.Check as INode,
            data: { main: [items.map((json) => ({ json }))] },
            source: { main: [{ previousNode: 'Before' }] },
          },
        ],
      },
    });
    const execution = new n8n.core.WorkflowExecute(n8n.additionalData('webhook', '51'), 'webhook', runData);
    const run = await execution.processRunExecutionData(workflow);
    if (run.data.resultData.error) throw run.data.resultData.error;
    return run.data.resultData.runData.Report?.[0]?.data?.main?.[0] ?? undefined;
  }
});

describe('the policy', () => {
  const policy = {
    gaps: { email: 'PT16H', sms: 'PT24H', push: 'PT24H', whatsapp: 'PT24H', onGap: 'skip' },
    caps: [{ channels: ['email'], count: 5, window: 'P7D', days: 'rolling' }],
    promoPause: { after: 'paid_social', window: 'P3D' },
    holdoutPercent: 0,
    killSwitch: false,
  };
  const update = (changes: IDataObject, items = [{ a: 1 }], more: { mode?: 'manual' } = {}) =>
    n8n.run({ node: node({ operation: 'updatePolicy', changes }), items, ...more });

  beforeEach(() => {
    service.policy = structuredClone(policy);
  });

  it('is read once for all items', async () => {
    const { outputs } = await n8n.run({ node: node({ operation: 'getPolicy' }), items: [{ a: 1 }, { a: 2 }] });
    expect(outputs.map((output) => output.map(({ json }) => json))).toEqual([
      [
        { a: 1, policy },
        { a: 2, policy },
      ],
    ]);
    expect(service.callsTo('/v1/policy')).toHaveLength(1);
  });

  it('is changed where something is filled in, and stays as it is elsewhere', async () => {
    const changes = {
      ...{ gapEmail: 8, gapSms: 0, onGap: 'defer', holdoutPercent: 5, killSwitch: true },
      ...{ rules: '{"promoPause":null,"caps":[],"gaps":{"push":"PT1H"}}', shopTimezone: 'Europe/Vienna' },
    };
    const { outputs } = await update(changes, [{ a: 1 }, { a: 2 }]);
    const expected = {
      gaps: { email: 'PT480M', sms: null, push: 'PT1H', whatsapp: 'PT24H', onGap: 'defer' },
      ...{ caps: [], promoPause: null, holdoutPercent: 5, killSwitch: true, shopTimezone: 'Europe/Vienna' },
    };
    expect(service.policy).toEqual(expected);
    expect(outputs[0]?.[1]?.json).toEqual({ a: 2, policy: expected });
    expect(service.calls.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it('switches messages on again', async () => {
    service.policy = { ...policy, killSwitch: true };
    await update({ killSwitch: false });
    expect(service.policy).toEqual(policy);
  });

  it('says what is wrong with a change, and changes nothing', async () => {
    const { error } = await update({ rules: { holdoutPercent: 200 } });
    expect(error?.message).toContain('/holdoutPercent has to be a number from 0 to 100');
    expect(service.policy).toEqual(policy);
  });

  it.each([[{}], [{ rules: '{}' }]])('refuses nothing to do: %j', async (changes) => {
    expect((await update(changes)).error?.message).toBe('There is nothing to change');
  });

  it.each([['[1]'], ['{no'], ['null']])('refuses rules that are no object: %s', async (rules) => {
    expect((await update({ rules })).error?.message).toBe('The further rules are no JSON object');
  });

  it('is not changed by the test of a journey', async () => {
    const test = { run: { id: 'run_test', segment: 1 } } as unknown as { a: number };
    const { outputs } = await update({ killSwitch: true }, [test], { mode: 'manual' });
    expect(service.policy).toEqual(policy);
    expect(outputs[0]?.[0]?.json.policy).toEqual({ ...policy, killSwitch: true });
  });
});
