/** Runs of each kind on a real Temporal server; their histories are kept for the replay test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import { startReconciler } from '../../temporal/reconciler.ts';
import { pauseSignal, resumeSignal } from '../../temporal/workflows/signals.ts';
import { until } from '../e2e/until.ts';
import { startDevServer, type DevServer } from './devServer.ts';
import { takeHistory } from './histories.ts';
import { JourneyWorld, PLANTED_EMAIL, type TestRun } from './journeyWorld.ts';

const HOUR = 3_600_000;
let server: DevServer;
let world: JourneyWorld;

beforeAll(async () => {
  server = await startDevServer();
  world = await JourneyWorld.start(server.address);
  await world.worker.started;
});
afterAll(async () => {
  await world?.stop();
  await server?.stop();
});

const result = (run: TestRun) => world.handle(run).result();
const waiting = (run: TestRun, step = 'Wait 1 hour') =>
  until(`${run.id} in "${step}"`, async () => {
    const { searchAttributes } = await world.handle(run).describe();
    return searchAttributes['JourneyStep']?.[0] === step;
  });
const details = async (run: TestRun): Promise<string> => {
  const metadata = await world.handle(run).query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
};
const detailsSay = (run: TestRun, words: string) =>
  until(`details with "${words}"`, async () => (await details(run)).includes(words));

describe('waits', () => {
  test('a wait elapses: three state transitions a step, and an operator can read it', async () => {
    const journey = await world.journey('elapses');
    world.waits(journey, 1500);
    const run = await world.start(journey);
    await waiting(run);
    expect(await details(run)).toMatch(
      /^Waits in \*\*Wait 1 hour\*\* until 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\.\n\nEnds at once on: completed_purchase\.$/,
    );
    expect(await result(run)).toEqual({ outcome: 'completed', reason: null, steps: 2 });

    const history = await takeHistory('elapsed', world.handle(run));
    const timer = history.events?.find((event) => event.timerStartedEventAttributes);
    expect(Buffer.from(timer?.userMetadata?.summary?.data ?? []).toString()).toBe('"Wait 1 hour"');
    const description = await world.handle(run).describe();
    const transitions = Number(description.raw.workflowExecutionInfo?.stateTransitionCount);
    console.log(`two steps: ${transitions} state transitions, ${description.historyLength} history events`);
    expect(transitions).toBeLessThanOrEqual(6);
    expect(description.historyLength).toBeLessThanOrEqual(14);
    expect(await description.staticSummary()).toBe('Cart recovery: entered by added_to_cart');
    expect(await description.staticDetails()).toContain(
      `\n\n[Steps, messages and customer](https://journeys.example.com/runs/${run.id})`,
    );
    expect(description.searchAttributes).toMatchObject({
      JourneyKey: ['elapses'],
      CustomerId: [run.customerId],
      JourneyOutcome: ['completed'],
    });
    expect(await world.row(run)).toMatchObject({ status: 'completed', segment: 2 });
  });

  test('an event ends a wait', async () => {
    const journey = await world.journey('event');
    const spec = {
      kind: 'event',
      events: [{ type: 'viewed_product', filters: [] }],
      maxMs: HOUR,
      restartable: false,
    } as const;
    world.waits(journey, HOUR, { ...spec, events: [...spec.events.map((rule) => ({ ...rule, filters: [] }))] });
    const run = await world.start(journey);
    await waiting(run);
    await world.store.db
      .updateTable('waits')
      .set({ state: 'event', ended_by: 'viewed_product' })
      .where('run_id', '=', run.id)
      .execute();
    await world.port.event(run.workflowId, run.id, { arm: 'wait', type: 'viewed_product', segment: 1 });
    expect(await result(run)).toMatchObject({ outcome: 'completed', steps: 2 });
    await takeHistory('event', world.handle(run));
    // The same signal once more, after a crash of the dispatcher.
    expect(await world.port.event(run.workflowId, run.id, { arm: 'wait', type: 'viewed_product', segment: 1 })).toBe(
      'gone',
    );
  });

  test('a stale event and one for another run change nothing', async () => {
    const journey = await world.journey('stale');
    world.waits(journey, 3000);
    const run = await world.start(journey);
    await waiting(run);
    await world.port.event(run.workflowId, run.id, { arm: 'wait', type: 'viewed_product', segment: 7 });
    await world.port.event(run.workflowId, 'run_of_yesterday', { arm: 'exit', type: 'completed_purchase' });
    expect(await result(run)).toMatchObject({ outcome: 'completed' });
  });

  test('the entry event again moves the end of the wait', async () => {
    const journey = await world.journey('restart');
    world.waits(journey, HOUR);
    const run = await world.start(journey);
    await waiting(run);
    const soon = Date.now() + 1000;
    await world.store.db.updateTable('waits').set({ until: soon }).where('run_id', '=', run.id).execute();
    await world.port.restart(run.workflowId, run.id, { segment: 1, until: soon });
    expect(await result(run)).toMatchObject({ outcome: 'completed', steps: 2 });
    await takeHistory('restart', world.handle(run));
  });

  test('a wait that was prolonged while its timer fired goes on', async () => {
    const journey = await world.journey('prolonged');
    world.waits(journey, 1200);
    const run = await world.start(journey);
    await waiting(run);
    // The store has the new end, but its signal has not come through yet.
    const later = Date.now() + 4000;
    await world.store.db.updateTable('waits').set({ until: later }).where('run_id', '=', run.id).execute();
    expect(await result(run)).toMatchObject({ outcome: 'completed', steps: 2 });
    expect(Date.now()).toBeGreaterThanOrEqual(later - 300);
  });
});

describe('the end', () => {
  test('an exit event ends a waiting run at once', async () => {
    const journey = await world.journey('exit');
    world.waits(journey, HOUR);
    const run = await world.start(journey);
    await waiting(run);
    await world.exit(run);
    expect(await result(run)).toEqual({ outcome: 'exited', reason: 'completed_purchase', steps: 1 });
    await takeHistory('exit', world.handle(run));
  });

  test('an exit event ends a run whose segment is under way', async () => {
    const journey = await world.journey('exit-in-segment');
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    world.n8n.on(journey.trigger, () => released);
    const run = await world.start(journey);
    await until('the ordinary activity', async () => {
      const { raw } = await world.handle(run).describe();
      return (raw.pendingActivities?.length ?? 0) > 0;
    });
    await world.exit(run);
    expect(await result(run)).toMatchObject({ outcome: 'exited', reason: 'completed_purchase' });
    release();
    await takeHistory('exit-in-segment', world.handle(run));
    expect(world.n8n.calls.filter((call) => call.path === journey.trigger)).toHaveLength(1);
  });

  test('cancelled in Temporal: cancelled in the store, closed as cancelled', async () => {
    const journey = await world.journey('cancel');
    world.waits(journey, HOUR);
    const run = await world.start(journey);
    await waiting(run);
    await world.handle(run).cancel();
    const failure = await result(run).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect((failure as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    expect(await world.row(run)).toMatchObject({ status: 'cancelled', exit_reason: 'cancelled_by_operator' });
    await takeHistory('cancelled', world.handle(run));
  });

  test('cancelled by the service: only the run that is meant', async () => {
    const journey = await world.journey('cancel-ours');
    world.waits(journey, HOUR);
    const run = await world.start(journey);
    expect(await world.port.cancel(run.workflowId, 'run_of_yesterday')).toBe('gone');
    expect(await world.port.cancel(run.workflowId, run.id)).toBe('delivered');
    await expect(result(run)).rejects.toBeInstanceOf(WorkflowFailedError);
  });

  test('terminated in Temporal: noticed', async () => {
    const journey = await world.journey('terminated');
    world.waits(journey, HOUR);
    const run = await world.start(journey);
    await waiting(run);
    await world.handle(run).terminate('operator');
    const log = { info: () => {}, warn: () => {} };
    const reconciler = startReconciler({
      client: world.port.client,
      store: world.store,
      now: Date.now,
      log,
      everyMs: 300,
    });
    await until('the end in the store', async () => (await world.row(run)).status === 'cancelled');
    expect(await world.row(run)).toMatchObject({ exit_reason: 'terminated' });
    await reconciler.stop();
  });

  test('a run that Temporal does not know is told of', async () => {
    const journey = await world.journey('unknown');
    const run = await world.enter(journey);
    await world.store.db
      .updateTable('runs')
      .set({ entered_at: Date.now() - HOUR })
      .where('id', '=', run.id)
      .execute();
    const log = { info: () => {}, warn: () => {} };
    const reconciler = startReconciler({
      client: world.port.client,
      store: world.store,
      now: Date.now,
      log,
      everyMs: 100,
    });
    await until('the note', () => reconciler.notes()[0]?.startsWith('Temporal does not know 1 of '));
    await reconciler.stop();
    await world.store.db.deleteFrom('runs').where('id', '=', run.id).execute();
  });
});

describe('starting', () => {
  test('the same run twice is one run; the next one has to wait for its turn', async () => {
    const journey = await world.journey('twice');
    world.waits(journey, HOUR);
    const run = await world.enter(journey);
    expect(await world.port.start(run.input, run.workflowId)).toBe('started');
    expect(await world.port.start(run.input, run.workflowId)).toBe('alreadyStarted');
    expect(await world.port.start({ ...run.input, runId: 'run_next' }, run.workflowId)).toBe('busy');
    await world.exit(run);
    await result(run);
  });
});

describe('holding', () => {
  test('a paused run holds before its next segment, also when its wait runs out meanwhile', async () => {
    const journey = await world.journey('pause');
    world.waits(journey, 1500);
    const run = await world.start(journey);
    await waiting(run);
    await world.handle(run).signal(pauseSignal);
    await detailsSay(run, 'Held');
    expect(world.n8n.calls.some((call) => call.path === journey.wait)).toBe(false);
    await world.handle(run).signal(resumeSignal);
    expect(await result(run)).toMatchObject({ outcome: 'completed' });
    await takeHistory('paused', world.handle(run));
  });

  test('a paused journey holds its runs, which go on when it is resumed', async () => {
    const journey = await world.journey('held');
    world.waits(journey, 1);
    await world.store.db.updateTable('journeys').set({ paused: 1 }).where('key', '=', journey.key).execute();
    const run = await world.start(journey);
    await detailsSay(run, 'Held');
    expect((await world.row(run)).held).toBe(1);
    await world.store.db.updateTable('journeys').set({ paused: 0 }).where('key', '=', journey.key).execute();
    await world.port.resume(run.workflowId, run.id);
    expect(await result(run)).toMatchObject({ outcome: 'completed', steps: 2 });
    await takeHistory('held', world.handle(run));
  });

  test('a deferred message runs the same segment again', async () => {
    const journey = await world.journey('deferred');
    const at = Date.now() + 2500;
    let calls = 0;
    world.n8n.on(journey.trigger, async ([item]) => {
      if (++calls > 1) return;
      await world.store.db
        .insertInto('sends')
        .values({
          ...{ id: 'snd_1', claim_key: 'k', customer_id: item!.customer.id, channel: 'email', category: 'marketing' },
          ...{ journey_key: journey.key, run_id: item!.run.id, segment: 1, node: 'n1', node_name: 'Reminder' },
          ...{ decision: 'defer', reasons_json: '["quiet_hours"]', until: at, address: PLANTED_EMAIL, status: null },
          ...{
            started_by: null,
            provider_message_id: null,
            error: null,
            permanent: null,
            created_at: 0,
            updated_at: 0,
          },
        } as never)
        .execute();
    });
    const run = await world.start(journey);
    await waiting(run, 'Reminder');
    expect(await details(run)).toContain('A message of **Reminder** is put off until');
    expect(await result(run)).toMatchObject({ outcome: 'completed', steps: 1 });
    expect(calls).toBe(2);
    await takeHistory('deferred', world.handle(run));
  });
});
