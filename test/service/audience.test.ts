/** Audiences on both stores: page by page, and asked about single customers, they are those of whom all conditions hold. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHURN_RISKS, type Audience } from '../../temporal/domain/audience.ts';
import { SEGMENTS, type RfmSegment } from '../../temporal/domain/rfm/segments.ts';
import { inAudience, listAudience } from '../../temporal/store/audience.ts';
import { writeModel } from '../../temporal/store/scoreModels.ts';
import type { Session } from '../../temporal/store/rows.ts';
import { DIALECTS } from './stores.ts';
import { NOW, TestService } from './service.ts';

/** In both, and with each other, so that sums of currencies would not do. */
const MEDIANS: Record<string, number> = { EUR: 1000, JPY: 90_000.5 };

interface Person {
  id: string;
  orders: number;
  revenueMinor: number;
  currency: string;
  segment: RfmSegment;
  churn: (typeof CHURN_RISKS)[number] | null;
}

/** Nobody special: every condition holds for some of them and not for others. */
const PEOPLE: Person[] = Array.from({ length: 60 }, (_, index) => ({
  id: `cus_${String((index * 37) % 60).padStart(2, '0')}`,
  orders: index % 5,
  revenueMinor: (index % 5) * (index % 3 === 0 ? 1000 : index % 2 === 0 ? 1001 : 999) * (index % 7 === 0 ? 90 : 1),
  currency: index % 7 === 0 ? 'JPY' : 'EUR',
  segment: SEGMENTS[index % SEGMENTS.length] as RfmSegment,
  churn: CHURN_RISKS[index % 4] ?? null,
}));

function belongs({ segments, churn, minimumOrders, averageOrderAboveMedian }: Audience, person: Person): boolean {
  const hasOrders = person.orders > 0;
  return (
    (segments.length === 0 || (hasOrders && segments.includes(person.segment))) &&
    (churn.length === 0 || (hasOrders && person.churn !== null && churn.includes(person.churn))) &&
    person.orders >= minimumOrders &&
    (!averageOrderAboveMedian ||
      (hasOrders && person.revenueMinor / person.orders > (MEDIANS[person.currency] ?? Infinity)))
  );
}

describe.each(DIALECTS)('audiences on %s', (dialect) => {
  let service: TestService;
  let session: Session;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    session = { db: service.store.db, dialect };
    const { db } = service.store;
    await db
      .insertInto('customers')
      .values([
        ...PEOPLE.map(({ id }) => ({ id, properties_json: '{}', created_at: NOW, updated_at: NOW, merged_into: null })),
        { id: 'cus_00a', properties_json: '{}', created_at: NOW, updated_at: NOW, merged_into: 'cus_00' },
      ])
      .execute();
    const buyers = PEOPLE.filter(({ orders }) => orders > 0);
    await db
      .insertInto('totals')
      .values(
        PEOPLE.map(({ id, orders, revenueMinor, currency }) => ({
          ...{ customer_id: id, orders, refunds: 0, revenue_minor: revenueMinor, currency },
          ...{ first_order_at: NOW, last_order_at: NOW },
        })),
      )
      .execute();
    await db
      .insertInto('rfm_scores')
      .values(
        buyers.map(({ id, segment }) => ({
          ...{ customer_id: id, r: 1, f: 1, m: 1, segment, scored_at: NOW, told_segment: null, told_at: null },
        })),
      )
      .execute();
    await db
      .insertInto('predictions')
      .values(
        buyers.flatMap(({ id, churn }) =>
          churn === null
            ? []
            : {
                ...{ customer_id: id, alive: 1, expected_orders: 1, spend_minor: 1, value_minor: 1 },
                ...{ next_order_at: null, churn, predicted_at: NOW },
              },
        ),
      )
      .execute();
    await writeModel(db, 'rfm', { medians: MEDIANS }, NOW);
  });
  afterAll(() => service.close());

  const all = async (audience: Audience, limit: number) => {
    const ids: string[] = [];
    for (;;) {
      const page = await listAudience(session, audience, ids.at(-1) ?? '', limit);
      ids.push(...page);
      if (page.length < limit) return ids;
    }
  };
  const audiences: fc.Arbitrary<Audience> = fc.record({
    segments: fc.subarray([...SEGMENTS], { maxLength: 4 }),
    churn: fc.subarray([...CHURN_RISKS]),
    minimumOrders: fc.integer({ min: 0, max: 4 }),
    averageOrderAboveMedian: fc.boolean(),
  });

  it('are those of whom all conditions hold, each once, in the order of their ids, whatever the page', async () => {
    await fc.assert(
      fc.asyncProperty(audiences, fc.integer({ min: 1, max: 61 }), async (audience, limit) => {
        const expected = PEOPLE.filter((person) => belongs(audience, person)).map(({ id }) => id);
        expect(await all(audience, limit)).toEqual(expected.sort());
        const ids = [...PEOPLE.map(({ id }) => id), 'cus_00a', 'cus_nobody'];
        expect([...(await inAudience(session, audience, ids))].sort()).toEqual(expected.sort());
      }),
      { numRuns: 40 },
    );
  });

  it('without conditions are everybody who is still a customer of their own', async () => {
    const everybody: Audience = { segments: [], churn: [], minimumOrders: 0, averageOrderAboveMedian: false };
    expect(await all(everybody, 25)).toEqual(PEOPLE.map(({ id }) => id).sort());
  });

  it('come out of the API with their scores, page by page', async () => {
    const ask = async (query: string) => (await service.call('GET', `/v1/scores/customers?${query}`)).body;
    const query = 'segment=at_risk,%20cant_lose&minimumOrders=2&averageOrderAboveMedian=true';
    const audience: Audience = {
      ...{ segments: ['at_risk', 'cant_lose'], churn: [], minimumOrders: 2, averageOrderAboveMedian: true },
    };
    const expected = PEOPLE.filter((person) => belongs(audience, person)).map(({ id }) => id);
    expect(expected.length).toBeGreaterThan(1);
    const found: string[] = [];
    for (let cursor = ''; ;) {
      const { items, nextCursor } = await ask(`${query}&limit=1${cursor}`);
      for (const { customerId, scores } of items) {
        expect(['at_risk', 'cant_lose']).toContain(scores.rfm.segment);
        found.push(customerId);
      }
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(found).toEqual(expected.sort());
    expect((await ask('churn=high&limit=1000')).items.length).toBe(
      PEOPLE.filter(({ churn, orders }) => churn === 'high' && orders > 0).length,
    );
  });

  it.each([
    ['segment=champion', '/segment'],
    ['churn=certain', '/churn'],
    ['minimumOrders=-1', '/minimumOrders'],
    ['averageOrderAboveMedian=yes', '/averageOrderAboveMedian'],
    ['cursor=abc', '/cursor'],
  ])('are refused when asked for by %s', async (query, path) => {
    const { status, body } = await service.call('GET', `/v1/scores/customers?${query}`);
    expect([status, body.errors[0].path]).toEqual([400, path]);
  });
});
