/** What has still to be done, for the operator: how much, and since when. */
import { sql } from 'kysely';
import type { Session } from '../rows.ts';
import { bounded, type BoundedCount } from './journeyFigures.ts';
import { MOST_COUNTED } from './journeyWindow.ts';

export interface Backlog {
  rows: BoundedCount;
  /** Epoch ms: the oldest of those that have been counted; null: there are none. */
  since: number | null;
  /** Of these, those that have been tried in vain. */
  failing: number;
}

/** What Temporal has to be told: runs to start and to end, events to pass on. */
export async function readOutboxBacklog({ db }: Session): Promise<Backlog> {
  const { rows } = await sql<{ rows: number; since: number | null; failing: number }>`
    select count(*) as rows, min(created_at) as since, count(case when attempts > 0 then 1 end) as failing
    from (select created_at, attempts from outbox order by id limit ${sql.lit(MOST_COUNTED + 1)}) as o`.execute(db);
  const [{ rows: counted, since, failing } = { rows: 0, since: null, failing: 0 }] = rows;
  return { rows: bounded(counted), since, failing };
}

/** Requests of people that shops have passed on and that wait for an answer. */
export async function countOpenPrivacyRequests({ db }: Session): Promise<BoundedCount> {
  const { rows } = await sql<{ rows: number }>`
    select count(*) as rows from (select 1 as one from privacy_requests where state = 'open'
      limit ${sql.lit(MOST_COUNTED + 1)}) as p`.execute(db);
  return bounded(rows[0]?.rows ?? 0);
}
