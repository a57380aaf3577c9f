/**
 * The jobs that calculate scores, besides RFM (`scores.ts`), each on a shop's whole history: how long it takes, what memory, and how
 * requests fare meanwhile. All rows of a job are written for the first time, the most that it ever writes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { JobName } from '../../temporal/scoring/job.ts';
import { fillHistory } from './jobsStore.ts';
import { SCALE, writeOrders, type Shop } from './ordersFile.ts';
import { LATENCY_BUDGET, MEMORY_BUDGET_MB, ScoringService, type Latency, type MeasuredJob } from './scoringService.ts';
import { times, type Row } from './table.ts';

const DAY_MS = 86_400_000;
const DAYS = 3 * 365;

/** Of each job the table of what it finds out: an empty one would mean that it had nothing to do. */
const WRITES: Partial<Record<JobName, string>> = {
  predictions: 'predictions',
  affinities: 'affinities',
  replenishment: 'replenishments',
  nextProducts: 'next_products',
};

export async function benchJobs(): Promise<Row[]> {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const shop: Shop = {
    customers: Math.round(100_000 * SCALE),
    orders: Math.round(1_000_000 * SCALE),
    firstDay: today - DAYS * DAY_MS,
    days: DAYS,
    lifelike: true,
  };
  const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-jobs-'));
  const location = join(folder, 'journeys.sqlite');
  try {
    const orders = join(folder, 'orders.csv');
    await writeOrders(orders, shop);
    await fillHistory(location, orders, new Date(today));
    rmSync(orders);
    const service = await ScoringService.start(location, shop.customers);
    try {
      const rows: Row[] = [];
      for (const [name, table] of Object.entries(WRITES)) {
        // Anew before each: whatever else the machine does changes with time.
        const idle = await service.idle();
        const job = await service.measure(name as JobName);
        rows.push(rowOf(name, countOf(location, table), job, idle));
      }
      const { customers, orders: count } = shop;
      const of = `${customers.toLocaleString('en')} customers, ${count.toLocaleString('en')} orders`;
      return rows.map((row) => ({ ...row, work: `${row.work} of ${of}` }));
    } finally {
      await service.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowOf(name: string, written: number, { seconds, busy, beforeMb, peakMb }: MeasuredJob, idle: Latency): Row {
  const requests = ({ p95, longest }: Latency) => `p95 ${p95.toFixed(1)} ms (longest ${longest.toFixed(0)} ms)`;
  return {
    work: `${name}, ${written.toLocaleString('en')} rows,`,
    measured: `${seconds.toFixed(1)} s, peak ${peakMb.toFixed(0)} MB; requests ${requests(busy)}`,
    peer: `idle: ${requests(idle)}, ${beforeMb.toFixed(0)} MB`,
    ratio: times(busy.p95 / idle.p95),
    budget: `≤ ${LATENCY_BUDGET}×, ≤ ${MEMORY_BUDGET_MB} MB`,
    kept: busy.p95 <= LATENCY_BUDGET * idle.p95 && peakMb <= MEMORY_BUDGET_MB,
  };
}

/** @throws Error when there is none */
function countOf(location: string, table: string): number {
  const db = new DatabaseSync(location, { timeout: 5000 });
  const { all } = db.prepare(`select count(*) as "all" from ${table}`).get() as { all: number };
  db.close();
  if (all === 0) throw new Error(`Nothing has been written into ${table}.`);
  return all;
}
