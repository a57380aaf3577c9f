/** The entries of Journey Trigger as n8n publishes them, on both stores: segments, schedules, what a manual test in the editor gets. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { audiencePasses } from '../../temporal/intake/audiencePasses.ts';
import { EventIntake } from '../../temporal/intake/eventIntake.ts';
import { segmentNews } from '../../temporal/intake/segmentNews.ts';
import { rfmJob } from '../../temporal/scoring/rfmJob.ts';
import { DIALECTS } from './stores.ts';
import { event, NOW, TestService } from './service.ts';
import { readJourney } from '../../temporal/domain/journeyParameters.ts';
import { sampleItem } from '../../temporal/store/sampleItems.ts';
import { publishTrigger, WORKFLOW } from './travellers.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;

describe.each(DIALECTS)('entries of journeys on %s', (dialect) => {
  let service: TestService;
  beforeEach(async () => {
    service = await TestService.create(dialect);
  });
  afterEach(() => service.close());

  const buy = (person: string, at: number, orderId: string, value = '84.00') =>
    service.send(event('completed_purchase', person, new Date(at).toISOString(), { properties: { orderId, value } }));
  const learn = () => rfmJob({ store: service.store, now: service.now, timeScale: 1, isStopping: () => false });
  /** Five people with 1 to 5 orders, the last one 10, 20, … 50 days ago: p4 and p5 are at risk, p1 is new. */
  async function fivePeople() {
    for (const person of [1, 2, 3, 4, 5]) {
      for (let order = 0; order < person; order++) {
        await buy(`p${person}`, NOW - person * 10 * DAY, `${person}-${order}`, `${person * 10}.00`);
      }
    }
    await learn();
  }
  const log = { info: () => {}, warn: () => {} };
  const round = () =>
    audiencePasses({
      ...{ store: service.store, timeScale: 1, outboxWritten: () => {}, now: () => service.now, log },
    }).round();
  const tell = async () => {
    const now = () => service.now;
    const intake = new EventIntake({ store: service.store, now, timeScale: 1, outboxWritten: () => {} });
    return await segmentNews({ store: service.store, intake, now, log }).tell();
  };
  const who = async () => {
    const rows = await service.store.db
      .selectFrom('runs as r')
      .innerJoin('identifiers as i', 'i.customer_id', 'r.customer_id')
      .select(['i.value', 'r.journey_key', 'r.status'])
      .where('i.kind', '=', 'email')
      .execute();
    return rows.map(({ value, journey_key, status }) => `${journey_key}: ${value.split('@')[0]} ${status}`).sort();
  };
  const sample = async (parameters: object) => {
    const { journey } = readJourney({ journeyKey: 'tried', ...parameters }, 'Tried');
    if (!journey) throw new Error('The parameters cannot be read.');
    return await sampleItem(service.store.db, journey, 'Trigger', service.now);
  };

  it('a new order moves somebody into the segment that a journey is for, and out of one that ends another', async () => {
    await fivePeople();
    const rule = (more: object) => ({ event: [{ type: 'segment_changed', ...more }] });
    await publishTrigger(service, 'back-again', {
      exits: [],
      parameters: { entryEvents: rule({ fromSegments: ['at_risk', 'cant_lose'], toSegments: ['champions', 'loyal'] }) },
    });
    await publishTrigger(service, 'welcome-back', {
      exits: [],
      parameters: { entryEvents: rule({ toSegments: ['hibernating'] }) },
    });
    await publishTrigger(service, 'win-back', {
      parameters: {
        ...{ entersOn: 'schedule', audienceSegments: ['at_risk', 'cant_lose'] },
        exitEvents: rule({ toSegments: ['champions', 'loyal'] }),
      },
    });
    expect(await round()).toBe(2);
    expect(await who()).toEqual(['win-back: p4 running', 'win-back: p5 running']);
    service.now += MINUTE;
    await buy('p4', service.now, 'again');
    expect(await tell()).toBe(1);
    expect(await who()).toEqual(['back-again: p4 running', 'win-back: p4 exited', 'win-back: p5 running']);
  });

  it('win-back as delivered: at risk, two orders, above the median, each 24 hours with a cool-down', async () => {
    await publishTrigger(service, 'win-back', {
      parameters: {
        ...{ entersOn: 'schedule', scheduleEvery: 'hours', scheduleHours: 24 },
        ...{ audienceSegments: ['at_risk', 'cant_lose'], audienceMinimumOrders: 2, audienceAboveMedian: true },
        ...{ enterAgain: 'cooldown', cooldownAmount: 180, cooldownUnit: 'days' },
      },
    });
    // Published before there are any scores: it waits for them.
    expect(await round()).toBe(0);
    service.now += MINUTE;
    await fivePeople();
    expect(await round()).toBe(2);
    expect(await who()).toEqual(['win-back: p4 running', 'win-back: p5 running']);
    await service.store.db.updateTable('runs').set({ status: 'completed' }).execute();
    service.now += DAY;
    expect(await round()).toBe(0);
    // An edit in n8n: taken away and published anew, with the same schedule.
    const since = async () =>
      (await service.store.db.selectFrom('journeys').select('schedule_since').executeTakeFirst())?.schedule_since;
    const before = await since();
    service.now += MINUTE;
    await service.call('DELETE', '/v1/endpoints', { workflowId: WORKFLOW, nodeId: 'trigger-win-back' });
    await publishTrigger(service, 'win-back', { parameters: { entersOn: 'schedule', scheduleHours: 24 } });
    expect(await since()).toBe(before);
    await publishTrigger(service, 'win-back', { parameters: { entersOn: 'schedule', scheduleHours: 12 } });
    expect(await since()).toBe(service.now);
    await publishTrigger(service, 'win-back', {});
    expect(await since()).toBeNull();
    const { body } = await service.call('GET', '/v1/journeys');
    expect(body[0]).not.toHaveProperty('schedule');
  });

  it('a test in the editor gets somebody who would enter, else somebody made up', async () => {
    const schedule = { entersOn: 'schedule', audienceSegments: ['cant_lose'], audienceMinimumOrders: 5 };
    expect((await sample(schedule)).run.entry).toMatchObject({
      type: 'schedule',
      properties: { segment: 'cant_lose', r: 2, f: 5, m: 4, dueAt: new Date(NOW).toISOString() },
    });
    await fivePeople();
    expect(await sample(schedule)).toMatchObject({
      customer: { email: 'p5@example.com' },
      run: { entry: { type: 'schedule', properties: { segment: 'cant_lose', r: 1, f: 5 } } },
    });
    expect(
      (await sample({ entersOn: 'replenishmentDue', duePoint: 'middle', dueProducts: 'tea' })).run.entry,
    ).toMatchObject({
      type: 'custom:replenishment_due',
      properties: { productId: 'tea', point: 'middle', basis: 'product', startAt: new Date(NOW).toISOString() },
    });
    const changed = { event: [{ type: 'segment_changed', toSegments: ['loyal', 'champions'] }] };
    expect((await sample({ entryEvents: changed })).run.entry).toMatchObject({
      type: 'segment_changed',
      properties: { from: 'loyal', to: 'loyal', r: 4, f: 5 },
    });
    const byProduct = { reentry: 'parallel', entryKeyPath: 'properties.items.productId' };
    const bought = { entryEvents: { event: [{ type: 'completed_purchase' }] } };
    expect((await sample({ ...byProduct, ...bought })).run.entry.properties).toMatchObject({
      productId: 'p1',
      quantity: 2,
    });
  });
});
