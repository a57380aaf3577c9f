/**
 * `commerce-journeys rfm` on 1,000,000 customers with 10,000,000 orders in CSV, beside DuckDB from the same file, with the same
 * result; and beside plain SQL on SQLite, which has the lines in a table already.
 */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { duckDbFolder } from './duckDb.ts';
import { measured, type Measured } from './memory.ts';
import { AS_OF, CUSTOMERS, ORDERS, writeOrders } from './ordersFile.ts';
import { times, type Row } from './table.ts';

/** DESIGN section 9. */
const BUDGET = 2;
const CLI = join(import.meta.dirname, '..', '..', 'temporal', 'cli.ts');

export async function benchRfm(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-rfm-'));
  try {
    const [orders, own, peer] = ['orders.csv', 'own.csv', 'peer.csv'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeOrders(orders);
    const duckDb = await duckDbFolder();
    const script = (name: string) => join(import.meta.dirname, name);
    const ours = await toFile(own, [CLI, 'rfm', '--orders', orders, '--as-of', AS_OF]);
    const duck = await measured(process.execPath, [script('duckDbRfm.ts'), duckDb, orders, AS_OF, peer]);
    if ((await digestOf(own)) !== (await digestOf(peer))) throw new Error('DuckDB has other scores than rfm.');
    const sqlite = await measured(process.execPath, [script('sqliteRfm.ts'), orders, AS_OF, join(folder, 'orders.db')]);
    const { seconds: querySeconds } = JSON.parse(sqlite.output) as { seconds: number };
    const work = `RFM of ${CUSTOMERS.toLocaleString('en')} customers, ${ORDERS.toLocaleString('en')} orders`;
    return [
      {
        work: `${work}, from CSV`,
        measured: words(ours),
        peer: `DuckDB, from the same file: ${words(duck)}`,
        ratio: times(ours.seconds / duck.seconds),
        budget: `≤ ${BUDGET}×`,
        kept: ours.seconds <= BUDGET * duck.seconds,
      },
      {
        work: `${work}, beside SQL`,
        measured: `${ours.seconds.toFixed(1)} s`,
        peer: `SQLite, lines in a table already: ${querySeconds.toFixed(1)} s`,
        ratio: times(ours.seconds / querySeconds),
        budget: '–',
        kept: null,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const words = ({ seconds, cpuSeconds, peakMb }: Measured): string =>
  `${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s CPU), peak ${peakMb.toFixed(0)} MB`;

async function toFile(file: string, args: string[]): Promise<Measured> {
  // The shell takes the output, so that none of it is held here.
  return await measured('sh', ['-c', 'out=$1; shift; exec "$@" > "$out"', 'sh', file, process.execPath, ...args]);
}

/** Of all columns but the segment, which only we know. */
async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const line of createInterface({ input: createReadStream(file) })) {
    hash.update(`${line.split(',').slice(0, 7).join(',')}\n`);
  }
  return hash.digest('hex');
}
