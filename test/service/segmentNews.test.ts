/** `segment_changed` on both stores: when it is told, to whom, and when it is not. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventIntake } from '../../temporal/intake/eventIntake.ts';
import { parseEvent } from '../../temporal/domain/eventParsing.ts';
import { segmentNews } from '../../temporal/intake/segmentNews.ts';
import { rfmJob } from '../../temporal/scoring/rfmJob.ts';
import { DIALECTS } from './stores.ts';
import { event, NOW, TestService } from './service.ts';

const DAY = 86_400_000;

describe.each(DIALECTS)('news of segments on %s', (dialect) => {
  let service: TestService;
  beforeEach(async () => {
    service = await TestService.create(dialect);
  });
  afterEach(() => service.close());

  const on = (time: number, person: string, orderId: string) =>
    event('completed_purchase', person, new Date(time).toISOString(), { properties: { orderId } });
  const voided = (person: string, orderId: string) =>
    event('custom:order_cancelled', person, new Date(service.now).toISOString(), {
      properties: { orderId, wasPaid: false },
    });
  const learn = () => rfmJob({ store: service.store, now: service.now, timeScale: 1, isStopping: () => false });
  const teller = (store = service.store) => {
    const now = () => service.now;
    const intake = new EventIntake({ store, now, timeScale: 1, outboxWritten: () => {} });
    return segmentNews({ store, intake, now, log: { warn: () => {} } });
  };
  const told = async () => {
    await teller().tell();
    const rows = await service.store.db
      .selectFrom('events as e')
      .innerJoin('identifiers as i', 'i.customer_id', 'e.customer_id')
      .select(['i.value', 'e.id', 'e.source', 'e.occurred_at', 'e.properties_json'])
      .where('e.type', '=', 'segment_changed')
      .where('i.kind', '=', 'email')
      .orderBy('e.seq')
      .execute();
    return rows.map(({ value, properties_json }) => {
      const { from, to } = JSON.parse(properties_json) as { from: string | null; to: string };
      return `${value.split('@')[0]}: ${from} -> ${to}`;
    });
  };
  /** Five people with 1 to 5 orders, the last one 10, 20, … 50 days ago. */
  const base = async () => {
    for (const person of [1, 2, 3, 4, 5]) {
      const orders = Array.from({ length: person }, (_, index) =>
        on(NOW - person * 10 * DAY, `p${person}`, `${person}-${index}`),
      );
      await service.send(...orders);
    }
    await learn();
  };

  it('are none at the first scoring of a shop: it only remembers', async () => {
    await base();
    expect(await told()).toEqual([]);
    expect(await service.store.db.selectFrom('rfm_scores').selectAll().execute()).toHaveLength(5);
  });

  it('come at once when somebody orders, also for the first time, with the scores, and enter journeys', async () => {
    await base();
    await service.publish({
      key: 'champions',
      entries: [{ type: 'segment_changed', filters: [{ path: 'to', operator: 'equals', value: 'champions' }] }],
      exits: [],
    } as never);
    const champion = await service.send(on(NOW, 'p4', 'again'));
    const fresh = await service.send(on(NOW, 'p6', 'first'));
    expect((await told()).sort()).toEqual(['p4: at_risk -> champions', 'p6: null -> new']);
    const { items } = (await service.call('GET', `/v1/customers/${champion}/events`)).body;
    expect(items[0]).toMatchObject({
      ...{ type: 'segment_changed', source: 'scores', occurredAt: new Date(NOW).toISOString() },
      properties: { from: 'at_risk', to: 'champions', r: 5, f: 5, m: 5 },
    });
    expect(await service.runs(champion)).toMatchObject([{ journey: 'champions', status: 'running' }]);
    expect(await service.runs(fresh)).toEqual([]);
    // Told is told.
    expect(await told()).toHaveLength(2);
  });

  it('are none for there and back, and one a day at most: what is still so the day after is told then', async () => {
    await base();
    await service.send(on(NOW, 'p4', 'again'));
    await service.send(voided('p4', 'again'));
    expect(await told()).toEqual([]);
    await service.send(on(NOW, 'p4', 'third'));
    expect(await told()).toEqual(['p4: at_risk -> champions']);
    await service.send(voided('p4', 'third'));
    expect(await told()).toHaveLength(1);
    await service.send(on(NOW, 'p4', 'fourth'));
    await service.send(voided('p4', 'fourth'));
    service.now = NOW + 12 * 3600_000 - 1;
    expect(await told()).toHaveLength(1);
    service.now = NOW + 12 * 3600_000;
    expect(await told()).toEqual(['p4: at_risk -> champions', 'p4: champions -> at_risk']);
  });

  it('come by the time that passes, from the job', async () => {
    await base();
    // Everybody else orders again: who was the most recent buyer is not any more.
    service.now = NOW + 40 * DAY;
    for (const person of [2, 3, 4, 5]) await service.send(on(service.now - DAY, `p${person}`, `late-${person}`));
    await told();
    await learn();
    expect(await told()).toContain('p1: new -> hibernating');
  });

  it('are none because history is imported', async () => {
    await base();
    const history = ['p4', 'p6'].map((person) => {
      const read = parseEvent(on(NOW - DAY, person, `${person}-history`), NOW);
      if (!('event' in read)) throw new Error(read.message);
      return { ...read, isHistory: true };
    });
    const { store } = service;
    await new EventIntake({ store, now: () => NOW, timeScale: 1, outboxWritten: () => {} }).submit(history);
    const scored = await store.db.selectFrom('rfm_scores').select('segment').orderBy('segment').execute();
    expect(scored.map(({ segment }) => segment)).toEqual([
      ...['cant_lose', 'champions', 'need_attention', 'new', 'new', 'potential_loyalist'],
    ]);
    expect(await told()).toEqual([]);
  });

  it('are none because everybody is measured by another rule', async () => {
    await base();
    const thresholds = { recencyDays: [100, 200, 300, 400], orders: [2, 3, 4, 5], moneyMinor: [1, 2, 3, 4] };
    await service.call('PUT', '/v1/scores/settings', { rfm: { thresholds } });
    await learn();
    const segments = await service.store.db.selectFrom('rfm_scores').select(['r', 'segment']).execute();
    expect(segments.map(({ r }) => r)).toEqual([5, 5, 5, 5, 5]);
    expect(await told()).toEqual([]);
    await service.call('PUT', '/v1/scores/settings', {
      rfm: { thresholds: { ...thresholds, recencyDays: [1, 2, 3, 4] } },
    });
    await learn();
    expect(await told()).toEqual([]);
    await service.send(on(NOW, 'p5', 'again'));
    expect(await told()).toEqual(['p5: cant_lose -> champions']);
  });

  it('are told once, whoever of several processes tells them', async () => {
    await base();
    const people = Array.from({ length: 40 }, (_, index) => on(NOW, `n${index}`, `n-${index}`));
    await service.send(...people);
    const tellers = [service.store, service.openAgain(), service.openAgain()].map((store) => teller(store));
    const counts = await Promise.all(tellers.map((one) => one.tell()));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(await told()).toHaveLength(40);
  });
});
