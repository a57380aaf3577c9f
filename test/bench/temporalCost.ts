/** What a run costs Temporal's server, beside a bare workflow that only sleeps, on the same server. */
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import type { Stack } from '../e2e/stack.ts';
import { until } from '../e2e/until.ts';
import { cpuDuring } from './cpu.ts';
import { journeysCredential, journeyTrigger, journeyWaitUntil, note, publish } from './n8nWorkflows.ts';
import { times, type Row } from './table.ts';
import { completed } from './waits.ts';

const RUNS = 1000;
const SLEEP_MS = 30_000;
const DEADLINE_MS = 5 * 60_000;
const WAITS = 1;
/** Runs that are looked at for their state transitions. */
const SAMPLE = 50;

export async function benchTemporalCost(stack: Stack): Promise<Row[]> {
  const client = await stack.temporal();
  const bare = await bareSleepers(stack, client);
  const { cpu, customerIds } = await journeyRuns(stack);
  const transitions = await Promise.all(
    everyNth(customerIds, RUNS / SAMPLE).map(async (customerId) => {
      const { raw } = await client.workflow.getHandle(`journey/bench-one-wait/${customerId}`).describe();
      return Number(raw.workflowExecutionInfo?.stateTransitionCount ?? 0);
    }),
  );
  // The start and each wait is a step.
  const steps = 1 + WAITS;
  const mean = transitions.reduce((sum, count) => sum + count, 0) / transitions.length / steps;
  const median = transitions.sort((a, b) => a - b)[Math.floor(transitions.length / 2)]! / steps;
  return [
    {
      work: 'Temporal server CPU per run with one wait',
      measured: `${(cpu * 1000).toFixed(1)} ms`,
      peer: `a bare workflow that only sleeps: ${(bare * 1000).toFixed(1)} ms`,
      ratio: times(cpu / bare),
      budget: '≤ 1.3×',
      kept: cpu / bare <= 1.3,
    },
    {
      work: `state transitions per step, ${RUNS} runs at once`,
      measured: `median ${median.toFixed(1)}, mean ${mean.toFixed(2)}`,
      peer: '–',
      ratio: '–',
      budget: '≤ 3',
      kept: median <= 3,
    },
  ];
}

async function bareSleepers(stack: Stack, client: Client): Promise<number> {
  const connection = await NativeConnection.connect({ address: stack.addresses.temporal });
  const taskQueue = 'bench-bare';
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: new URL('./bareSleeper.ts', import.meta.url).pathname,
  });
  const { cpu } = await worker.runUntil(() =>
    cpuDuring({ temporal: stack.running('temporal') }, async () => {
      const handles = await inGroups(RUNS, (index) =>
        client.workflow.start('bareSleeper', { taskQueue, workflowId: `bench/bare/${index}`, args: [SLEEP_MS] }),
      );
      await Promise.all(handles.map((handle) => handle.result()));
    }),
  );
  await connection.close();
  return cpu.temporal / RUNS;
}

const everyNth = <T>(values: T[], n: number): T[] => values.filter((_, index) => index % n === 0);

async function journeyRuns(stack: Stack): Promise<{ cpu: number; customerIds: string[] }> {
  const credentials = await journeysCredential(stack);
  await publish(stack, 'Bench: one wait', [
    journeyTrigger('bench-one-wait', 'bench_one_wait', credentials),
    journeyWaitUntil('Wait', '={{ $json.run.entry.properties.due }}', credentials),
    note('Done'),
  ]);
  const customerIds: string[] = [];
  const { cpu } = await cpuDuring({ temporal: stack.running('temporal') }, async () => {
    for (let begin = 0; begin < RUNS; begin += 100) {
      const events = Array.from({ length: 100 }, (_, index) => ({
        id: `bench-one-${begin + index}`,
        type: 'custom:bench_one_wait',
        occurredAt: new Date().toISOString(),
        source: 'bench',
        identity: { externalId: `bench-one-${begin + index}` },
        properties: { due: new Date(Date.now() + SLEEP_MS).toISOString() },
      }));
      const { accepted } = await stack.api<{ accepted: { customerId: string }[] }>('POST', '/v1/events', { events });
      customerIds.push(...accepted.map(({ customerId }) => customerId));
    }
    await until('the runs to complete', () => completed(stack, 'bench-one-wait', RUNS), DEADLINE_MS);
  });
  return { cpu: cpu.temporal / RUNS, customerIds };
}

/** A few at a time, as the dispatcher does. */
async function inGroups<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let begin = 0; begin < count; begin += 50) {
    results.push(...(await Promise.all(Array.from({ length: 50 }, (_, index) => work(begin + index)))));
  }
  return results;
}
