/** The removal of customers from every table that has rows of theirs. */
import { sql } from 'kysely';
import { CUSTOMER_TABLES, rowsOwnedByAny } from './customerTables.ts';
import { idsOf, type Session } from './rows.ts';
import type { Store } from './store.ts';

/** @param customerIds surviving ones, locked by the caller; the ids that were merged into them go as well */
export async function deleteCustomers(session: Session, customerIds: readonly string[]): Promise<void> {
  const { db, dialect } = session;
  const these = sql`(select gone.id from ${idsOf(dialect, customerIds)} as gone)`;
  for (const table of CUSTOMER_TABLES) {
    if (!table.erased) continue;
    await sql`delete from ${sql.table(table.name)} where ${rowsOwnedByAny(table, these)}`.execute(db);
  }
  await sql`delete from customers where merged_into in ${these}`.execute(db);
  await sql`delete from customers where id in ${these}`.execute(db);
}

/**
 * SQLite overwrites what it deletes (`secure_delete`), but the write-ahead log still has it until it is cut. While others
 * read, it cannot be: the next call does it.
 */
export async function cutWriteAheadLog(store: Pick<Store, 'db' | 'dialect'>): Promise<void> {
  if (store.dialect === 'sqlite') await sql`pragma wal_checkpoint(truncate)`.execute(store.db);
}
