/** The RFM Score node, run by n8n's own engine, on the real service: scores on items, customers of segments, the segments. */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rfmJob } from '../../temporal/scoring/rfmJob.ts';
import { N8nRunner } from '../unit/nodes/n8nRunner.ts';
import { API_KEY, event, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

const ago = (days: number) => new Date(NOW - days * 86_400_000).toISOString();

describe.each(DIALECTS)('the RFM Score node on %s', (dialect) => {
  let service: TestService;
  let n8n: N8nRunner;
  const ids: string[] = [];

  const bought = (person: string, days: number, orderId: string, value: string) =>
    event('completed_purchase', person, ago(days), { properties: { orderId, currency: 'EUR', value } });

  beforeAll(async () => {
    service = await TestService.create(dialect);
    // Of five customers the n-th has ordered n times, each time for n × 10.00, the last time n × 10 days ago.
    for (const n of [1, 2, 3, 4, 5]) {
      const orders = Array.from({ length: n }, (_, index) => bought(`p${n}`, n * 10 + index, `${n}-${index}`, `${n}0`));
      ids.push(await service.send(...orders));
    }
    const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 });
    n8n = await new N8nRunner({ commerceJourneysApi: { baseUrl, apiKey: API_KEY } }).load();
  });
  afterAll(async () => {
    n8n.unload();
    await service.close();
  });

  async function run(parameters: IDataObject, items: IDataObject[] = [{}]): Promise<INodeExecutionData[]> {
    const { outputs, error } = await n8n.run({ items, node: { name: 'RFM', type: 'rfmScore', parameters } });
    if (error) throw error;
    return outputs[0] ?? [];
  }

  it('says that nothing has been calculated yet, and how to have it', async () => {
    await expect(run({ operation: 'getSegments' })).rejects.toMatchObject({
      message: 'No scores have been calculated yet',
      description: expect.stringContaining('"Recalculate"'),
    });
    const [asked] = await run({ operation: 'refresh' }, [{ note: 1 }]);
    expect(asked?.json).toMatchObject({ note: 1, recalculation: { isAskedFor: true } });
    const { jobs } = (await service.call('GET', '/v1/scores')).body;
    expect(jobs).toContainEqual(expect.objectContaining({ name: 'rfm', dueAt: new Date(NOW).toISOString() }));
    await rfmJob({ store: service.store, now: NOW, timeScale: 1, isStopping: () => false });
  });

  it('adds the scores to items, of whomever they name', async () => {
    const guest = await service.send(event('viewed_page', 'guest', ago(1)));
    const parameters = { identifyBy: 'email', identifier: '={{ $json.who }}' };
    const items = [{ who: 'p4@example.com', note: 'kept' }];
    const [four] = await run(parameters, items);
    // R2 F4 of the contract's table is at risk.
    expect(four?.json).toMatchObject({
      ...items[0],
      scores: { rfm: { r: 2, f: 4, m: 4, segment: 'at_risk', recencyDays: 40, orders: 4, moneyMinor: 16_000 } },
    });
    const [one, none] = await run({}, [{ customer: { id: ids[0] } }, { customer: { id: guest } }]);
    expect(one?.json.scores).toMatchObject({ rfm: { segment: 'new' } });
    expect(none?.json.scores).toMatchObject({ rfm: null });
    await expect(run({ withoutOrder: 'error' }, [{ customer: { id: guest } }])).rejects.toMatchObject({
      message: 'This customer has no RFM scores',
      description: expect.stringContaining('"Continue"'),
    });
  });

  it('says which item names nobody, or somebody who is not there', async () => {
    const node = { name: 'RFM', type: 'rfmScore', onError: 'continueRegularOutput' as const };
    const items = [{}, { customer: { id: 'cus_404' } }, { customer: { id: ids[2] } }];
    const { outputs } = await n8n.run({ items, node });
    expect(outputs[0]?.map(({ json }) => json.error)).toEqual([
      'This item does not say which customer',
      'names a customer that does not exist',
      undefined,
    ]);
    const byEmail = { parameters: { identifyBy: 'email', identifier: 'nobody@example.com' } };
    const { error } = await n8n.run({ items: [{}], node: { ...node, onError: undefined, ...byEmail } });
    expect(error?.message).toBe('There is no such customer');
  });

  it('gets the customers of segments, and who fits the other conditions, with their scores', async () => {
    const who = async (parameters: IDataObject) => {
      const found = await run({ operation: 'getCustomers', ...parameters });
      return found.map(({ json }) => (json.customer as IDataObject).email).sort();
    };
    const winBack = { audienceSegments: ['at_risk', 'cant_lose'], audienceMinimumOrders: 2, audienceAboveMedian: true };
    expect(await who(winBack)).toEqual(['p4@example.com', 'p5@example.com']);
    expect(await who({ audienceSegments: ['new'] })).toEqual(['p1@example.com']);
    expect(await who({ audienceMinimumOrders: 3 })).toHaveLength(3);
    // The median of 10, 20, 30, 40 and 50 is 30, and who is above it is not at it.
    expect(await who({ audienceAboveMedian: true })).toEqual(['p4@example.com', 'p5@example.com']);
    expect(await who({ audienceChurn: ['high'] })).toEqual([]);
    expect(await who({ audienceMinimumOrders: 1, limit: 2 })).toHaveLength(2);
    const [list] = await run({ operation: 'getCustomers', audienceSegments: ['new'], output: 'list' }, [{ note: 1 }]);
    expect(list?.json).toMatchObject({
      note: 1,
      customers: [{ customer: { email: 'p1@example.com' }, scores: { rfm: { segment: 'new', orders: 1 } } }],
    });
  });

  it('gets the segments, with their part of the revenue', async () => {
    const segments = (await run({ operation: 'getSegments' })).map(({ json }) => json);
    expect(segments).toHaveLength(10);
    // 16,000 of 1,000 + 4,000 + 9,000 + 16,000 + 25,000.
    expect(segments.find(({ segment }) => segment === 'at_risk')).toEqual({
      ...{ segment: 'at_risk', customers: 1, revenueMinor: 16_000, averageOrderMinor: 4_000, currency: 'EUR' },
      share: expect.closeTo(16 / 55, 10),
    });
  });
});
