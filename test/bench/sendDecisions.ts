/**
 * Decisions of the send gate per second: batches of 100 items of running journeys through `POST /v1/sends/authorize`, each taking its
 * claim, with 1,000,000 sends of the past, on SQLite and PostgreSQL. Without messages: what these cost, rendering.ts measures.
 */
import { join } from 'node:path';
import { sql, type RawBuilder } from 'kysely';
import { openStore, type Store } from '../../temporal/store/store.ts';
import type { Stack } from '../e2e/stack.ts';
import { load } from './load.ts';
import { serviceOnPostgres } from './serviceOnPostgres.ts';
import type { Row } from './table.ts';

const SENDS = 1_000_000;
const CUSTOMERS = 100_000;
/** The past that they are spread over. */
const DAYS = 90;
const BATCH = 100;
const CONNECTIONS = 4;
const SECONDS = 10;
const WARM_UP_SECONDS = 2;
/** DESIGN section 9, of SQLite. */
const BUDGET = 5000;
const DAY_MS = 86_400_000;

export async function benchSendDecisions(stack: Stack): Promise<Row[]> {
  const headers = { authorization: `Bearer ${stack.apiKey}` };
  const rows = [await measure('SQLite', stack.addresses.service, headers, join(stack.dataDir, 'journeys.sqlite'))];
  const postgres = await serviceOnPostgres(stack);
  try {
    rows.push(await measure('PostgreSQL', postgres.url, headers, postgres.databaseUrl));
  } finally {
    await postgres.stop();
  }
  return rows;
}

async function measure(name: string, url: string, headers: Record<string, string>, database: string): Promise<Row> {
  const store = openStore(database);
  try {
    await fill(store);
  } finally {
    await store.close();
  }
  let next = 0;
  const ask = async (seconds: number) =>
    await load({
      url: `${url}/v1/sends/authorize`,
      ...{ headers, seconds, connections: CONNECTIONS },
      body: () => JSON.stringify({ items: Array.from({ length: BATCH }, () => item(next++)) }),
    });
  await ask(WARM_UP_SECONDS);
  const { perSecond, p95, requests, failures } = await ask(SECONDS);
  if (failures > 0) throw new Error(`${name}: ${failures} of ${requests} batches failed`);
  const decisions = perSecond * BATCH;
  const isJudged = name === 'SQLite';
  return {
    work: `send decisions with claims, batches of ${BATCH}, ${SENDS.toLocaleString('en')} past sends, ${name}`,
    measured: `${Math.round(decisions).toLocaleString('en')} decisions/s, p95 ${Math.round(p95)} ms with ${CONNECTIONS} at once`,
    peer: '–',
    ratio: '–',
    budget: isJudged ? `≥ ${BUDGET.toLocaleString('en')}/s` : '–',
    kept: isJudged ? decisions >= BUDGET : null,
  };
}

/** Of each customer one after the other; later rounds are another message of the same journey. */
const item = (index: number) => ({
  ref: index,
  customerId: `cus_bench${index % CUSTOMERS}`,
  runId: `run_bench${index % CUSTOMERS}`,
  segment: 1,
  channel: 'email',
  category: 'marketing',
  node: `node-${Math.floor(index / CUSTOMERS)}`,
});

/** So many rows at once that the service, which has the same store, is not kept waiting. */
const CHUNK = 50_000;

/** Subscribers who are in a journey and have had ten e-mails in the last months, a third of them opened. */
async function fill(store: Store): Promise<void> {
  const now = Date.now();
  const exits = [{ type: 'completed_purchase', filters: [] }];
  const definition = JSON.stringify({ entries: [], exits, reentry: 'ignore', priority: 0 });
  await sql`insert into journeys (key, name, n8n_workflow_id, definition_json, published, paused, created_at, updated_at)
    values ('bench-sends', 'Bench', 'none', ${definition}, 1, 0, ${now}, ${now})`.execute(store.db);
  const at = sql.lit(now);
  const since = sql.lit(now - DAYS * DAY_MS);
  await insert(store, CUSTOMERS, (n) => [
    sql`insert into customers (id, properties_json, created_at, updated_at)
      select 'cus_bench' || n, '{"language":"en"}', ${at}, ${at} from ${n}`,
    sql`insert into identifiers (kind, value, customer_id, created_at)
      select 'email', 'bench' || n || '@example.com', 'cus_bench' || n, ${at} from ${n}`,
    sql`insert into consents (customer_id, channel, state, source, at)
      select 'cus_bench' || n, 'email', 'subscribed', 'bench', ${since} from ${n}`,
    sql`insert into runs (id, journey_key, customer_id, entry_key, workflow_id, status, held, entered_at, entry_occurred_at,
        entry_json, segment)
      select 'run_bench' || n, 'bench-sends', 'cus_bench' || n, '', 'journey/bench-sends/cus_bench' || n, 'running', 0,
        ${at}, ${at}, '{"type":"added_to_cart","properties":{}}', 1 from ${n}`,
  ]);
  const who = sql`(n % ${sql.lit(CUSTOMERS)})`;
  // 7919 is a prime: the times of a customer's messages are spread evenly.
  const then = sql`(${since} + (n * 7919 % ${sql.lit(SENDS)}) * ${sql.lit((DAYS * DAY_MS) / SENDS)})`;
  await insert(store, SENDS, (n) => [
    sql`insert into sends (id, claim_key, customer_id, channel, category, journey_key, node, node_name, decision, reasons_json,
        address, status, created_at, updated_at, started_at, opened_at)
      select 'snd_bench' || n, 'key/bench' || n, 'cus_bench' || ${who}, 'email', 'marketing', 'bench-sends', 'node', 'Node',
        'send', '[]', 'bench' || ${who} || '@example.com', 'delivered', ${then}, ${then}, ${then},
        case when n % 3 = 0 then ${then} end from ${n}`,
  ]);
  if (store.dialect === 'postgres') await sql`analyze`.execute(store.db);
}

/** @param statements of a table expression with the numbers, as `n` */
async function insert(
  store: Store,
  count: number,
  statements: (numbers: RawBuilder<unknown>) => RawBuilder<unknown>[],
): Promise<void> {
  for (let from = 0; from < count; from += CHUNK) {
    const [first, last] = [sql.lit(from), sql.lit(Math.min(from + CHUNK, count) - 1)];
    const numbers =
      store.dialect === 'postgres'
        ? sql`(select g as n from generate_series(${first}::bigint, ${last}::bigint) as g) as numbers`
        : sql`(with recursive counted(n) as (select ${first} union all select n + 1 from counted where n < ${last})
            select n from counted) as numbers`;
    for (const statement of statements(numbers)) await statement.execute(store.db);
  }
}
