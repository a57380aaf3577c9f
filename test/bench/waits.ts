/**
 * A flow with two waits for 1,000 customers who are all due at the same moments: CPU of everything involved, and how fast
 * they wake; beside the same flow with n8n's own Wait node.
 */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { Stack } from '../e2e/stack.ts';
import { until } from '../e2e/until.ts';
import { cpuDuring } from './cpu.ts';
import { load } from './load.ts';
import {
  journeysCredential,
  journeyTrigger,
  journeyWaitUntil,
  n8nWaitUntil,
  note,
  publish,
  webhook,
} from './n8nWorkflows.ts';
import { times, type Row } from './table.ts';

const CUSTOMERS = 1000;
/** n8n parks an execution in its database when it waits longer than 65 s; shorter waits never leave its memory. */
const FIRST_WAIT_MS = 120_000;
const SECOND_WAIT_MS = 80_000;
const DEADLINE_MS = 15 * 60_000;

interface Course {
  cpuPerCustomer: number;
  detail: string;
  /** Customers per second from the second wait's end to the last customer's end. */
  woken: number;
}

export async function benchWaits(stack: Stack): Promise<Row[]> {
  const peer = await n8nAlone(stack);
  const ours = await journeys(stack);
  return [
    {
      work: `CPU per customer, two waits, ${CUSTOMERS} customers`,
      measured: `${ours.cpuPerCustomer.toFixed(3)} s (${ours.detail})`,
      peer: `n8n alone with its Wait node: ${peer.cpuPerCustomer.toFixed(3)} s`,
      ratio: times(ours.cpuPerCustomer / peer.cpuPerCustomer),
      budget: '≤ 0.33×',
      kept: ours.cpuPerCustomer / peer.cpuPerCustomer <= 0.33,
    },
    {
      work: `waking ${CUSTOMERS} customers due at once`,
      measured: `${ours.woken.toFixed(0)} customers/s`,
      peer: `n8n alone: ${peer.woken.toFixed(0)} customers/s`,
      ratio: times(ours.woken / peer.woken),
      budget: '≥ 3×',
      kept: ours.woken / peer.woken >= 3,
    },
  ];
}

async function n8nAlone(stack: Stack): Promise<Course> {
  const workflowId = await publish(stack, 'Bench: n8n waits', [
    webhook('bench-waits'),
    n8nWaitUntil('First wait', '={{ $json.body.first }}'),
    note('Between'),
    n8nWaitUntil('Second wait', "={{ $('Webhook').item.json.body.second }}"),
    note('Done'),
  ]);
  const left = executionsLeft(stack, workflowId);
  const { first, second } = moments();
  const { cpu } = await cpuDuring({ n8n: stack.running('n8n') }, async () => {
    let sent = 0;
    await load({
      url: `${stack.addresses.n8n}/webhook/bench-waits`,
      connections: 10,
      seconds: 0,
      requests: CUSTOMERS,
      body: () => JSON.stringify({ id: `bench-${++sent}`, first, second }),
    });
    await until('n8n to finish', () => left() === 0 && Date.now() > Date.parse(second), DEADLINE_MS);
  });
  const woken = CUSTOMERS / ((Date.now() - Date.parse(second)) / 1000);
  return { cpuPerCustomer: cpu.n8n / CUSTOMERS, detail: '', woken };
}

async function journeys(stack: Stack): Promise<Course> {
  const credentials = await journeysCredential(stack);
  await publish(stack, 'Bench: journey waits', [
    journeyTrigger('bench-waits', 'bench_waits', credentials),
    journeyWaitUntil('First wait', '={{ $json.run.entry.properties.first }}', credentials),
    note('Between'),
    journeyWaitUntil('Second wait', '={{ $json.run.entry.properties.second }}', credentials),
    note('Done'),
  ]);
  const { first, second } = moments();
  const pids = { temporal: stack.running('temporal'), service: stack.running('service'), n8n: stack.running('n8n') };
  const { cpu } = await cpuDuring(pids, async () => {
    for (let begin = 0; begin < CUSTOMERS; begin += 100) {
      const events = Array.from({ length: 100 }, (_, index) => ({
        id: `bench-waits-${begin + index}`,
        type: 'custom:bench_waits',
        occurredAt: new Date().toISOString(),
        source: 'bench',
        identity: { externalId: `bench-waits-${begin + index}` },
        properties: { first, second },
      }));
      await stack.api('POST', '/v1/events', { events });
    }
    await until('the journeys to complete', () => completed(stack, 'bench-waits', CUSTOMERS), DEADLINE_MS);
  });
  const woken = CUSTOMERS / ((Date.now() - Date.parse(second)) / 1000);
  const each = (seconds: number) => (seconds / CUSTOMERS).toFixed(3);
  return {
    cpuPerCustomer: (cpu.temporal + cpu.service + cpu.n8n) / CUSTOMERS,
    detail: `Temporal ${each(cpu.temporal)}, service ${each(cpu.service)}, n8n ${each(cpu.n8n)}`,
    woken,
  };
}

/** @returns whether so many runs of the journey are completed */
export async function completed(stack: Stack, key: string, count: number): Promise<boolean> {
  const journeysList = await stack.api<{ key: string; completed: number }[]>('GET', '/v1/journeys');
  return (journeysList.find((journey) => journey.key === key)?.completed ?? 0) >= count;
}

function moments(): { first: string; second: string } {
  const first = Date.now() + FIRST_WAIT_MS;
  return { first: new Date(first).toISOString(), second: new Date(first + SECOND_WAIT_MS).toISOString() };
}

/** Executions that have not finished. */
function executionsLeft(stack: Stack, workflowId: string): () => number {
  const database = new DatabaseSync(join(stack.dataDir, 'n8n', '.n8n', 'database.sqlite'), { readOnly: true });
  const count = database.prepare(
    `select count(*) as left from execution_entity
     where workflowId = ? and "deletedAt" is null and status in ('new', 'running', 'waiting')`,
  );
  return () => Number(count.get(workflowId)?.['left']);
}
