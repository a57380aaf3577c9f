/** Consumption windows learned from orders, and what they mean for customers, on both stores. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replenishmentJob, type ReplenishmentDocument } from '../../temporal/scoring/replenishmentJob.ts';
import { isReplenishable } from '../../temporal/store/replenishmentPlans.ts';
import { dueReplenishments, type DueQuestion } from '../../temporal/store/replenishments.ts';
import { sessionOf } from '../../temporal/store/rows.ts';
import type { Store } from '../../temporal/store/store.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService, type Answer } from './service.ts';

const DAY = 86_400_000;
const days = (count: number, from = NOW): string => new Date(from + count * DAY).toISOString();
/** 30 in the middle. */
const GAPS = [28, 30, 32];
const BUYERS = 12;

describe.each(DIALECTS)('replenishment on %s', (dialect) => {
  let service: TestService;
  /** By person, who has bought beans four times, the last time `last` days ago. */
  const buyers = new Map<string, { customerId: string; last: number }>();

  const item = (productId: string, more: object = {}) => ({ productId, quantity: 1, price: '10.00', ...more });
  const beans = item('beans', { category: 'coffee' });
  const bought = (person: string, daysAgo: number, items: object[], more: object = {}) =>
    event('completed_purchase', person, days(-daysAgo), { properties: { items, value: '10.00', ...more } });
  const learn = async () => {
    await replenishmentJob({
      store: service.store,
      ...{ now: service.now, timeScale: 1, isStopping: () => false },
    });
  };
  const document = async (): Promise<ReplenishmentDocument> => {
    const row = await service.store.db
      .selectFrom('score_models')
      .select('model_json')
      .where('name', '=', 'replenishment')
      .executeTakeFirstOrThrow();
    return JSON.parse(row.model_json) as ReplenishmentDocument;
  };
  const windows = async () => {
    const { body } = await service.call('GET', '/v1/replenishment/windows?limit=100');
    return new Map((body.items as { productId: string }[]).map(({ productId, ...window }) => [productId, window]));
  };
  const plans = async (...items: object[]): Promise<Answer['body'][]> => {
    const { status, body } = await service.call('POST', '/v1/replenishment/plans', {
      items: items.map((one, index) => ({ ref: index, ...one })),
    });
    expect(status).toBe(200);
    return (body as { items: Answer['body'][] }).items;
  };
  const rows = async (customerId: string) =>
    await service.store.db
      .selectFrom('replenishments')
      .selectAll()
      .where('customer_id', '=', customerId)
      .orderBy('product_id')
      .execute();

  beforeAll(async () => {
    service = await TestService.create(dialect);
    await service.call('PUT', '/v1/products/doses', { replenishment: { lowDays: 45, highDays: 55 } });
    await service.call('PUT', '/v1/products/filters', { category: 'coffee' });
    await service.call('PUT', '/v1/products/tea', { replenishment: { lowDays: 20, highDays: 30, enabled: false } });
    for (let buyer = 0; buyer < BUYERS; buyer++) {
      const person = `buyer${buyer}`;
      const gaps = [0, 1, 2].map((index) => GAPS[(buyer + index) % GAPS.length] as number);
      let ago = 5 + buyer + gaps.reduce((sum, gap) => sum + gap, 0);
      const orders = [bought(person, ago, [beans, item('tea'), item('doses')])];
      for (const gap of gaps) {
        ago -= gap;
        orders.push(bought(person, ago, [beans, item('tea')]));
      }
      // Once a year, two gaps each.
      for (const year of [3, 2, 1]) orders.push(bought(person, 365 * year, [item('tree')]));
      const customerId = await service.send(...orders);
      buyers.set(person, { customerId, last: ago });
    }
    await service.send(bought('buyer0', 40, [item('filters')]), bought('buyer0', 12, [item('filters'), item('mug')]));
    // None of these is a purchase.
    await service.send(
      ...[9, 8]
        .map((ago) => bought('tester', ago, [beans], { orderId: `test${ago}` }))
        .map((one) => ({ ...one, test: true })),
      bought('canceller', 9, [beans], { orderId: 'void1' }),
      bought('canceller', 6, [beans], { orderId: 'void2' }),
      event('custom:order_cancelled', 'canceller', days(-5), { properties: { orderId: 'void1', wasPaid: false } }),
      event('refunded', 'canceller', days(-5), { properties: { orderId: 'void2', value: '10.00', currency: 'EUR' } }),
    );
    await learn();
  });
  afterAll(() => service.close());

  it('learns from gaps of the product, else of its category; else what is set by hand counts, else nothing', async () => {
    const learned = await windows();
    expect(learned.get('beans')).toMatchObject({ basis: 'product', gaps: 36, reason: null, days: { q50: 30 } });
    expect(learned.get('filters')).toMatchObject({ basis: 'category', gaps: 37, days: { q50: 30 } });
    expect(learned.get('doses')).toMatchObject({ basis: 'byHand', gaps: 0, days: null });
    expect(learned.get('tree')).toMatchObject({
      basis: 'none',
      gaps: 24,
      reason: expect.stringMatching(/once a year/),
    });
    expect(learned.get('tea')).toMatchObject({ basis: 'none', reason: expect.stringMatching(/switched off/) });
    expect(learned.get('mug')).toMatchObject({
      basis: 'none',
      gaps: 0,
      reason: expect.stringMatching(/^not enough data: 0 of 20/),
    });
  });

  it('keeps a document with its evaluation by rolling origin, in which every number is one', async () => {
    const kept = await document();
    expect(kept.products).toEqual({ product: 1, category: 1, byHand: 1, none: 3 });
    expect(kept.evaluation.total?.events).toBeGreaterThan(20);
    expect(Object.keys(kept.evaluation.total?.rules ?? {})).toEqual(
      expect.arrayContaining(['fixed30', 'fixed45', 'fixed60', 'productMedian', 'ownMean']),
    );
    // JSON writes what is no number as null.
    expect(JSON.stringify(kept)).not.toMatch(/:null|\[null|,null/);
  });

  it('plans the last purchase of everybody, and what is as it was is not written again', async () => {
    const { customerId, last } = buyers.get('buyer3')!;
    const [first, ...others] = await rows(customerId);
    expect(others.map(({ product_id }) => product_id)).toEqual(['doses']);
    expect(first).toMatchObject({ product_id: 'beans', basis: 'product', quantity: 1, ordered_at: NOW - last * DAY });
    const middle = (first!.middle_at - first!.ordered_at) / DAY;
    // Everybody's gaps are from 28 to 32 days.
    expect(middle).toBeGreaterThan(28);
    expect(middle).toBeLessThan(33);
    expect(first!.start_at).toBeLessThanOrEqual(first!.middle_at);
    expect(first!.middle_at).toBeLessThanOrEqual(first!.end_at);
    service.now += 1000;
    await learn();
    expect((await rows(customerId))[0]).toEqual(first);
    service.now -= 1000;
    const of = (person: string) => service.call('GET', `/v1/customers?email=${person}@example.com`);
    expect(await rows((await of('canceller')).body.id)).toEqual([]);
    expect(await rows((await of('tester')).body.id)).toEqual([]);
  });

  it('plans a new order at once, by the model that is kept, and takes it back with it', async () => {
    const { customerId } = buyers.get('buyer4')!;
    const [before] = await rows(customerId);
    const newest = { ...bought('buyer4', 0, [beans, item('beans', { quantity: 2 })], { orderId: 'newest' }) };
    await service.send(newest);
    const [after] = await rows(customerId);
    expect(after).toMatchObject({ product_id: 'beans', order_id: 'newest', ordered_at: NOW, quantity: 3 });
    await service.send(
      event('refunded', 'buyer4', minutes(0), { properties: { orderId: 'newest', value: '10.00', currency: 'EUR' } }),
    );
    expect((await rows(customerId))[0]).toEqual({ ...before, computed_at: NOW });
  });

  it('borrows a window from the category for a product that nobody has bought before', async () => {
    await service.call('PUT', '/v1/products/newBeans', { category: 'coffee' });
    const newcomer = await service.send(bought('newcomer', 0, [item('newBeans')]));
    expect(await rows(newcomer)).toMatchObject([{ product_id: 'newBeans', basis: 'category' }]);
  });

  it('answers for an order, a product, and everything', async () => {
    const { customerId, last } = buyers.get('buyer0')!;
    const filters = days(-12);
    const [all, one, by, hand, none, unknown] = await plans(
      { customerId },
      { customerId, productId: 'filters' },
      { customerId, productId: 'doses', orderedAt: '2026-11-01T00:00:00Z', quantity: 2 },
      { customerId, productId: 'doses' },
      { customerId, productId: 'tree' },
      { customerId: 'cus_nobody' },
    );
    expect(all.products.map((product: { productId: string }) => product.productId).sort()).toEqual([
      'beans',
      'doses',
      'filters',
    ]);
    expect(one.products).toMatchObject([
      { productId: 'filters', orderedAt: filters, basis: 'category', subscribed: false, reason: null },
    ]);
    const [{ days: quantiles, startAt, middleAt, endAt }] = one.products;
    expect([startAt, middleAt, endAt].map((at) => Date.parse(at))).toEqual(
      [quantiles.q40, quantiles.q60, quantiles.q80].map((day) => Math.round(Date.parse(filters) + day * DAY)),
    );
    // 45 to 55 days for one piece.
    expect(by.products).toEqual([
      {
        ...{ productId: 'doses', quantity: 2, orderedAt: '2026-11-01T00:00:00.000Z', basis: 'byHand', reason: null },
        ...{ startAt: '2027-01-30T00:00:00.000Z', middleAt: '2027-02-09T00:00:00.000Z' },
        ...{ endAt: '2027-02-19T00:00:00.000Z', days: null, subscribed: false },
      },
    ]);
    expect(hand.products).toMatchObject([{ basis: 'byHand', quantity: 1 }]);
    expect(none.products).toMatchObject([{ basis: 'none', startAt: null, days: null }]);
    expect(unknown.error).toEqual({ path: '/items/5/customerId', message: expect.stringMatching(/does not exist/) });

    const { body } = await service.call('POST', '/v1/customers/orders/lookup', { items: [{ ref: 0, customerId }] });
    const orders = (body as { items: [{ orders: { orderId: string; occurredAt: string }[] }] }).items[0].orders;
    const lastOrder = orders.find(({ occurredAt }) => occurredAt === days(-last))!;
    const [ofOrder, ofNone, mixed] = await plans(
      { customerId, orderId: lastOrder.orderId },
      { customerId, orderId: 'nowhere' },
      { customerId, orderedAt: days(0) },
    );
    expect(ofOrder.products).toMatchObject([
      { productId: 'beans', orderedAt: days(-last), basis: 'product' },
      { productId: 'tea', basis: 'none' },
    ]);
    expect(ofNone.error.message).toMatch(/no order of this customer/);
    expect(mixed.error).toMatchObject({ path: '/items/2/orderedAt' });
    const canceller = (await service.call('GET', '/v1/customers?email=canceller@example.com')).body.id as string;
    const [gone] = await plans({ customerId: canceller, orderId: 'void2' });
    expect(gone.products).toMatchObject(
      [{ productId: 'beans', basis: 'none', reason: /given back/, startAt: null }].map(({ reason, ...rest }) => ({
        ...rest,
        reason: expect.stringMatching(reason),
      })),
    );
  });

  it('lists who is due, in order, a page at a time, and leaves out what comes by subscription', async () => {
    const from = days(-30);
    const to = days(60);
    const list = async (more = '') =>
      (await service.call('GET', `/v1/replenishment/due?from=${from}&to=${to}&productId=beans${more}`)).body;
    const all = (await list('&limit=100')).items as { customerId: string; startAt: string }[];
    expect(all).toHaveLength(BUYERS);
    expect(all.map(({ startAt }) => startAt)).toEqual(all.map(({ startAt }) => startAt).sort());
    const first = await list('&limit=5');
    const second = await list(`&limit=100&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items]).toEqual(all);
    expect(second.nextCursor).toBeNull();

    const person = 'buyer5';
    const { customerId } = buyers.get(person)!;
    expect(
      await isReplenishable(
        sessionOf(service.store.db),
        ['beans', 'tree', 'doses'].map((productId) => ({ customerId, productId })),
      ),
    ).toEqual(new Set([`${customerId}\0beans`, `${customerId}\0doses`]));
    await service.send(bought(person, 0, [{ ...beans, subscription: true }]));
    expect(((await list('&limit=100')).items as object[]).length).toBe(BUYERS - 1);
    expect(await rows(customerId)).toMatchObject([{ product_id: 'doses' }]);
    expect((await plans({ customerId, productId: 'beans' }))[0].products).toMatchObject([
      { basis: 'none', subscribed: true, startAt: null },
    ]);
    await service.send(
      event('custom:subscription_ended', person, minutes(1), {
        properties: { items: [{ ...beans, subscription: false }] },
      }),
    );
    expect(await rows(customerId)).toMatchObject([{ product_id: 'beans' }, { product_id: 'doses' }]);
    const range = async (query: string) =>
      (await service.call('GET', `/v1/replenishment/due?productId=beans&limit=100&${query}`)).body.items;
    const between = async (before: number, after: number) => await range(`from=${days(-before)}&to=${days(after)}`);
    expect(await range('')).toEqual(await between(0, 7));
    expect(await range('sinceDays=4.5&withinDays=10')).toEqual(await between(4.5, 10));
    expect(await range('withinDays=1000')).not.toEqual(await range('withinDays=10'));
    for (const query of ['from=soon', 'withinDays=many', 'sinceDays=-1']) {
      expect((await service.call('GET', `/v1/replenishment/due?${query}`)).status).toBe(400);
    }
  });

  it('is due by a point less some days, as waits are, also under a time scale', async () => {
    const { customerId } = buyers.get('buyer6')!;
    const [row] = (await rows(customerId)).filter(({ product_id }) => product_id === 'doses');
    const ask = async (more: Partial<DueQuestion>) =>
      (
        await dueReplenishments(sessionOf(service.store.db), {
          ...{ point: 'middle', before: { learned: 0, byHand: 5 }, productIds: ['doses'], timeScale: 1, after: null },
          ...{ from: 0, to: NOW + 1000 * DAY, limit: 100 },
          ...more,
        })
      ).filter((one) => one.customerId === customerId);
    const dueAt = row!.ordered_at + 45 * DAY;
    expect(await ask({})).toMatchObject([{ dueAt, middleAt: row!.middle_at }]);
    expect(await ask({ from: dueAt, to: dueAt + 1 })).toHaveLength(1);
    expect(await ask({ from: dueAt + 1 })).toEqual([]);
    expect(await ask({ to: dueAt })).toEqual([]);
    expect(await ask({ timeScale: 10 })).toMatchObject([
      { dueAt: row!.ordered_at + 4.5 * DAY, middleAt: row!.ordered_at + 5 * DAY },
    ]);
  });

  it('is learned anew when a window is set by hand', async () => {
    const due = async () =>
      (
        await service.store.db
          .selectFrom('score_jobs')
          .select('due_at')
          .where('name', '=', 'replenishment')
          .executeTakeFirstOrThrow()
      ).due_at;
    await service.store.db
      .updateTable('score_jobs')
      .set({ due_at: NOW + DAY })
      .execute();
    await service.call('PUT', '/v1/products/mug', { title: 'Mug' });
    expect(await due()).toBe(NOW + DAY);
    await service.call('PUT', '/v1/products/mug', { replenishment: { lowDays: 10, highDays: 20 } });
    expect(await due()).toBe(NOW);
    await learn();
    expect((await windows()).get('mug')).toMatchObject({ basis: 'byHand', title: 'Mug' });
    const { customerId } = buyers.get('buyer0')!;
    expect((await rows(customerId)).map(({ product_id }) => product_id)).toContain('mug');
  });

  it('goes with a customer who is erased', async () => {
    const { customerId } = buyers.get('buyer7')!;
    expect(await rows(customerId)).not.toEqual([]);
    await service.call('DELETE', `/v1/customers/${customerId}`);
    expect(await rows(customerId)).toEqual([]);
    await learn();
    expect(await rows(customerId)).toEqual([]);
  });
});

describe.each(DIALECTS)('an empty shop on %s', (dialect) => {
  it('learns nothing, and says so', async () => {
    const service = await TestService.create(dialect);
    await replenishmentJob({ store: service.store, now: NOW, timeScale: 1, isStopping: () => false });
    expect((await service.call('GET', '/v1/replenishment/windows')).body).toEqual({ items: [], nextCursor: null });
    const ada = await service.send(event('completed_purchase', 'ada'));
    const { body } = await service.call('POST', '/v1/replenishment/plans', {
      items: [{ ref: 0, customerId: ada, productId: 'p1' }],
    });
    expect((body as { items: { products: object[] }[] }).items[0]!.products).toMatchObject([
      { basis: 'none', reason: expect.stringMatching(/^not enough data: 0 of 20 gaps/) },
    ]);
    await service.close();
  });
});

describe.each(DIALECTS)('a shop in which everybody buys on %s', (dialect) => {
  it('is planned a few customers at a time, and keeps nobody from writing where nothing is new', async () => {
    const service = await TestService.create(dialect);
    await service.call('PUT', '/v1/products/soap', { replenishment: { lowDays: 20, highDays: 30, enabled: true } });
    const people = Array.from({ length: 60 }, (_, index) => `p${index}`);
    await service.send(
      ...people.map((person) =>
        event('completed_purchase', person, days(-1), {
          properties: { items: [{ productId: 'soap', quantity: 1, price: '5.00' }], value: '5.00' },
        }),
      ),
    );
    const rows = () =>
      service.store.db
        .selectFrom('replenishments')
        .select(['customer_id', 'computed_at'])
        .orderBy('customer_id')
        .execute();
    /** @returns how many rows each transaction has written for customers */
    const written = async (now: number): Promise<number[]> => {
      const counts: number[] = [];
      const store: Store = {
        ...service.store,
        transaction: async (work) => {
          const result = await service.store.transaction(work);
          counts.push((await rows()).filter((row) => row.computed_at === now).length);
          return result;
        },
      };
      await replenishmentJob({ store, now, timeScale: 1, isStopping: () => false });
      return counts.map((count, index) => count - (counts[index - 1] ?? 0));
    };

    await service.store.db.deleteFrom('replenishments').execute();
    const first = await written(NOW + 1);
    expect(await rows()).toHaveLength(people.length);
    expect(Math.max(...first)).toBeLessThanOrEqual(10);

    const again = await written(NOW + 2);
    expect(again).toEqual([0, 0]);
    expect((await rows()).every((row) => row.computed_at === NOW + 1)).toBe(true);
    await service.close();
  });
});
