/**
 * RFM in the store: everybody from running totals beside DuckDB from the orders' file, with the same result; one new order; and how
 * requests fare while everybody is scored for the first time, the most that is ever written at once.
 */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { parseEvent } from '../../temporal/domain/eventParsing.ts';
import { EventIntake } from '../../temporal/intake/eventIntake.ts';
import { openStore } from '../../temporal/store/store.ts';
import { duckDbFolder } from './duckDb.ts';
import { measured } from './memory.ts';
import { AS_OF, CUSTOMERS, FIRST_CUSTOMER, ORDERS, writeOrders } from './ordersFile.ts';
import { LATENCY_BUDGET, MEMORY_BUDGET_MB, ScoringService } from './scoringService.ts';
import { fillStore } from './scoresStore.ts';
import { times, type Row } from './table.ts';

export async function benchScores(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-scores-'));
  const location = join(folder, 'journeys.sqlite');
  try {
    const [orders, peer] = [join(folder, 'orders.csv'), join(folder, 'peer.csv')] as const;
    await writeOrders(orders);
    await fillStore(location, orders, AS_OF);
    const duckDb = await duckDbFolder();
    const script = (name: string) => join(import.meta.dirname, name);
    const duck = await measured(process.execPath, [script('duckDbRfm.ts'), duckDb, orders, AS_OF, peer]);
    rmSync(orders);
    const service = await benchService(location);
    await compareScores(location, peer);
    const job = await measured(process.execPath, [script('scoresJob.ts'), location, AS_OF, '0', '1']);
    const [again = 0, nextDay = 0] = JSON.parse(job.output) as number[];
    const everybody = `RFM of ${CUSTOMERS.toLocaleString('en')} customers`;
    return [
      {
        work: `${everybody} with ${ORDERS.toLocaleString('en')} orders, from running totals, the day after`,
        measured: `${nextDay.toFixed(1)} s (nothing changed: ${again.toFixed(1)} s), peak ${job.peakMb.toFixed(0)} MB`,
        peer: `DuckDB, from the orders' file: ${duck.seconds.toFixed(1)} s, peak ${duck.peakMb.toFixed(0)} MB`,
        ratio: times(again / duck.seconds),
        budget: '≤ 1×',
        kept: again <= duck.seconds,
      },
      ...service,
      await benchNewOrder(location),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error when a score is not DuckDB's */
async function compareScores(location: string, peer: string): Promise<void> {
  const db = new DatabaseSync(location);
  const scores = db.prepare('select r, f, m from rfm_scores where customer_id = ?');
  scores.setReturnArrays(true);
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(peer) })) {
    const [id = '', , , , ...expected] = line.split(',').slice(0, 7);
    if (id === 'customer_id') continue;
    count++;
    const own = scores.get(id) as unknown as number[] | undefined;
    if (own?.join() !== expected.join()) {
      throw new Error(`${id} is scored ${own?.join() ?? 'not'}, by DuckDB ${expected.join()}.`);
    }
  }
  const { all } = db.prepare('select count(*) as "all" from rfm_scores').get() as { all: number };
  db.close();
  if (all !== count) throw new Error(`${all} customers are scored, by DuckDB ${count}.`);
}

async function benchService(location: string): Promise<Row[]> {
  const service = await ScoringService.start(location, CUSTOMERS);
  try {
    const idle = await service.idle();
    // The job of today, as of the day that the file ends with.
    const { seconds, busy, beforeMb, peakMb } = await service.measure('rfm');
    return [
      {
        work: `requests while ${CUSTOMERS.toLocaleString('en')} customers are scored for the first time (${seconds.toFixed(0)} s), p95`,
        measured: `${busy.p95.toFixed(1)} ms (longest ${busy.longest.toFixed(0)} ms)`,
        peer: `idle: ${idle.p95.toFixed(1)} ms (longest ${idle.longest.toFixed(0)} ms)`,
        ratio: times(busy.p95 / idle.p95),
        budget: `≤ ${LATENCY_BUDGET}×`,
        kept: busy.p95 <= LATENCY_BUDGET * idle.p95,
      },
      {
        work: 'memory of the service meanwhile',
        measured: `${peakMb.toFixed(0)} MB`,
        peer: `before: ${beforeMb.toFixed(0)} MB`,
        ratio: '',
        budget: `≤ ${MEMORY_BUDGET_MB} MB`,
        kept: peakMb <= MEMORY_BUDGET_MB,
      },
    ];
  } finally {
    await service.stop();
  }
}

const NEW_ORDERS = 4000;
const BATCH = 100;

/** Orders in batches, by turns with scores and without, for nothing is scored where nothing was learned. */
async function benchNewOrder(location: string): Promise<Row> {
  const store = openStore(location);
  const intake = new EventIntake({ store, now: Date.now, timeScale: 1, outboxWritten: () => {} });
  const { model_json, learned_at } = await store.db
    .selectFrom('score_models')
    .selectAll()
    .where('name', '=', 'rfm')
    .executeTakeFirstOrThrow();
  const spent = { with: 0, without: 0 };
  for (let round = 0; round < (2 * NEW_ORDERS) / BATCH; round++) {
    const kind = round % 2 === 0 ? 'with' : 'without';
    await store.db.deleteFrom('score_models').where('name', '=', 'rfm').execute();
    if (kind === 'with') {
      await store.db.insertInto('score_models').values({ name: 'rfm', model_json, learned_at }).execute();
    }
    const orders = Array.from({ length: BATCH }, (_, index) => newOrder(round * BATCH + index));
    const begun = performance.now();
    await intake.submit(orders);
    // The first two warm up.
    if (round >= 2) spent[kind] += performance.now() - begun;
  }
  await store.close();
  const each = (kind: keyof typeof spent) => (spent[kind] * 1000) / (NEW_ORDERS - BATCH);
  return {
    work: `a new order moves its customer's scores, orders in batches of ${BATCH}`,
    measured: `${each('with').toFixed(0)} µs an order`,
    peer: `without scores: ${each('without').toFixed(0)} µs`,
    ratio: times(spent.with / spent.without),
    // No budget says: a row and its places in two indexes, beside the dozen that an order writes anyway.
    budget: '–',
    kept: null,
  };
}

function newOrder(index: number) {
  const now = Date.now();
  const read = parseEvent(
    {
      ...{ id: `new-${index}`, type: 'completed_purchase', source: 'bench', occurredAt: new Date(now).toISOString() },
      identity: { externalId: `c${FIRST_CUSTOMER + ((index * 6007) % CUSTOMERS)}` },
      properties: {
        ...{ orderId: `new-${index}`, currency: 'EUR', value: '42.00' },
        items: [{ productId: 'p1', quantity: 1, price: '42.00' }],
      },
    },
    now,
  );
  if (!('event' in read)) throw new Error(read.message);
  return read;
}
