/** What events and operators do to runs, on both stores: entries, exits, waits, re-entry, pause. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WaitSpec } from '../../temporal/domain/waitSpec.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';

const HOUR = 3600_000;

describe.each(DIALECTS)('journeys on %s', (dialect) => {
  let service: TestService;
  beforeEach(async () => {
    service = await TestService.create(dialect);
  });
  afterEach(() => service.close());

  /** The segment has run and asked for this wait. */
  async function wait(runId: string, spec: WaitSpec, segment = 1): Promise<void> {
    await service.store.db
      .insertInto('waits')
      .values({
        run_id: runId,
        segment,
        endpoint_id: 'wf1/n2',
        node: 'Wait 90 min',
        spec_json: JSON.stringify(spec),
        until: NOW + HOUR,
        state: 'waiting',
        ended_by: null,
        event_json: null,
        item_json: '{}',
        created_at: NOW,
      })
      .execute();
    await service.store.db.updateTable('runs').set({ step: 'Wait 90 min', segment }).where('id', '=', runId).execute();
  }
  const waitState = async (runId: string) =>
    await service.store.db.selectFrom('waits').selectAll().where('run_id', '=', runId).executeTakeFirstOrThrow();
  const kinds = async () => (await service.outbox()).map(({ kind }) => kind);
  const statuses = async (id: string) => (await service.runs(id)).map(({ status }) => status);
  const skips = async (id: string): Promise<string[]> => {
    const { items } = (await service.call('GET', `/v1/customers/${id}/audit`)).body;
    return items
      .filter((item: { kind: string }) => item.kind === 'skippedEntry')
      .map((item: { detail: { reason: string } }) => item.detail.reason);
  };

  it('brings a customer in and tells Temporal, once', async () => {
    await service.publish({ key: 'cart-recovery', name: 'Cart recovery' });
    const id = await service.send(event('added_to_cart', 'ann'), event('added_to_cart', 'ann'));
    const [run] = await service.runs(id);
    expect(run).toMatchObject({
      journey: 'cart-recovery',
      status: 'running',
      workflowId: `journey/cart-recovery/${id}`,
    });
    expect(await service.outbox()).toEqual([
      {
        kind: 'start',
        runId: run?.id,
        workflowId: run?.workflowId,
        payload: {
          runId: run?.id,
          journeyKey: 'cart-recovery',
          journeyName: 'Cart recovery',
          customerId: id,
          entry: 'added_to_cart',
          endsOn: ['completed_purchase'],
        },
      },
    ]);
    expect(service.wakes).toBe(1);
  });

  it('ends a run on an exit event, and lets the customer in again', async () => {
    await service.publish({ key: 'cart' });
    const id = await service.send(event('added_to_cart', 'ann', minutes(-9)));
    await service.send(event('completed_purchase', 'ann', minutes(-8)));
    // Runs are listed by the time of entry.
    service.now++;
    await service.send(event('added_to_cart', 'ann', minutes(-7)));
    expect(await statuses(id)).toEqual(['running', 'exited']);
    expect((await service.runs(id))[1]?.exitReason).toBe('completed_purchase');
    expect(await kinds()).toEqual(['start', 'exit', 'start']);
  });

  it('goes by when things happened, not by when they were told', async () => {
    await service.publish({ key: 'cart' });
    const late = await service.send(event('completed_purchase', 'ann', minutes(-5)));
    await service.send(event('added_to_cart', 'ann', minutes(-6)));
    expect(await statuses(late)).toEqual([]);
    expect(await skips(late)).toEqual(['exitedSince']);
    const old = await service.send(event('added_to_cart', 'bob', minutes(-5)));
    await service.send(event('completed_purchase', 'bob', minutes(-6)));
    expect(await statuses(old)).toEqual(['running']);
    const batch = await service.send(
      event('completed_purchase', 'cy', minutes(-5)),
      event('added_to_cart', 'cy', minutes(-6)),
    );
    expect(await statuses(batch)).toEqual(['exited']);
    expect(await kinds()).toEqual(['start']);
  });

  it('starts nothing for events that are too old, tests, repeated orders, or journeys that are paused or unpublished', async () => {
    await service.publish({ key: 'thanks', entries: [{ type: 'completed_purchase', filters: [] }], exits: [] });
    await service.publish({ key: 'off' }, { published: 0 });
    await service.publish({ key: 'resting', entries: [{ type: 'searched', filters: [] }] }, { paused: 1 });
    const order = (at: number, more = {}) =>
      event('completed_purchase', 'ann', minutes(at), { ...more, properties: { orderId: 'o-1' } });
    const id = await service.send(order(-25 * 60));
    await service.send(event('added_to_cart', 'ann'), event('searched', 'ann'));
    await service.send(order(-5), order(-3, { test: true }));
    expect(await statuses(id)).toEqual([]);
    expect((await skips(id)).sort()).toEqual(['paused', 'tooOld']);
    expect(service.wakes).toBe(0);
  });

  it('does not let repeated orders end what began after the order', async () => {
    await service.publish({ key: 'cart' });
    const order = (at: number) => event('completed_purchase', 'ann', minutes(at), { properties: { orderId: 'o-1' } });
    const id = await service.send(order(-9));
    await service.send(event('added_to_cart', 'ann', minutes(-8)));
    await service.send(order(-7));
    expect(await statuses(id)).toEqual(['running']);
  });

  it('checks filters', async () => {
    await service.publish({
      key: 'big',
      entries: [
        {
          type: 'started_checkout',
          filters: [{ path: 'properties.valueMinor', operator: 'greaterThan', value: '5000' }],
        },
      ],
    });
    const checkout = (person: string, value: string) =>
      event('started_checkout', person, minutes(-1), { properties: { value } });
    expect(await statuses(await service.send(checkout('ann', '50.00')))).toEqual([]);
    expect(await statuses(await service.send(checkout('bob', '50.01')))).toEqual(['running']);
  });

  it('cools down, counted from the last entry, by scaled time', async () => {
    await service.close();
    service = await TestService.create(dialect, { timeScale: 60 });
    await service.publish({ key: 'browse', enterAgain: 'cooldown', cooldownMs: 60 * HOUR });
    await service.publish({ key: 'welcome', entries: [{ type: 'subscribed', filters: [] }], enterAgain: 'never' });
    const id = await service.send(event('added_to_cart', 'ann', minutes(-5)), event('subscribed', 'ann', minutes(-5)));
    await service.send(event('completed_purchase', 'ann', minutes(-4)));
    service.now = NOW + HOUR - 1;
    await service.send(event('added_to_cart', 'ann', minutes(10)), event('subscribed', 'ann', minutes(10)));
    expect(await statuses(id)).toEqual(['exited', 'exited']);
    expect((await skips(id)).sort()).toEqual(['coolingDown', 'onlyOnce']);
    service.now = NOW + HOUR;
    await service.send(event('added_to_cart', 'ann', minutes(11)));
    expect(await statuses(id)).toEqual(['running', 'exited', 'exited']);
  });

  it('restarts a restartable wait when the entry event comes again', async () => {
    await service.publish({ key: 'cart' });
    const id = await service.send(event('added_to_cart', 'ann', minutes(-9)));
    const [run] = await service.runs(id);
    const runId = run?.id ?? '';
    await wait(runId, { kind: 'duration', ms: 90 * 60_000, restartable: true });
    const again = event('added_to_cart', 'ann', minutes(-2), { properties: { cartId: 'newer' } });
    await service.send(again);
    const until = Date.parse(minutes(88));
    expect((await waitState(runId)).until).toBe(until);
    expect((await service.outbox())[1]).toMatchObject({ kind: 'restart', runId, payload: { segment: 1, until } });
    const row = await service.store.db.selectFrom('runs').selectAll().where('id', '=', runId).executeTakeFirstOrThrow();
    expect(JSON.parse(row.entry_json)).toMatchObject({ eventId: again['id'], properties: { cartId: 'newer' } });
    await service.send(event('added_to_cart', 'ann', minutes(-20)));
    expect((await waitState(runId)).until).toBe(until);
  });

  it('leaves a wait that is not restartable alone', async () => {
    await service.publish({ key: 'cart' });
    const id = await service.send(event('added_to_cart', 'ann', minutes(-9)));
    const runId = (await service.runs(id))[0]?.id ?? '';
    await wait(runId, { kind: 'duration', ms: HOUR, restartable: false });
    await service.send(event('added_to_cart', 'ann', minutes(-2)));
    expect(await kinds()).toEqual(['start']);
    expect((await waitState(runId)).until).toBe(NOW + HOUR);
  });

  it('replaces the run where the re-entry rule says restart', async () => {
    await service.publish({ key: 'cart', reentry: 'restart' });
    const id = await service.send(event('added_to_cart', 'ann', minutes(-9)));
    await service.send(event('added_to_cart', 'ann', minutes(-8)));
    const runs = await service.runs(id);
    expect(runs.map(({ status, exitReason }) => [status, exitReason]).sort()).toEqual([
      ['cancelled', 'restarted'],
      ['running', null],
    ]);
    expect(await kinds()).toEqual(['start', 'cancel', 'start']);
  });

  it('keeps parallel runs apart by their entry key', async () => {
    await service.publish({
      key: 'post-purchase',
      entries: [{ type: 'completed_purchase', filters: [] }],
      exits: [{ type: 'refunded', filters: [] }],
      reentry: 'parallel',
      entryKeyPath: 'properties.orderId',
    });
    const order = (orderId: string, at: number) =>
      event('completed_purchase', 'ann', minutes(at), { properties: { orderId } });
    const id = await service.send(order('A', -9), order('B', -8));
    await service.send(event('refunded', 'ann', minutes(-7), { properties: { orderId: 'A', value: '1' } }));
    const runs = await service.runs(id);
    expect(runs.map(({ workflowId, status }) => [workflowId, status]).sort()).toEqual([
      [`journey/post-purchase/${id}/A`, 'exited'],
      [`journey/post-purchase/${id}/B`, 'running'],
    ]);
  });

  it('answers a wait until an event, and ends the wait with the run', async () => {
    await service.publish({ key: 'cart' });
    const id = await service.send(event('added_to_cart', 'ann', minutes(-9)));
    const runId = (await service.runs(id))[0]?.id ?? '';
    const events = [{ type: 'message_opened' as const, filters: [] }];
    await wait(runId, { kind: 'event', events, maxMs: null, restartable: false });
    await service.send(event('message_opened', 'ann', minutes(-1)), event('message_opened', 'ann', minutes(-1)));
    expect(await waitState(runId)).toMatchObject({ state: 'event', ended_by: 'message_opened' });
    expect((await service.outbox()).slice(1)).toMatchObject([
      { kind: 'event', payload: { arm: 'wait', type: 'message_opened', segment: 1 } },
    ]);
    await wait(runId, { kind: 'duration', ms: HOUR, restartable: false }, 2);
    await service.send(event('completed_purchase', 'ann', minutes(0)));
    const states = await service.store.db.selectFrom('waits').select('state').orderBy('segment').execute();
    expect(states.map(({ state }) => state)).toEqual(['event', 'ended']);
    const run = (await service.call('GET', `/v1/runs/${runId}`)).body;
    expect(run).toMatchObject({
      status: 'exited',
      waitingUntil: null,
      steps: [{ node: 'Wait 90 min', outcome: 'exited' }],
    });
  });

  it('ends cart recovery when the cart is emptied', async () => {
    const filters = [{ path: 'properties.cartEmpty', operator: 'isTrue' as const }];
    await service.publish({ key: 'cart', exits: [{ type: 'removed_from_cart', filters }] });
    const cart = (person: string, type: string, at: number) =>
      event(type, person, minutes(at), { properties: { cartId: `${person}-cart` } });
    const id = await service.send(cart('ann', 'added_to_cart', -9));
    await service.send(cart('ann', 'removed_from_cart', -8));
    expect(await statuses(id)).toEqual(['exited']);
    const turned = await service.send(cart('bob', 'removed_from_cart', -8));
    await service.send(cart('bob', 'added_to_cart', -9));
    expect(await statuses(turned)).toEqual([]);
  });

  it('counts, pauses and resumes', async () => {
    await service.publish({ key: 'cart', name: 'Cart recovery' });
    const id = await service.send(event('added_to_cart', 'ann'));
    const paused = await service.call('POST', '/v1/journeys/cart/pause');
    expect(paused).toMatchObject({ status: 200, body: { key: 'cart', state: 'paused', entered: 1, active: 1 } });
    await service.send(event('added_to_cart', 'bob'));
    expect(
      (await service.call('POST', '/v1/journeys/cart/runs', { identity: { email: 'cy@example.com' } })).status,
    ).toBe(409);
    await service.store.db.updateTable('runs').set({ held: 1 }).execute();
    const resumed = await service.call('POST', '/v1/journeys/cart/resume');
    expect(resumed.body).toMatchObject({ state: 'active', entered: 1 });
    expect(await kinds()).toEqual(['start', 'resume']);
    expect((await service.runs(id))[0]).toMatchObject({ held: false });
    expect((await service.call('GET', '/v1/journeys')).body).toEqual([
      {
        key: 'cart',
        name: 'Cart recovery',
        state: 'active',
        entered: 1,
        active: 1,
        completed: 0,
        exited: 0,
        failed: 0,
      },
    ]);
    expect((await service.call('POST', '/v1/journeys/nope/pause')).status).toBe(404);
  });

  it('ends held runs on an exit even while paused', async () => {
    await service.publish({ key: 'cart' });
    const id = await service.send(event('added_to_cart', 'ann', minutes(-9)));
    await service.call('POST', '/v1/journeys/cart/pause');
    await service.send(event('completed_purchase', 'ann', minutes(-1)));
    expect(await statuses(id)).toEqual(['exited']);
  });

  it('enters by hand, or says why not', async () => {
    await service.publish({ key: 'cart' });
    const who = { identity: { email: 'ann@example.com' }, properties: { currency: 'EUR', value: '12.50' } };
    const started = await service.call('POST', '/v1/journeys/cart/runs', who);
    expect(started).toMatchObject({ status: 202, body: { runId: expect.stringMatching(/^run_/) } });
    const again = await service.call('POST', '/v1/journeys/cart/runs', who);
    expect(again).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('already'), errors: [{ message: 'alreadyIn' }] },
    });
    const row = await service.store.db.selectFrom('runs').select('entry_json').executeTakeFirstOrThrow();
    expect(JSON.parse(row.entry_json)).toEqual({ type: 'manual', properties: { currency: 'EUR', valueMinor: 1250 } });
    expect((await service.call('POST', '/v1/journeys/nope/runs', who)).status).toBe(404);
    expect((await service.call('POST', '/v1/journeys/cart/runs', { customerId: 'cus_nobody' })).status).toBe(404);
    expect((await service.call('POST', '/v1/journeys/cart/runs', {})).status).toBe(400);
  });

  it('cancels a run', async () => {
    await service.publish({ key: 'cart' });
    const id = await service.send(event('added_to_cart', 'ann'));
    const runId = (await service.runs(id))[0]?.id ?? '';
    const cancelled = await service.call('POST', `/v1/runs/${runId}/cancel`);
    expect(cancelled).toMatchObject({
      status: 200,
      body: { status: 'cancelled', exitReason: 'cancelled_by_operator' },
    });
    expect((await service.call('POST', `/v1/runs/${runId}/cancel`)).status).toBe(200);
    expect(await kinds()).toEqual(['start', 'cancel']);
    expect((await service.call('POST', '/v1/runs/run_nope/cancel')).status).toBe(404);
    const list = (query: string) => service.call('GET', `/v1/runs?${query}`);
    expect((await list('journey=cart&status=cancelled')).body.items).toHaveLength(1);
    expect((await list('status=running')).body.items).toEqual([]);
    expect((await list('status=lost')).status).toBe(400);
  });
});
