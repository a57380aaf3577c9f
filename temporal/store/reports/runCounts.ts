/** How the runs that began in a period stand now, by journey. */
import { sql } from 'kysely';
import type { RunCounts } from '../../domain/reports/journeyReport.ts';
import type { Session } from '../rows.ts';
import type { ReportPeriod } from './decidedMessages.ts';

export async function readRunCounts(
  { db }: Session,
  { from, to, journey }: ReportPeriod,
): Promise<Map<string, RunCounts>> {
  const only = journey === undefined ? sql`` : sql`and journey_key = ${journey}`;
  const { rows } = await sql<RunCounts & { journey_key: string }>`
    select journey_key, count(*) as entered, count(case when status = 'running' then 1 end) as active,
      count(case when status = 'completed' then 1 end) as completed,
      count(case when status = 'exited' then 1 end) as exited,
      count(case when status = 'cancelled' then 1 end) as cancelled,
      count(case when status = 'failed' then 1 end) as failed
    from runs where entered_at >= ${from} and entered_at < ${to} ${only} group by journey_key`.execute(db);
  return new Map(rows.map(({ journey_key, ...counts }) => [journey_key, counts]));
}
