/** The jobs that calculate scores: when each is due, who does it, how the last one ended. One is done at a time in all processes. */
import { sql, type Selectable } from 'kysely';
import { idsOf, type Session } from './rows.ts';
import type { Store } from './store.ts';
import type { ScoreJobsTable } from './tables/scores.ts';

export interface ClaimedJob {
  name: string;
  /** Epoch ms; also says that nobody else has taken the job meanwhile. */
  lease: number;
}

/** Jobs that have never been done are due. */
export async function makeKnown(session: Session, names: readonly string[], now: number): Promise<void> {
  await sql`
    insert into score_jobs (name, due_at, lease_until)
    select r.id, ${sql.lit(now)}, 0 from ${idsOf(session.dialect, names)} as r where true
    on conflict (name) do nothing`.execute(session.db);
}

/** At once; one that is being done now is done again afterwards. */
export async function makeDue(session: Session, names: readonly string[], now: number): Promise<void> {
  await sql`
    insert into score_jobs (name, due_at, lease_until)
    select r.id, ${sql.lit(now)}, 0 from ${idsOf(session.dialect, names)} as r where true
    on conflict (name) do update set due_at = case when score_jobs.due_at < excluded.due_at
      then score_jobs.due_at else excluded.due_at end`.execute(session.db);
}

/**
 * The first of these jobs that is due, for this process until `lease`; while one is being done, none.
 * @param names in the order in which they are done
 * @param nextDue when it is due again
 */
export async function claimJob(
  store: Store,
  names: readonly string[],
  now: number,
  times: { lease: number; nextDue: number },
): Promise<ClaimedJob | null> {
  // Looked at often: most of the time without a transaction, for SQLite has one writer.
  if (firstDue(await jobsOf(store), names, now) === null) return null;
  return await store.transaction(async (db) => {
    const session: Session = { db, dialect: store.dialect };
    const job = firstDue(await jobsOf(session, true), names, now);
    if (job === null) return null;
    await sql`
      update score_jobs set lease_until = ${times.lease}, started_at = ${now}, due_at = ${times.nextDue}
      where name = ${job}`.execute(db);
    return { name: job, lease: times.lease };
  });
}

type JobRow = Selectable<ScoreJobsTable>;

async function jobsOf({ db, dialect }: Session, locked = false): Promise<JobRow[]> {
  const lock = locked && dialect === 'postgres' ? sql`for update` : sql``;
  const { rows } = await sql<JobRow>`select * from score_jobs order by name ${lock}`.execute(db);
  return rows;
}

function firstDue(rows: readonly JobRow[], names: readonly string[], now: number): string | null {
  if (rows.some((row) => row.lease_until > now)) return null;
  // A lease that has run out: whoever had it is gone before the job was done.
  const isDue = (row: JobRow) => row.due_at <= now || row.lease_until > 0;
  return names.find((name) => rows.some((row) => row.name === name && isDue(row))) ?? null;
}

/** @returns whether the job is still this process's */
export async function renewJob(session: Session, { name, lease }: ClaimedJob, until: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update score_jobs set lease_until = ${until} where name = ${name} and lease_until = ${lease}`.execute(session.db);
  return numAffectedRows === 1n;
}

/**
 * @param failure in words; null: it is done
 * @param dueAt not later than then it is due again, or as planned when null
 */
export async function finishJob(
  session: Session,
  { name, lease }: ClaimedJob,
  now: number,
  failure: string | null,
  dueAt: number | null,
): Promise<void> {
  await sql`
    update score_jobs set lease_until = 0, finished_at = ${now}, failure = ${failure},
      due_at = case when due_at < ${dueAt ?? Number.MAX_SAFE_INTEGER} then due_at else ${dueAt ?? 0} end
    where name = ${name} and lease_until = ${lease}`.execute(session.db);
}

/** Broken off: whoever looks next does it from the beginning. */
export async function giveJobBack(session: Session, { name, lease }: ClaimedJob, now: number): Promise<void> {
  await sql`
    update score_jobs set lease_until = 0, due_at = ${now} where name = ${name} and lease_until = ${lease}`.execute(
    session.db,
  );
}

/** @param names in whose order they come */
export async function readJobs(session: Session, names: readonly string[]): Promise<JobRow[]> {
  const rows = await jobsOf(session);
  return names.flatMap((name) => rows.find((row) => row.name === name) ?? []);
}
