/** Passes of scheduled audiences through their journeys: which is the last, who works on it, how far it has come. */
import { sql } from 'kysely';
import type { SkipReason } from '../domain/entry.ts';
import type { Session } from './rows.ts';
import type { AudiencePassesTable } from './tables/scores.ts';
import type { Queryable } from './store.ts';

export type Skipped = Partial<Record<SkipReason, number>>;

export interface AudiencePass {
  journeyKey: string;
  /** Epoch ms. */
  dueAt: number;
  state: AudiencePassesTable['state'];
  /** The last customer who has been looked at; '' before the first, and when it is over. */
  reached: string;
  entered: number;
  skipped: Skipped;
  /** Epoch ms: nobody goes on with it before. Also says that nobody else has taken it meanwhile. */
  availableAt: number;
  finishedAt: number | null;
}

const passOf = (row: AudiencePassesTable): AudiencePass => ({
  journeyKey: row.journey_key,
  dueAt: row.due_at,
  state: row.state,
  reached: row.reached,
  entered: row.entered,
  skipped: JSON.parse(row.skipped_json) as Skipped,
  availableAt: row.available_at,
  finishedAt: row.finished_at,
});

/** @returns by journey, the last pass */
export async function readLastPasses(db: Queryable): Promise<Map<string, AudiencePass>> {
  const { rows } = await sql<AudiencePassesTable>`
    select p.* from (select journey_key, max(due_at) as due_at from audience_passes group by journey_key) as l
    cross join audience_passes p where p.journey_key = l.journey_key and p.due_at = l.due_at`.execute(db);
  return new Map(rows.map((row) => [row.journey_key, passOf(row)]));
}

/** Since when each journey has been open with the rhythm of its schedule (epoch ms); journeys without one are missing. */
export async function readScheduleStarts(db: Queryable): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('journeys')
    .select(['key', 'schedule_since'])
    .where('schedule_since', 'is not', null)
    .execute();
  return new Map(rows.map(({ key, schedule_since }) => [key, schedule_since ?? 0]));
}

/** @returns the new pass, this process's until `lease`; null when another process has begun it */
export async function beginPass(
  { db }: Session,
  journeyKey: string,
  dueAt: number,
  lease: number,
): Promise<AudiencePass | null> {
  const { rows } = await sql<AudiencePassesTable>`
    insert into audience_passes (journey_key, due_at, state, reached, entered, skipped_json, available_at, finished_at)
    values (${journeyKey}, ${dueAt}, 'running', '', 0, '{}', ${lease}, null)
    on conflict (journey_key, due_at) do nothing returning *`.execute(db);
  return rows[0] ? passOf(rows[0]) : null;
}

/** @returns the pass as it is now; null when another process has it, or it has ended */
export async function takePass({ db }: Session, pass: AudiencePass, lease: number): Promise<AudiencePass | null> {
  const { rows } = await sql<AudiencePassesTable>`
    update audience_passes set available_at = ${lease}
    where journey_key = ${pass.journeyKey} and due_at = ${pass.dueAt} and state = 'running'
      and available_at = ${pass.availableAt} returning *`.execute(db);
  return rows[0] ? passOf(rows[0]) : null;
}

/** How far a pass has come that is this process's. Once it is over, that is nobody's business: erased customers leave no trace. */
export async function writePass({ db }: Session, pass: AudiencePass): Promise<void> {
  await sql`
    update audience_passes set state = ${pass.state}, reached = ${pass.state === 'running' ? pass.reached : ''}, entered = ${pass.entered},
      skipped_json = ${JSON.stringify(pass.skipped)}, available_at = ${pass.availableAt}, finished_at = ${pass.finishedAt}
    where journey_key = ${pass.journeyKey} and due_at = ${pass.dueAt}`.execute(db);
}

/** @param before epoch ms */
export async function forgetPasses({ db }: Session, journeyKey: string, before: number): Promise<void> {
  await sql`delete from audience_passes where journey_key = ${journeyKey} and due_at < ${before}`.execute(db);
}
