/** Journeys that customers enter when a purchase runs out, on both stores: when they are told, how often, and when not at all. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventIntake } from '../../temporal/intake/eventIntake.ts';
import { replenishmentReminders } from '../../temporal/intake/replenishmentReminders.ts';
import type { Store } from '../../temporal/store/store.ts';
import { DIALECTS } from './stores.ts';
import { event, NOW, TestService } from './service.ts';
import { publishTrigger } from './travellers.ts';

const DAY = 86_400_000;
const days = (count: number): number => NOW + count * DAY;

describe.each(DIALECTS)('reminders on %s', (dialect) => {
  let service: TestService;
  beforeEach(() => setUp());
  afterEach(() => service.close());

  async function setUp(timeScale = 1) {
    service = await TestService.create(dialect, { timeScale });
    // 60 doses last 45 to 55 days: five days before the low end is day 40, the middle day 50 (FEATURES, section D).
    await service.call('PUT', '/v1/products/doses', { replenishment: { lowDays: 45, highDays: 55 } });
    await service.call('PUT', '/v1/products/coffee', { replenishment: { lowDays: 20, highDays: 30 } });
  }
  const watch = (store: Store = service.store, timeScale = 1) => {
    const now = () => service.now;
    const intake = new EventIntake({ store, now, timeScale, outboxWritten: () => {} });
    return replenishmentReminders({ store, intake, timeScale, now, log: { warn: () => {} } });
  };
  const publish = (key = 'refill', parameters: object = {}) =>
    publishTrigger(service, key, {
      exits: ['completed_purchase', 'refunded'],
      parameters: {
        ...{ entersOn: 'replenishmentDue', reentry: 'parallel', entryKeyPath: 'properties.productId' },
        ...parameters,
      },
    });
  const buy = (person: string, at: number, products: object[] = [{ productId: 'doses' }], more: object = {}) =>
    service.send(
      event('completed_purchase', person, new Date(at).toISOString(), {
        properties: { items: products.map((one) => ({ quantity: 1, price: '20.00', ...one })), ...more },
      }),
    );
  const told = async () => {
    const rows = await service.store.db
      .selectFrom('events')
      .selectAll()
      .where('type', '=', 'custom:replenishment_due')
      .orderBy('seq')
      .execute();
    return rows.map((row) => ({ ...row, properties: JSON.parse(row.properties_json) as Record<string, unknown> }));
  };
  const runsOf = async (customerId: string) =>
    (await service.runs(customerId))
      .map(({ journey, workflowId, status }) => `${journey} ${workflowId.split('/')[3] ?? ''} ${status}`)
      .sort();

  it('come when the point is reached, once for a purchase, and enter the journey', async () => {
    await publish();
    const ann = await buy('ann', NOW, [{ productId: 'doses', quantity: 1 }], { orderId: 'a-1' });
    const watching = watch();
    service.now = days(40) - 1;
    expect(await watching.tell()).toBe(0);
    service.now = days(40);
    expect(await watching.tell()).toBe(1);
    expect(await told()).toMatchObject([
      {
        ...{ source: 'scores', customer_id: ann, occurred_at: service.now },
        properties: {
          ...{ productId: 'doses', quantity: 1, orderId: 'a-1', basis: 'byHand', point: 'start', daysBefore: 5 },
          orderedAt: new Date(NOW).toISOString(),
          startAt: new Date(days(45)).toISOString(),
          middleAt: new Date(days(50)).toISOString(),
          endAt: new Date(days(55)).toISOString(),
        },
      },
    ]);
    expect(await runsOf(ann)).toEqual(['refill doses running']);
    // Neither by this process, nor by another, nor by one that begins anew.
    expect(await watching.tell()).toBe(0);
    expect(await watch(service.openAgain()).tell()).toBe(0);
    // Bought again: the run ends, and the new purchase has its own moment.
    service.now = days(42);
    await buy('ann', days(42));
    expect(await runsOf(ann)).toEqual(['refill doses exited']);
    service.now = days(82);
    expect(await watching.tell()).toBe(1);
    expect(await runsOf(ann)).toEqual(['refill doses exited', 'refill doses running']);
  });

  it('go to the journeys that asked for this moment, and for this product', async () => {
    await publish('first');
    await publish('second', { duePoint: 'middle', dueDaysBeforeByHand: 0 });
    await publish('coffee', { dueProducts: 'coffee, tea' });
    await publish('also', {});
    const bob = await buy('bob', NOW, [{ productId: 'doses' }, { productId: 'coffee' }]);
    const watching = watch();
    service.now = days(15);
    expect(await watching.tell()).toBe(1);
    expect(await runsOf(bob)).toEqual(['also coffee running', 'coffee coffee running', 'first coffee running']);
    service.now = days(25);
    expect(await watching.tell()).toBe(1);
    expect(await runsOf(bob)).toContain('second coffee running');
    service.now = days(50);
    // Day 40 is ten days ago: too late by now. Day 50 is today.
    expect(await watching.tell()).toBe(1);
    expect(await runsOf(bob)).toEqual([
      ...['also coffee running', 'coffee coffee running', 'first coffee running'],
      ...['second coffee running', 'second doses running'],
    ]);
  });

  it('do not come for what comes by a subscription, was given back, or has been bought again', async () => {
    await publish();
    await buy('cy', NOW, [{ productId: 'doses', subscription: true }]);
    await buy('di', NOW);
    await buy('eve', NOW, [{ productId: 'doses' }], { orderId: 'e-1' });
    await buy('di', days(0.5));
    await service.send(
      event('refunded', 'eve', new Date(days(1)).toISOString(), {
        properties: { orderId: 'e-1', value: '84.00', currency: 'EUR' },
      }),
    );
    service.now = days(40);
    const watching = watch();
    await watching.tell();
    expect((await told()).map(({ properties }) => properties['productId'])).toEqual([]);
    service.now = days(40.5);
    expect(await watching.tell()).toBe(1);
  });

  it('are not for what ran out long ago: seven days are caught up on, also after it has been learned anew', async () => {
    await publish();
    const late = await buy('fay', days(-47));
    await buy('gus', days(-47.1));
    await buy('hal', days(-400));
    const watching = watch();
    expect(await watching.tell()).toBe(1);
    expect((await told()).map((one) => one.customer_id)).toEqual([late]);
    // Learned: another window of the product, by which more of them are lately due.
    await service.store.db
      .updateTable('replenishments')
      .set((eb) => ({ start_at: eb('start_at', '+', DAY) }))
      .execute();
    expect(await watching.tell()).toBe(0);
    await service.store.db
      .insertInto('score_jobs')
      .values({
        ...{ name: 'replenishment', due_at: days(1), lease_until: 0, started_at: NOW, finished_at: NOW },
        failure: null,
      })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ finished_at: NOW }))
      .execute();
    expect(await watching.tell()).toBe(1);
    expect(await told()).toHaveLength(2);
  });

  it('are told while a journey asks for them', async () => {
    await publish();
    await buy('ivy', days(-41));
    await service.call('POST', '/v1/journeys/refill/pause');
    const watching = watch();
    expect(await watching.tell()).toBe(0);
    await service.call('POST', '/v1/journeys/refill/resume');
    expect(await watching.tell()).toBe(1);
  });

  it('are told once by processes that look at the same time', async () => {
    await publish();
    for (let person = 0; person < 60; person++) await buy(`many${person}`, days(-40.1 - person / 100));
    const counts = await Promise.all(
      [watch(), watch(service.openAgain()), watch(service.openAgain())].map((one) => one.tell()),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(60);
    expect(await told()).toHaveLength(60);
    const runs = await service.store.db.selectFrom('runs').select('customer_id').execute();
    expect(runs).toHaveLength(60);
    expect(new Set(runs.map((run) => run.customer_id)).size).toBe(60);
  });

  it('follow the time scale, from the purchase on', async () => {
    await service.close();
    await setUp(1440);
    await publish();
    const jim = await buy('jim', NOW);
    const watching = watch(service.store, 1440);
    // Day 40 is 40 minutes after it.
    service.now = NOW + 40 * 60_000 - 1;
    expect(await watching.tell()).toBe(0);
    service.now += 1;
    expect(await watching.tell()).toBe(1);
    expect(await runsOf(jim)).toEqual(['refill doses running']);
  });
});
