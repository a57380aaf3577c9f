/** A long history is continued in a new one, with the position carried over. */
import { expect, test } from 'vitest';
import { until } from '../e2e/until.ts';
import { startDevServer } from './devServer.ts';
import { takeHistory } from './histories.ts';
import { JourneyWorld } from './journeyWorld.ts';

test('a run with many restarts continues as new and ends as ever', async () => {
  const server = await startDevServer(['limit.historyCount.suggestContinueAsNew=20']);
  const world = await JourneyWorld.start(server.address);
  try {
    await world.worker.started;
    const journey = await world.journey('long');
    world.waits(journey, 3_600_000);
    const run = await world.start(journey);
    const first = (await world.handle(run).describe()).runId;
    let later = Date.now() + 3_600_000;
    await until('a new history', async () => {
      await world.port.restart(run.workflowId, run.id, { segment: 1, until: ++later });
      return (await world.handle(run).describe()).runId !== first;
    });
    const description = await world.handle(run).describe();
    expect(description.memo?.['runId']).toBe(run.id);
    expect(description.searchAttributes).toMatchObject({ JourneyKey: ['long'], JourneyStep: ['Wait 1 hour'] });
    const metadata = await world.handle(run).query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toMatch(/^Cart recovery: entered by added_to_cart\n\nWaits in \*\*Wait 1 hour/);
    // Restarts and ends reach it by the same id.
    expect(await world.port.start(run.input, run.workflowId)).toBe('alreadyStarted');
    const soon = Date.now() + 500;
    await world.store.db.updateTable('waits').set({ until: soon }).where('run_id', '=', run.id).execute();
    await world.port.restart(run.workflowId, run.id, { segment: 1, until: soon });
    const latest = world.port.client.workflow.getHandle(run.workflowId);
    expect(await latest.result()).toMatchObject({ outcome: 'completed', steps: 2 });
    await takeHistory('continued', world.port.client.workflow.getHandle(run.workflowId, first));
    await takeHistory('continuation', latest);
  } finally {
    await world.stop();
    await server.stop();
  }
});
