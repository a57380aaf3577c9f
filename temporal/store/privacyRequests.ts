/** Privacy requests that shops have passed on, and which customers they are about. */
import { sql } from 'kysely';
import { OWN_SOURCES } from '../domain/ownSources.ts';
import { isoTime, isoTimeOrNull } from '../domain/textValues.ts';
import { DESCRIBED } from './audit.ts';
import type { PrivacyRequestsTable } from './tables/privacy.ts';
import { beyond, pageOf, type Page, type PageRequest } from './lists.ts';
import { idsOf, type Session } from './rows.ts';
import type { Queryable } from './store.ts';

export type PrivacyRequestRow = PrivacyRequestsTable;

export interface PrivacyRequestView {
  id: string;
  source: string;
  kind: PrivacyRequestRow['kind'];
  state: PrivacyRequestRow['state'];
  receivedAt: string;
  doneAt: string | null;
  /** Whose data was asked for. */
  customerId: string | null;
  /** Path of what is held about them. */
  export: string | null;
  erasedCustomers: number;
}

/** Whether the shop has passed this on before. */
export async function isKnownRequest(
  { db }: Session,
  source: string,
  kind: PrivacyRequestRow['kind'],
  key: string,
): Promise<boolean> {
  const found = await db
    .selectFrom('privacy_requests')
    .select('id')
    .where('source', '=', source)
    .where('kind', '=', kind)
    .where('request_key', '=', key)
    .executeTakeFirst();
  return found !== undefined;
}

/** @returns whether it is new: a request with the same key is the same one */
export async function insertRequest({ db }: Session, row: PrivacyRequestRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('privacy_requests')
    .values(row)
    .onConflict((conflict) => conflict.columns(['source', 'kind', 'request_key']).doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function listRequests(
  db: Queryable,
  state: string | undefined,
  page: PageRequest,
): Promise<Page<PrivacyRequestView>> {
  const ofState = state === undefined ? sql`1 = 1` : sql`state = ${state}`;
  const { rows } = await sql<PrivacyRequestRow>`
    select * from privacy_requests where ${ofState} and ${beyond(page, sql`received_at`, sql`id`)}
    order by received_at desc, id desc limit ${page.limit + 1}`.execute(db);
  return pageOf(rows, page.limit, (row) => ({ at: row.received_at, id: row.id }), showRequest);
}

export async function findRequest(db: Queryable, id: string): Promise<PrivacyRequestRow | null> {
  return (await db.selectFrom('privacy_requests').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

export async function setRequestState(
  { db }: Session,
  id: string,
  state: PrivacyRequestRow['state'],
  doneAt: number | null,
): Promise<void> {
  await db.updateTable('privacy_requests').set({ state, done_at: doneAt }).where('id', '=', id).execute();
}

export function showRequest(row: PrivacyRequestRow): PrivacyRequestView {
  return {
    id: row.id,
    source: row.source,
    kind: row.kind,
    state: row.state,
    receivedAt: isoTime(row.received_at),
    doneAt: isoTimeOrNull(row.done_at),
    customerId: row.customer_id,
    export: row.customer_id === null ? null : `/v1/customers/${row.customer_id}/export`,
    erasedCustomers: row.erased,
  };
}

/** Customers who are known only by orders of this shop: they have nothing else that names them. */
export async function anonymousBuyers(
  { db, dialect }: Session,
  source: string,
  orderIds: readonly string[],
): Promise<string[]> {
  if (orderIds.length === 0) return [];
  const { rows } = await sql<{ customer_id: string }>`
    select distinct o.customer_id from ${idsOf(dialect, orderIds)} as r cross join orders o
    where o.source = ${source} and o.order_id = r.id and not exists (
      select 1 from identifiers i where i.customer_id = o.customer_id and i.kind in ('externalId', 'email', 'phone'))`.execute(
    db,
  );
  return rows.map((row) => row.customer_id);
}

/**
 * The next customers in the order of their ids, and which of them there is something of this shop about and nothing of any
 * other source. @returns null in `reached` after the last one
 */
export async function nextShopCustomers(
  { db }: Session,
  source: string,
  reached: string,
  limit: number,
): Promise<{ ids: string[]; reached: string | null }> {
  const of = (table: 'events' | 'orders' | 'refunds' | 'cart_states', condition: ReturnType<typeof sql>) =>
    sql`exists (select 1 from ${sql.table(table)} as t where t.customer_id = c.id and ${condition})`;
  const actor = `connection:${source}`;
  const isOurs = sql`t.source = ${source}`;
  const isElse = sql`t.source <> ${source} and t.source not in (${sql.join(OWN_SOURCES)})`;
  const { rows } = await sql<{ id: string; only: number | boolean }>`
    select c.id, ((${of('events', isOurs)} or ${of('orders', isOurs)} or ${of('cart_states', isOurs)}
        or exists (select 1 from consent_history h where h.customer_id = c.id and h.actor = ${actor})
        or exists (select 1 from audit a where a.customer_id = c.id and a.action = ${DESCRIBED} and a.actor = ${actor}))
      and not (exists (select 1 from audit a where a.customer_id = c.id and a.action = ${DESCRIBED} and a.actor <> ${actor})
        or ${of('events', isElse)} or ${of('orders', isElse)} or ${of('refunds', isElse)}
        or ${of('cart_states', isElse)})) as "only"
    from (select id from customers where id > ${reached} and merged_into is null order by id limit ${limit}) as c
    order by c.id`.execute(db);
  return {
    ids: rows.filter((row) => Boolean(row.only)).map((row) => row.id),
    reached: rows.length < limit ? null : (rows.at(-1)?.id ?? null),
  };
}

/** The shop's erasure that is being worked off, locked until the transaction ends; others take another one (PostgreSQL). */
export async function claimRunningRequest({ db, dialect }: Session): Promise<PrivacyRequestRow | null> {
  const query = db.selectFrom('privacy_requests').selectAll().where('state', '=', 'running').orderBy('id').limit(1);
  return (await (dialect === 'postgres' ? query.forUpdate().skipLocked() : query).executeTakeFirst()) ?? null;
}

/** @param reached last customer id that has been looked at; null: all have been @param erased how many more */
export async function writeErasureProgress(
  { db }: Session,
  request: PrivacyRequestRow,
  reached: string | null,
  erased: number,
  now: number,
): Promise<void> {
  await db
    .updateTable('privacy_requests')
    .set({
      reached: reached ?? request.reached,
      erased: request.erased + erased,
      ...(reached === null && { state: 'done', done_at: now }),
    })
    .where('id', '=', request.id)
    .execute();
}
