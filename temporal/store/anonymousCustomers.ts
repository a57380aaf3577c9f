/** Profiles that name nobody, and that nobody has come back to: who they are, and which carts no shop speaks of any more. */
import { sql, type RawBuilder } from 'kysely';
import { idsOf, rowsOf, type Session } from './rows.ts';

/**
 * SQL: no row of `table`, named `t`, belongs to the customer of a row `c`. A scalar subquery, for PostgreSQL would answer many
 * `exists` by reading the whole table once; here it looks up one customer's rows after the other.
 */
const no = (table: string, condition: RawBuilder<unknown> = sql`true`, owner = 't.customer_id'): RawBuilder<boolean> =>
  sql`(select 1 from ${sql.table(table)} as t where ${sql.ref(owner)} = c.id and ${condition} limit 1) is null`;

const namesNobody = no('identifiers', sql`t.kind in ('externalId', 'email', 'phone')`);

/**
 * SQL on a row `c` of customers: nothing names a person, no money, no journey under way, no word about messages, nobody merged
 * into it, and nothing told of it since `before`. Cheap questions come first; of the events those that happened lately, which
 * the index answers at once, before those that came in late.
 */
const isForgotten = (before: number, now: number): RawBuilder<boolean> => sql`(
  c.created_at < ${before} and c.updated_at < ${before} and c.tracks_json = '[]'
  and ${namesNobody}
  and ${no('events', sql`t.occurred_at >= ${before}`)}
  and ${no('orders')} and ${no('refunds')}
  and ${no('consents', sql`t.state <> 'never'`)}
  and ${no('consent_history', sql`t.state <> 'never'`)}
  and ${no('suppressions')}
  and ${no('opt_in_requests', sql`t.state = 'pending' and t.expires_at > ${now}`)}
  and ${no('privacy_requests', sql`t.state <> 'done'`)}
  and ${no('runs', sql`(t.status = 'running' or t.ended_at >= ${before})`)}
  and ${no('sends', sql`t.created_at >= ${before}`)}
  and ${no('cart_states', sql`t.changed_at >= ${before}`)}
  and ${no('customers', undefined, 't.merged_into')}
  and ${no('events', sql`t.received_at >= ${before}`)})`;

export interface ForgottenChunk {
  ids: string[];
  /** Last customer looked at; null after the end. */
  reached: string | null;
}

/**
 * Looks at the next customers in the order of their ids. Locks nothing: `lockForgotten` says who is still meant.
 *
 * @param before epoch ms: who was told of earlier, and not since, is forgotten
 * @param reached of the chunk before; '' to begin with
 */
export async function findForgotten(
  { db }: Session,
  before: number,
  reached: string,
  now: number,
  limit: number,
): Promise<ForgottenChunk> {
  const { rows } = await sql<{ id: string; forgotten: number | boolean }>`
    select c.id, ${isForgotten(before, now)} as forgotten
    from (select id, created_at, updated_at, tracks_json from customers
      where id > ${reached} and merged_into is null order by id limit ${limit}) as c
    order by c.id`.execute(db);
  return {
    ids: rows.filter(({ forgotten }) => Boolean(forgotten)).map(({ id }) => id),
    reached: rows.length < limit ? null : (rows.at(-1)?.id ?? null),
  };
}

/**
 * In a transaction. On PostgreSQL, whoever is locked by others is being told of at this moment, or is another process's to
 * forget: left out rather than waited for. @returns those who are still forgotten, locked
 */
export async function lockForgotten(
  { db, dialect }: Session,
  ids: readonly string[],
  before: number,
  now: number,
): Promise<string[]> {
  let locked = ids;
  if (dialect === 'postgres') {
    const { rows } = await sql<{ id: string }>`
      select c.id from ${idsOf(dialect, ids)} as r cross join customers c where c.id = r.id
      order by c.id for update of c skip locked`.execute(db);
    locked = rows.map(({ id }) => id);
  }
  // A statement of its own, for it has to see what was committed before the locks were there.
  const { rows } = await sql<{ id: string }>`
    select c.id from ${idsOf(dialect, locked)} as r cross join customers c
    where c.id = r.id and c.merged_into is null and ${isForgotten(before, now)}`.execute(db);
  return rows.map(({ id }) => id);
}

/**
 * Before events go: profiles that only events tell of keep when that was. In a transaction.
 * @param seen the latest receipt (epoch ms) by customer
 */
export async function noteLastSeen({ db, dialect }: Session, seen: ReadonlyMap<string, number>): Promise<void> {
  const columns = { id: 'text', at: 'bigint' } as const;
  const later = (rows: { id: string; at: number }[]) => sql`
    from ${rowsOf(dialect, columns, rows)} as r cross join customers c
    where c.id = r.id and c.updated_at < r.at and ${namesNobody}`;
  const all = [...seen].map(([id, at]) => ({ id, at }));
  const lock = dialect === 'postgres' ? sql`order by c.id for update of c` : sql``;
  const { rows } = await sql<{ id: string; at: number }>`select r.id, r.at ${later(all)} ${lock}`.execute(db);
  if (rows.length === 0) return;
  await sql`
    update customers set updated_at = r.at from ${rowsOf(dialect, columns, rows)} as r
    where customers.id = r.id and customers.updated_at < r.at`.execute(db);
}

/** In a transaction. @returns how many of the carts last changed before `before` (epoch ms) have been deleted: up to `limit` */
export async function deleteOldCarts({ db, dialect }: Session, before: number, limit: number): Promise<number> {
  const old = await sql<{ source: string; token: string }>`
    select source, token from cart_states where changed_at < ${before} order by changed_at limit ${limit}`.execute(db);
  if (old.rows.length === 0) return 0;
  // Asked again, for on PostgreSQL one of them may have changed meanwhile.
  const { numAffectedRows = 0n } = await sql`
    delete from cart_states where changed_at < ${before} and (source, token) in (
      select r.source, r.token from ${rowsOf(dialect, { source: 'text', token: 'text' }, old.rows)} as r)`.execute(db);
  return Number(numAffectedRows);
}
