/**
 * Import of 1,000,000 order lines (SQLite beside the running service, PostgreSQL alone) and of 1,000,000 customers: rows per
 * second, the command's peak memory, what single events take meanwhile, and the service's memory with all of them known.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from '../e2e/stack.ts';
import { PostgresServer } from '../service/postgresServer.ts';
import { memoryOf } from './memory.ts';
import { random, writeRows } from './rowsOfFile.ts';
import type { Row } from './table.ts';

const LINES = 1_000_000;
const CUSTOMERS = 1_000_000;
/** Of these, some have bought. */
const BUYERS = 300_000;
const PRODUCTS = 5000;
const SEED = 20261122;
const PROBE_MS = 250;
/** DESIGN section 9: the service with 1,000,000 customers known. */
const MEMORY_BUDGET_MB = 512;
const MINUTES_BUDGET = 10;
const CLI = join(import.meta.dirname, '..', '..', 'temporal', 'cli.ts');

export async function benchImport(stack: Stack): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-'));
  const postgres = await PostgresServer.create();
  try {
    const orders = join(folder, 'orders.csv');
    const customers = join(folder, 'customers.csv');
    await writeOrders(orders);
    await writeCustomers(customers);
    const probe = new Probe(stack);
    const beside = await importOf('orders', orders, stack.env);
    const slowest = await probe.end();
    const people = await importOf('customers', customers, stack.env);
    const alone = await importOf('orders', orders, { ...stack.env, DATABASE_URL: postgres.url() });
    // Reads of all kinds, so that what the service keeps of customers is in its memory.
    for (let page = 0; page < 20; page++)
      await stack.api('GET', `/v1/customers?externalId=c${page * 1000}`).catch(() => {});
    const serviceMb = memoryOf(stack.running('service'), 'VmRSS');
    return [
      importRow(`import of ${LINES.toLocaleString('en')} order lines, SQLite, service running`, beside),
      {
        work: 'single event while orders are imported, SQLite, slowest of all',
        measured: `${slowest.milliseconds.toFixed(0)} ms (${slowest.count} events)`,
        peer: '–',
        ratio: '–',
        budget: '< 5 s: nobody is refused',
        kept: slowest.milliseconds < 5000,
      },
      importRow(`import of ${CUSTOMERS.toLocaleString('en')} customers with consent, SQLite`, people),
      importRow(`import of ${LINES.toLocaleString('en')} order lines, PostgreSQL`, alone),
      {
        work: `memory of the service with ${CUSTOMERS.toLocaleString('en')} customers known`,
        measured: `${serviceMb.toFixed(0)} MB`,
        peer: '–',
        ratio: '–',
        budget: `≤ ${MEMORY_BUDGET_MB} MB`,
        kept: serviceMb <= MEMORY_BUDGET_MB,
      },
    ];
  } finally {
    await postgres.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Imported {
  rowsPerSecond: number;
  seconds: number;
  peakMb: number;
}

function importRow(work: string, { rowsPerSecond, seconds, peakMb }: Imported): Row {
  return {
    work,
    measured: `${Math.round(rowsPerSecond).toLocaleString('en')} rows/s, ${Math.round(seconds)} s, peak ${peakMb.toFixed(0)} MB`,
    peer: '–',
    ratio: '–',
    budget: `≤ ${MINUTES_BUDGET} minutes`,
    kept: seconds <= MINUTES_BUDGET * 60,
  };
}

async function importOf(kind: string, file: string, env: NodeJS.ProcessEnv): Promise<Imported> {
  const child = spawn(process.execPath, [CLI, 'import', kind, file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let peakMb = 0;
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const watch = setInterval(() => {
    if (child.pid !== undefined && child.exitCode === null) peakMb = Math.max(peakMb, memoryOf(child.pid, 'VmHWM'));
  }, 200);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watch);
  if (code !== 0) throw new Error(`import ${kind} ended with ${code}`);
  const { rows, rejected, seconds } = JSON.parse(output) as { rows: number; rejected: number; seconds: number };
  if (rejected > 0) throw new Error(`import ${kind}: ${rejected} of ${rows} rows were rejected`);
  return { rowsPerSecond: rows / seconds, seconds, peakMb };
}

/** Sends single events, one after the other, and remembers the slowest answer. */
class Probe {
  #isOver = false;
  readonly #work: Promise<{ milliseconds: number; count: number }>;

  constructor(stack: Stack) {
    this.#work = this.#run(stack);
  }

  async #run(stack: Stack): Promise<{ milliseconds: number; count: number }> {
    let milliseconds = 0;
    let count = 0;
    while (!this.#isOver) {
      const begun = performance.now();
      await stack.api('POST', '/v1/events', {
        id: `probe-${count}`,
        type: 'searched',
        occurredAt: new Date().toISOString(),
        identity: { externalId: `probe${count % 50}` },
        properties: { query: 'shoes' },
      });
      milliseconds = Math.max(milliseconds, performance.now() - begun);
      count++;
      await new Promise((resolve) => setTimeout(resolve, PROBE_MS));
    }
    return { milliseconds, count };
  }

  async end(): Promise<{ milliseconds: number; count: number }> {
    this.#isOver = true;
    return await this.#work;
  }
}

const pad = (value: number) => String(value).padStart(2, '0');

async function writeOrders(file: string): Promise<void> {
  const below = random(SEED);
  function* lines() {
    let written = 0;
    for (let order = 1; written < LINES; order++) {
      const customer = below(BUYERS);
      const day = `${2022 + below(4)}-${pad(1 + below(12))}-${pad(1 + below(28))}`;
      for (let left = 1 + below(4); left > 0 && written < LINES; left--, written++) {
        const sign = below(40) === 0 ? '-' : '';
        const [product, quantity, cents] = [below(PRODUCTS), 1 + below(3), 100 + below(20_000)];
        yield `c${customer},o${order},${day},p${product},${sign}${quantity},${sign}${(cents / 100).toFixed(2)},EUR`;
      }
    }
  }
  await writeRows(file, 'customer_id,order_id,ordered_at,product_id,quantity,revenue,currency', lines());
}

async function writeCustomers(file: string): Promise<void> {
  const below = random(SEED + 1);
  function* rows() {
    for (let customer = 0; customer < CUSTOMERS; customer++) {
      const consent = ['subscribed', 'unsubscribed', 'never'][below(3)] ?? '';
      yield `c${customer},c${customer}@example.com,Name${below(1000)},${consent},2025-0${1 + below(9)}-0${1 + below(9)}`;
    }
  }
  await writeRows(file, 'customer_id,email,first_name,email_consent,consent_at', rows());
}
