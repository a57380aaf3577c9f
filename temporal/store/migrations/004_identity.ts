/**
 * Merged customers: where each row came from, so that a merge can be taken back, and which run took the place of another's.
 * Orders: which event told them, so that the order of arrival does not matter.
 */
import { type Kysely, sql } from 'kysely';

/** Tables whose rows say which customer they belonged to before a merge. */
const WITH_ORIGIN = [
  'identifiers',
  'consent_history',
  'suppressions',
  'orders',
  'refunds',
  'events',
  'skipped_entries',
  'sends',
  'runs',
  'audit',
];

export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    ...WITH_ORIGIN.map((table) => sql`alter table ${sql.table(table)} add column origin_id text`),
    sql`alter table runs add column absorbed_by text`,
    sql`create index runs_absorbed_by on runs (absorbed_by) where absorbed_by is not null`,
    sql`alter table runs add column absorbs integer not null default 0`,
    sql`alter table orders add column event_id text`,
    sql`create index refunds_order on refunds (source, order_id)`,
  ];
  for (const statement of statements) await statement.execute(db);
}
