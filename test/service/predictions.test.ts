/** What is to be expected of customers, predicted from the orders of the store, on both stores. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fitValue, predictCustomer } from '../../temporal/domain/clv/predict.ts';
import type { LearnedPredictions, Prediction } from '../../temporal/domain/clv/shopPredictions.ts';
import type { CustomerSummary } from '../../temporal/domain/clv/summary.ts';
import { predictionsJob } from '../../temporal/scoring/predictionsJob.ts';
import type { ShownPrediction } from '../../temporal/domain/customerScores.ts';
import { readPredictions, writePredictions } from '../../temporal/store/predictions.ts';
import { rowsOf, sessionOf } from '../../temporal/store/rows.ts';
import { readModel } from '../../temporal/store/scoreModels.ts';
import { sql } from 'kysely';
import { cdnowLog, cdnowSummaries, CALIBRATION_ENDS } from '../unit/domain/clv/cdnow.ts';
import { event, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

const DAY = 86_400_000;
/** In the afternoon of the last day of the published estimates. */
const NOW = CALIBRATION_ENDS * DAY + DAY / 2;
const at = (day: number) => new Date(day * DAY + DAY / 3).toISOString();
const iso = (time: number) => new Date(time).toISOString();
const nameOf = (customer: number) => `cus_cdnow${String(customer).padStart(5, '0')}`;

/** The CDNOW sample as an import would have left it, amounts in cents. Orders after the published estimates end are there, too. */
async function fillWithCdnow({ store }: TestService): Promise<void> {
  const everybody = [...cdnowLog().purchases()].map(({ customer, days, money }) => ({
    ...{ id: nameOf(customer), customer, days: [...days], money: Array.from(money, (paid) => Math.round(paid * 100)) },
  }));
  const insert = (into: string, columns: Record<string, 'text' | 'bigint'>, rows: Record<string, string | number>[]) =>
    sql`insert into ${sql.table(into)} (${sql.join(Object.keys(columns).map((name) => sql.ref(name)))})
      select * from ${rowsOf(store.dialect, columns, rows)} as r`.execute(store.db);
  const customer = { id: 'text', properties_json: 'text', created_at: 'bigint', updated_at: 'bigint' } as const;
  await insert(
    'customers',
    customer,
    everybody.map(({ id }) => ({ id, properties_json: '{}', created_at: NOW, updated_at: NOW })),
  );
  const order = { source: 'text', order_id: 'text', customer_id: 'text', value_minor: 'bigint' } as const;
  await insert(
    'orders',
    { ...order, currency: 'text', occurred_at: 'bigint' },
    everybody.flatMap(({ id, days, money }) =>
      days.map((day, index) => ({
        ...{ source: 'cdnow', order_id: `${id}/${index}`, customer_id: id },
        ...{ value_minor: money[index] ?? 0, currency: 'USD', occurred_at: Date.parse(at(day)) },
      })),
    ),
  );
  await sql`
    insert into totals (customer_id, orders, refunds, revenue_minor, currency, first_order_at, last_order_at)
    select customer_id, count(*), 0, sum(value_minor), 'USD', min(occurred_at), max(occurred_at)
    from orders group by customer_id`.execute(store.db);
}

const job = (service: TestService, more: { now?: number; isStopping?: () => boolean } = {}) =>
  predictionsJob({ store: service.store, now: NOW, timeScale: 1, isStopping: () => false, ...more });
const rows = (service: TestService) =>
  service.store.db.selectFrom('predictions').selectAll().orderBy('customer_id').execute();
const read = async (service: TestService, id: string) =>
  (await readPredictions(sessionOf(service.store.db), [id])).get(id);
const model = async (service: TestService) =>
  (await readModel<LearnedPredictions>(service.store.db, 'predictions'))?.model as LearnedPredictions;

/** As the rows have it. */
function rounded(learned: LearnedPredictions, summary: CustomerSummary, today: number) {
  const terms = { horizonDays: 365, discountRate: 0.1, churnDays: 90 };
  const { alive, orders, spend, value, nextOrderInDays, churn } = predictCustomer(learned, summary, terms);
  const four = (number: number) => Math.round(number * 10_000) / 10_000;
  return {
    ...{ alive: four(alive), expectedOrders: four(orders), spendMinor: Math.round(spend), churn },
    valueMinor: Math.round(value),
    nextOrderAt: nextOrderInDays === null ? null : (today + Math.ceil(nextOrderInDays)) * DAY,
  };
}

