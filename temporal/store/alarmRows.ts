/** Alarms as they are read. */
import { sql } from 'kysely';
import type { Alarm } from '../domain/complaints.ts';
import { beyond, pageOf, type Page, type PageRequest } from './lists.ts';
import type { Queryable } from './store.ts';
import type { AlarmsTable } from './tables/alarms.ts';

export async function listOpenAlarms(db: Queryable): Promise<Alarm[]> {
  const rows = await db.selectFrom('alarms').selectAll().where('ended_at', 'is', null).orderBy('raised_at').execute();
  return rows.map(alarmOf);
}

export async function findAlarms(db: Queryable, ids: readonly string[]): Promise<Map<string, Alarm>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('alarms').selectAll().where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, alarmOf(row)]));
}

export async function listAlarms(
  db: Queryable,
  { onlyOpen }: { onlyOpen: boolean },
  page: PageRequest,
): Promise<Page<Alarm>> {
  const open = onlyOpen ? sql`and ended_at is null` : sql``;
  const { rows } = await sql<AlarmsTable>`
    select * from alarms where ${beyond(page, sql`raised_at`, sql`id`)} ${open}
    order by raised_at desc, id desc limit ${page.limit + 1}`.execute(db);
  return pageOf(rows, page.limit, (row) => ({ at: row.raised_at, id: row.id }), alarmOf);
}

const alarmOf = (row: AlarmsTable): Alarm => ({
  id: row.id,
  kind: row.kind,
  channel: row.channel,
  level: row.level,
  rate: row.rate,
  complaints: row.complaints,
  messages: row.messages,
  journeys: JSON.parse(row.journeys_json) as Alarm['journeys'],
  raisedAt: row.raised_at,
  endedAt: row.ended_at,
});
