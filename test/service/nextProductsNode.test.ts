/** Customer → Get Next Products, run by n8n's own engine, on the real service. */
import type { IDataObject } from 'n8n-workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextProductsJob } from '../../temporal/scoring/nextProductsJob.ts';
import { N8nRunner } from '../unit/nodes/n8nRunner.ts';
import { API_KEY, event, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

const ago = (days: number): string => new Date(NOW - days * 86_400_000).toISOString();
/** Of these, who have bought boots, half have bought spray a week later. */
const BUYERS = 40;

describe.each(DIALECTS)('next products of the Customer node on %s', (dialect) => {
  let service: TestService;
  let n8n: N8nRunner;
  let customerId: string;

  const bought = (person: string, daysAgo: number, productId: string, orderId = `${person}-${productId}`) =>
    event('completed_purchase', person, ago(daysAgo), {
      properties: { orderId, value: '10.00', items: [{ productId, quantity: 1, price: '10.00' }] },
    });

  beforeAll(async () => {
    service = await TestService.create(dialect);
    for (let buyer = 0; buyer < BUYERS; buyer++) {
      const person = `buyer${buyer}`;
      await service.send(bought(person, 100, 'boots'), ...(buyer % 2 === 0 ? [bought(person, 93, 'spray')] : []));
    }
    customerId = await service.send(bought('ada', 2, 'boots', 'o1'));
    await service.call('PUT', '/v1/products/spray', { title: 'Spray', stock: 5 });
    await nextProductsJob({ store: service.store, now: NOW, timeScale: 1, isStopping: () => false });
    const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 });
    n8n = await new N8nRunner({ commerceJourneysApi: { baseUrl, apiKey: API_KEY } }).load();
  });
  afterAll(async () => {
    n8n.unload();
    await service.close();
  });

  async function run(items: IDataObject[], more: IDataObject = {}) {
    const parameters = { resource: 'activity', operation: 'getNextProducts', ...more };
    const node = { name: 'Next', type: 'customer', parameters, onError: 'continueRegularOutput' as const };
    const { outputs } = await n8n.run({ items, node });
    return outputs[0]?.map(({ json }) => json) ?? [];
  }
  const spray = { productId: 'spray', after: 'boots', also: 20, share: 0.5, product: { title: 'Spray' } };

  it('are those after the order of the item, given products, or the last order', async () => {
    const customer = { id: customerId };
    const inJourney = (orderId: string) => ({ customer, run: { entry: { properties: { orderId } } } });
    expect(await run([inJourney('o1'), { customer }, inJourney('o404')])).toMatchObject([
      { nextProducts: [spray] },
      { nextProducts: [spray] },
      { error: 'names no order of this customer' },
    ]);
    const [none] = await run([{ customer }], { productIds: 'socks' });
    expect(none).toMatchObject({ nextProducts: [], nextProductsReason: expect.any(String) });
    const byEmail = { identifyBy: 'email', identifier: 'ada@example.com', output: 'items' };
    expect(await run([{}], byEmail)).toMatchObject([spray]);
  });
});
