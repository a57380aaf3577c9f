/** Audiences that enter on a schedule, on both stores: who, when, how often; pauses, crashes, several processes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AudienceSchedule } from '../../temporal/domain/audienceSchedule.ts';
import { audiencePasses, type AudiencePasses } from '../../temporal/intake/audiencePasses.ts';
import type { Store } from '../../temporal/store/store.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';

const HOUR = 3600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;

const winBack: AudienceSchedule = {
  every: { hours: 24 },
  audience: { segments: ['at_risk', 'cant_lose'], churn: [], minimumOrders: 2, averageOrderAboveMedian: true },
  batch: 1000,
  pauseMs: MINUTE,
};

describe.each(DIALECTS)('audiences on a schedule on %s', (dialect) => {
  let service: TestService;
  let passes: AudiencePasses;
  let logged: string[];
  beforeEach(async () => {
    service = await TestService.create(dialect);
    logged = [];
    passes = watch();
  });
  afterEach(() => service.close());

  const watch = (store: Store = service.store, more: { chunk?: number; outboxWritten?: () => void } = {}) =>
    audiencePasses({
      ...{ store, timeScale: 1, outboxWritten: () => {}, now: () => service.now },
      log: {
        info: (_facts, message) => logged.push(message),
        warn: (_facts, message) => logged.push(message),
      },
      ...more,
    });
  const publish = (schedule: Partial<AudienceSchedule> = {}, more: object = {}) =>
    service.publish({ key: 'win-back', entries: [], schedule: { ...winBack, ...schedule }, ...more });

  /** As the job leaves it. */
  async function learned(model: object = { medians: { EUR: 5000 }, scoring: null }) {
    const row = { model_json: JSON.stringify(model), learned_at: NOW };
    await service.store.db
      .insertInto('score_models')
      .values({ name: 'rfm', ...row })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute();
  }

  interface Scored {
    segment?: string;
    orders?: number;
    revenueMinor?: number;
    currency?: string;
    churn?: 'low' | 'medium' | 'high';
  }

  async function people(count: number, scored: Scored = {}, prefix = 'cus_p') {
    const { segment = 'at_risk', orders = 3, revenueMinor = 30_000, currency = 'EUR', churn } = scored;
    const ids = Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(5, '0')}`);
    for (let from = 0; from < count; from += 500) {
      const part = ids.slice(from, from + 500);
      const { db } = service.store;
      await db
        .insertInto('customers')
        .values(part.map((id) => ({ id, properties_json: '{}', created_at: 1, updated_at: 1, merged_into: null })))
        .execute();
      await db
        .insertInto('rfm_scores')
        .values(
          part.map((id) => ({
            ...{ customer_id: id, r: 2, f: 4, m: 3, segment, scored_at: NOW, told_segment: segment, told_at: null },
          })),
        )
        .execute();
      await db
        .insertInto('totals')
        .values(
          part.map((id) => ({
            ...{ customer_id: id, orders, refunds: 0, revenue_minor: revenueMinor, currency },
            ...{ first_order_at: 1, last_order_at: 2 },
          })),
        )
        .execute();
      if (churn === undefined) continue;
      await db
        .insertInto('predictions')
        .values(
          part.map((id) => ({
            ...{ customer_id: id, alive: 0.2, expected_orders: 1, spend_minor: 1, value_minor: 1 },
            ...{ next_order_at: null, churn, predicted_at: NOW },
          })),
        )
        .execute();
    }
    return ids;
  }

  const runs = async () =>
    await service.store.db
      .selectFrom('runs')
      .select(['customer_id', 'status', 'entry_json'])
      .orderBy('customer_id')
      .execute();
  const entered = async () => (await runs()).map((run) => run.customer_id);
  const schedule = async () => {
    const { status, body } = await service.call('GET', '/v1/journeys');
    expect(status).toBe(200);
    return (body as { key: string; schedule: object }[]).find(({ key }) => key === 'win-back')?.schedule;
  };

  it('enter right after publishing, then every 24 hours, each customer by the rules of the journey', async () => {
    await learned();
    const ids = await people(3);
    await publish({}, { enterAgain: 'cooldown', cooldownMs: 180 * DAY });
    expect(await passes.round()).toBe(3);
    expect(await entered()).toEqual(ids);
    const [run] = await runs();
    expect(JSON.parse(run?.entry_json ?? '')).toEqual({
      type: 'schedule',
      eventId: 'schedule/2026-11-22T12:00:00.000Z',
      properties: { segment: 'at_risk', r: 2, f: 4, m: 3, dueAt: '2026-11-22T12:00:00.000Z' },
    });
    expect((await service.outbox()).map(({ kind }) => kind)).toEqual(['start', 'start', 'start']);
    expect(await schedule()).toEqual({
      nextPass: new Date(NOW + DAY).toISOString(),
      waitsForScores: false,
      lastPass: {
        ...{ dueAt: new Date(NOW).toISOString(), state: 'done', entered: 3, skipped: {} },
        finishedAt: new Date(NOW).toISOString(),
      },
    });
    expect(await passes.round()).toBe(0);
    // A day later: one is in the journey, the others are not any more; one has come to the segment.
    await service.store.db
      .updateTable('runs')
      .set({ status: 'completed' })
      .where('customer_id', '!=', ids[0] ?? '')
      .execute();
    const [late] = await people(1, {}, 'cus_q');
    service.now = NOW + DAY - 1;
    expect(await passes.round()).toBe(0);
    service.now = NOW + DAY;
    expect(await passes.round()).toBe(1);
    expect(await entered()).toEqual([...ids, late]);
    expect(await schedule()).toMatchObject({ lastPass: { entered: 1, skipped: { alreadyIn: 1, coolingDown: 2 } } });
    // Counted, not written down one by one: most of an audience is cooling down every day.
    expect(await service.store.db.selectFrom('skipped_entries').selectAll().execute()).toEqual([]);
  });

  it('leave no trace of the customer whom a pass has reached last, once it is over', async () => {
    await learned();
    const ids = await people(3);
    await publish();
    const reached = async () =>
      (await service.store.db.selectFrom('audience_passes').select('reached').execute()).map((pass) => pass.reached);
    const small = watch(service.store, { chunk: 1 });
    await small.round();
    expect(await entered()).toEqual(ids);
    expect(await schedule()).toMatchObject({ lastPass: { state: 'done' } });
    expect(await reached()).toEqual(['']);
  });

  it('are those of the audience', async () => {
    await learned({ medians: { EUR: 5000, JPY: 20 }, scoring: null });
    await people(1, { segment: 'loyal' }, 'cus_loyal');
    await people(1, { orders: 1 }, 'cus_once');
    await people(1, { orders: 6, revenueMinor: 30_000 }, 'cus_median');
    await people(1, { orders: 6, revenueMinor: 30_001 }, 'cus_above');
    await people(1, { orders: 2, revenueMinor: 42, currency: 'JPY' }, 'cus_yen');
    await people(1, { segment: 'cant_lose' }, 'cus_best');
    await people(1, { currency: 'USD' }, 'cus_dollar');
    await publish();
    await passes.round();
    expect((await entered()).map((id) => id.replace(/00000$/, ''))).toEqual(['cus_above', 'cus_best', 'cus_yen']);
  });

  it('may go by churn, of whoever it can be told', async () => {
    await learned();
    await people(1, { churn: 'high' }, 'cus_high');
    await people(1, { churn: 'low' }, 'cus_low');
    await people(1, {}, 'cus_unknown');
    const audience = { segments: [], churn: ['high' as const], minimumOrders: 0, averageOrderAboveMedian: false };
    await publish({ audience });
    expect(await passes.round()).toBe(0);
    expect(await schedule()).toMatchObject({ waitsForScores: true });
    await service.store.db
      .insertInto('score_models')
      .values({ name: 'predictions', model_json: '{"notEnoughData":"not enough data: 3 customers"}', learned_at: NOW })
      .execute();
    expect(await passes.round()).toBe(1);
    expect(await entered()).toEqual(['cus_high00000']);
  });

  it('wait for scores that have never been calculated, and ask for them', async () => {
    await people(2);
    await publish();
    expect(await passes.round()).toBe(0);
    const due = async () => await service.store.db.selectFrom('score_jobs').select(['name', 'due_at']).execute();
    expect(await due()).toEqual([{ name: 'rfm', due_at: NOW }]);
    expect(logged).toEqual([expect.stringMatching(/waits for scores that have never been calculated/)]);
    expect(await schedule()).toMatchObject({ lastPass: null, waitsForScores: true, nextPass: minutes(0) });
    // Asked for once: a job that fails is not begun again every second.
    await service.store.db
      .updateTable('score_jobs')
      .set({ due_at: NOW + HOUR })
      .execute();
    service.now += MINUTE;
    await passes.round();
    expect(await due()).toEqual([{ name: 'rfm', due_at: NOW + HOUR }]);
    // Not everybody has been scored yet.
    await learned({ medians: {}, scoring: 'quietly' });
    expect(await passes.round()).toBe(0);
    await learned();
    expect(await passes.round()).toBe(2);
    expect(logged).toHaveLength(2);
  });

  it('make a pause after each batch, counted by who has come in', async () => {
    await learned();
    const ids = await people(12);
    await publish({ batch: 5, pauseMs: 10 * MINUTE }, { enterAgain: 'never' });
    // Two have been in before.
    for (const customer_id of ids.slice(0, 2)) {
      await service.store.db
        .insertInto('runs')
        .values({
          ...{ id: `run_${customer_id}`, journey_key: 'win-back', customer_id, entry_key: '', workflow_id: 'w' },
          ...{ status: 'completed', exit_reason: null, step: null, waiting_until: null, held: 0, entered_at: 1 },
          ...{ entry_occurred_at: 1, entry_json: '{}', segment: 1, segment_began_at: null, ended_at: 2 },
        })
        .execute();
    }
    expect(await passes.round()).toBe(5);
    expect(await schedule()).toMatchObject({ lastPass: { state: 'running', entered: 5, skipped: { onlyOnce: 2 } } });
    service.now += 10 * MINUTE - 1;
    expect(await passes.round()).toBe(0);
    service.now += 1;
    expect(await passes.round()).toBe(5);
    service.now += 10 * MINUTE;
    expect(await passes.round()).toBe(0);
    expect(await schedule()).toMatchObject({ lastPass: { state: 'done', entered: 10 } });
  });

  it('do not let in who has done since what ends the journey', async () => {
    await learned();
    const [one, two] = await people(2);
    await publish({ batch: 1 }, { exits: [{ type: 'unsubscribed', filters: [] }] });
    expect(await passes.round()).toBe(1);
    service.now += MINUTE;
    await service.send(event('unsubscribed', { customerId: two }, minutes(0.5), { properties: { channel: 'email' } }));
    expect(await passes.round()).toBe(0);
    expect(await entered()).toEqual([one]);
    expect(await schedule()).toMatchObject({ lastPass: { state: 'done', entered: 1, skipped: { exitedSince: 1 } } });
  });

  it('stop while the journey is paused or unpublished, and go on where they were, or leave it when the next one is due', async () => {
    await learned();
    const ids = await people(9);
    await publish({ batch: 3, pauseMs: MINUTE });
    expect(await passes.round()).toBe(3);
    await service.call('POST', '/v1/journeys/win-back/pause');
    service.now += HOUR;
    expect(await passes.round()).toBe(0);
    expect(await schedule()).toMatchObject({ nextPass: null, lastPass: { state: 'running' } });
    await service.call('POST', '/v1/journeys/win-back/resume');
    expect(await passes.round()).toBe(3);
    expect(await entered()).toEqual(ids.slice(0, 6));
    await service.store.db.updateTable('journeys').set({ published: 0 }).execute();
    service.now += 2 * DAY;
    expect(await passes.round()).toBe(0);
    await service.store.db.updateTable('journeys').set({ published: 1, schedule_since: service.now }).execute();
    // Whoever is in stays in; the others enter by the new pass, which begins from the beginning.
    await passes.round();
    const rows = await service.store.db.selectFrom('audience_passes').selectAll().orderBy('due_at').execute();
    expect(rows.map(({ state, entered: count, due_at }) => [state, count, due_at])).toEqual([
      ['left', 6, NOW],
      ['done', 3, service.now],
    ]);
    expect(await entered()).toEqual(ids);
  });

  it('make one pass of several that were missed, at a time of day', async () => {
    await learned();
    await people(1);
    await publish({ every: { time: '09:00', zone: 'Europe/Vienna', weekdays: [] } }, { enterAgain: 'always' });
    // Published on a Sunday at 13:00 in Vienna: the first time is on Monday.
    expect(await passes.round()).toBe(0);
    expect(await schedule()).toMatchObject({ nextPass: '2026-11-23T08:00:00.000Z', lastPass: null });
    service.now = Date.parse('2026-11-27T15:00:00Z');
    expect(await passes.round()).toBe(1);
    expect(await schedule()).toMatchObject({
      nextPass: '2026-11-28T08:00:00.000Z',
      lastPass: { dueAt: '2026-11-27T08:00:00.000Z' },
    });
  });

  it('are shared by processes: each customer enters once', async () => {
    await learned();
    const ids = await people(400);
    await publish({ batch: 100, pauseMs: 0 });
    const others = [watch(service.store, { chunk: 30 }), watch(service.openAgain(), { chunk: 30 })];
    let all = 0;
    while (all < ids.length) {
      const counts = await Promise.all(others.map((one) => one.round()));
      all += counts.reduce((sum, count) => sum + count, 0);
    }
    expect(await entered()).toEqual(ids);
    expect(logged).toEqual(['an audience has entered']);
  });

  it('are gone on with by another process, when the lease of the one that died has run out', async () => {
    await learned();
    const ids = await people(6);
    await publish();
    const dying = watch(service.store, {
      chunk: 2,
      outboxWritten: () => {
        // After the second commit nothing is heard of it any more.
        if (++commits === 2) throw new Error('killed');
      },
    });
    let commits = 0;
    await dying.round();
    expect(await entered()).toEqual(ids.slice(0, 4));
    const living = watch(service.openAgain());
    expect(await living.round()).toBe(0);
    service.now += 2 * MINUTE;
    expect(await living.round()).toBe(2);
    expect(await entered()).toEqual(ids);
  });

  it('enter whoever was merged meanwhile once', async () => {
    await learned();
    const [one, two] = await people(2);
    await publish({ batch: 1, pauseMs: MINUTE });
    expect(await passes.round()).toBe(1);
    // The first one's run is the second one's now, who has not been looked at.
    await service.store.db
      .updateTable('runs')
      .set({ customer_id: two ?? '', status: 'completed' })
      .execute();
    await service.store.db
      .updateTable('customers')
      .set({ merged_into: two ?? '' })
      .where('id', '=', one ?? '')
      .execute();
    service.now += MINUTE;
    expect(await passes.round()).toBe(0);
    expect(await entered()).toEqual([two]);
  });
});
