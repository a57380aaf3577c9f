/** Suppression → Check through n8n's own engine: what is let out to another node's sending, once. */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { beforeEach, describe, expect, it } from 'vitest';
import { besideService } from './besideService.ts';
import { LINKS, UNSUBSCRIBE } from './fakeService.ts';

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
