/** Events on their way to Commerce Triggers, on both stores, against a server that answers as n8n does. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Deliverer } from '../../temporal/deliverer/deliverer.ts';
import { startShopChecks, type ShopChecks } from '../../temporal/deliverer/shopChecks.ts';
import { checkPoster } from '../../temporal/n8n/postCheck.ts';
import { segmentPoster } from '../../temporal/n8n/postSegment.ts';
import type { CommerceItem } from '../../temporal/domain/commerceTrigger.ts';
import { claimLanes } from '../../temporal/store/deliveryLanes.ts';
import { unpublishEndpoint } from '../../temporal/store/endpoints.ts';
import type { Store } from '../../temporal/store/store.ts';
import { until } from '../e2e/until.ts';
import { FakeN8n } from '../temporal/fakeN8n.ts';
import { API_KEY, event, minutes, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

const PATH = 'webhook/c1/journey';
const quiet = { info: () => {}, warn: () => {} };

describe.each(DIALECTS)('events for Commerce Triggers on %s', (dialect) => {
  let service: TestService;
  let n8n: FakeN8n;
  let deliverers: Deliverer[] = [];
  let checks: ShopChecks | null = null;
  /** The batches that n8n has run to their end. */
  let batches: CommerceItem[][];

  beforeAll(async () => {
    service = await TestService.create(dialect);
    n8n = new FakeN8n(API_KEY);
    await n8n.up();
  });
  afterEach(async () => {
    await Promise.all(deliverers.map((deliverer) => deliverer.stop()));
    await checks?.stop();
    [deliverers, checks] = [[], null];
    for (const table of ['event_deliveries', 'delivery_lanes', 'endpoints'] as const) {
      await service.store.db.deleteFrom(table).execute();
    }
    n8n.off(PATH);
  });
  afterAll(async () => {
    await service.close();
    await n8n.down();
  });

  const trigger = (nodeId: string, more: object = {}) => ({
    kind: 'commerce',
    workflowId: 'shopIntake',
    workflowName: 'Shop Intake',
    nodeId,
    nodeName: 'Shop Events',
    path: PATH,
    parameters: { shop: 'custom' },
    connection: 'shop',
    topics: [],
    ...more,
  });
  const publish = async (nodeId = 'c1', more: object = {}) => {
    const { status, body } = await service.call('PUT', '/v1/endpoints', trigger(nodeId, more));
    if (status !== 200) throw new Error(JSON.stringify(body));
  };
  const deliver = (store: Store = service.store, poll = 20, now = Date.now) => {
    const post = segmentPoster({ n8nBaseUrl: n8n.baseUrl, apiKey: API_KEY });
    const deliverer = new Deliverer({ store, post, pollMs: poll, now, log: quiet });
    deliverer.start();
    deliverers.push(deliverer);
    return deliverer;
  };
  const listen = (answer: (items: CommerceItem[]) => { status?: number; body?: string } | void = () => {}) => {
    batches = [];
    n8n.on(PATH, (items) => {
      const reply = answer(items as unknown as CommerceItem[]);
      if (!reply) batches.push(items as unknown as CommerceItem[]);
      return reply;
    });
  };
  const ids = () => batches.flat().map((item) => item.event.id);
  const waiting = async () =>
    (await service.store.db.selectFrom('event_deliveries').select('event_id').orderBy('id').execute()).map(
      ({ event_id }) => event_id,
    );
  const sent = async (...events: Record<string, unknown>[]) => {
    await service.send(...events);
    return events.map(({ id }) => String(id));
  };

  it('an event reaches n8n once, with its customer, as it was stored', async () => {
    listen();
    await publish();
    const viewed = event('viewed_product', 'della', minutes(-2), { properties: { campaign: { source: 'ads' } } });
    await service.send(viewed);
    await service.send(viewed);
    deliver();
    await until('the event', () => batches.length > 0);
    expect(batches).toEqual([
      [
        {
          // As in every item: with consent, preferences and totals of now.
          customer: expect.objectContaining({
            id: expect.stringMatching(/^cus_/),
            email: 'della@example.com',
            consent: expect.objectContaining({ email: 'never' }),
          }),
          event: {
            id: viewed['id'],
            type: 'viewed_product',
            source: 'shop',
            occurredAt: minutes(-2),
            identity: { email: 'della@example.com' },
            properties: {
              currency: 'EUR',
              campaign: { source: 'ads' },
              items: [{ productId: 'p1', quantity: 2, priceMinor: 4200 }],
            },
          },
        },
      ],
    ]);
    await until('the row to go', async () => (await waiting()).length === 0);
  });

  it('only of its connection, of the chosen types; no repeated order, no test order unless wanted', async () => {
    await publish('c1', {
      parameters: { shop: 'custom', output: 'chosen', eventTypes: ['completed_purchase'], customTypes: 'booked' },
    });
    const order = event('completed_purchase', 'omar', minutes(-3), { properties: { orderId: 'same' } });
    const [first, booked] = await sent(
      order,
      event('custom:booked', 'omar'),
      event('viewed_page', 'omar'),
      event('completed_purchase', 'omar', minutes(-3), { source: 'other' }),
      event('completed_purchase', 'omar', minutes(-2), { properties: { orderId: 'same' } }),
      event('completed_purchase', 'omar', minutes(-1), { test: true }),
    );
    expect(await waiting()).toEqual([first, booked]);
    await publish('c2', { parameters: { shop: 'custom', options: { includeTests: true } } });
    const [test] = await sent(event('viewed_product', 'omar', minutes(-1), { test: true }));
    expect(await waiting()).toEqual([first, booked, test]);
  });

  it('gathers while a call is under way, in order of arrival', async () => {
    const busy = Promise.withResolvers<void>();
    batches = [];
    n8n.on(PATH, async (items) => {
      batches.push(items as unknown as CommerceItem[]);
      if (batches.length === 1) await busy.promise;
    });
    await publish();
    const first = await sent(event('viewed_page', 'gil'));
    const deliverer = deliver();
    await until('the first call', () => batches.length === 1);
    const rest: string[] = [];
    for (let count = 0; count < 5; count++) rest.push(...(await sent(event('viewed_page', 'gil'))));
    deliverer.wake();
    busy.resolve();
    await until('the rest', () => batches.length === 2);
    expect(batches.map((batch) => batch.map((item) => item.event.id))).toEqual([first, rest]);
  });

  it('at most a hundred a call', async () => {
    listen();
    await publish();
    const events = Array.from({ length: 230 }, (_, index) => event('viewed_page', `p${index % 7}`));
    await service.post(...events);
    deliver();
    await until('all of them', () => ids().length === 230);
    expect(batches.map((batch) => batch.length)).toEqual([100, 100, 30]);
    expect(ids()).toEqual(events.map(({ id }) => id));
  });

  it.each([
    [
      'not published in n8n',
      { status: 404, body: '{"message":"not registered"}' },
      /n8n does not know its webhook \(404\)/,
    ],
    ['a login page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html>' }, /a web page/],
    ['too many calls', { status: 429, headers: { 'retry-after': '1' }, body: '' }, /fewer calls \(429\)/],
    ['a proxy whose n8n is away', { status: 502, body: '' }, /n8n or a proxy before it fails/],
    ['a node with another key', { status: 401, body: '{}' }, /refused the signature/],
  ])('%s: events are held in order, visibly, and go on', async (_what, reply, words) => {
    let calls = 0;
    listen(() => (++calls === 1 ? reply : undefined));
    await publish();
    const expected = await sent(event('viewed_page', 'hal'), event('viewed_product', 'hal'));
    const deliverer = deliver();
    await until('the trouble', async () => (await deliverer.notes()).length === 1);
    expect((await deliverer.notes())[0]).toMatch(words);
    expect((await deliverer.notes())[0]).toMatch(/^2 shop events wait for node "Shop Events" .*"Shop Intake"/);
    await until('both', () => ids().length === 2, 15_000);
    expect(ids()).toEqual(expected);
    await until('the note to go', async () => (await deliverer.notes()).length === 0);
  });

  it('n8n away: they go on when it is back', async () => {
    listen();
    await publish();
    await n8n.down();
    const expected = await sent(event('viewed_page', 'ned'));
    const deliverer = deliver();
    await until('the trouble', async () => /cannot be reached/.test((await deliverer.notes())[0] ?? ''));
    await n8n.up();
    await until('the event', () => ids().length === 1, 15_000);
    expect(ids()).toEqual(expected);
  });

  it('an event that its workflow cannot digest does not hold up the others', async () => {
    const bad = event('viewed_page', 'ivy');
    listen((items) => (items.some((item) => item.event.id === bad['id']) ? { status: 500 } : undefined));
    await publish();
    const [before, , after] = await sent(event('viewed_page', 'ivy'), bad, event('viewed_product', 'ivy'));
    const deliverer = deliver();
    await until('the good ones', () => ids().length === 2);
    expect(ids().sort()).toEqual([before, after].sort());
    expect(await waiting()).toEqual([bad['id']]);
    const later = await sent(event('viewed_page', 'ivy'));
    await until('a later one', () => ids().includes(later[0]!));
    expect(await deliverer.notes()).toEqual([
      '1 shop events fail in node "Shop Events" of the n8n workflow "Shop Intake": see its executions in n8n. They are tried again.',
    ]);
    const { body } = await service.call('GET', '/metrics');
    expect(body).toMatch(/journeys_deliveries_rows\{state="failing"\} 1/);
  });

  it('an unpublished node holds what it has not got; changed within minutes it misses nothing', async () => {
    listen();
    await publish();
    const before = await sent(event('viewed_page', 'una'));
    const gone = () => service.call('DELETE', '/v1/endpoints/shopIntake/c1');
    await gone();
    const deliverer = deliver();
    const between = await sent(event('viewed_page', 'una'));
    expect(await deliverer.notes()).toEqual([
      '2 shop events wait for node "Shop Events" of the n8n workflow "Shop Intake", which is not published.',
    ]);
    expect(batches).toEqual([]);
    await publish();
    await until('both', () => ids().length === 2);
    expect(ids()).toEqual([...before, ...between]);
    // Long gone: it hears of nothing new.
    await service.store.transaction((trx) => unpublishEndpoint(trx, 'shopIntake', 'c1', service.now - 3_600_000));
    await sent(event('viewed_page', 'una'));
    expect(await waiting()).toEqual([]);
  });

  it('two processes never call one node at the same time, and lose and repeat nothing', async () => {
    let inFlight = 0;
    let most = 0;
    batches = [];
    n8n.on(PATH, async (items) => {
      most = Math.max(most, ++inFlight);
      await delay(5);
      inFlight--;
      batches.push(items as unknown as CommerceItem[]);
    });
    await publish();
    deliver(service.store, 5);
    // Two connections to one SQLite file in one process would only wait for each other.
    deliver(dialect === 'sqlite' ? service.store : service.openAgain(), 5);
    const all: string[] = [];
    for (let count = 0; count < 20; count++) {
      const events = Array.from({ length: 10 }, () => event('viewed_page', `w${count % 3}`));
      all.push(...(await sent(...events)));
    }
    await until('all of them', () => ids().length >= all.length);
    expect(ids()).toEqual(all);
    expect(most).toBe(1);
  });

  it('what a process had taken when it was killed goes to another one, once its lease has run out', async () => {
    listen();
    await publish();
    const expected = await sent(event('viewed_page', 'kit'));
    const [taken] = await claimLanes(service.store, 'killed', 1, Date.now(), Date.now() + 30_000);
    expect(taken).toMatchObject({ id: 'shopIntake/c1' });
    expect(await claimLanes(service.store, 'other', 1, Date.now(), Date.now() + 30_000)).toEqual([]);
    deliver(service.store, 20, () => Date.now() + 31_000);
    await until('the event', () => ids().length === 1);
    expect(ids()).toEqual(expected);
  });

  it('an erased customer leaves nothing to deliver', async () => {
    await publish();
    const customerId = await service.send(event('viewed_page', 'erin'));
    expect((await service.call('DELETE', `/v1/customers/${customerId}`)).status).toBe(204);
    expect(await waiting()).toEqual([]);
  });

  it('names a wrong parameter, and lists who listens to a connection', async () => {
    const bad = await service.call(
      'PUT',
      '/v1/endpoints',
      trigger('c1', { parameters: { connection: 'My Shop', output: 'chosen', eventTypes: ['nonsense'] } }),
    );
    expect(bad).toMatchObject({
      status: 400,
      body: { errors: [{ path: '/parameters/connection' }, { path: '/parameters/eventTypes' }] },
    });
    await publish('c1', { topics: ['ORDERS_CREATE'], connection: 'main', parameters: {} });
    await publish('c2', { connection: 'other' });
    const { body } = await service.call('GET', '/v1/endpoints?connection=main');
    expect(body.items).toMatchObject([{ id: 'shopIntake/c1', connection: 'main', topics: ['ORDERS_CREATE'] }]);
  });

  it('found by comparing with n8n, a node keeps the connection it has told of', async () => {
    await publish('c1', { connection: 'acme', parameters: {}, topics: ['ORDERS_CREATE'] });
    const { connection, topics, ...found } = trigger('c1', { parameters: { output: 'all' } }) as Record<
      string,
      unknown
    >;
    expect([connection, topics]).toEqual(['shop', []]);
    expect((await service.call('PUT', '/v1/endpoints', found)).status).toBe(200);
    const { body } = await service.call('GET', '/v1/endpoints');
    expect(body.items).toMatchObject([{ connection: 'acme', topics: ['ORDERS_CREATE'] }]);
  });

  it('asks each node to look at its shop after the start, and tells what it could not mend', async () => {
    const asked: unknown[] = [];
    const problem = 'Shopify refuses the access token (401).';
    n8n.on(PATH, (items) => {
      asked.push(items);
      const check = {
        connection: 'shop',
        kept: 1,
        created: ['ORDERS_CREATE'],
        problems: asked.length > 1 ? [] : [problem],
      };
      return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(check) };
    });
    await publish();
    const post = checkPoster({ n8nBaseUrl: n8n.baseUrl, apiKey: API_KEY });
    const options = { store: service.store, post, log: quiet, pollMs: 10, firstMs: 0 };
    checks = startShopChecks({ ...options, timeScale: 1 });
    await until('the answer', async () => (await checks!.notes()).length > 0);
    expect(await checks.notes()).toEqual([`Node "Shop Events" of the n8n workflow "Shop Intake": ${problem}`]);
    const { body } = await service.call('GET', '/v1/endpoints?connection=shop');
    expect(body.items).toMatchObject([{ check: { created: ['ORDERS_CREATE'], kept: 1, problems: [problem] } }]);
    await checks.stop();
    checks = startShopChecks({ ...options, timeScale: 1 });
    await until('the next answer', async () => (await checks!.notes()).length === 0);
    expect(asked).toEqual([undefined, undefined]);
  });

  it('a node that the service knows only from n8n says itself whose events it gets', async () => {
    n8n.on(PATH, () => ({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ connection: 'acme', topics: ['ORDERS_CREATE'] }),
    }));
    const found = trigger('c1', { parameters: {}, connection: undefined, topics: undefined });
    expect((await service.call('PUT', '/v1/endpoints', found)).status).toBe(200);
    const [early] = await sent(event('viewed_page', 'mia', minutes(-1), { source: 'acme' }));
    const post = checkPoster({ n8nBaseUrl: n8n.baseUrl, apiKey: API_KEY });
    checks = startShopChecks({ store: service.store, post, log: quiet, pollMs: 10, firstMs: 0, timeScale: 1 });
    const named = async () => (await service.call('GET', '/v1/endpoints?connection=acme')).body.items.length === 1;
    await until('the name', named);
    const [later] = await sent(event('viewed_page', 'mia', minutes(-1), { source: 'acme' }));
    expect(await waiting()).toEqual([later]);
    expect(early).not.toBe(later);
    await service.call('PUT', '/v1/connections/acme', { kind: 'shopify', secret: 's3cret' });
    expect((await service.call('GET', '/v1/connections/acme')).body.triggers).toMatchObject([
      { nodeName: 'Shop Events', check: { problems: [] } },
    ]);
  });
});
