/** Scores in the API on both stores: with each customer, in batches, and what was learned of all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rfmJob } from '../../temporal/scoring/rfmJob.ts';
import { itemCustomer } from '../../temporal/domain/journeyItem.ts';
import { scoring } from '../../temporal/scoring/schedule.ts';
import { readItemCustomers } from '../../temporal/store/segmentFacts.ts';
import { DIALECTS, freshStore } from './stores.ts';
import { event, NOW, TestService } from './service.ts';

const DAY = 86_400_000;
const ago = (days: number) => new Date(NOW - days * DAY).toISOString();

describe.each(DIALECTS)('scores in the API on %s', (dialect) => {
  let service: TestService;
  const ids: string[] = [];
  const bought = (person: string, days: number, orderId: string, value = '10.00') =>
    event('completed_purchase', person, ago(days), { properties: { orderId, currency: 'EUR', value } });
  const get = async (path: string) => (await service.call('GET', path)).body;

  beforeAll(async () => {
    const place = await freshStore(dialect);
    service = await TestService.on(place, { databaseUrl: place.location });
  });
  afterAll(() => service.close());

  it('are missing before anything was calculated, and say so', async () => {
    expect(await get('/v1/scores')).toEqual({
      ...{ rfm: null, movement: null, predictions: null, calibration: null, affinities: null },
      ...{ replenishment: null, nextProducts: null },
      jobs: [],
    });
    for (const person of [1, 2, 3, 4, 5]) {
      const orders = Array.from({ length: person }, (_, index) =>
        bought(`p${person}`, person * 10, `${person}-${index}`),
      );
      ids.push(await service.send(...orders));
    }
    const { scores } = await get(`/v1/customers/${ids[0]}`);
    expect(scores).toMatchObject({ rfm: null, affinities: null });
    expect(scores.prediction.notEnoughData).toMatch(/^not enough data: /);
  });

  it('are calculated when somebody asks for it', async () => {
    const { status, body } = await service.call('POST', '/v1/scores/refresh');
    expect(status).toBe(202);
    expect(body.jobs).toContain('rfm');
    const overdue = await get('/v1/scores');
    expect(overdue.jobs[0]).toEqual({
      ...{ name: 'rfm', startedAt: null, finishedAt: null, dueAt: new Date(NOW).toISOString(), failure: null },
    });
    const { store } = service;
    const one = scoring({
      ...{ store, storeLocation: '', names: ['rfm'], timeScale: 1, now: () => NOW },
      startJob: ({ now, timeScale }) => ({
        done: rfmJob({ store, now, timeScale, isStopping: () => false }),
        stop: () => {},
      }),
      log: { info: () => {}, warn: () => {} },
    });
    expect(await one.round()).toEqual(['rfm']);
    const at = new Date(NOW).toISOString();
    const { rfm, movement, jobs } = await get('/v1/scores');
    expect(rfm).toMatchObject({ customers: 5, currency: 'EUR', medianAverageOrderMinor: 1000, orders: [1, 2, 3, 4] });
    expect(rfm.segments).toHaveLength(10);
    expect(movement).toMatchObject({ from: '2026-10-23', to: '2026-11-22' });
    expect(jobs[0]).toMatchObject({ name: 'rfm', startedAt: at, finishedAt: at, failure: null });
  });

  const third = {
    ...{ r: 3, f: 3, m: 3, segment: 'need_attention', recencyDays: 30, orders: 3, moneyMinor: 3000 },
    ...{ averageOrderMinor: 1000, scoredAt: new Date(NOW).toISOString() },
  };

  it('come with the customer, by whatever route', async () => {
    const id = ids[2] ?? '';
    expect((await get(`/v1/customers/${id}`)).scores.rfm).toEqual(third);
    expect((await get('/v1/customers?email=p3@example.com')).scores.rfm).toEqual(third);
    const put = await service.call('PUT', '/v1/customers', { identity: { email: 'p3@example.com' } });
    expect(put.body.scores.rfm).toEqual(third);
    const lookup = await service.call('POST', '/v1/customers/lookup', { items: [{ ref: 7, email: 'p3@example.com' }] });
    expect(lookup.body.items[0].customer.scores.rfm).toEqual(third);
  });

  it('are told as of a day that has been', async () => {
    const asked = await Promise.all(
      ['2026-10-28', '2026-10-28', '2026-09-01'].map((day) => get(`/v1/scores/rfm?asOf=${day}`)),
    );
    // 25 days ago three of them had ordered, 5, 15 and 25 days before that, 3, 4 and 5 times; in September nobody had.
    const then = {
      asOf: '2026-10-28',
      customers: 3,
      recencyDays: [25, 15, 15, 5],
      orders: [3, 4, 4, 5],
      currency: 'EUR',
    };
    expect(asked).toMatchObject([then, then, { asOf: '2026-09-01', customers: 0, recencyDays: null, currency: null }]);
    const places = asked[0].segments.filter(({ customers }: { customers: number }) => customers > 0);
    // Scores 1, 2 and 4 of three: R4 F1, R2 F2, R1 F4.
    expect(places.map(({ segment }: { segment: string }) => segment).sort()).toEqual([
      'at_risk',
      'hibernating',
      'promising',
    ]);
    for (const day of ['2026-11-23', '2026-02-30', 'yesterday']) {
      const { status, body } = await service.call('GET', `/v1/scores/rfm?asOf=${day}`);
      expect([status, body.errors[0].path], day).toEqual([400, '/asOf']);
    }
  });

  it('come in batches, also by an id of before a merge; nobody costs only themselves', async () => {
    const nobody = await service.send(event('viewed_page', { email: 'guest@example.com' }));
    await service.call('POST', `/v1/customers/${ids[2]}/merge`, { mergedId: nobody });
    const fresh = await service.send(event('viewed_page', { email: 'new@example.com' }));
    const { body } = await service.call('POST', '/v1/customers/scores', {
      items: [
        { ref: 'a', customerId: nobody },
        { ref: 'b', customerId: 'cus_nobody' },
        { ref: 3, customerId: fresh },
      ],
    });
    expect(body.items).toMatchObject([
      { ref: 'a', scores: { rfm: third } },
      { ref: 'b', scores: null, error: { path: '/items/1/customerId' } },
      { ref: 3, scores: { rfm: null } },
    ]);
  });

  it('go with the customer onto the canvas', async () => {
    const facts = (await readItemCustomers({ db: service.store.db, dialect }, [ids[2] ?? ''])).get(ids[2] ?? '');
    expect(facts && itemCustomer(facts).scores?.rfm).toEqual(third);
  });
});
