/** Segments on both stores: what n8n is given, what it has asked for, and that both say the same when asked again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noScores } from '../../temporal/domain/customerScores.ts';
import { noTotals } from '../../temporal/domain/customerTotals.ts';
import { locateSegments, readKnownResults } from '../../temporal/store/segments.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import {
  authorize,
  call,
  enter,
  load,
  publishTrigger,
  publishWait,
  results,
  sendItem,
  wait,
  waitItem,
  WORKFLOW,
} from './travellers.ts';

const HOUR = 3_600_000;

describe.each(DIALECTS)('segments on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
    await publishWait(service, 'w1');
  });
  afterAll(() => service.close());

  const runOf = async (runId: string) =>
    await service.store.db.selectFrom('runs').selectAll().where('id', '=', runId).executeTakeFirstOrThrow();

  it('begin at the trigger with the customer and the entry', async () => {
    const ada = await enter(service, 'ada');
    await service.call('PUT', '/v1/customers', {
      identity: { email: 'ada@example.com' },
      properties: { firstName: 'Ada' },
    });
    const inputs = await load(service, call(ada));
    expect(inputs).toEqual([
      {
        kind: 'post',
        call: call(ada),
        endpoint: {
          id: `${WORKFLOW}/trigger-cart`,
          path: 'webhook/cart/journey',
          nodeName: 'Cart activity',
          workflowName: 'Cart recovery',
          published: true,
        },
        item: {
          customer: {
            id: ada.customerId,
            email: 'ada@example.com',
            firstName: 'Ada',
            consent: { email: 'subscribed', sms: 'never', whatsapp: 'never', push: 'never' },
            preferences: { tracks: [] },
            totals: noTotals(),
            scores: {
              ...noScores(),
              prediction: { notEnoughData: expect.stringMatching(/^not enough data: /) as string },
            },
          },
          run: {
            id: ada.runId,
            journey: 'cart',
            segment: 1,
            step: 'Cart activity',
            enteredAt: minutes(0),
            outcome: 'entered',
            entry: {
              type: 'added_to_cart',
              occurredAt: minutes(-1),
              properties: expect.objectContaining({ currency: 'EUR' }),
            },
          },
        },
      },
    ]);
    expect(await load(service, call(ada))).toEqual(inputs);
    expect(await locateSegments(service.store.db, [call(ada), call({ runId: 'run_none' })])).toEqual(
      new Map([[`${ada.runId}/1`, expect.objectContaining({ path: 'webhook/cart/journey' })]]),
    );
  });

  it('go on after a wait with what nodes had added, and the newest customer', async () => {
    const bob = await enter(service, 'bob');
    await load(service, call(bob));
    const item = { added: { size: 42 }, customer: { id: 'old' }, run: { id: 'old' }, event: { type: 'old' } };
    await wait(service, waitItem(bob, { item }));
    service.now = NOW + HOUR;
    const consent = { channel: 'email', state: 'unsubscribed', source: 'call' };
    await service.call('PUT', `/v1/customers/${bob.customerId}/consent`, consent);
    await service.call('PUT', `/v1/customers/${bob.customerId}/preferences`, { tracks: ['product_news'] });
    const [input] = await load(service, call(bob, 2, 'elapsed'));
    expect(input).toMatchObject({
      kind: 'post',
      endpoint: { id: `${WORKFLOW}/w1` },
      item: {
        added: { size: 42 },
        customer: {
          id: bob.customerId,
          email: 'bob@example.com',
          consent: { email: 'unsubscribed' },
          preferences: { tracks: ['product_news'] },
        },
        run: { id: bob.runId, segment: 2, step: 'Wait w1', outcome: 'elapsed' },
      },
    });
    expect(input).not.toHaveProperty('item.event');
    expect(await runOf(bob.runId)).toMatchObject({
      segment: 2,
      step: 'Wait w1',
      waiting_until: null,
      // When the wait was over, not when the segment could run.
      segment_began_at: Date.parse(minutes(59)),
    });

    service.now += HOUR;
    expect(await load(service, call(bob, 2, 'elapsed'))).toEqual([input]);
    expect((await runOf(bob.runId)).segment_began_at).toBe(Date.parse(minutes(59)));
    // An attempt at the first segment that was believed lost comes back.
    expect(await load(service, call(bob))).toMatchObject([{ kind: 'answered', result: { kind: 'wait', segment: 1 } }]);
    expect((await runOf(bob.runId)).segment).toBe(2);

    expect(await results(service, call(bob, 2))).toEqual([{ kind: 'completed' }]);
    expect(await results(service, call(bob, 2))).toEqual([{ kind: 'completed' }]);
    expect(await load(service, call(bob, 2))).toMatchObject([{ kind: 'answered', result: { kind: 'completed' } }]);
    const run = (await service.call('GET', `/v1/runs/${bob.runId}`)).body;
    expect(run).toMatchObject({ status: 'completed', exitReason: null, waitingUntil: null });
    expect(run.steps.map(({ node, outcome }: Record<string, string>) => `${node}: ${outcome}`)).toEqual([
      'Cart activity: entered',
      'Wait w1: waiting',
      'Wait w1: elapsed',
      'Wait w1: completed',
    ]);
    service.now = NOW;
  });

  it('go on waiting when the wait was prolonged while its timer fired', async () => {
    const cyn = await enter(service, 'cyn');
    await load(service, call(cyn));
    await wait(service, waitItem(cyn, { spec: { kind: 'duration', ms: HOUR, restartable: true } }));
    service.now = NOW + HOUR;
    await service.send(event('added_to_cart', 'cyn', minutes(60)));
    expect(await load(service, call(cyn, 2, 'elapsed'))).toMatchObject([
      { kind: 'answered', result: { kind: 'wait', segment: 1, until: NOW + 2 * HOUR, arrived: false } },
    ]);
    service.now = NOW;
  });

  it('know when the run has ended meanwhile', async () => {
    const dan = await enter(service, 'dan');
    await load(service, call(dan));
    await service.send(event('completed_purchase', 'dan', minutes(0)));
    const ended = { kind: 'ended', outcome: 'exited', reason: 'completed_purchase' };
    expect(await results(service, call(dan))).toEqual([ended]);
    expect(await load(service, call(dan))).toMatchObject([{ kind: 'answered', result: ended }]);
    expect(await readKnownResults(service.store.db, [call(dan)])).toEqual([ended]);
    expect(await results(service, call({ runId: 'run_gone' }))).toEqual([
      { kind: 'ended', outcome: 'cancelled', reason: 'erased' },
    ]);
  });

  it('are held while the journey is paused', async () => {
    const eve = await enter(service, 'eve');
    await service.call('POST', '/v1/journeys/cart/pause');
    expect(await load(service, call(eve))).toMatchObject([{ kind: 'answered', result: { kind: 'held' } }]);
    expect((await runOf(eve.runId)).held).toBe(1);
    await service.call('POST', '/v1/journeys/cart/resume');
    expect((await runOf(eve.runId)).held).toBe(0);
    expect(await load(service, call(eve))).toMatchObject([{ kind: 'post' }]);
  });

  it('run again when a send was deferred; the latest counts, before any wait', async () => {
    const fay = await enter(service, 'fay');
    await load(service, call(fay));
    await service.store.db.updateTable('journeys').set({ paused: 1 }).where('key', '=', 'cart').execute();
    await authorize(service, sendItem(fay));
    service.now += 1000;
    await authorize(service, sendItem(fay, { node: 'node-2', nodeName: 'Second e-mail' }));
    service.now = NOW;
    await service.store.db.updateTable('journeys').set({ paused: 0 }).where('key', '=', 'cart').execute();
    await wait(service, waitItem(fay));
    const deferred = { kind: 'deferred', until: NOW + 61_000, node: 'Second e-mail' };
    expect(await results(service, call(fay))).toEqual([deferred]);
    expect(await readKnownResults(service.store.db, [call(fay)])).toEqual([null]);
    // n8n may have taken longer with the segment than the message was put off for.
    service.now = NOW + 62_000;
    expect(await results(service, call(fay))).toEqual([deferred]);
    // The segment runs again, and nobody asks for the message any more: the node has been taken out.
    expect(await load(service, call(fay))).toMatchObject([{ kind: 'post' }]);
    expect(await results(service, call(fay))).toMatchObject([{ kind: 'wait' }]);
    service.now = NOW;
  });

  it('are missing while their node is not published, and are not lost', async () => {
    const gus = await enter(service, 'gus');
    await load(service, call(gus));
    await publishWait(service, 'w9');
    await wait(service, waitItem(gus, { nodeId: 'w9', nodeName: 'Wait w9' }));
    service.now = NOW + HOUR;
    await service.call('DELETE', `/v1/endpoints/${WORKFLOW}/w9`);
    expect(await load(service, call(gus, 2, 'elapsed'))).toEqual([
      { kind: 'missing', call: call(gus, 2, 'elapsed'), step: 'Wait w9' },
    ]);
    expect((await runOf(gus.runId)).segment).toBe(1);
    await publishWait(service, 'w9');
    expect(await load(service, call(gus, 2, 'elapsed'))).toMatchObject([
      { kind: 'post', endpoint: { nodeName: 'Wait w9' } },
    ]);
    service.now = NOW;
  });

  it('come 200 at once, each with its own answer', async () => {
    const people = await Promise.all(Array.from({ length: 200 }, (_, n) => enter(service, `many${n}`)));
    const calls = people.map((one) => call(one));
    expect((await load(service, ...calls)).filter(({ kind }) => kind === 'post')).toHaveLength(200);
    await wait(service, ...people.filter((_, n) => n % 2 === 0).map((one) => waitItem(one)));
    const kinds = (await results(service, ...calls)).map(({ kind }) => kind);
    expect(kinds).toEqual(people.map((_, n) => (n % 2 === 0 ? 'wait' : 'completed')));
    expect(await load(service)).toEqual([]);
    expect(await results(service)).toEqual([]);
  });

  it('complete only once, whatever comes at the same time', async () => {
    const ivy = await enter(service, 'ivy');
    await load(service, call(ivy));
    const [first, second] = await Promise.all([
      results(service, call(ivy)),
      service.send(event('completed_purchase', 'ivy', minutes(0))),
    ]);
    const { status } = await runOf(ivy.runId);
    expect(second).toBe(ivy.customerId);
    expect(first).toEqual(
      status === 'completed'
        ? [{ kind: 'completed' }]
        : [{ kind: 'ended', outcome: 'exited', reason: 'completed_purchase' }],
    );
  });
});