describe.each(DIALECTS)('predictions on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    service.now = NOW;
    await fillWithCdnow(service);
    await job(service);
  });
  afterAll(() => service.close());

  it('finds the published estimates in the orders of the store', async () => {
    const learned = await model(service);
    // CONTRACT 7, in weeks and dollars; here in days and cents.
    const [r, alpha, s, beta] = learned.params;
    expect(learned).toMatchObject({
      model: 'pareto-nbd',
      unit: 'day',
      customers: 2357,
      currency: 'USD',
      asOf: '1997-09-30',
    });
    expect([r, alpha / 7, s, beta / 7].map((value) => value.toFixed(3))).toEqual([
      '0.553',
      '10.578',
      '0.606',
      '11.669',
    ]);
    const [p, q, v] = learned.gammaGamma.params;
    expect([p, q, v / 100].map((value) => value.toFixed(2))).toEqual(['6.25', '3.74', '15.44']);
  });

  it('predicts everybody as the model says it of their history alone', async () => {
    const learned = await model(service);
    const summaries = cdnowSummaries().map((one) => ({ ...one, m: one.m * 100 }));
    const kept = await rows(service);
    expect(kept).toHaveLength(2357);
    const expected = summaries.map((summary) => rounded(learned, summary, CALIBRATION_ENDS));
    kept.forEach((row, index) => {
      const { nextOrderAt, churn, alive, expectedOrders, spendMinor, valueMinor } = expected[index]!;
      expect(row).toMatchObject({ alive, churn, next_order_at: nextOrderAt, predicted_at: NOW });
      expect(row.expected_orders).toBeCloseTo(expectedOrders, 3);
      // A cent more or less: sums of dollars and of cents are not rounded alike.
      expect(Math.abs(row.spend_minor - spendMinor)).toBeLessThanOrEqual(1);
      expect(Math.abs(row.value_minor - valueMinor)).toBeLessThanOrEqual(1);
    });
  });

  it('holds the last weeks out, to show how far it can be trusted', async () => {
    const calibration = await readModel<{ weeks: unknown[]; knownUntil: number; customers: number }>(
      service.store.db,
      'calibration',
    );
    // 272 days of history: a third of them.
    expect(calibration?.model).toMatchObject({ holdoutWeeks: 12, knownUntil: CALIBRATION_ENDS - 84, customers: 2357 });
    expect(calibration?.model.weeks).toHaveLength(12);
  });

  it('says it of one customer, with the terms that it holds under', async () => {
    const [first] = await rows(service);
    expect(await read(service, first!.customer_id)).toEqual({
      ...{ alive: first!.alive, expectedOrders: first!.expected_orders, spendMinor: first!.spend_minor },
      ...{ valueMinor: first!.value_minor, nextOrderAt: iso(first!.next_order_at!), churn: first!.churn },
      ...{ horizonDays: 365, currency: 'USD', predictedAt: iso(NOW) },
    });
    const visitor = await service.send(event('viewed_page', 'visitor', at(CALIBRATION_ENDS - 1)));
    expect(await read(service, visitor)).toEqual({ notEnoughData: 'not enough data: no order yet' });
  });

  it('is in the API: with each customer, with what was learned, and for audiences', async () => {
    const kept = await rows(service);
    const { body: customer } = await service.call('GET', `/v1/customers/${kept[1]!.customer_id}`);
    expect(customer.scores.prediction).toEqual(await read(service, kept[1]!.customer_id));
    const { body: overview } = await service.call('GET', '/v1/scores');
    expect(overview.predictions).toEqual(await model(service));
    expect(overview.calibration).toEqual((await readModel(service.store.db, 'calibration'))?.model);
    const { body: audience } = await service.call('GET', '/v1/scores/customers?churn=low,medium&limit=1000');
    const wanted = kept.filter(({ churn }) => churn !== 'high').map(({ customer_id }) => customer_id);
    expect(wanted.length).toBeGreaterThan(10);
    expect(audience.items.map(({ customerId }: { customerId: string }) => customerId)).toEqual(wanted);
  });

  it('predicts a customer anew with an order, a second one of the day, one in another currency, and none for a test', async () => {
    const learned = await model(service);
    const today = CALIBRATION_ENDS;
    const buy = (day: number, value: string, more: object = {}, currency = 'USD') =>
      service.send(
        event('completed_purchase', 'newcomer', at(day), {
          ...more,
          properties: { orderId: `n${day}${value}${currency}`, value, currency },
        }),
      );
    const id = await buy(today - 100, '20.00');
    const expectLatest = async (summary: CustomerSummary) => {
      const { predictedAt, currency, horizonDays, nextOrderAt, ...prediction } = (await read(
        service,
        id,
      )) as ShownPrediction;
      expect({ predictedAt, currency, horizonDays }).toEqual({
        predictedAt: iso(NOW),
        currency: 'USD',
        horizonDays: 365,
      });
      const next = nextOrderAt === null ? null : Date.parse(nextOrderAt);
      expect({ ...prediction, nextOrderAt: next }).toEqual(rounded(learned, summary, today));
    };
    await expectLatest({ x: 0, tx: 0, T: 100, m: 0 });
    await buy(today - 40, '30.00');
    await expectLatest({ x: 1, tx: 60, T: 100, m: 3000 });
    // Of one day: one purchase, of all its money.
    await buy(today - 40, '12.00');
    await expectLatest({ x: 1, tx: 60, T: 100, m: 4200 });
    await buy(today - 10, '900.00', {}, 'SEK');
    await expectLatest({ x: 2, tx: 90, T: 100, m: 4200 });
    await buy(today - 5, '50.00', { test: true });
    await service.send(
      event('refunded', 'newcomer', at(today - 4), {
        properties: { orderId: `n${today - 40}30.00USD`, value: '30.00', currency: 'USD' },
      }),
    );
    await expectLatest({ x: 2, tx: 90, T: 100, m: 4200 });
    const cancelled = { orderId: `n${today - 10}900.00SEK`, wasPaid: false };
    await service.send(event('custom:order_cancelled', 'newcomer', at(today - 3), { properties: cancelled }));
    await expectLatest({ x: 1, tx: 60, T: 100, m: 4200 });
    // The same as the next calculation finds in the store; that one learns from one customer more.
    await job(service, { now: NOW + 1 });
    const again = (await read(service, id)) as ShownPrediction;
    expect(again.alive).toBeCloseTo(rounded(learned, { x: 1, tx: 60, T: 100, m: 4200 }, today).alive, 2);
  });

  it('writes only what has changed, and not over what an order has changed meanwhile', async () => {
    await job(service, { now: NOW + 2 });
    const before = await rows(service);
    await job(service, { now: NOW + 3 });
    expect(await rows(service)).toEqual(before);
    const id = before[0]!.customer_id;
    const known = (await read(service, id)) as ShownPrediction;
    const write = (prediction: Prediction, now: number) =>
      service.store.transaction((db) => writePredictions(sessionOf(db), new Map([[id, prediction]]), now));
    await write({ ...known, nextOrderAt: null, alive: 0.5 }, NOW + 20);
    await write({ ...known, nextOrderAt: null, alive: 0.25 }, NOW + 10);
    expect(await read(service, id)).toMatchObject({ alive: 0.5, predictedAt: iso(NOW + 20) });
    // The next calculation says what is so.
    await job(service, { now: NOW + 30 });
    expect(await read(service, id)).toMatchObject({ alive: known.alive, predictedAt: iso(NOW + 30) });
  });

  it('goes by the settings, and is due again when they change', async () => {
    const settings = { model: 'mbg-nbd', horizonDays: 30, discountRate: 0, churnDays: 30 };
    expect((await service.call('PUT', '/v1/scores/settings', { predictions: settings })).status).toBe(200);
    await job(service, { now: NOW + 40 });
    const learned = await model(service);
    expect(learned).toMatchObject({ ...settings, paramNames: ['r', 'alpha', 'a', 'b'] });
    const summaries = cdnowSummaries();
    const once = summaries.findIndex(({ x }) => x === 0);
    const found = (await read(service, nameOf([...cdnowLog().purchases()][once]!.customer))) as ShownPrediction;
    const expected = predictCustomer(learned, summaries[once]!, settings);
    expect(found.horizonDays).toBe(30);
    expect(found.expectedOrders).toBeCloseTo(expected.orders, 3);
    expect(found.churn).toBe(expected.churn);
    expect(found.valueMinor).toBe(Math.round(expected.orders * expected.spend));
    await service.call('PUT', '/v1/scores/settings', {});
  });

  it('leaves nothing of an erased customer, and brings nobody back', async () => {
    const [row] = await rows(service);
    const id = row!.customer_id;
    const known = (await read(service, id)) as ShownPrediction;
    expect((await service.call('DELETE', `/v1/customers/${id}`)).status).toBe(204);
    await service.store.transaction((db) =>
      writePredictions(sessionOf(db), new Map([[id, { ...known, nextOrderAt: null }]]), NOW + 50),
    );
    expect((await rows(service)).some(({ customer_id }) => customer_id === id)).toBe(false);
  });

  it('takes a prediction away with the last order, also when the calculation finds it', async () => {
    const id = await service.send(
      event('completed_purchase', 'regret', at(CALIBRATION_ENDS - 3), {
        properties: { orderId: 'regret', currency: 'USD' },
      }),
    );
    expect(await read(service, id)).toHaveProperty('alive');
    const cancelled = { orderId: 'regret', wasPaid: false };
    await service.send(event('custom:order_cancelled', 'regret', at(CALIBRATION_ENDS - 2), { properties: cancelled }));
    expect((await rows(service)).some(({ customer_id }) => customer_id === id)).toBe(false);
    const left = (await rows(service))[0]!;
    await service.store.db
      .insertInto('predictions')
      .values({ ...left, customer_id: id })
      .execute();
    await job(service, { now: NOW + 60 });
    expect((await rows(service)).some(({ customer_id }) => customer_id === id)).toBe(false);
  });

  it('has no number anywhere once there is too little to learn from, and says what is missing', async () => {
    // Two months later nobody has ordered any more.
    await sql`delete from orders where occurred_at > ${NOW}`.execute(service.store.db);
    await job(service, { now: NOW + 60 * DAY });
    const missing = 'not enough data: the last order is 60 days old, and one within the last 30 days is needed';
    expect(await model(service)).toEqual({ notEnoughData: missing });
    expect((await readModel(service.store.db, 'calibration'))?.model).toEqual({ notEnoughData: missing });
    expect(await rows(service)).toEqual([]);
    const [total] = await service.store.db.selectFrom('totals').select('customer_id').limit(1).execute();
    const id = total!.customer_id;
    expect(await read(service, id)).toEqual({ notEnoughData: missing });
    // Nor does an order bring one.
    await service.send(
      event('completed_purchase', { customerId: id }, at(CALIBRATION_ENDS - 1), { properties: { orderId: 'late' } }),
    );
    expect(await rows(service)).toEqual([]);
  });
});

