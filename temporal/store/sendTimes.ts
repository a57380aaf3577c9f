/** When messages were handed over, for what is told of them soon after. */
import { sql } from 'kysely';
import { idsOf, type Session } from './rows.ts';

/** @returns epoch ms by the send's id; those that are not known, or were not started, are missing */
export async function readStartTimes(session: Session, sendIds: Iterable<string>): Promise<Map<string, number>> {
  const { rows } = await sql<{ id: string; started_at: number }>`
    select s.id, s.started_at from ${idsOf(session.dialect, new Set(sendIds))} as r cross join sends s
    where s.id = r.id and s.started_at is not null`.execute(session.db);
  return new Map(rows.map(({ id, started_at }) => [id, started_at]));
}
