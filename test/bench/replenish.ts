/**
 * `commerce-journeys replenish`: how long it takes on a shop of about 1,000,000 order lines; and how good it is by rolling origin in
 * made-up shops (each for another reason why people buy again when they do), beside the best simple rule of each.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, type EvaluationReport } from '../../temporal/domain/replenishment/evaluation.ts';
import type { PurchaseTable } from '../../temporal/domain/replenishment/purchases.ts';
import { FIRST_DAY, purchaseLog, WORLDS, type World } from '../unit/domain/replenishment/worlds.ts';
import { measured } from './memory.ts';
import { writeRows } from './rowsOfFile.ts';
import type { Row } from './table.ts';

const SCALE = Number(process.env.BENCH_SCALE ?? 1);
const SEEDS = [11, 12, 13];
const ORIGINS = [0.55, 0.7, 0.85];
const CLI = join(import.meta.dirname, '..', '..', 'temporal', 'cli.ts');
const DAY_MS = 24 * 3600_000;
/** The issue: at least so much better than the best simple rule where timing can be learned, not worse where it cannot. */
const BETTER = 0.05;
const NOT_LEARNABLE = new Set(['noise', 'memoryless']);

export async function benchReplenish(): Promise<Row[]> {
  const rows = [await speed()];
  for (const [name, world] of Object.entries(WORLDS)) rows.push(quality(name, world));
  return rows;
}

async function speed(): Promise<Row> {
  const world = { ...WORLDS.mixture, customers: Math.round(55_000 * SCALE), products: 2000, productsEach: 3 } as World;
  const purchases = purchaseLog(world, 1).purchases();
  const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-replenish-'));
  try {
    const [orders, events] = [join(folder, 'orders.csv'), join(folder, 'events.csv')];
    const until = FIRST_DAY + world.days - 60;
    await writeRows(orders, 'customer_id,ordered_at,product_id,quantity', rowsOf(purchases));
    await writeRows(events, 'event_id,customer_id,ordered_at,product_id,quantity', rowsOf(purchases, until));
    const args = [CLI, 'replenish', '--orders', orders, '--events', events, '--fit-until', dateOf(until)];
    const { seconds, cpuSeconds, peakMb, output } = await measured(process.execPath, args);
    const answers = Object.keys(JSON.parse(output) as object).length;
    return {
      work: `Replenishment learned from ${purchases.length.toLocaleString('en')} order lines, ${answers.toLocaleString('en')} forecasts`,
      measured: `${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s CPU), peak ${peakMb.toFixed(0)} MB`,
      peer: '–',
      ratio: '–',
      budget: '–',
      kept: null,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const dateOf = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** @param after events: only purchases after this day, with an id */
function* rowsOf({ length, customer, product, day, quantity }: PurchaseTable, after?: number): Generator<string> {
  for (let at = 0; at < length; at += 1) {
    const row = `c${customer[at]},${dateOf(day[at] as number)},p${product[at]},${quantity[at]}`;
    if (after === undefined) yield row;
    else if ((day[at] as number) > after) yield `e${at},${row}`;
  }
}

function quality(name: string, world: World): Row {
  const origins = ORIGINS.map((part) => FIRST_DAY + Math.floor(world.days * part));
  const reports = SEEDS.map((seed) => evaluate(purchaseLog(world, seed).purchases(), origins));
  const mean = (of: (report: EvaluationReport) => number) =>
    reports.reduce((sum, report) => sum + of(report), 0) / reports.length;
  const [pinball, absolute] = [mean((r) => r.improvement?.pinball ?? 0), mean((r) => r.improvement?.absolute ?? 0)];
  const coverage = [0, 1, 2, 3].map((index) => `${Math.round(100 * mean((r) => r.total?.coverage[index] ?? 0))} %`);
  const rules = new Set(reports.map(({ bestRule }) => bestRule));
  return {
    work: `Replenishment timing, world \`${name}\``,
    measured: `pinball ${mean((r) => r.total?.ours.pinball ?? 0).toFixed(2)}, absolute ${mean((r) => r.total?.ours.absolute ?? 0).toFixed(1)} days; below q40, q50, q60, q80: ${coverage.join(', ')}`,
    peer: `best simple rule: ${[...rules].join(' or ')}`,
    ratio: `pinball −${percent(pinball)}, absolute −${percent(absolute)}`,
    budget: NOT_LEARNABLE.has(name) ? 'not worse' : `pinball −${percent(BETTER)} or more`,
    kept: NOT_LEARNABLE.has(name) ? pinball >= 0 && absolute > -0.01 : pinball >= BETTER,
  };
}

const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
