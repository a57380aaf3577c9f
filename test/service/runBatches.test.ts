/** What the Journey and Customer nodes ask for their items: each for itself, and harmless when it is asked twice. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { event, minutes, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

describe.each(DIALECTS)('batches of the nodes on %s', (dialect) => {
  let service: TestService;
  beforeEach(async () => {
    service = await TestService.create(dialect);
    await service.publish({ key: 'vip', entries: [] });
  });
  afterEach(() => service.close());

  const post = async (path: string, ...items: object[]) =>
    (await service.call('POST', path, { items: items.map((item, ref) => ({ ref, ...item })) })).body.items;
  const enrol = (...items: object[]) => post('/v1/journeys/vip/runs/batch', ...items);

  it('enters customers, says why one does not enter, and takes the good ones of a batch', async () => {
    const ada = await service.send(event('searched', 'ada'));
    const items = await enrol(
      { identity: { customerId: ada }, properties: { tier: 'gold' } },
      { identity: { email: 'new@example.com' } },
      { identity: { customerId: ada } },
      { identity: { customerId: 'cus_none' } },
      { identity: { email: 'nonsense' } },
      { identity: { customerId: ada }, properties: { currency: 'nonsense' } },
    );
    expect(items).toMatchObject([
      { ref: 0, customerId: ada, runId: expect.stringMatching(/^run_/) as string, reason: null },
      { ref: 1, runId: expect.stringMatching(/^run_/) as string },
      {
        ref: 2,
        customerId: ada,
        runId: null,
        reason: 'alreadyIn',
        message: 'The customer is in this journey already.',
      },
      { ref: 3, runId: null, error: { path: '/items/3/identity/customerId' } },
      { ref: 4, runId: null, error: { path: '/items/4/identity/email' } },
      { ref: 5, runId: null, error: { path: '/items/5/properties/currency' } },
    ]);
    expect(await service.runs(ada)).toHaveLength(1);
    expect((await service.outbox()).map(({ kind }) => kind)).toEqual(['start', 'start']);
    const { rows } = { rows: await service.store.db.selectFrom('runs').select('entry_json').execute() };
    expect(rows.map(({ entry_json }) => JSON.parse(entry_json))).toContainEqual({
      type: 'manual',
      properties: { tier: 'gold' },
    });
  });

  it('starts one run for a key, however often it is asked, also where entering again restarts', async () => {
    await service.publish({ key: 'vip', entries: [], reentry: 'restart' });
    const ada = await service.send(event('searched', 'ada'));
    const asked = { identity: { customerId: ada }, key: 'execution-41/0' };
    const [first] = await enrol(asked);
    const [again, other] = await enrol(asked, { identity: { customerId: ada }, key: 'execution-42/0' });
    expect(again.runId).toBe(first.runId);
    expect(other.runId).not.toBe(first.runId);
    expect((await service.runs(ada)).map(({ status }) => status).sort()).toEqual(['cancelled', 'running']);
  });

  it('enters nobody into a journey that is paused, and knows the journeys there are', async () => {
    await service.publish({ key: 'vip', entries: [] }, { paused: 1 });
    expect(await enrol({ identity: { email: 'a@example.com' } })).toMatchObject([
      { runId: null, customerId: null, reason: 'paused' },
    ]);
    expect((await service.call('GET', '/v1/customers?email=a@example.com')).status).toBe(404);
    const { status, body } = await service.call('POST', '/v1/journeys/none/runs/batch', { items: [] });
    expect([status, body.title]).toEqual([404, expect.any(String)]);
  });

  it('ends runs of one journey or of all, with the reason, once', async () => {
    await service.publish({ key: 'cart' });
    const ada = await service.send(event('added_to_cart', 'ada'));
    const bob = await service.send(event('added_to_cart', 'bob'));
    const [{ runId }] = await enrol({ identity: { customerId: ada } });
    expect(await post('/v1/runs/exit', { customerId: ada, journey: 'vip', exceptRunId: runId })).toEqual([
      { ref: 0, exited: [] },
    ]);
    const exited = await post(
      '/v1/runs/exit',
      { customerId: ada, journey: 'cart', reason: 'bought in the shop' },
      { customerId: ada },
      { customerId: ada },
      { customerId: 'cus_none' },
    );
    expect(exited).toMatchObject([
      { exited: [{ journey: 'cart' }] },
      { exited: [{ journey: 'vip' }] },
      { exited: [] },
      { exited: [], error: { path: '/items/3/customerId' } },
    ]);
    expect((await service.runs(ada)).map(({ status, exitReason }) => [status, exitReason]).sort()).toEqual([
      ['exited', 'bought in the shop'],
      ['exited', 'exited_by_workflow'],
    ]);
    expect(await service.runs(bob)).toMatchObject([{ status: 'running' }]);
    expect((await service.outbox()).filter(({ kind }) => kind === 'exit')).toHaveLength(2);
    const { status } = await service.call('POST', '/v1/runs/exit', {
      items: [{ ref: 0, customerId: ada, reason: 'mail to ada@example.com' }],
    });
    expect(status).toBe(400);
  });

  it('lists runs, events and orders of many customers, each at its own length', async () => {
    await service.publish({ key: 'cart' });
    const ada = await service.send(
      event('added_to_cart', 'ada', minutes(-30)),
      event('searched', 'ada', minutes(-20)),
      event('completed_purchase', 'ada', minutes(-10), { properties: { orderId: 'o1' } }),
      event('refunded', 'ada', minutes(-5), { properties: { orderId: 'o1' } }),
    );
    const bob = await service.send(
      event('searched', 'bob', minutes(-3)),
      event('completed_purchase', 'bob', minutes(-2), { properties: { orderId: 'o2' } }),
    );
    await enrol({ identity: { customerId: ada } });

    const runs = await post(
      '/v1/runs/lookup',
      { customerId: ada },
      { customerId: ada, journey: 'cart' },
      { customerId: ada, status: 'running', limit: 1 },
      { customerId: bob },
      { customerId: 'cus_none' },
    );
    expect(
      runs.map(({ runs: list }: { runs: { journey: string }[] }) => list.map(({ journey }) => journey).sort()),
    ).toEqual([['cart', 'vip'], ['cart'], ['vip'], [], []]);
    expect(runs[4].error.path).toBe('/items/4/customerId');

    const events = await post(
      '/v1/customers/events/lookup',
      { customerId: ada, limit: 2 },
      { customerId: ada, types: ['searched', 'added_to_cart'] },
      { customerId: bob, types: [] },
      { customerId: 'cus_none' },
    );
    expect(events.map(({ events: list }: { events: { type: string }[] }) => list.map(({ type }) => type))).toEqual([
      ['refunded', 'completed_purchase'],
      ['searched', 'added_to_cart'],
      ['completed_purchase', 'searched'],
      [],
    ]);
    const orders = await post('/v1/customers/orders/lookup', { customerId: ada }, { customerId: bob, limit: 5 });
    expect(orders).toMatchObject([
      { orders: [{ orderId: 'o1', valueMinor: 8400, refundedMinor: 1000, currency: 'EUR' }] },
      { orders: [{ orderId: 'o2', refundedMinor: 0 }] },
    ]);
  });
});
