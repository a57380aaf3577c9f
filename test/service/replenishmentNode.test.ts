/** The Replenishment node, run by n8n's own engine, on the real service: when what was bought runs out, and who is due. */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replenishmentJob } from '../../temporal/scoring/replenishmentJob.ts';
import { N8nRunner } from '../unit/nodes/n8nRunner.ts';
import { API_KEY, event, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

const DAY = 86_400_000;
const days = (count: number): string => new Date(NOW + count * DAY).toISOString();

describe.each(DIALECTS)('the Replenishment node on %s', (dialect) => {
  let service: TestService;
  let n8n: N8nRunner;
  const ids = new Map<string, string>();

  const bought = (person: string, daysAgo: number, orderId: string, ...productIds: string[]) =>
    event('completed_purchase', person, days(-daysAgo), {
      properties: {
        ...{ orderId, value: '10.00' },
        items: productIds.map((productId) => ({ productId, quantity: 1, price: '10.00' })),
      },
    });

  beforeAll(async () => {
    service = await TestService.create(dialect);
    // By hand: from 40 to 50 days after the purchase.
    await service.call('PUT', '/v1/products/doses', { replenishment: { lowDays: 40, highDays: 50 } });
    ids.set('ada', await service.send(bought('ada', 36, 'o1', 'doses', 'mug')));
    ids.set('bob', await service.send(bought('bob', 43, 'o2', 'doses')));
    ids.set('cyn', await service.send(bought('cyn', 10, 'o3', 'mug')));
    // 24 gaps of a product: 30 days each.
    for (let buyer = 0; buyer < 8; buyer++) {
      const orders = [91, 61, 31, 1].map((ago) => bought(`buyer${buyer}`, ago, `b${buyer}-${ago}`, 'beans'));
      ids.set(`buyer${buyer}`, await service.send(...orders));
    }
    await replenishmentJob({ store: service.store, now: NOW, timeScale: 1, isStopping: () => false });
    const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 });
    n8n = await new N8nRunner({ commerceJourneysApi: { baseUrl, apiKey: API_KEY } }).load();
  });
  afterAll(async () => {
    n8n.unload();
    await service.close();
  });

  async function run(items: IDataObject[], parameters: IDataObject): Promise<INodeExecutionData[]> {
    const { outputs, error } = await n8n.run({ items, node: { name: 'R', type: 'replenishment', parameters } });
    if (error) throw error;
    return outputs[0] ?? [];
  }
  const inJourney = (person: string, properties: IDataObject): IDataObject => ({
    customer: { id: ids.get(person) },
    run: { id: `run_${person}`, segment: 1, entry: { type: 'completed_purchase', properties } },
  });

  it('says when the order of the item runs out, each product of it, and which one first', async () => {
    const [item] = await run([inJourney('ada', { orderId: 'o1' })], {});
    const doses = { productId: 'doses', quantity: 1, basis: 'byHand', startAt: days(4), endAt: days(14) };
    expect(item?.json).toMatchObject({
      customer: { id: ids.get('ada') },
      replenishment: {
        next: doses,
        products: expect.arrayContaining([
          expect.objectContaining(doses),
          expect.objectContaining({ productId: 'mug', basis: 'none', startAt: null, reason: expect.any(String) }),
        ]),
      },
    });
  });

  it('says it of one product, of everything, and of a purchase that is only thought of', async () => {
    const ofRun = await run([inJourney('bob', { orderId: 'o2', productId: 'doses' })], {});
    expect(ofRun[0]?.json.replenishment).toMatchObject({ next: { productId: 'doses', startAt: days(-3) } });
    const all = await run([{ customer: { id: ids.get('ada') } }], { of: 'all' });
    expect(all[0]?.json.replenishment).toMatchObject({ products: [{ productId: 'doses' }] });
    const thought = { of: 'product', productId: 'doses', quantity: 2, orderedAt: days(0) };
    const [two] = await run([{ customer: { id: ids.get('cyn') } }], thought);
    expect(two?.json.replenishment).toMatchObject({ next: { quantity: 2, startAt: days(80), endAt: days(100) } });
  });

  it('says who is due, with the customer on the item', async () => {
    const due = async (more: IDataObject) =>
      (await run([{}], { operation: 'getDue', productId: 'doses', ...more })).map(({ json }) => json);
    expect(await due({})).toMatchObject([
      {
        customer: { id: ids.get('ada'), email: 'ada@example.com' },
        replenishment: { next: { productId: 'doses', orderId: 'o1', startAt: days(4) } },
      },
    ]);
    const since = await due({ sinceDays: 5 });
    expect(since.map(({ customer }) => (customer as IDataObject).id)).toEqual([ids.get('bob'), ids.get('ada')]);
    expect(await due({ withinDays: 3 })).toEqual([]);
    const everybody = await run([{}], { operation: 'getDue', withinDays: 60, returnAll: true, output: 'list' });
    expect(everybody[0]?.json.due).toHaveLength(9);
  });

  it('gives the windows as they were learned', async () => {
    const windows = (await run([{}], { operation: 'getWindows' })).map(({ json }) => json);
    expect(windows.find(({ productId }) => productId === 'beans')).toMatchObject({
      basis: 'product',
      gaps: 24,
      days: { q40: 30, q60: 30 },
    });
  });

  it('says of each item what is wrong with it', async () => {
    const node = { name: 'R', type: 'replenishment', onError: 'continueRegularOutput' as const };
    const items = [
      inJourney('ada', { orderId: 'o404' }),
      inJourney('ada', { cartId: 'c1' }),
      { customer: { id: 'cus_404' }, run: { entry: { properties: { productId: 'doses' } } } },
      inJourney('bob', { orderId: 'o2' }),
    ];
    const { outputs } = await n8n.run({ items, node });
    expect(outputs[0]?.map(({ json }) => json.error)).toEqual([
      'names no order of this customer',
      'This item is about no order and no product',
      'names a customer that does not exist',
      undefined,
    ]);
  });
});
