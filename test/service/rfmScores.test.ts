/** RFM in the store, on both kinds: everybody by the formula of CONTRACT section 7, and one customer at once when they order. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { quintiles, recencyValue, scoreOf } from '../../temporal/domain/rfm/cutPoints.ts';
import { segmentOf, type Score } from '../../temporal/domain/rfm/segments.ts';
import type { RfmModel } from '../../temporal/domain/rfm/model.ts';
import { utcDay } from '../../temporal/domain/utcDay.ts';
import { rfmJob } from '../../temporal/scoring/rfmJob.ts';
import { buyersAsOf } from '../../temporal/store/buyers.ts';
import { readModel } from '../../temporal/store/scoreModels.ts';
import { DIALECTS } from './stores.ts';
import { event, NOW, TestService } from './service.ts';

const DAY = 86_400_000;
const TODAY = utcDay(NOW);
const ago = (days: number) => new Date(NOW - days * DAY).toISOString();

interface Purchase {
  person: number;
  days: number;
  cents: number;
  refund?: { days: number; cents: number };
  voided?: boolean;
}

let orderCount = 0;
function eventsOf({ person, days, cents, refund, voided }: Purchase): object[] {
  const orderId = `o-${++orderCount}`;
  const who = `p${person}`;
  const value = (amount: number) => ({ orderId, currency: 'EUR', value: (amount / 100).toFixed(2) });
  return [
    event('completed_purchase', who, ago(days), { properties: value(cents) }),
    ...(refund ? [event('refunded', who, ago(refund.days), { properties: value(refund.cents) })] : []),
    ...(voided ? [event('custom:order_cancelled', who, ago(0), { properties: { orderId, wasPaid: false } })] : []),
  ];
}

/** CONTRACT section 7, word by word, from the purchases themselves. */
function expected(purchases: readonly Purchase[], daysAgo = 0) {
  const people = new Map<number, { last: number; orders: number; money: number }>();
  for (const { person, days, cents, refund, voided } of purchases) {
    if (voided === true || days < daysAgo) continue;
    const one = people.get(person) ?? { last: Infinity, orders: 0, money: 0 };
    const back = refund && refund.days >= daysAgo ? refund.cents : 0;
    people.set(person, {
      last: Math.min(one.last, days - daysAgo),
      orders: one.orders + 1,
      money: one.money + cents - back,
    });
  }
  const all = [...people.values()];
  const score = (value: number, values: number[]) =>
    (1 + Math.floor((5 * values.filter((other) => other < value).length) / all.length)) as Score;
  return new Map(
    [...people].map(([person, { last, orders, money }]) => {
      const r = score(
        -last,
        all.map((one) => -one.last),
      );
      const f = score(
        orders,
        all.map((one) => one.orders),
      );
      const m = score(
        money,
        all.map((one) => one.money),
      );
      return [`p${person}@example.com`, { r, f, m, segment: segmentOf(r, f) }];
    }),
  );
}

