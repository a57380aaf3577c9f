/** The lock that decisions about one customer take, so that two processes never decide from facts that the other is changing. */
import { PostgresAdapter } from 'kysely';
import type { Queryable } from './store.ts';

export const isPostgres = (db: Queryable): boolean => db.getExecutor().adapter instanceof PostgresAdapter;

/**
 * Holds the customers' rows until the transaction ends. On SQLite every transaction is alone already.
 * Rows are locked in the order of their ids: two transactions with the same customers cannot block each other.
 */
export async function lockCustomers(trx: Queryable, customerIds: Iterable<string>): Promise<void> {
  if (!isPostgres(trx)) return;
  const ids = [...new Set(customerIds)].sort();
  if (ids.length === 0) return;
  await trx.selectFrom('customers').select('id').where('id', 'in', ids).orderBy('id').forUpdate().execute();
}
