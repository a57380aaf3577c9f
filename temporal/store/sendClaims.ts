/** The rows of sends: claims taken, and given out again. */
import { sql } from 'kysely';
import type { SendRow } from './tables/sends.ts';
import { columnList, replaced, rowsOf, type Columns, type Session } from './rows.ts';

const COLUMNS = {
  id: 'text',
  claim_key: 'text',
  customer_id: 'text',
  channel: 'text',
  category: 'text',
  journey_key: 'text',
  run_id: 'text',
  segment: 'bigint',
  node: 'text',
  node_name: 'text',
  decision: 'text',
  reasons_json: 'text',
  until: 'bigint',
  address: 'text',
  status: 'text',
  started_by: 'text',
  provider_message_id: 'text',
  error: 'text',
  permanent: 'bigint',
  created_at: 'bigint',
  updated_at: 'bigint',
  provider: 'text',
  started_at: 'bigint',
} as const satisfies Columns & Record<keyof SendRow, unknown>;
const NAMES = Object.keys(COLUMNS) as (keyof SendRow)[];
const values = (row: SendRow) =>
  Object.fromEntries(NAMES.map((name) => [name, row[name]])) as { [K in keyof SendRow]: SendRow[K] };

/** By claim key, locked until the transaction ends. */
export async function readClaims(session: Session, claimKeys: readonly string[]): Promise<Map<string, SendRow>> {
  if (claimKeys.length === 0) return new Map();
  const keys = [...new Set(claimKeys)].map((claim_key) => ({ claim_key }));
  const lock = session.dialect === 'postgres' ? sql`order by s.id for update of s` : sql``;
  const { rows } = await sql<SendRow>`
    select ${columnList(COLUMNS, 's')} from ${rowsOf(session.dialect, { claim_key: 'text' }, keys)} as k cross join sends s
    where s.claim_key = k.claim_key ${lock}`.execute(session.db);
  return new Map(rows.map((row) => [row.claim_key, row]));
}

/** @returns `run\0node` of those that a run absorbed by this one has sent, or may have */
export async function sentByAbsorbed(
  session: Session,
  asked: readonly { runId: string; node: string }[],
): Promise<Set<string>> {
  if (asked.length === 0) return new Set();
  const rows = asked.map(({ runId, node }) => ({ run_id: runId, node }));
  const found = await sql<{ run_id: string; node: string }>`
    select a.run_id, a.node from ${rowsOf(session.dialect, { run_id: 'text', node: 'text' }, rows)} as a
    cross join runs o cross join sends s
    where o.absorbed_by = a.run_id and s.run_id = o.id and s.node = a.node and s.decision = 'send'
      and s.status is not null and s.status <> 'failed'`.execute(session.db);
  return new Set(found.rows.map((row) => `${row.run_id}\0${row.node}`));
}

/** @returns by claim key, the rows of others that had it first */
export async function insertClaims(session: Session, rows: readonly SendRow[]): Promise<Map<string, SendRow>> {
  if (rows.length === 0) return new Map();
  const inserted = await sql<{ claim_key: string }>`
    insert into sends (${columnList(COLUMNS)})
    select ${columnList(COLUMNS, 'r')} from ${rowsOf(session.dialect, COLUMNS, rows.map(values))} as r where true
    on conflict (claim_key) do nothing returning claim_key`.execute(session.db);
  if (inserted.rows.length === rows.length) return new Map();
  const won = new Set(inserted.rows.map((row) => row.claim_key));
  return await readClaims(
    session,
    rows.flatMap((row) => (won.has(row.claim_key) ? [] : row.claim_key)),
  );
}

/** Rows that exist are decided anew. */
export async function rewriteClaims(session: Session, rows: readonly SendRow[]): Promise<void> {
  if (rows.length === 0) return;
  const changed = NAMES.filter((name) => name !== 'id' && name !== 'claim_key');
  await sql`
    update sends set ${sql.join(changed.map((name) => sql`${sql.ref(name)} = r.${sql.ref(name)}`))}
    from ${rowsOf(session.dialect, COLUMNS, rows.map(values))} as r where sends.id = r.id`.execute(session.db);
}

/** Whoever asks next with a caller's key that has been used is told so in the same row. */
export async function writeRefusals(session: Session, rows: readonly SendRow[]): Promise<void> {
  if (rows.length === 0) return;
  const last = new Map(rows.map((row) => [row.claim_key, row]));
  await sql`
    insert into sends (${columnList(COLUMNS)})
    select ${columnList(COLUMNS, 'r')} from ${rowsOf(session.dialect, COLUMNS, [...last.values()].map(values))} as r where true
    on conflict (claim_key) do update set ${replaced(COLUMNS, ['id', 'claim_key'])}`.execute(session.db);
}

/** Started and not heard of since: the next who says `started` has it, and whoever had it before has it no more. */
export async function giveOutAgain(session: Session, sendIds: readonly string[], now: number): Promise<void> {
  if (sendIds.length === 0) return;
  await session.db
    .updateTable('sends')
    .set({ started_by: null, given_again: 1, updated_at: now })
    .where('id', 'in', sendIds)
    .where('status', '=', 'started')
    .execute();
}

/** Started, and whoever did it has not come back. */
export async function setUnknown(session: Session, sendIds: readonly string[], now: number): Promise<void> {
  if (sendIds.length === 0) return;
  await session.db
    .updateTable('sends')
    .set({ status: 'unknown', updated_at: now })
    .where('id', 'in', sendIds)
    .where('status', '=', 'started')
    .execute();
}
