/** Waits until something runs out, and until the preferred hour, on both stores; planned anew when the customer buys again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeAffinities } from '../../temporal/store/affinities.ts';
import { sessionOf } from '../../temporal/store/rows.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { publishTrigger, publishWait, wait, waitItem } from './travellers.ts';

const DAY = 86_400_000;
const days = (count: number, from = NOW): string => new Date(from + count * DAY).toISOString();

describe.each(DIALECTS)('waits until it runs out on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'refill', {
      enters: ['completed_purchase'],
      exits: ['opened_ticket'],
      parameters: { reentry: 'parallel', entryKeyPath: 'properties.items.productId' },
    });
    await publishWait(service, 'w1');
    // FEATURES: 60 doses last 45 to 55 days; the messages go out on day 40 and day 50.
    await service.call('PUT', '/v1/products/doses', { replenishment: { lowDays: 45, highDays: 55 } });
    await service.call('PUT', '/v1/products/candles', { replenishment: { lowDays: 300, highDays: 400 } });
    await service.call('PUT', '/v1/products/soap', { replenishment: { lowDays: 10, highDays: 20, enabled: false } });
  });
  afterAll(() => service.close());

  const spec = (more: object = {}) => ({
    kind: 'replenishment',
    point: 'start',
    daysBeforeLearned: 0,
    daysBeforeByHand: 5,
    otherwiseMs: null,
    restartable: false,
    ...more,
  });
  const purchase = (person: string, at: string, items: object[], more: object = {}) =>
    event('completed_purchase', person, at, { properties: { items, ...more } });
  const doses = (quantity = 1) => ({ productId: 'doses', quantity, price: '20.00' });

  async function buy(person: string, at: string, items: object[] = [doses()], more: object = {}) {
    const customerId = await service.send(purchase(person, at, items, more));
    // The journey has one run for each product.
    const runs = await service.runs(customerId);
    const ofDoses = runs.findLast(({ workflowId }) => workflowId.endsWith('/doses'));
    return { customerId, runId: (ofDoses ?? runs.at(-1))?.id ?? '' };
  }
  const until = async (traveller: { runId: string }, more: object = {}) => {
    const { body } = await wait(service, waitItem(traveller, { spec: spec(more) }));
    const [{ until: at, error }] = body.items as [{ until: string | null; error?: { message: string } }];
    return error?.message ?? at;
  };
  const run = async ({ runId }: { runId: string }) => (await service.call('GET', `/v1/runs/${runId}`)).body;
  const restarts = async ({ runId }: { runId: string }) =>
    (await service.outbox()).filter((row) => row.runId === runId && row.kind !== 'start');

  it('count from the purchase: day 40 and day 50, scaled by quantity', async () => {
    const bought = days(-1);
    expect(await until(await buy('ada', bought))).toBe(days(39));
    expect(await until(await buy('bob', bought), { point: 'middle', daysBeforeByHand: 0 })).toBe(days(49));
    expect(await until(await buy('cyn', bought, [doses(2)]))).toBe(days(84));
    expect(await until(await buy('dan', bought, [doses(2)]), { quantity: 1 })).toBe(days(39));
    // Two lines of one order are one purchase.
    expect(await until(await buy('eve', bought, [doses(), doses()]))).toBe(days(84));
  });

  it('are about the product that the run is about, or the one that is asked for', async () => {
    const items = [doses(), { productId: 'mug', quantity: 1, price: '9.00' }];
    // The run of the one product; the other has its own.
    expect(await until(await buy('fay', days(-1), items))).toBe(days(39));
    const gus = await buy('gus', days(-1), [{ productId: 'mug', quantity: 1, price: '9.00' }]);
    expect(await until(gus)).toMatch(
      /mug\) not enough data: 0 of 20 gaps between purchases, and no window is set by hand\. Set a window/,
    );
    expect(await until(gus, { otherwiseMs: 30 * DAY })).toBe(days(29));
  });

  it('say why no date can be named', async () => {
    const buyOne = (person: string, productId: string, more: object = {}) =>
      buy(person, days(-1), [{ productId, quantity: 1, price: '9.00', ...more }]);
    expect(await until(await buyOne('hal', 'candles'))).toMatch(/above 270 days: once-a-year goods/);
    expect(await until(await buyOne('ida', 'soap'))).toMatch(/switched off for this product/);
    expect(await until(await buyOne('jim', 'doses', { subscription: true }))).toMatch(/by a subscription/);
    expect(await until(await buy('kim', days(-1), [doses(1e9)]))).toMatch(/more than 100 years/);
  });

  it('go on at once where the date is past', async () => {
    const lea = await buy('lea', days(-0.5));
    service.now += 60 * DAY;
    expect(await until(lea)).toBe(days(39.5));
    service.now -= 60 * DAY;
  });

  it('are planned anew when the customer buys it again, and Temporal hears of it', async () => {
    const mia = await buy('mia', days(-1));
    expect(await until(mia)).toBe(days(39));
    service.now += 20 * DAY;
    const again = days(20);
    await service.send(purchase('mia', again, [doses(2)]));
    expect(await run(mia)).toMatchObject({
      waitingUntil: days(20 + 85),
      status: 'running',
      steps: [{ outcome: 'waiting' }, { node: 'Wait w1', outcome: 'replanned', at: again }],
    });
    expect(await restarts(mia)).toMatchObject([
      { kind: 'restart', payload: { segment: 1, until: Date.parse(days(20 + 85)) } },
    ]);
    service.now -= 20 * DAY;
  });

  it('stay as they are when something else is bought, or by somebody else, or nothing really', async () => {
    const nia = await buy('nia', days(-1));
    await until(nia);
    await service.send(
      purchase('nia', minutes(0), [{ productId: 'mug', quantity: 1, price: '9.00' }]),
      purchase('ole', minutes(0), [doses()]),
      { ...purchase('nia', minutes(0), [doses()]), test: true },
      // An older order that is told late.
      purchase('nia', days(-10), [doses(3)]),
    );
    expect(await run(nia)).toMatchObject({ waitingUntil: days(39) });
    expect(await restarts(nia)).toEqual([]);
  });

  it('go back when the later purchase is cancelled, or given back in full', async () => {
    const pam = await buy('pam', days(-1));
    await until(pam);
    const soon = minutes(-30);
    const orderOf = (orderId: string) => ({ orderId, currency: 'EUR', value: '20.00' });
    await service.send(purchase('pam', soon, [doses()], orderOf('pam2')));
    expect(await run(pam)).toMatchObject({ waitingUntil: days(40, Date.parse(soon)) });
    await service.send(event('refunded', 'pam', minutes(-20), { properties: { ...orderOf('pam2'), value: '5.00' } }));
    expect(await run(pam)).toMatchObject({ waitingUntil: days(40, Date.parse(soon)) });
    await service.send(event('refunded', 'pam', minutes(-10), { properties: { ...orderOf('pam2'), value: '15.00' } }));
    expect(await run(pam)).toMatchObject({ waitingUntil: days(39) });

    await service.send(purchase('pam', soon, [doses()], orderOf('pam3')));
    await service.send(
      event('custom:order_cancelled', 'pam', minutes(-5), { properties: { ...orderOf('pam3'), wasPaid: false } }),
    );
    expect(await run(pam)).toMatchObject({ waitingUntil: days(39) });
  });

  it('count a fixed time from the purchase again, where no date can be named', async () => {
    const quin = await buy('quin', days(-1), [{ productId: 'mug', quantity: 1, price: '9.00' }]);
    await until(quin, { otherwiseMs: 30 * DAY });
    await service.send(purchase('quin', minutes(0), [{ productId: 'mug', quantity: 1, price: '9.00' }]));
    expect(await run(quin)).toMatchObject({ waitingUntil: days(30) });
  });

  it('end when it comes by a subscription from now on', async () => {
    const ray = await buy('ray', days(-1));
    await until(ray);
    await service.send(purchase('ray', minutes(0), [{ ...doses(), subscription: true }]));
    expect(await run(ray)).toMatchObject({ status: 'exited', exitReason: 'completed_purchase', waitingUntil: null });
    expect(await restarts(ray)).toMatchObject([{ kind: 'exit' }]);
  });

  it('are ended by exits first', async () => {
    await publishTrigger(service, 'once', {
      enters: ['wishlisted'],
      exits: ['completed_purchase'],
    });
    const customerId = await service.send(
      event('wishlisted', 'sam', minutes(-10), { properties: { productId: 'doses' } }),
    );
    const [first] = await service.runs(customerId);
    const sam = { runId: first!.id };
    expect(await until(sam)).toBe(days(40, Date.parse(minutes(-10))));
    await service.send(purchase('sam', minutes(0), [doses()]));
    expect(await run(sam)).toMatchObject({ status: 'exited', exitReason: 'completed_purchase' });
    expect(await restarts(sam)).toMatchObject([{ kind: 'exit' }]);
  });

  it('wait for the preferred hour of the customer`s clock, where it is known', async () => {
    const tom = await buy('tom', days(-0.5));
    await service.call('PUT', '/v1/customers', {
      identity: { email: 'tom@example.com' },
      properties: { timeZone: 'America/New_York' },
    });
    const preferred = { kind: 'preferredHour', fallback: '10:30', weekdays: [], restartable: false };
    const first = await wait(service, waitItem(tom, { spec: preferred }));
    expect(first.body.items[0].until).toBe('2026-11-22T15:30:00.000Z');
    const affinity = { channel: null, channels: {}, priceSensitivity: null, categories: [] };
    const known = { ...affinity, preferredHour: 18, zone: 'America/New_York' };
    await writeAffinities(sessionOf(service.store.db), new Map([[tom.customerId, known]]), NOW);
    const una = await buy('tom', days(-0.4), [{ productId: 'mug', quantity: 1, price: '9.00' }]);
    const second = await wait(service, waitItem(una, { spec: { ...preferred, weekdays: [1] } }));
    expect(second.body.items[0].until).toBe('2026-11-23T23:00:00.000Z');
  });
});

describe.each(DIALECTS)('with a time scale on %s', (dialect) => {
  it('days are divided by it, from the purchase on', async () => {
    const service = await TestService.create(dialect, { timeScale: 1440 });
    await publishTrigger(service, 'refill', { enters: ['completed_purchase'], exits: ['opened_ticket'] });
    await publishWait(service, 'w1');
    await service.call('PUT', '/v1/products/p1', { replenishment: { lowDays: 45, highDays: 55 } });
    const customerId = await service.send(
      event('completed_purchase', 'ada', minutes(-10), {
        properties: { items: [{ productId: 'p1', quantity: 1, price: '20.00' }] },
      }),
    );
    const [run] = await service.runs(customerId);
    const spec = { kind: 'replenishment', point: 'middle', daysBeforeLearned: 0, daysBeforeByHand: 0 };
    const { body } = await wait(
      service,
      waitItem({ runId: run!.id }, { spec: { ...spec, otherwiseMs: null, restartable: false } }),
    );
    expect(body.items[0].until).toBe(minutes(40));
    await service.close();
  });
});
