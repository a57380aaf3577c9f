/** Requests of double opt-in: made, found by id, key or customer, and decided. */
import { sql } from 'kysely';
import type { Channel } from '../domain/event.ts';
import type { OptInTimes } from '../domain/optIn.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';
import type { OptInRequestsTable } from './tables/consent.ts';

export interface OptIn extends OptInTimes {
  id: string;
  key: string | null;
  customerId: string;
  channel: Channel;
  source: string;
  properties: Record<string, unknown>;
  /** Epoch ms; null while nothing has become of it. */
  decidedAt: number | null;
}

const optInOf = (row: OptInRequestsTable): OptIn => ({
  id: row.id,
  key: row.request_key,
  customerId: row.customer_id,
  channel: row.channel,
  source: row.source,
  properties: JSON.parse(row.properties_json) as Record<string, unknown>,
  state: row.state,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  decidedAt: row.decided_at,
});

export async function insertOptIns(session: Session, optIns: readonly OptIn[]): Promise<void> {
  if (optIns.length === 0) return;
  const columns = {
    id: 'text',
    request_key: 'text',
    customer_id: 'text',
    channel: 'text',
    source: 'text',
    properties_json: 'text',
    state: 'text',
    created_at: 'bigint',
    expires_at: 'bigint',
  } as const;
  const rows = optIns.map((optIn) => ({
    id: optIn.id,
    request_key: optIn.key,
    customer_id: optIn.customerId,
    channel: optIn.channel,
    source: optIn.source,
    properties_json: JSON.stringify(optIn.properties),
    state: optIn.state,
    created_at: optIn.createdAt,
    expires_at: optIn.expiresAt,
  }));
  await sql`
    insert into opt_in_requests (id, request_key, customer_id, channel, source, properties_json, state, created_at, expires_at)
    select r.id, r.request_key, r.customer_id, r.channel, r.source, r.properties_json, r.state, r.created_at, r.expires_at
    from ${rowsOf(session.dialect, columns, rows)} as r where true`.execute(session.db);
}

export async function findOptIn(session: Session, id: string): Promise<OptIn | null> {
  const row = await session.db.selectFrom('opt_in_requests').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? optInOf(row) : null;
}

/** @returns by key */
export async function findOptInsByKey(session: Session, keys: Iterable<string>): Promise<Map<string, OptIn>> {
  const wanted = new Set(keys);
  if (wanted.size === 0) return new Map();
  const { rows } = await sql<OptInRequestsTable>`
    select o.* from ${idsOf(session.dialect, wanted)} as r cross join opt_in_requests o
    where o.request_key = r.id`.execute(session.db);
  return new Map(rows.map((row) => [row.request_key ?? '', optInOf(row)]));
}

/** Of these customers, also those that have expired; newest first. */
export async function findPendingOptIns(session: Session, customerIds: Iterable<string>): Promise<OptIn[]> {
  const ids = new Set(customerIds);
  if (ids.size === 0) return [];
  const { rows } = await sql<OptInRequestsTable>`
    select o.* from ${idsOf(session.dialect, ids)} as r cross join opt_in_requests o
    where o.customer_id = r.id and o.state = 'pending' order by o.created_at desc, o.id desc`.execute(session.db);
  return rows.map(optInOf);
}

const SHOWN = 100;

/** Newest first. */
export async function listOptIns(session: Session, customerId: string): Promise<OptIn[]> {
  const rows = await session.db
    .selectFrom('opt_in_requests')
    .selectAll()
    .where('customer_id', '=', customerId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(SHOWN)
    .execute();
  return rows.map(optInOf);
}

/** Confirmed ones make the person's other open requests for the same channel superfluous. */
export async function confirmOptIns(session: Session, confirmed: readonly OptIn[], now: number): Promise<void> {
  if (confirmed.length === 0) return;
  const rows = confirmed.map(({ id, customerId, channel }) => ({ id, customer_id: customerId, channel }));
  const table = rowsOf(session.dialect, { id: 'text', customer_id: 'text', channel: 'text' }, rows);
  await sql`
    update opt_in_requests set decided_at = ${now},
      state = case when opt_in_requests.id = r.id then 'confirmed' else 'superseded' end
    from ${table} as r
    where opt_in_requests.customer_id = r.customer_id and opt_in_requests.channel = r.channel
      and opt_in_requests.state = 'pending'`.execute(session.db);
}
