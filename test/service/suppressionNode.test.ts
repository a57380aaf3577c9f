/** The Suppression node, run by n8n's own engine, on the real gate: what it lets out is let out once. */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { N8nRunner } from '../unit/nodes/n8nRunner.ts';
import { API_KEY, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';
import { enter, publishTrigger, type Traveller } from './travellers.ts';

describe.each(DIALECTS)('the Suppression node on %s', (dialect) => {
  let service: TestService;
  let n8n: N8nRunner;
  let executions = 100;

  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
    const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 });
    n8n = await new N8nRunner({ commerceJourneysApi: { baseUrl, apiKey: API_KEY } }).load();
  });
  afterAll(async () => {
    n8n.unload();
    await service.close();
  });

  /** Each time another execution, as when a segment runs again. */
  async function run(items: IDataObject[], parameters: IDataObject = {}): Promise<INodeExecutionData[][]> {
    const { outputs, error } = await n8n.run({
      ...{ items, executionId: String(executions++) },
      node: { name: 'Check', type: 'suppression', id: 'check', parameters },
    });
    if (error) throw error;
    return outputs;
  }
  const itemOf = ({ customerId, runId }: Traveller): IDataObject => ({
    customer: { id: customerId },
    run: { id: runId, journey: 'cart', segment: 1 },
  });
  const sendsOf = (output: INodeExecutionData[] | undefined) =>
    (output ?? []).map(({ json }) => json.send as IDataObject);
  const statusOf = async (id: unknown) => (await service.call('GET', `/v1/sends/${String(id)}`)).body.status;
  const check = async (item: IDataObject, parameters: IDataObject = {}) => {
    const [send, suppressed] = await run([item], parameters);
    return { send: sendsOf(send), suppressed: sendsOf(suppressed) };
  };
  /** The item as the check has let it out. */
  const letOut = async (item: IDataObject) => (await run([item]))[0]?.[0]?.json ?? {};
  const report = async (item: IDataObject, parameters: IDataObject) =>
    await run([item], { operation: 'report', ...parameters });

  it('lets a message out, started, with the links that marketing needs, and reports what became of it', async () => {
    const item = await letOut(itemOf(await enter(service, 'ada')));
    const send = item.send as IDataObject;
    expect(send).toEqual({
      ...{ id: expect.stringMatching(/^snd_/), channel: 'email', decision: 'send', reasons: [], status: 'started' },
      ...{ until: null, address: 'ada@example.com' },
      links: { unsubscribe: expect.stringContaining('/u/'), preferences: expect.stringContaining('/p/') },
      headers: { 'List-Unsubscribe': expect.any(String), 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    });
    expect((send.headers as IDataObject)['List-Unsubscribe']).toBe(
      `<${(send.links as { unsubscribe: string }).unsubscribe}>`,
    );
    expect(await statusOf(send.id)).toBe('started');
    await report(item, { providerMessageId: 'm-1' });
    expect((await service.call('GET', `/v1/sends/${send.id as string}`)).body).toMatchObject({
      status: 'sent',
      providerMessageId: 'm-1',
      nodeName: 'Check',
    });
  });

  it.each(['email', 'sms', 'push', 'whatsapp'])(
    'shows in a manual test what would happen to the sample customer: %s',
    async (channel) => {
      const { outputs, error } = await n8n.run({
        ...{ items: [{ customer: { id: 'cus_test' }, run: { id: 'run_test', segment: 1 } }], mode: 'manual' },
        node: { name: 'Check', type: 'suppression', id: 'check', parameters: { channel } },
      });
      expect(error).toBeUndefined();
      expect(sendsOf(outputs[0])).toMatchObject([
        { id: null, channel, decision: 'send', status: 'preview', address: '', customerAddress: expect.any(String) },
      ]);
      expect(sendsOf(outputs[0])[0]?.links).toEqual({
        unsubscribe: expect.stringContaining('/u/'),
        preferences: expect.stringContaining('/p/'),
      });
    },
  );

  it('lets nothing out twice, whatever the first execution has told of it', async () => {
    const [bob, cyn] = [itemOf(await enter(service, 'bob')), itemOf(await enter(service, 'cyn'))];
    const id = ((await letOut(bob)).send as IDataObject).id;
    expect(await check(bob)).toMatchObject({
      send: [],
      suppressed: [{ id, reasons: ['already_sent'], status: 'unknown' }],
    });
    expect(await statusOf(id)).toBe('unknown');
    await report(await letOut(cyn), {});
    expect(await check(cyn)).toMatchObject({ send: [], suppressed: [{ reasons: ['already_sent'], status: 'sent' }] });
  });

  it('lets out again what certainly was not sent', async () => {
    const dan = itemOf(await enter(service, 'dan'));
    const item = await letOut(dan);
    await expect(report(item, { outcome: 'retry', error: 'rate limit' })).rejects.toThrow('rate limit');
    const { send } = await check(dan);
    expect(send).toMatchObject([{ id: (item.send as IDataObject).id, status: 'started' }]);
  });

  it('lets out again, under the same id, what a provider knows by its key', async () => {
    const eve = itemOf(await enter(service, 'eve'));
    const parameters = { options: { repeatable: true } };
    const first = await check(eve, parameters);
    const again = await check(eve, parameters);
    expect(first.send).toMatchObject([{ id: expect.stringMatching(/^snd_/) }]);
    expect(again).toMatchObject({ send: [{ id: first.send[0]?.id, status: 'started' }], suppressed: [] });
  });

  it('suppresses an address that the sending node has found to be wrong', async () => {
    const fay = await enter(service, 'fay');
    await report(await letOut(itemOf(fay)), { outcome: 'failed', error: 'no such mailbox', recipient: 'invalid' });
    const { suppressed } = await check({ customer: { id: fay.customerId } }, { category: 'transactional' });
    expect(suppressed).toMatchObject([{ decision: 'suppress', reasons: ['bounced'] }]);
  });

  it('holds everything by the kill switch of the policy, until it is off again', async () => {
    const gus = await enter(service, 'gus');
    const [changed] = await run([{}], { operation: 'updatePolicy', changes: { killSwitch: true, gapEmail: 0 } });
    expect(changed?.[0]?.json.policy).toMatchObject({ killSwitch: true, gaps: { email: null, sms: 'PT24H' } });
    // In a journey the segment runs again later: the item goes nowhere now.
    expect(await check(itemOf(gus))).toEqual({ send: [], suppressed: [] });
    const outside = await check({ customer: { id: gus.customerId } });
    expect(outside.suppressed).toMatchObject([{ decision: 'defer', reasons: ['paused'], until: expect.any(String) }]);
    await run([{}], { operation: 'updatePolicy', changes: { killSwitch: false } });
    expect((await check(itemOf(gus))).send).toHaveLength(1);
    const [policy] = await run([{}], { operation: 'getPolicy' });
    expect(policy?.[0]?.json.policy).toEqual((await service.call('GET', '/v1/policy')).body);
  });

  it('says what is wrong with a rule, and changes nothing', async () => {
    const before = (await service.call('GET', '/v1/policy')).body;
    await expect(
      run([{}], { operation: 'updatePolicy', changes: { rules: { quietHours: { sms: { from: '25:00' } } } } }),
    ).rejects.toThrow('/quietHours/sms/from');
    expect((await service.call('GET', '/v1/policy')).body).toEqual(before);
  });

  it('counts decisions, reasons and outcomes in /metrics', async () => {
    const metric = async (name: string) => {
      const { body } = await service.call('GET', '/metrics');
      return Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\d+)$`, 'm').exec(body as string)?.[1] ?? 0);
    };
    const names = [
      'journeys_send_decisions_total{channel="email",decision="send"}',
      'journeys_send_decisions_total{channel="email",decision="suppress"}',
      'journeys_send_reasons_total{channel="email",reason="unsubscribed"}',
      'journeys_send_reports_total{outcome="sent"}',
    ];
    const before = await Promise.all(names.map(metric));
    const hal = itemOf(await enter(service, 'hal'));
    await report(await letOut(hal), {});
    // A replay is no decision.
    await check(hal);
    await check(itemOf(await enter(service, 'ida', 'unsubscribed')));
    const after = await Promise.all(names.map(metric));
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([1, 1, 1, 1]);
  });
});
