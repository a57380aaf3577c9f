/** Next products learned from orders, and what is offered to whom, on both stores. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextProductsJob, type NextProductsDocument } from '../../temporal/scoring/nextProductsJob.ts';
import { readModel } from '../../temporal/store/scoreModels.ts';
import { DIALECTS } from './stores.ts';
import { event, NOW, TestService, type Answer } from './service.ts';

const DAY = 86_400_000;
const days = (count: number): string => new Date(NOW + count * DAY).toISOString();
/** 40 buyers of boots; of these 20 buy spray, 10 socks and 8 a mug, within 10 days. */
const BUYERS = 40;

describe.each(DIALECTS)('next products on %s', (dialect) => {
  let service: TestService;
  const ids = new Map<string, string>();

  const bought = (person: string, daysAgo: number, products: string[], more: object = {}) =>
    event('completed_purchase', person, days(-daysAgo), {
      properties: {
        items: products.map((productId) => ({ productId, quantity: 1, price: '10.00' })),
        ...{ value: '10.00', ...more },
      },
    });
  const learn = async () => {
    await nextProductsJob({ store: service.store, ...{ now: service.now, timeScale: 1, isStopping: () => false } });
  };
  const document = async () => (await readModel<NextProductsDocument>(service.store.db, 'nextProducts'))?.model;
  const next = async (...items: object[]): Promise<Answer['body'][]> => {
    const { status, body } = await service.call('POST', '/v1/next-products', {
      items: items.map((one, index) => ({ ref: index, ...one })),
    });
    expect(status).toBe(200);
    return (body as { items: Answer['body'][] }).items;
  };
  const offered = async (item: object): Promise<string[]> =>
    ((await next(item))[0]?.products as { productId: string }[]).map(({ productId }) => productId);

  beforeAll(async () => {
    service = await TestService.create(dialect);
    for (let buyer = 0; buyer < BUYERS; buyer++) {
      const person = `buyer${buyer}`;
      const orders = [bought(person, 100, ['boots', 'box'])];
      if (buyer < 20) orders.push(bought(person, 99 - (buyer % 10), ['spray']));
      if (buyer >= 20 && buyer < 30) orders.push(bought(person, 95, ['socks']));
      if (buyer >= 30 && buyer < 38) orders.push(bought(person, 94, ['mug']));
      // Long after.
      orders.push(bought(person, 20, ['hat']));
      ids.set(person, await service.send(...orders));
    }
    const news = [
      bought('new', 2, ['boots'], { orderId: 'new1' }),
      bought('void', 2, ['boots'], { orderId: 'void1' }),
      event('custom:order_cancelled', 'void', days(-1), { properties: { orderId: 'void1', wasPaid: false } }),
    ];
    ids.set('new', await service.send(news[0]!));
    ids.set('void', await service.send(...news.slice(1)));
    // Neither a test order nor one that was cancelled says anything.
    for (let buyer = 0; buyer < 30; buyer++) {
      await service.send(
        { ...bought(`tester${buyer}`, 100, ['boots']), test: true },
        { ...bought(`tester${buyer}`, 99, ['glue']), test: true },
      );
    }
    await service.call('PUT', '/v1/products/spray', { title: 'Spray', priceMinor: 990, currency: 'EUR', stock: 5 });
    await learn();
  });
  afterAll(() => service.close());

  it('answers with the evidence, the best first, and when to offer it', async () => {
    const [answer] = await next({ customerId: ids.get('new'), orderId: 'new1' });
    expect(answer).toEqual({
      ref: 0,
      products: [
        {
          ...{ productId: 'spray', after: 'boots', buyers: 40, also: 20, share: 0.5 },
          ...{ lowerBound: expect.closeTo(0.352, 3), score: expect.closeTo(0.352, 3) },
          ...{ fromDays: 2, toDays: 9, offerAfterDays: 7 },
          product: { title: 'Spray', url: null, imageUrl: null, priceMinor: 990, currency: 'EUR' },
        },
        expect.objectContaining({
          productId: 'socks',
          also: 10,
          fromDays: 5,
          toDays: 5,
          offerAfterDays: 4,
          product: null,
        }),
        expect.objectContaining({ productId: 'mug', also: 8 }),
      ],
    });
  });

  it('learns no more than the data says', async () => {
    const kept = await document();
    expect(kept).toMatchObject({ withinDays: 30, customers: BUYERS + 1, products: 3, pairs: 6, notEnoughData: null });
    expect(kept?.strongest[0]).toMatchObject({ productId: 'boots', nextProductId: 'spray', offerAfterDays: 7 });
    expect(JSON.stringify({ ...kept, notEnoughData: 0 })).not.toMatch(/:null|\[null|,null/);
  });

  it('goes by products, by an order, or by the last order', async () => {
    expect(await offered({ customerId: ids.get('new'), productIds: ['box'], limit: 1 })).toEqual(['spray']);
    expect(await offered({ customerId: ids.get('new') })).toEqual(['spray', 'socks', 'mug']);
    const answers = await next(
      { customerId: ids.get('new'), productIds: ['hat'] },
      { customerId: ids.get('void') },
      { customerId: ids.get('void'), orderId: 'void1' },
      { customerId: ids.get('new'), orderId: 'void1' },
      { customerId: 'cus_nobody' },
    );
    expect(answers).toMatchObject([
      { products: [], reason: expect.stringMatching(/^not enough data: /) },
      { products: [], reason: 'They have no order.' },
      { products: [], reason: 'The order was cancelled, or given back in full.' },
      { products: [], error: { path: '/items/3/orderId' } },
      { products: [], error: { path: '/items/4/customerId' } },
    ]);
  });

  it('offers nothing that is owned, but what runs out', async () => {
    const owner = { customerId: ids.get('buyer0'), productIds: ['boots'] };
    expect(await offered(owner)).toEqual(['socks', 'mug']);
    await service.call('PUT', '/v1/products/spray', { replenishment: { lowDays: 45, highDays: 55 } });
    expect(await offered(owner)).toEqual(['spray', 'socks', 'mug']);
    // What was ordered with it is not offered after it.
    expect(await offered({ customerId: ids.get('new'), productIds: ['boots', 'spray'] })).toEqual(['socks', 'mug']);
  });

  it('offers nothing that cannot be had, nor what the settings exclude', async () => {
    const item = { customerId: ids.get('new'), productIds: ['boots'] };
    await service.call('PUT', '/v1/products/spray', { stock: 0 });
    expect(await offered(item)).toEqual(['socks', 'mug']);
    await service.call('PUT', '/v1/products/spray', { backorder: true });
    expect(await offered(item)).toEqual(['spray', 'socks', 'mug']);
    const { status } = await service.call('PUT', '/v1/scores/settings', {
      nextProducts: { excluded: ['spray', 'socks', 'mug'] },
    });
    expect(status).toBe(200);
    expect(await next(item)).toEqual([
      { ref: 0, products: [], reason: 'What is bought after it is excluded by the settings.' },
    ]);
  });

  it('weighs overstock and margin by the settings', async () => {
    await service.call('PUT', '/v1/products/mug', { stock: 10_000 });
    await service.call('PUT', '/v1/products/socks', { marginPercent: 90 });
    const item = { customerId: ids.get('new'), productIds: ['boots'], limit: 1 };
    await service.call('PUT', '/v1/scores/settings', { nextProducts: { overstockWeight: 10 } });
    expect(await offered(item)).toEqual(['mug']);
    await service.call('PUT', '/v1/scores/settings', { nextProducts: { marginWeight: 10 } });
    expect(await offered(item)).toEqual(['socks']);
  });

  it('forgets what the data says no more, and says when there is not enough', async () => {
    await service.call('PUT', '/v1/scores/settings', { nextProducts: { minimumBuyers: BUYERS + 1 } });
    service.now += 1000;
    await learn();
    expect(await document()).toMatchObject({
      pairs: 0,
      notEnoughData: expect.stringMatching(/^not enough data: no product/),
    });
    expect(await offered({ customerId: ids.get('new'), productIds: ['boots'] })).toEqual([]);
  });

  it('refuses a batch that is none', async () => {
    const { status } = await service.call('POST', '/v1/next-products', {
      items: [{ ref: 0, customerId: 'x', limit: 0 }],
    });
    expect(status).toBe(400);
  });
});
