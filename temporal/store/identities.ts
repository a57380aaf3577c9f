/** Identifiers and the customers they belong to; on PostgreSQL with the locks that keep one person one customer. */
import { sql } from 'kysely';
import type { Identifier } from '../domain/identity.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

export interface IdentifierOwner extends Identifier {
  customerId: string;
  /** The owner has an external id, e-mail or phone. */
  hasStrong: boolean;
}

const IDENTIFIER = { kind: 'text', value: 'text' } as const;

export async function findOwners(session: Session, identifiers: readonly Identifier[]): Promise<IdentifierOwner[]> {
  if (identifiers.length === 0) return [];
  const { rows } = await sql<{ kind: string; value: string; customer_id: string; has_strong: number | boolean }>`
    select i.kind, i.value, i.customer_id, exists (select 1 from identifiers s where s.customer_id = i.customer_id
      and s.kind in ('externalId', 'email', 'phone')) as has_strong
    from ${rowsOf(session.dialect, IDENTIFIER, identifiers)} as r cross join identifiers i
    where i.kind = r.kind and i.value = r.value`.execute(session.db);
  return rows.map((row) => ({
    kind: row.kind,
    value: row.value,
    customerId: row.customer_id,
    hasStrong: Boolean(row.has_strong),
  }));
}

/** Each lock takes room in PostgreSQL's shared table; more than these buckets would not make it wait less. */
const LOCK_BUCKETS = 1024;

/** Until the transaction ends nobody else makes a customer for these identifiers. SQLite has one writer anyway. */
export async function lockIdentifiers(session: Session, identifiers: readonly Identifier[]): Promise<void> {
  if (session.dialect === 'sqlite' || identifiers.length === 0) return;
  await sql`
    select pg_advisory_xact_lock(4600, bucket) from (
      select distinct abs(hashtext(r.kind || ':' || r.value) % ${sql.lit(LOCK_BUCKETS)}) as bucket
      from ${rowsOf(session.dialect, IDENTIFIER, identifiers)} as r order by bucket) as b`.execute(session.db);
}

/**
 * Locks the customers' rows until the transaction ends (PostgreSQL; always in the order of their ids).
 * @returns id → surviving id, for those that exist
 */
export async function lockCustomers(session: Session, ids: Iterable<string>): Promise<Map<string, string>> {
  const list = [...ids];
  if (list.length === 0) return new Map();
  const lock = session.dialect === 'postgres' ? sql`order by c.id for update of c` : sql``;
  const { rows } = await sql<{ id: string; merged_into: string | null }>`
    select c.id, c.merged_into from ${idsOf(session.dialect, list)} as r cross join customers c
    where c.id = r.id ${lock}`.execute(session.db);
  return new Map(rows.map((row) => [row.id, row.merged_into ?? row.id]));
}

export interface NewIdentifier extends Identifier {
  customerId: string;
}

export async function insertIdentifiers(
  session: Session,
  identifiers: readonly NewIdentifier[],
  now: number,
): Promise<void> {
  if (identifiers.length === 0) return;
  const rows = identifiers.map(({ kind, value, customerId }) => ({ kind, value, customer_id: customerId }));
  await sql`
    insert into identifiers (kind, value, customer_id, created_at) select r.kind, r.value, r.customer_id, ${now}
    from ${rowsOf(session.dialect, { ...IDENTIFIER, customer_id: 'text' }, rows)} as r where true`.execute(session.db);
}

export async function insertCustomers(session: Session, ids: readonly string[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    insert into customers (id, properties_json, created_at, updated_at, merged_into)
    select r.id, '{}', ${now}, ${now}, null from ${idsOf(session.dialect, ids)} as r where true`.execute(session.db);
}
