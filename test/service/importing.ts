/** Files to import, and what has to come of them: shared by the tests of the import. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll } from 'vitest';
import { importFile, type ImportOptions, type ImportSummary } from '../../temporal/import/importFile.ts';
import type { Store } from '../../temporal/store/store.ts';
import { NOW } from './service.ts';

export const folder = mkdtempSync(join(tmpdir(), 'journeys-import-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
export function fileOf(content: string | Buffer, ending = 'csv'): string {
  const file = join(folder, `${++files}.${ending}`);
  writeFileSync(file, content);
  return file;
}

export async function run(
  store: Store | null,
  kind: ImportOptions['kind'],
  file: string,
  more: Partial<ImportOptions> = {},
): Promise<ImportSummary> {
  return await importFile({
    kind,
    file,
    store,
    source: 'import',
    externalIdPrefix: '',
    currency: 'EUR',
    format: null,
    encoding: 'utf-8',
    rejectedFile: `${file}.rejected`,
    now: () => NOW,
    timeScale: 1,
    ...more,
  });
}

export interface Line {
  customer: string;
  order: string;
  day: string;
  product: string;
  quantity: number;
  cents: number;
}
export const HEADER = 'customer_id,order_id,ordered_at,product_id,quantity,revenue';
export const csv = (lines: readonly Line[]) =>
  [
    HEADER,
    ...lines.map(({ customer, order, day, product, quantity, cents }) =>
      [customer, order, day, product, quantity, (cents / 100).toFixed(2)].join(','),
    ),
  ].join('\n');

/** Added up independently of the store, by CONTRACT section 7. */
export function expectedTotals(lines: readonly Line[]) {
  const totals: Record<string, { orders: number; revenueMinor: number }> = {};
  const orders = new Set<string>();
  for (const { customer, order, quantity, cents } of lines) {
    const total = (totals[customer] ??= { orders: 0, revenueMinor: 0 });
    total.revenueMinor += cents;
    if (quantity < 0 || orders.has(order)) continue;
    orders.add(order);
    total.orders++;
  }
  return totals;
}

export async function totalsOf(store: Store) {
  const { rows } = await sql<{ value: string; orders: number; revenue_minor: number }>`
    select i.value, t.orders, t.revenue_minor from totals t join identifiers i on i.customer_id = t.customer_id
    where i.kind = 'externalId'`.execute(store.db);
  return Object.fromEntries(rows.map((row) => [row.value, { orders: row.orders, revenueMinor: row.revenue_minor }]));
}

/** All that an import may change, without the times of the import itself. */
export async function snapshot(store: Store) {
  const read = async (query: string) => (await sql.raw(query).execute(store.db)).rows;
  return {
    orders: await read(
      'select source, order_id, value_minor, currency, occurred_at, value_from from orders order by 1, 2',
    ),
    lines: await read(
      'select source, order_id, line, product_id, quantity, value_minor, copies from order_lines order by 1, 2, 3',
    ),
    refunds: await read('select source, event_id, value_minor, copies from refunds order by 1, 2'),
    events: await read('select source, id, type, occurred_at, properties_json from events order by 1, 2'),
    totals: await totalsOf(store),
  };
}
