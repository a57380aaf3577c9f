/** What the page of one journey says in numbers. Each is of a window that `journeyWindow` has bounded, or is bounded by itself. */
import { sql } from 'kysely';
import type { RunStatus } from '../../domain/journey.ts';
import type { Session } from '../rows.ts';
import { MOST_COUNTED, type JourneyWindow } from './journeyWindow.ts';

/** Up to `MOST_COUNTED`; beyond it only that there are more. */
export interface BoundedCount {
  count: number;
  isMore: boolean;
}

export const bounded = (counted: number): BoundedCount => ({
  count: Math.min(counted, MOST_COUNTED),
  isMore: counted > MOST_COUNTED,
});

export interface WaitingStep {
  node: string;
  /** Of those who have been looked at. */
  runs: number;
  held: number;
  /** Epoch ms; null: nobody there waits for a time. */
  firstUntil: number | null;
  lastUntil: number | null;
}

export interface OpenRunsOfJourney {
  open: BoundedCount;
  /** In the order of the course. Of many these are some, as chance would have it. */
  steps: WaitingStep[];
}

/** Ids are random: the first of them are a fair sample of all. */
export const openRunsQuery = (journey: string) => sql<{
  step: string | null;
  runs: number;
  held: number;
  first_until: number | null;
  last_until: number | null;
}>`
  select step, count(*) as runs, cast(sum(held) as bigint) as held, min(waiting_until) as first_until, max(waiting_until) as last_until
  from (select step, held, waiting_until, segment from runs where journey_key = ${journey} and status = 'running'
    order by id limit ${sql.lit(MOST_COUNTED + 1)}) as r
  group by step order by min(segment), step`;

export async function readOpenRuns({ db }: Session, journey: string): Promise<OpenRunsOfJourney> {
  const { rows } = await openRunsQuery(journey).execute(db);
  return {
    open: bounded(rows.reduce((sum, { runs }) => sum + runs, 0)),
    steps: rows.map(({ step, runs, held, first_until: firstUntil, last_until: lastUntil }) => ({
      ...{ node: step ?? '', runs, held, firstUntil, lastUntil },
    })),
  };
}

/** How many are in the journey now. */
export async function countOpenRuns({ db }: Session, journey: string): Promise<BoundedCount> {
  const { rows } = await openCountQuery(journey).execute(db);
  return bounded(rows[0]?.runs ?? 0);
}

export const openCountQuery = (journey: string) => sql<{ runs: number }>`
  select count(*) as runs from (select 1 as one from runs where journey_key = ${journey} and status = 'running'
    limit ${sql.lit(MOST_COUNTED + 1)}) as r`;

export interface Ended {
  status: Exclude<RunStatus, 'running'>;
  reason: string | null;
  runs: number;
}

/** How those have ended who entered in the window; most frequent first. */
export async function readEnds({ db }: Session, journey: string, window: JourneyWindow): Promise<Ended[]> {
  const { rows } = await endsQuery(journey, window).execute(db);
  return rows;
}

export const endsQuery = (journey: string, { from, to }: JourneyWindow) => sql<Ended>`
  select status, exit_reason as reason, count(*) as runs from runs
  where journey_key = ${journey} and entered_at >= ${from} and entered_at < ${to} and status <> 'running'
  group by status, exit_reason order by runs desc, status, reason`;

export interface ReachedStep {
  node: string;
  runs: number;
}

/** How many of those who entered in the window have come to each wait, in the order of the course. */
export async function readReachedSteps(
  { db }: Session,
  journey: string,
  window: JourneyWindow,
): Promise<ReachedStep[]> {
  const { rows } = await reachedQuery(journey, window).execute(db);
  return rows;
}

export const reachedQuery = (journey: string, { from, to }: JourneyWindow) => sql<ReachedStep>`
  select run_steps.node, count(distinct run_steps.run_id) as runs
  from (select id from runs where journey_key = ${journey} and entered_at >= ${from} and entered_at < ${to}) as r
  cross join run_steps where run_steps.run_id = r.id and run_steps.outcome = 'waiting'
  group by run_steps.node order by min(run_steps.segment), run_steps.node`;

export interface Skips {
  all: BoundedCount;
  /** Of the newest ones; most frequent first. */
  byReason: { reason: string; entries: number }[];
}

/** Entry events that started nothing. */
export async function readSkips({ db }: Session, journey: string, from: number): Promise<Skips> {
  const { rows } = await skipsQuery(journey, from).execute(db);
  return { all: bounded(rows.reduce((sum, { entries }) => sum + entries, 0)), byReason: rows };
}

export const skipsQuery = (journey: string, from: number) => sql<{ reason: string; entries: number }>`
  select reason, count(*) as entries
  from (select reason from skipped_entries where journey_key = ${journey} and at >= ${from}
    order by at desc limit ${sql.lit(MOST_COUNTED + 1)}) as s
  group by reason order by entries desc, reason`;
