/** `POST /v1/waits` on both stores: one wait for each run and segment, and events that came before it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, minutes, TestService } from './service.ts';
import { call, enter, load, publishTrigger, publishWait, results, wait, waitItem } from './travellers.ts';

const HOUR = 3_600_000;

describe.each(DIALECTS)('waits on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
    await publishWait(service, 'w1');
  });
  afterAll(() => service.close());

  const forEvent = (type: string, maxMs: number | null = HOUR) => ({
    kind: 'event',
    events: [{ type, filters: [] }],
    maxMs,
    restartable: false,
  });

  it('counts the first from the entry event, and says where the customer is', async () => {
    const ada = await enter(service, 'ada');
    expect((await wait(service, waitItem(ada))).body).toEqual({ items: [{ ref: '0', until: minutes(59) }] });
    expect((await service.call('GET', `/v1/runs/${ada.runId}`)).body).toMatchObject({
      step: 'Wait w1',
      waitingUntil: minutes(59),
      steps: [{ node: 'Wait w1', outcome: 'waiting' }],
    });
    expect(await results(service, call(ada))).toEqual([
      { kind: 'wait', segment: 1, node: 'Wait w1', until: Date.parse(minutes(59)), events: [], arrived: false },
    ]);
  });

  it('changes nothing when the segment runs twice, also later', async () => {
    const bob = await enter(service, 'bob');
    const local = waitItem(bob, { spec: { kind: 'localTime', time: '09:00', weekdays: [], restartable: false } });
    const first = (await wait(service, local, local)).body.items;
    expect(first[0].until).toBe(first[1].until);
    service.now += 24 * HOUR;
    expect((await wait(service, local)).body.items[0].until).toBe(first[0].until);
    service.now -= 24 * HOUR;
    // The operator has changed the node meanwhile: what is published now counts.
    expect((await wait(service, waitItem(bob))).body.items[0].until).toBe(minutes(59));
  });

  it('refuses a second place, the wrong segment and a date that is none, each for itself', async () => {
    const [cyn, dan, eve] = [await enter(service, 'cyn'), await enter(service, 'dan'), await enter(service, 'eve')];
    const { body } = await wait(
      service,
      waitItem(cyn),
      waitItem(cyn, { nodeId: 'w2', nodeName: 'Wait w2' }),
      waitItem(dan, { segment: 3 }),
      waitItem(eve, { spec: { kind: 'date', at: '', restartable: false } }),
      waitItem({ runId: 'run_gone' }),
    );
    expect(body.items).toEqual([
      { ref: '0', until: minutes(59) },
      {
        ref: '1',
        until: null,
        error: { path: '/items/1', message: expect.stringMatching(/waits at "Wait w1" already.*join the branches/) },
      },
      {
        ref: '2',
        until: null,
        error: { path: '/items/2/segment', message: expect.stringMatching(/stands at segment 1/) },
      },
      { ref: '3', until: null, error: { path: '/items/3/spec', message: expect.stringMatching(/date is empty/) } },
      { ref: '4', until: null, ended: true },
    ]);
    const [second] = (await wait(service, waitItem(cyn, { nodeId: 'w2', nodeName: 'Wait w2' }))).body.items;
    expect(second.error.message).toMatch(/join the branches/);
  });

  it('says kindly that a run has ended', async () => {
    const fay = await enter(service, 'fay');
    await service.send(event('completed_purchase', 'fay', minutes(0)));
    expect((await wait(service, waitItem(fay))).body).toEqual({ items: [{ ref: '0', until: null, ended: true }] });
  });

  it('uses the customer`s time zone for local times', async () => {
    const gus = await enter(service, 'gus');
    await service.call('PUT', '/v1/customers', {
      identity: { email: 'gus@example.com' },
      properties: { timeZone: 'America/New_York' },
    });
    const spec = { kind: 'localTime', time: '09:00', weekdays: [], restartable: false };
    expect((await wait(service, waitItem(gus, { spec }))).body.items[0].until).toBe('2026-11-22T14:00:00.000Z');
  });

  it('finds the event that came while the segment was running', async () => {
    const hal = await enter(service, 'hal');
    await load(service, call(hal));
    await service.send(event('fulfilled_order', 'hal', minutes(0)));
    await wait(service, waitItem(hal, { spec: forEvent('fulfilled_order', null) }));
    expect(await results(service, call(hal))).toMatchObject([
      { kind: 'wait', until: null, events: ['fulfilled_order'], arrived: true },
    ]);
    const [input] = await load(service, call(hal, 2, 'event'));
    expect(input).toMatchObject({
      kind: 'post',
      item: { run: { outcome: 'event' }, event: { type: 'fulfilled_order' } },
    });

    // The same event does not answer the next wait; another one does, which comes in the same moment.
    await service.send(event('fulfilled_order', 'hal', minutes(0)));
    await wait(
      service,
      waitItem(hal, { segment: 2, nodeId: 'w2', nodeName: 'Wait w2', spec: forEvent('fulfilled_order') }),
    );
    expect(await results(service, call(hal, 2))).toMatchObject([{ arrived: true }]);
  });

  it('finds the event that came while n8n was away, before the segment could begin', async () => {
    const nia = await enter(service, 'nia');
    await service.send(event('wishlisted', 'nia', minutes(0)));
    service.now += 1_000;
    await load(service, call(nia));
    await wait(service, waitItem(nia, { spec: forEvent('wishlisted') }));
    expect(await results(service, call(nia))).toMatchObject([{ arrived: true }]);

    // The same after a wait that an event has ended, and after one that time has.
    service.now += 1_000;
    await service.send(event('searched', 'nia', minutes(0), { properties: { query: 'shoes' } }));
    service.now += 1_000;
    await load(service, call(nia, 2, 'event'));
    await wait(service, waitItem(nia, { segment: 2, spec: forEvent('searched', 1_000) }));
    expect(await results(service, call(nia, 2))).toMatchObject([{ arrived: true }]);
    await load(service, call(nia, 3, 'event'));
    await wait(service, waitItem(nia, { segment: 3 }));
    service.now += 2 * HOUR;
    await service.send(event('wishlisted', 'nia', minutes(90)));
    service.now += 1_000;
    await load(service, call(nia, 4, 'elapsed'));
    await wait(service, waitItem(nia, { segment: 4, spec: forEvent('wishlisted') }));
    expect(await results(service, call(nia, 4))).toMatchObject([{ arrived: true }]);
    service.now -= 2 * HOUR + 4_000;
  });

  it('is not answered by the entry event, nor by what came before the segment, nor by another order`s', async () => {
    const ida = await enter(service, 'ida');
    await load(service, call(ida));
    await wait(service, waitItem(ida, { spec: forEvent('added_to_cart') }));
    expect(await results(service, call(ida))).toMatchObject([{ arrived: false }]);

    const jim = await enter(service, 'jim');
    await service.send(event('wishlisted', 'jim', minutes(0)));
    service.now += HOUR;
    await load(service, call(jim));
    await wait(service, waitItem(jim));
    service.now += HOUR;
    await load(service, call(jim, 2, 'elapsed'));
    await wait(service, waitItem(jim, { segment: 2, spec: forEvent('wishlisted') }));
    expect(await results(service, call(jim, 2))).toMatchObject([{ arrived: false }]);
    service.now -= 2 * HOUR;

    await publishTrigger(service, 'orders', { enters: ['opened_ticket'], parameters: { reentry: 'parallel' } });
    const kim = await service.send(event('opened_ticket', 'kim', minutes(-1), { properties: { orderId: 'o1' } }));
    const [run] = await service.runs(kim);
    await service.send(event('fulfilled_order', 'kim', minutes(0), { properties: { orderId: 'o2' } }));
    await wait(service, waitItem({ runId: run!.id }, { spec: forEvent('fulfilled_order') }));
    expect(await results(service, call({ runId: run!.id }))).toMatchObject([{ arrived: false }]);
  });

  it('is answered afterwards by intake', async () => {
    const lea = await enter(service, 'lea');
    await wait(service, waitItem(lea, { spec: forEvent('wishlisted') }));
    await service.send(event('wishlisted', 'lea', minutes(0)));
    expect(await results(service, call(lea))).toMatchObject([{ arrived: true }]);
  });

  it('is asked for correctly or not at all', async () => {
    const body = { items: [{ ...waitItem({ runId: 'r' }), spec: { kind: 'sometime' } }] };
    expect(await service.call('POST', '/v1/waits', body)).toMatchObject({ status: 400 });
    expect((await service.call('POST', '/v1/waits', { items: [] })).body).toEqual({ items: [] });
  });
});
