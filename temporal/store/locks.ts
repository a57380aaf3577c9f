/**
 * PostgreSQL's advisory locks, all of them, so that no two mean the same number. They hold until the transaction ends. SQLite
 * has one writer anyway.
 */
import { sql } from 'kysely';
import { idsOf, type Session } from './rows.ts';

/** Any numbers of our own. */
const SPACES = { identifiers: 4600, catalogue: 4606 } as const;
const ENDPOINTS = 46_001;
const POLICY = 46_002;

/** Each lock takes room in PostgreSQL's shared table; more than these buckets would not make it wait less. */
const BUCKETS = 1024;

/** Nobody else has any of these names at the same time; always taken in the same order. */
export async function lockNames(session: Session, space: keyof typeof SPACES, names: Iterable<string>): Promise<void> {
  const distinct = new Set(names);
  if (session.dialect === 'sqlite' || distinct.size === 0) return;
  await sql`
    select pg_advisory_xact_lock(${sql.lit(SPACES[space])}, bucket) from (
      select distinct abs(hashtext(r.id) % ${sql.lit(BUCKETS)}) as bucket
      from ${idsOf(session.dialect, distinct)} as r order by bucket) as b`.execute(session.db);
}

/** What n8n publishes is written by one at a time. */
export async function lockEndpoints(session: Session): Promise<void> {
  if (session.dialect === 'postgres') await sql`select pg_advisory_xact_lock(${ENDPOINTS})`.execute(session.db);
}

/** Many decide by the policy at the same time; it is changed while nobody does. */
export async function lockPolicy(session: Session, how: 'shared' | 'exclusive'): Promise<void> {
  if (session.dialect === 'sqlite') return;
  const lock = how === 'shared' ? sql`pg_advisory_xact_lock_shared` : sql`pg_advisory_xact_lock`;
  await sql`select ${lock}(${POLICY})`.execute(session.db);
}
