/** Entries by hand that carry their caller's key: a call that is repeated finds the run that it has started. */
import { sql } from 'kysely';
import { idsOf, type Session } from './rows.ts';

export interface EnrolledBefore {
  customerId: string;
  /** Of the caller. */
  key: string;
  runId: string;
}

/** @param since epoch ms; earlier entries are not looked at */
export async function findEnrolled(
  session: Session,
  customerIds: Iterable<string>,
  journeyKey: string,
  since: number,
): Promise<EnrolledBefore[]> {
  const { rows } = await sql<{ id: string; customer_id: string; entry_json: string }>`
    select r.id, r.customer_id, r.entry_json from ${idsOf(session.dialect, customerIds)} as c cross join runs r
    where r.customer_id = c.id and r.journey_key = ${journeyKey} and r.entered_at >= ${since}`.execute(session.db);
  return rows.flatMap((row) => {
    const { eventId } = JSON.parse(row.entry_json) as { eventId?: string };
    return eventId === undefined ? [] : [{ customerId: row.customer_id, key: eventId, runId: row.id }];
  });
}
