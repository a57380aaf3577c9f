/** The worker outlives Temporal's absence, at start and later, and stops in time. */
import { expect, test } from 'vitest';
import { until } from '../e2e/until.ts';
import { freePorts } from '../e2e/freePorts.ts';
import { startDevServer } from './devServer.ts';
import { JourneyWorld } from './journeyWorld.ts';

test('Temporal away at the start, there, away again, back', async () => {
  const [port] = (await freePorts(1)) as [number];
  const world = await JourneyWorld.start(`127.0.0.1:${port}`);
  let server = null;
  try {
    await until('the note', () => world.worker.state().notes[0]?.startsWith('Temporal cannot be used at 127.0.0.1:'));
    expect(world.worker.state()).toMatchObject({ temporal: 'down', worker: 'down' });
    expect(world.worker.state().notes[0]).toContain('(Connection refused)');
    server = await startDevServer([], port);
    await world.worker.started;
    expect(world.worker.state()).toEqual({ temporal: 'up', worker: 'up', notes: [] });
    await server.stop();
    await until('the note', () => world.worker.state().notes[0]?.startsWith('Temporal does not answer at'));
    expect(world.worker.state()).toMatchObject({ temporal: 'down', worker: 'down' });
    server = await startDevServer([], port);
    await until('up again', () => world.worker.state().worker === 'up');
    const journey = await world.journey('after');
    world.waits(journey, 500);
    const run = await world.start(journey);
    expect(await world.handle(run).result()).toMatchObject({ outcome: 'completed' });
  } finally {
    await world.stop();
    await server?.stop();
  }
});

test('stops within eight seconds, though a segment hangs in n8n', async () => {
  const server = await startDevServer();
  const world = await JourneyWorld.start(server.address);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  try {
    const journey = await world.journey('hangs');
    world.n8n.on(journey.trigger, () => released);
    const run = await world.start(journey);
    await until(
      'the ordinary activity',
      async () => (await world.handle(run).describe()).raw.pendingActivities?.length === 1,
    );
    const began = Date.now();
    await world.worker.stop();
    expect(Date.now() - began).toBeLessThan(8_000);
    // The next worker goes on with it.
    const { status, raw } = await world.handle(run).describe();
    expect(status.name).toBe('RUNNING');
    expect(raw.pendingActivities).toHaveLength(1);
  } finally {
    release();
    await world.stop();
    await server.stop();
  }
});
