/** The declaration of a customer's tables against the real schema: a table that erasure or merge would forget fails here. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CUSTOMER_TABLES, rowsOwnedBy } from '../../temporal/store/customerTables.ts';
import { DIALECTS, freshStore, type TestStore } from './stores.ts';

/** Columns by which a row belongs to a customer; those of an order are looked at by their pair. */
const OWNING = { customer_id: 'customer', run_id: 'run' } as const;

describe.each(DIALECTS)('tables of a customer on %s', (dialect) => {
  let place: TestStore;
  let columns: { table: string; column: string }[];
  beforeAll(async () => {
    place = await freshStore(dialect);
    const query =
      dialect === 'sqlite'
        ? sql<{ table: string; column: string }>`
            select m.name as "table", c.name as "column" from sqlite_master m, pragma_table_info(m.name) c
            where m.type = 'table'`
        : sql<{ table: string; column: string }>`
            select table_name as "table", column_name as "column" from information_schema.columns
            where table_schema = 'public'`;
    columns = (await query.execute(place.store.db)).rows;
  });
  afterAll(() => place.remove());

  it('names every table that has a customer, a run or an order in it', () => {
    expect(columns.length).toBeGreaterThan(50);
    const declared = new Set<string>(CUSTOMER_TABLES.map(({ name }) => name));
    const owning = columns.filter(({ column }) => column in OWNING || column === 'order_id');
    const missing = new Set(owning.map(({ table }) => table).filter((table) => !declared.has(table)));
    expect([...missing]).toEqual([]);
  });

  it('names no table, and no way to the customer, that does not exist', () => {
    const has = new Set(columns.map(({ table, column }) => `${table}.${column}`));
    for (const { name, through, merge } of CUSTOMER_TABLES) {
      if (merge === 'returns') expect(has, `${name}.origin_id`).toContain(`${name}.origin_id`);
      const needed = { customer: ['customer_id'], run: ['run_id'], order: ['source', 'order_id'] }[through];
      for (const column of needed) expect(has, `${name}.${column}`).toContain(`${name}.${column}`);
    }
  });

  it('finds rows of each table by their customer', async () => {
    for (const table of CUSTOMER_TABLES) {
      const { rows } = await sql`
        select 1 from ${sql.table(table.name)} where ${rowsOwnedBy(table, 'cus_nobody')}`.execute(place.store.db);
      expect(rows, table.name).toEqual([]);
    }
  });
});
