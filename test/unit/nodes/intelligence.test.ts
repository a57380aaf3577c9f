/** RFM Score, Replenishment and the next products of Customer through n8n's own engine: calls in batches, and manual tests. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { IDataObject } from 'n8n-workflow';
import { besideService } from './besideService.ts';

const { service, n8n } = besideService();
const { scores } = service;

beforeEach(() => {
  service.calls.length = 0;
  service.customers.clear();
  scores.reset();
  for (const name of ['ada', 'bob']) {
    const identifiers = [{ kind: 'email', value: `${name}@example.com` }];
    service.customers.set(name, { id: name, identifiers, properties: {} });
  }
});

const run = async (type: string, parameters: IDataObject, items: IDataObject[], mode?: 'manual') => {
  const { outputs, error, hints } = await n8n.run({
    node: { name: 'Node', type, parameters },
    items,
    ...(mode && { mode }),
  });
  return { items: outputs[0] ?? [], error, hints };
};
const urls = () => service.calls.map(({ method, url }) => `${method} ${url}`);
const madeUp = { customer: { id: 'cus_test' }, run: { id: 'run_test', segment: 1, entry: { properties: {} } } };
const ordered = (id: string, properties: IDataObject) => ({ customer: { id }, run: { entry: { properties } } });

describe('RFM Score', () => {
  it('asks once for all items, and leaves each as it was', async () => {
    scores.segments.set('ada', 'loyal');
    const { items } = await run('rfmScore', {}, [{ customer: { id: 'ada' }, a: 1 }, { customer: { id: 'bob' } }]);
    expect(items).toMatchObject([
      { json: { a: 1, scores: { rfm: { segment: 'loyal' } } }, pairedItem: { item: 0 } },
      { json: { scores: { rfm: null } }, pairedItem: { item: 1 } },
    ]);
    expect(urls()).toEqual(['POST /v1/customers/scores']);
  });

  it('reads an audience to its last page, once for all items that ask for the same', async () => {
    for (let index = 0; index < 600; index++) {
      scores.audience.push(`c${index}`);
      // One has been erased meanwhile.
      if (index !== 7) service.customers.set(`c${index}`, { id: `c${index}`, identifiers: [], properties: {} });
    }
    const parameters = {
      ...{ operation: 'getCustomers', audienceSegments: ['at_risk', 'cant_lose'], audienceChurn: ['high'] },
      ...{ audienceMinimumOrders: 2, audienceAboveMedian: true, returnAll: true, output: 'list' },
    };
    const { items } = await run('rfmScore', parameters, [{ a: 1 }, { a: 2 }]);
    expect(items.map(({ json }) => [json.a, (json.customers as unknown[]).length])).toEqual([
      [1, 599],
      [2, 599],
    ]);
    const query = 'segment=at_risk%2Ccant_lose&churn=high&minimumOrders=2&averageOrderAboveMedian=true';
    expect(urls()).toEqual([
      `GET /v1/scores/customers?${query}&limit=500`,
      `GET /v1/scores/customers?${query}&limit=500&cursor=500`,
      'POST /v1/customers/lookup',
      'POST /v1/customers/lookup',
    ]);
  });

  it('asks for no condition that is not set', async () => {
    scores.audience.push('ada');
    const { items } = await run('rfmScore', { operation: 'getCustomers' }, [{}]);
    expect(items).toMatchObject([{ json: { customer: { id: 'ada', email: 'ada@example.com' } } }]);
    expect(urls()[0]).toBe('GET /v1/scores/customers?limit=50');
  });

  it('in a manual test the made-up customer has scores, and nothing is recalculated', async () => {
    const { items } = await run('rfmScore', {}, [madeUp], 'manual');
    expect(items[0]?.json.scores).toMatchObject({ rfm: { segment: 'at_risk' }, prediction: { churn: 'high' } });
    const refreshed = await run('rfmScore', { operation: 'refresh' }, [madeUp], 'manual');
    expect(refreshed.items[0]?.json.recalculation).toEqual({ isAskedFor: false, jobs: [] });
    expect(refreshed.hints).toEqual(['Test run: nothing is recalculated.']);
    expect(service.calls).toEqual([]);
    await run('rfmScore', { operation: 'refresh' }, [{ customer: { id: 'ada' } }, {}], 'manual');
    expect(urls()).toEqual(['POST /v1/scores/refresh']);
  });
});

describe('Replenishment', () => {
  it('names the product that runs out first, unless it comes by a subscription or has no date', async () => {
    const { items } = await run('replenishment', { of: 'all' }, [{ customer: { id: 'ada' } }]);
    expect(items[0]?.json.replenishment).toMatchObject({ next: { productId: 'p1' }, products: [{}, {}, {}, {}] });
  });

  it('asks for what the item is about: its product, else its newest order', async () => {
    const event = { properties: { orderId: 'o2' } };
    const items = [
      ordered('ada', { orderId: 'o1', productId: 'p7' }),
      ordered('ada', { orderId: 'o1' }),
      { ...ordered('bob', { orderId: 'o1' }), event },
    ];
    await run('replenishment', {}, items);
    expect(service.callsTo('/v1/replenishment/plans').map(({ body }) => body.items)).toEqual([
      [
        { ref: '0', customerId: 'ada', productId: 'p7' },
        { ref: '1', customerId: 'ada', orderId: 'o1' },
        { ref: '2', customerId: 'bob', orderId: 'o2' },
      ],
    ]);
  });

  it('takes a product with quantity and date, in the zone of the workflow', async () => {
    const product = { of: 'product', productId: 'p1', quantity: 3, orderedAt: '2026-11-20T10:00:00' };
    const byEmail = { identifyBy: 'email', identifier: 'bob@example.com' };
    await run('replenishment', { ...product, ...byEmail }, [{}]);
    expect(service.callsTo('/v1/replenishment/plans')[0]?.body.items).toEqual([
      { ref: '0', customerId: 'bob', productId: 'p1', quantity: 3, orderedAt: '2026-11-20T09:00:00.000Z' },
    ]);
  });

  it.each([
    [{ of: 'order', orderId: '={{ $json.none }}' }, '"Order ID" is empty'],
    [{ of: 'product', productId: '={{ $json.none }}' }, '"Product ID" is empty'],
    [{ of: 'product', productId: 'p1', orderedAt: 'soon' }, 'What is in "Bought On" is not a date'],
    [{}, 'This item is about no order and no product'],
    [{ operation: 'getDue', withinDays: '={{ "many" }}' }, '"Within the Next (Days)" is not a number of days'],
  ])('%j is an error that says so', async (parameters, message) => {
    const { error } = await run('replenishment', parameters, [{ customer: { id: 'ada' } }]);
    expect(error?.message).toBe(message);
    expect(error?.description).not.toBe('');
    expect(service.calls).toEqual([]);
  });

  it('in a manual test the made-up customer has bought something', async () => {
    const item = { ...madeUp, run: { ...madeUp.run, entry: { properties: { productId: 'p9' } } } };
    const { items } = await run('replenishment', {}, [item], 'manual');
    expect(items[0]?.json.replenishment).toMatchObject({ next: { productId: 'p9', basis: 'product' } });
    expect(service.calls).toEqual([]);
  });
});

describe('Customer, Get Next Products', () => {
  const parameters = { resource: 'activity', operation: 'getNextProducts' };

  it('adds what others bought next, after the order of the item or given products', async () => {
    scores.nextProducts.set('ada', ['p2', 'p3', 'p4', 'p5']);
    const items = [ordered('ada', { orderId: 'o1', items: [{ productId: 'p1' }] }), ordered('bob', { query: 'boots' })];
    const { items: output } = await run('customer', parameters, items);
    expect(output.map(({ json }) => [json.nextProducts, json.nextProductsReason])).toEqual([
      [[{ productId: 'p2' }, { productId: 'p3' }, { productId: 'p4' }], undefined],
      [[], 'not enough data: 3 buyers, 20 are needed'],
    ]);
    await run('customer', { ...parameters, productIds: 'p1, p8', limit: 1 }, [{ customer: { id: 'ada' } }]);
    expect(service.callsTo('/v1/next-products').map(({ body }) => body.items)).toEqual([
      [
        { ref: '0', customerId: 'ada', orderId: 'o1', limit: 3 },
        { ref: '1', customerId: 'bob', limit: 3 },
      ],
      [{ ref: '0', customerId: 'ada', productIds: ['p1', 'p8'], limit: 1 }],
    ]);
  });

  it('or gives one item for each', async () => {
    scores.nextProducts.set('ada', ['p2', 'p3']);
    const items = [ordered('bob', { orderId: 'o2' }), ordered('ada', { orderId: 'o1' })];
    const { items: output } = await run('customer', { ...parameters, output: 'items' }, items);
    expect(output).toMatchObject([
      { json: { productId: 'p2' }, pairedItem: { item: 1 } },
      { json: { productId: 'p3' }, pairedItem: { item: 1 } },
    ]);
  });

  it('goes by a hundred products at most', async () => {
    const productIds = `={{ ${JSON.stringify(Array.from({ length: 101 }, (_, index) => `p${index}`))} }}`;
    const { error } = await run('customer', { ...parameters, productIds }, [{ customer: { id: 'ada' } }]);
    expect(error?.message).toBe('"After the Product IDs" names 101 products');
    expect(service.calls).toEqual([]);
  });

  it('has nothing for the made-up customer of a test, and says so', async () => {
    const { items } = await run('customer', parameters, [madeUp], 'manual');
    expect(items[0]?.json).toMatchObject({ nextProducts: [], nextProductsReason: expect.any(String) });
    expect(service.calls).toEqual([]);
  });
});