describe.each(DIALECTS)('predictions without enough data on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    service.now = NOW;
  });
  afterAll(() => service.close());

  it('say so before and after the first calculation, of a shop without any order and with few', async () => {
    const id = await service.send(event('viewed_page', 'ada', at(CALIBRATION_ENDS - 1)));
    expect(await read(service, id)).toEqual({
      notEnoughData: 'not enough data: nothing has been predicted yet; that is done once a day, or by a refresh',
    });
    await job(service);
    expect(await read(service, id)).toEqual({
      notEnoughData:
        'not enough data: 0 of 500 customers with an order; 0 of 180 days of history; no order, and one within the last 30 days is needed; nobody with 3 or more orders, and some are needed',
    });
    await service.send(event('completed_purchase', 'ada', at(CALIBRATION_ENDS - 90)));
    await job(service);
    expect(await read(service, id)).toMatchObject({
      notEnoughData: expect.stringMatching(
        /^not enough data: 1 of 500 customers with an order; 90 of 180 days/,
      ) as string,
    });
  });

  it('say so when no parameters can be found', async () => {
    // 500 people who have each bought on the same days: nothing differs between them.
    const events = Array.from({ length: 500 }, (_, person) =>
      [300, 200, 100, 1].map((ago) =>
        event('completed_purchase', `twin${person}`, at(CALIBRATION_ENDS - ago), {
          properties: { orderId: `twin${person}/${ago}` },
        }),
      ),
    ).flat();
    for (let from = 0; from < events.length; from += 1000) await service.send(...events.slice(from, from + 1000));
    await job(service);
    const learned = await model(service);
    const reason = /^not enough data: customers have only 2 different histories/;
    expect(learned).toMatchObject({ notEnoughData: expect.stringMatching(reason) as string });
    expect(await rows(service)).toEqual([]);
  });
});

describe('the fit of the store’s customers', () => {
  it('is the same in whatever unit money is', () => {
    const inCents = fitValue(
      'pareto-nbd',
      'day',
      cdnowSummaries().map((one) => ({ ...one, m: one.m * 100 })),
    );
    const inDollars = fitValue('pareto-nbd', 'day', cdnowSummaries());
    if ('notEnoughData' in inCents || 'notEnoughData' in inDollars) throw new Error('no fit');
    const [p, q, v] = inCents.gammaGamma.params;
    const [pOf, qOf, vOf] = inDollars.gammaGamma.params;
    expect([p / pOf, q / qOf, v / (100 * vOf)].map((ratio) => ratio.toFixed(4))).toEqual([
      '1.0000',
      '1.0000',
      '1.0000',
    ]);
  });
});
