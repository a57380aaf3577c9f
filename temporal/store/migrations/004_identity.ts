/**
 * Merged customers: where each row came from, so that a merge can be taken back, and which run took the place of another's.
 * Orders: which event told them, so that the order of arrival does not matter. Search: ranges of names and identifiers.
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

type Dialect = 'sqlite' | 'postgres';

export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  // In the order of code points, in which texts with one beginning are a range; SQLite's indexes are so anyway.
  const plain = sql.raw(dialect === 'postgres' ? ' collate "C"' : '');
  const statements = [
    ...WITH_ORIGIN.map((table) => sql`alter table ${sql.table(table)} add column origin_id text`),
    sql`alter table runs add column absorbed_by text`,
    sql`create index runs_absorbed_by on runs (absorbed_by) where absorbed_by is not null`,
    sql`alter table runs add column absorbs integer not null default 0`,
    sql`alter table orders add column event_id text`,
    sql`create index refunds_order on refunds (source, order_id)`,
    ...['name_key', 'surname_key'].flatMap((key) => [
      sql`alter table customers add column ${sql.ref(key)} text`,
      sql`create index ${sql.ref(`customers_${key}`)} on customers (${sql.ref(key)}${plain}, id${plain})
          where ${sql.ref(key)} is not null and merged_into is null`,
    ]),
    sql`create table fingerprints (hash text not null, customer_id text not null, at bigint not null, origin_id text,
        primary key (hash, customer_id))`,
    sql`create index fingerprints_customer on fingerprints (customer_id)`,
    sql`create index fingerprints_at on fingerprints (at)`,
    // SQLite searches the primary key.
    ...(dialect === 'postgres'
      ? [
          sql`create index identifiers_search on identifiers (kind, value collate "C")
              where kind in ('externalId', 'email', 'phone')`,
        ]
      : []),
  ];
  for (const statement of statements) await statement.execute(db);
}
