/** What the operator sees when n8n does not do its part, and that every customer goes on once it does. */
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FakeReply } from './fakeN8n.ts';
import { until } from '../e2e/until.ts';
import { startDevServer, type DevServer } from './devServer.ts';
import { takeHistory } from './histories.ts';
import { JourneyWorld, PLANTED_EMAIL, type TestRun } from './journeyWorld.ts';

const CALL_TIMEOUT_MS = 5_000;
let server: DevServer;
let world: JourneyWorld;

beforeAll(async () => {
  server = await startDevServer();
  world = await JourneyWorld.start(server.address, { callTimeoutMs: CALL_TIMEOUT_MS });
  await world.worker.started;
});
afterAll(async () => {
  await world?.stop();
  await server?.stop();
});

/** As shown in the Temporal UI under pending activities. */
const pendingFailure = (run: TestRun) =>
  until(`a failed attempt of ${run.id}`, async () => {
    const { raw } = await world.handle(run).describe();
    const failure = raw.pendingActivities?.[0]?.lastFailure;
    return failure ? { type: failure.applicationFailureInfo?.type, message: failure.message ?? '' } : undefined;
  });

const html = { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><p>n8n is starting up' };
const kinds: [string, FakeReply, string, RegExp][] = [
  ['a web page', html, 'N8nAnsweredHtml', /still starting, or N8N_BASE_URL leads to a proxy or login page/],
  ['a redirect', { status: 302, headers: { location: '/login' } }, 'N8nAnsweredHtml', /a redirect \(302\)/],
  ['404', { status: 404, body: '{}' }, 'N8nAnswered404', /Publish the workflow/],
  ['401', { status: 401, body: '{}' }, 'N8nRefusedSignature', /differs from JOURNEYS_API_KEY/],
  ['429', { status: 429, headers: { 'retry-after': '2' } }, 'N8nRateLimited', /fewer calls \(429\)/],
  [
    'a failed execution',
    { status: 500, body: `{"message":"${PLANTED_EMAIL}"}` },
    'SegmentFailedInN8n',
    /Open its executions in n8n/,
  ],
  ['503', { status: 503, body: '{}' }, 'N8nServerError', /answered 503/],
];

describe('each is told apart, and the customer goes on afterwards', () => {
  test.each(kinds)('%s', async (name, reply, type, words) => {
    const journey = await world.journey(`fails-${name.replaceAll(' ', '-')}`);
    let broken = true;
    world.n8n.on(journey.trigger, () => (broken ? reply : {}));
    const run = await world.start(journey);
    const failure = await pendingFailure(run);
    expect(failure.type).toBe(type);
    expect(failure.message).toMatch(words);
    expect(failure.message).toContain('Cart recovery');
    expect(failure.message).not.toContain(PLANTED_EMAIL);
    broken = false;
    expect(await world.handle(run).result()).toMatchObject({ outcome: 'completed' });
    await takeHistory(`failed-${type}`, world.handle(run));
  });

  test('429: tried again when it says so', async () => {
    const journey = await world.journey('rate-limited');
    const times: number[] = [];
    world.n8n.on(journey.trigger, () => {
      times.push(Date.now());
      return times.length < 3 ? { status: 429, headers: { 'retry-after': '3' } } : {};
    });
    const run = await world.start(journey);
    await world.handle(run).result();
    // First by the fast path, then by the ordinary activity, then three seconds later.
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(2900);
  });

  test('no answer in time', async () => {
    const journey = await world.journey('fails-timeout');
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    world.n8n.on(journey.trigger, () => released);
    const run = await world.start(journey);
    expect(await pendingFailure(run)).toMatchObject({
      type: 'N8nTimedOut',
      message: expect.stringMatching(/within 5 s/) as string,
    });
    release();
    expect(await world.handle(run).result()).toMatchObject({ outcome: 'completed' });
  });

  test('an unpublished node: no call is made until it is back', async () => {
    const journey = await world.journey('unpublished');
    world.waits(journey, 1);
    await world.store.db
      .updateTable('endpoints')
      .set({ published: 0 })
      .where('id', '=', 'wf-unpublished/wait')
      .execute();
    const run = await world.start(journey);
    const failure = await pendingFailure(run);
    expect(failure.type).toBe('StepNotPublished');
    expect(failure.message).toMatch(/^"Wait 1 hour" is not published in n8n\./);
    expect(world.n8n.calls.some((call) => call.path === journey.wait)).toBe(false);
    await world.store.db
      .updateTable('endpoints')
      .set({ published: 1 })
      .where('id', '=', 'wf-unpublished/wait')
      .execute();
    expect(await world.handle(run).result()).toMatchObject({ outcome: 'completed', steps: 2 });
    await takeHistory('unpublished', world.handle(run));
  });

  test('n8n down, then back', async () => {
    const journey = await world.journey('down');
    world.n8n.on(journey.trigger, () => {});
    await world.n8n.down();
    const run = await world.start(journey);
    expect(await pendingFailure(run)).toMatchObject({
      type: 'N8nUnreachable',
      message: expect.stringMatching(/cannot be reached \(ECONNREFUSED\)/) as string,
    });
    await world.n8n.up();
    expect(await world.handle(run).result()).toMatchObject({ outcome: 'completed' });
    await takeHistory('n8n-down', world.handle(run));
  });

  test('a connection that is cut', async () => {
    const journey = await world.journey('cut');
    const port = Number(new URL(world.n8n.baseUrl).port);
    await world.n8n.down();
    const cutting = createServer((socket) => socket.once('data', () => socket.destroy()));
    await new Promise<void>((resolve) => cutting.listen(port, '127.0.0.1', resolve));
    const run = await world.start(journey);
    expect((await pendingFailure(run)).type).toBe('N8nUnreachable');
    await new Promise((resolve) => cutting.close(resolve));
    await world.n8n.up();
    world.n8n.on(journey.trigger, () => {});
    expect(await world.handle(run).result()).toMatchObject({ outcome: 'completed' });
  });
});

test('a slow segment is taken over by the ordinary activity, and n8n is called once', async () => {
  const journey = await world.journey('slow');
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  world.n8n.on(journey.trigger, () => released);
  const run = await world.start(journey);
  await until(
    'the ordinary activity',
    async () => (await world.handle(run).describe()).raw.pendingActivities?.length === 1,
  );
  release();
  expect(await world.handle(run).result()).toMatchObject({ outcome: 'completed' });
  expect(world.n8n.calls.filter((call) => call.path === journey.trigger)).toHaveLength(1);
  await takeHistory('slow', world.handle(run));
});

test('one bad item does not hold up the others, and many go in few calls', async () => {
  const journey = await world.journey('split');
  let bad = '';
  world.n8n.on(journey.trigger, (items) =>
    items.some((item) => item.run.id === bad) ? { status: 500, body: '{}' } : {},
  );
  const runs: TestRun[] = [];
  for (let count = 0; count < 60; count++) runs.push(await world.enter(journey));
  bad = runs[17]!.id;
  await Promise.all(runs.map((run) => world.port.start(run.input, run.workflowId)));
  const good = runs.filter((run) => run.id !== bad);
  await Promise.all(good.map((run) => world.handle(run).result()));
  expect(await pendingFailure(runs[17]!)).toMatchObject({ type: 'SegmentFailedInN8n' });
  const ours = world.n8n.calls.filter((call) => call.path === journey.trigger);
  console.log(`60 customers, one of them bad: ${ours.length} calls`);
  expect(ours.length).toBeLessThan(45);
  bad = '';
  expect(await world.handle(runs[17]!).result()).toMatchObject({ outcome: 'completed' });
});
