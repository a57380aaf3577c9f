/** Suppression → Report through n8n's own engine: what another node's sending came to, whatever that node made of the item. */
import type { IConnections, IDataObject, INode, INodeExecutionData, INodeType } from 'n8n-workflow';
import { beforeEach, describe, expect, it } from 'vitest';
import { besideService } from './besideService.ts';
import { PACKAGE, workflowModule } from './n8nRunner.ts';

const { service, n8n } = besideService();

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
const names = (output: INodeExecutionData[] | undefined) =>
  output?.map(({ json }) => (json.customer as IDataObject).id);
const sendsOf = (output: INodeExecutionData[] | undefined) => output?.map(({ json }) => json.send as IDataObject);

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
