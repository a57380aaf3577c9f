/**
 * Who belongs to an audience, a part at a time: so many scored customers are looked at, however few of them belong to it, so that no
 * statement takes long.
 */
import { sql, type RawBuilder } from 'kysely';
import { isInAudience, type Audience } from '../domain/audience.ts';
import { idsOf, type Session } from './rows.ts';

export interface AudienceMember {
  customerId: string;
  segment: string;
  r: number;
  f: number;
  m: number;
}

export interface AudiencePart {
  /** In the order of their ids. */
  members: AudienceMember[];
  /** The last customer who has been looked at; null after the end. */
  reached: string | null;
}

interface FactsRow {
  customer_id: string;
  segment: string;
  r: number;
  f: number;
  m: number;
  churn: string | null;
  orders: number | null;
  revenue_minor: number | null;
  currency: string | null;
}

/** @param medians by currency, as the RFM model has them @param after the last customer of the part before; '' to begin with */
export async function nextMembers(
  session: Session,
  audience: Audience,
  medians: Readonly<Record<string, number>>,
  after: string,
  limit: number,
): Promise<AudiencePart> {
  const rows = await factsOf(session, scored(audience, after, limit));
  const reached = rows.length < limit ? null : (rows.at(-1)?.customer_id ?? null);
  return { members: membersOf(rows, audience, medians), reached };
}

/** Those of the customers who belong to it now. */
export async function stillMembers(
  session: Session,
  audience: Audience,
  medians: Readonly<Record<string, number>>,
  customerIds: Iterable<string>,
): Promise<AudienceMember[]> {
  return membersOf(await factsOf(session, idsOf(session.dialect, customerIds)), audience, medians);
}

function membersOf(
  rows: readonly FactsRow[],
  audience: Audience,
  medians: Readonly<Record<string, number>>,
): AudienceMember[] {
  return rows
    .filter(({ segment, churn, orders, revenue_minor, currency }) =>
      isInAudience(
        audience,
        { segment, churn, orders: orders ?? 0, revenueMinor: revenue_minor ?? 0, currency },
        medians,
      ),
    )
    .map(({ customer_id: customerId, segment, r, f, m }) => ({ customerId, segment, r, f, m }));
}

/** Each segment is read in its own order; of several the nearest customers are taken. */
function scored({ segments }: Audience, after: string, limit: number): RawBuilder<unknown> {
  const part = (condition: RawBuilder<unknown>) => sql`
    select * from (select s.customer_id as id from rfm_scores s
      where ${condition} and s.customer_id > ${after} order by s.customer_id limit ${limit}) as x`;
  const parts =
    segments.length === 0 ? [part(sql`1 = 1`)] : segments.map((segment) => part(sql`s.segment = ${segment}`));
  return sql`(select id from (${sql.join(parts, sql` union all `)}) as u order by id limit ${limit})`;
}

/** @param ids a table with a column `id` */
async function factsOf({ db }: Session, ids: RawBuilder<unknown>): Promise<FactsRow[]> {
  const { rows } = await sql<FactsRow>`
    select s.customer_id, s.segment, s.r, s.f, s.m, p.churn, t.orders, t.revenue_minor, t.currency
    from ${ids} as c cross join rfm_scores s
    left join totals t on t.customer_id = s.customer_id left join predictions p on p.customer_id = s.customer_id
    where s.customer_id = c.id order by s.customer_id`.execute(db);
  return rows;
}
