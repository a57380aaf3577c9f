/** Customers who are in another segment than was last told of them. */
import { sql } from 'kysely';
import type { RfmSegment } from '../domain/rfm/segments.ts';
import { DAY_MS, utcDay } from '../domain/utcDay.ts';
import { idsOf, type Session } from './rows.ts';

export interface SegmentChange {
  customerId: string;
  /** null: the first one that is told. */
  from: RfmSegment | null;
  to: RfmSegment;
  r: number;
  f: number;
  m: number;
}

/** As the index has it. */
const IS_UNTOLD = sql`(told_segment is null or told_segment <> segment)`;

/** One a day: whoever has been told of today waits for tomorrow. */
const mayBeTold = (now: number) => sql`(told_at is null or told_at < ${utcDay(now) * DAY_MS})`;

/** The next of them, in the order of their ids. */
export async function untoldCustomers({ db }: Session, after: string, now: number, limit: number): Promise<string[]> {
  const { rows } = await sql<{ customer_id: string }>`
    select customer_id from rfm_scores where ${IS_UNTOLD} and customer_id > ${after} and ${mayBeTold(now)}
    order by customer_id limit ${sql.lit(limit)}`.execute(db);
  return rows.map((row) => row.customer_id);
}

/**
 * Notes that they are told now. @param customerIds locked: nobody else tells of them or scores them meanwhile
 * @returns of those who are still to be told of
 */
export async function tellSegments(
  session: Session,
  customerIds: readonly string[],
  now: number,
): Promise<SegmentChange[]> {
  const { rows } = await sql<{
    customer_id: string;
    told_segment: RfmSegment | null;
    segment: RfmSegment;
    r: number;
    f: number;
    m: number;
  }>`
    select s.customer_id, s.told_segment, s.segment, s.r, s.f, s.m
    from ${idsOf(session.dialect, customerIds)} as c cross join rfm_scores s
    where s.customer_id = c.id and ${IS_UNTOLD} and ${mayBeTold(now)} order by s.customer_id`.execute(session.db);
  const ids = rows.map((row) => row.customer_id);
  if (ids.length === 0) return [];
  await sql`
    update rfm_scores set told_segment = segment, told_at = ${now}
    where customer_id in (select c.id from ${idsOf(session.dialect, ids)} as c)`.execute(session.db);
  return rows.map(({ customer_id: customerId, told_segment: from, segment: to, r, f, m }) => {
    return { customerId, from, to, r, f, m };
  });
}