describe.each(DIALECTS)('RFM scores on %s', (dialect) => {
  let service: TestService;
  afterEach(() => service.close());

  const learn = (now = service.now) => rfmJob({ store: service.store, now, timeScale: 1, isStopping: () => false });
  const model = async () => (await readModel<RfmModel>(service.store.db, 'rfm'))?.model;
  const scores = async () => {
    const rows = await service.store.db
      .selectFrom('rfm_scores as s')
      .innerJoin('identifiers as i', 'i.customer_id', 's.customer_id')
      .select(['i.value', 's.r', 's.f', 's.m', 's.segment'])
      .where('i.kind', '=', 'email')
      .execute();
    return new Map(rows.map(({ value, ...score }) => [value, score]));
  };
  const purchase = fc.record(
    {
      person: fc.integer({ min: 1, max: 12 }),
      days: fc.integer({ min: 40, max: 80 }),
      cents: fc.integer({ min: 0, max: 20_000 }),
      refund: fc.record({ days: fc.integer({ min: 0, max: 39 }), cents: fc.integer({ min: 1, max: 30_000 }) }),
      voided: fc.boolean(),
    },
    { requiredKeys: ['person', 'days', 'cents'] },
  );

  it('are those of the formula, as of now and as of a day, whatever was refunded or voided', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(purchase, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 1, max: 79 }),
        async (purchases, daysAgo) => {
          service = await TestService.create(dialect);
          await service.send(...purchases.flatMap(eventsOf));
          await learn();
          expect(await scores()).toEqual(expected(purchases));

          const session = { db: service.store.db, dialect };
          const then = await buyersAsOf(session, TODAY - daysAgo, '', 100);
          const column = (value: (row: (typeof then)[number]) => number) =>
            quintiles(Float64Array.from(then, value).sort());
          const recency = (row: (typeof then)[number]) => recencyValue(TODAY - daysAgo - utcDay(row.last_order_at));
          const found = then.map((row) => ({
            r: scoreOf(recency(row), column(recency)),
            f: scoreOf(
              row.orders,
              column((one) => one.orders),
            ),
            m: scoreOf(
              row.revenue_minor,
              column((one) => one.revenue_minor),
            ),
          }));
          const wanted = [...expected(purchases, daysAgo).values()].map(({ r, f, m }) => ({ r, f, m }));
          const sorted = (list: object[]) => list.map((one) => JSON.stringify(one)).sort();
          expect(sorted(found)).toEqual(sorted(wanted));
          await service.close();
        },
      ),
      { numRuns: dialect === 'sqlite' ? 8 : 2 },
    );
    service = await TestService.create(dialect);
  });

  it('say what everybody is measured by, and what the segments bring', async () => {
    service = await TestService.create(dialect);
    // Five people, 1 to 5 orders of 10 euro each, the last one 10, 20, … 50 days ago.
    const purchases = [1, 2, 3, 4, 5].flatMap((person) =>
      Array.from({ length: person }, () => ({ person, days: person * 10, cents: 1000 })),
    );
    await service.send(...purchases.flatMap(eventsOf));
    await learn();
    expect(await model()).toEqual({
      asOf: '2026-11-22',
      customers: 5,
      by: 'quintiles',
      recencyDays: [50, 40, 30, 20],
      orders: [1, 2, 3, 4],
      moneyMinor: { EUR: [1000, 2000, 3000, 4000] },
      currency: 'EUR',
      medianAverageOrderMinor: 1000,
      medians: { EUR: 1000 },
      scoring: null,
      segments: expect.arrayContaining([
        { segment: 'cant_lose', customers: 1, revenueMinor: 5000, share: 5 / 15, averageOrderMinor: 1000 },
        { segment: 'at_risk', customers: 1, revenueMinor: 4000, share: 4 / 15, averageOrderMinor: 1000 },
        { segment: 'need_attention', customers: 1, revenueMinor: 3000, share: 3 / 15, averageOrderMinor: 1000 },
        { segment: 'potential_loyalist', customers: 1, revenueMinor: 2000, share: 2 / 15, averageOrderMinor: 1000 },
        { segment: 'new', customers: 1, revenueMinor: 1000, share: 1 / 15, averageOrderMinor: 1000 },
        { segment: 'champions', customers: 0, revenueMinor: 0, share: 0, averageOrderMinor: null },
      ]) as unknown,
    });
  });

  it('compare money among those who pay in the same currency', async () => {
    service = await TestService.create(dialect);
    const buys = (person: string, currency: string, value: string) =>
      event('completed_purchase', person, ago(1), { properties: { currency, value } });
    await service.send(
      ...['10.00', '20.00', '30.00', '40.00', '50.00'].map((value, index) => buys(`eur${index}`, 'EUR', value)),
      ...['100000', '200000'].map((value, index) => buys(`jpy${index}`, 'JPY', value)),
    );
    await learn();
    const m = Object.fromEntries([...(await scores())].map(([email, score]) => [email.split('@')[0], score.m]));
    expect(m).toEqual({ eur0: 1, eur1: 2, eur2: 3, eur3: 4, eur4: 5, jpy0: 1, jpy1: 3 });
    expect(await model()).toMatchObject({
      currency: 'EUR',
      medianAverageOrderMinor: 3000,
      medians: { EUR: 3000, JPY: 150_000 },
    });
  });

  it('go by the thresholds of the operator', async () => {
    service = await TestService.create(dialect);
    const thresholds = { recencyDays: [7, 30, 90, 365], orders: [2, 3, 5, 10], moneyMinor: [1000, 2000, 3000, 4000] };
    await service.call('PUT', '/v1/scores/settings', { rfm: { thresholds } });
    await service.send(
      ...[
        { person: 1, days: 8, cents: 2500 },
        { person: 1, days: 9, cents: 1500 },
        { person: 2, days: 366, cents: 10 },
      ].flatMap(eventsOf),
    );
    await learn();
    expect(await scores()).toEqual(
      new Map([
        ['p1@example.com', { r: 4, f: 2, m: 5, segment: 'potential_loyalist' }],
        ['p2@example.com', { r: 1, f: 1, m: 1, segment: 'hibernating' }],
      ]),
    );
    expect(await model()).toMatchObject({ by: 'thresholds' });
  });

  it('of one customer move at once with an order, a refund, a void, by what was learned last', async () => {
    service = await TestService.create(dialect);
    const purchases = [1, 2, 3, 4, 5].flatMap((person) =>
      Array.from({ length: person }, () => ({ person, days: person * 10, cents: 1000 })),
    );
    await service.send(...purchases.flatMap(eventsOf));
    await learn();
    expect((await scores()).get('p4@example.com')).toEqual({ r: 2, f: 4, m: 4, segment: 'at_risk' });

    const order = (more: object) => ({ properties: { orderId: 'now', currency: 'EUR', ...more } });
    await service.send(event('completed_purchase', 'p4', ago(0), order({ value: '10.00' })));
    expect((await scores()).get('p4@example.com')).toEqual({ r: 5, f: 5, m: 5, segment: 'champions' });
    await service.send(event('refunded', 'p4', ago(0), order({ value: '45.00' })));
    expect((await scores()).get('p4@example.com')).toEqual({ r: 5, f: 5, m: 1, segment: 'champions' });
    await service.send(event('custom:order_cancelled', 'p4', ago(0), order({ wasPaid: false })));
    expect((await scores()).get('p4@example.com')).toEqual({ r: 2, f: 4, m: 4, segment: 'at_risk' });

    await service.send(
      event('completed_purchase', 'p6', ago(0), { properties: { orderId: 'first', currency: 'EUR', value: '5.00' } }),
    );
    expect((await scores()).get('p6@example.com')).toEqual({ r: 5, f: 1, m: 1, segment: 'new' });
    await service.send(
      event('custom:order_cancelled', 'p6', ago(0), { properties: { orderId: 'first', wasPaid: false } }),
    );
    expect((await scores()).has('p6@example.com')).toBe(false);
  });

  it.each(['the first time', 'anew'])('are calculated %s also of those who order meanwhile', async (time) => {
    service = await TestService.create(dialect);
    const people = [1, 2, 3, 4, 5].map((person) => ({ person, days: 40 + person, cents: 1000 }));
    await service.send(...people.flatMap(eventsOf));
    if (time === 'anew') await learn();
    // By what is learned now they are what most are, by what was learned before the best.
    const many = Array.from({ length: 12 }, (_, index) => ({ person: 10 + index, days: 30, cents: 5000 }));
    await service.send(...many.flatMap(eventsOf));
    let isRead = false;
    const db = service.store.db.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        if (!isRead && result.rows[0] && 'idsJson' in result.rows[0]) {
          isRead = true;
          service.now += 1;
          await service.send(...[6, 7].flatMap((person) => eventsOf({ person, days: 30, cents: 5000 })));
        }
        return result;
      },
    });
    await rfmJob({ store: { ...service.store, db }, now: service.now, timeScale: 1, isStopping: () => false });
    expect(isRead).toBe(true);
    const all = await scores();
    expect([all.get('p6@example.com'), all.get('p7@example.com')]).toEqual([
      all.get('p10@example.com'),
      all.get('p11@example.com'),
    ]);
  });

  it('of two who turn out to be one are those of one', async () => {
    service = await TestService.create(dialect);
    const purchases = [1, 2, 3, 4, 5].flatMap((person) =>
      Array.from({ length: person }, () => ({ person, days: person * 10, cents: 1000 })),
    );
    await service.send(...purchases.flatMap(eventsOf));
    await learn();
    await service.send(event('viewed_product', { email: 'p1@example.com', externalId: 'x' }));
    await service.send(event('viewed_product', { email: 'p4@example.com', externalId: 'x' }));
    // The last order 10 days ago, five orders, 50 euro: both emails are one customer's.
    const one = { r: 5, f: 5, m: 5, segment: 'champions' };
    expect([(await scores()).get('p1@example.com'), (await scores()).get('p4@example.com')]).toEqual([one, one]);
    expect(await service.store.db.selectFrom('rfm_scores').select('customer_id').execute()).toHaveLength(4);
  });

  it('show how customers have moved in 30 days', async () => {
    service = await TestService.create(dialect);
    const purchases = [
      { person: 1, days: 31, cents: 1000 },
      { person: 1, days: 2, cents: 1000 },
      { person: 2, days: 50, cents: 1000 },
      { person: 3, days: 1, cents: 1000 },
    ];
    await service.send(...purchases.flatMap(eventsOf));
    await learn();
    // 30 days ago 1 and 2 were there, R 3 and 1; now R is 2, 1 and 4, F 4, 1 and 1.
    expect((await readModel(service.store.db, 'movement'))?.model).toEqual({
      from: '2026-10-23',
      to: '2026-11-22',
      moves: [
        { from: null, to: 'promising', customers: 1 },
        { from: 'about_to_sleep', to: 'at_risk', customers: 1 },
        { from: 'hibernating', to: 'hibernating', customers: 1 },
      ],
    });
  });

  it('of a shop without orders are none, and say so', async () => {
    service = await TestService.create(dialect);
    await learn();
    expect(await model()).toMatchObject({
      customers: 0,
      recencyDays: null,
      orders: null,
      currency: null,
      medianAverageOrderMinor: null,
    });
    await service.send(...eventsOf({ person: 1, days: 0, cents: 1000 }));
    expect(await scores()).toEqual(new Map());
    await learn();
    // Everybody equal: the lowest score (CONTRACT section 7).
    expect(await scores()).toEqual(new Map([['p1@example.com', { r: 1, f: 1, m: 1, segment: 'hibernating' }]]));
  });
});
