/**
 * What customers ordered who got messages of a period, beside those who were held out and would have got them. Orders count
 * from the first decision about the customer to the end of the period, so that both groups are looked at in the same way.
 */
import { sql } from 'kysely';
import type { HoldoutArm } from '../../domain/reports/journeyReport.ts';
import type { Session } from '../rows.ts';
import { decidedIn, type ReportPeriod } from './decidedMessages.ts';

/** Nothing else spoke against the message. */
export const HELD_OUT = '["holdout"]';

/** @returns by journey, and of all together (`journey: null`); nothing when nobody was held out */
export async function readHoldoutArms(session: Session, period: ReportPeriod): Promise<HoldoutArm[]> {
  const { rows } = await sql`
    select 1 from sends s where s.reasons_json = ${sql.lit(HELD_OUT)} and ${decidedIn(period)} limit 1`.execute(
    session.db,
  );
  if (rows.length === 0) return [];
  const arms = [...(await armsBy(session, period, true))];
  if (period.journey === undefined) arms.push(...(await armsBy(session, period, false)));
  return arms;
}

async function armsBy({ db }: Session, period: ReportPeriod, perJourney: boolean): Promise<HoldoutArm[]> {
  const journey = perJourney ? sql.ref('s.journey_key') : sql`cast(null as text)`;
  const { rows } = await sql<{
    journey_key: string | null;
    arm: HoldoutArm['arm'];
    currency: string | null;
    customers: number;
    orders: number;
    revenue_minor: number;
  }>`
    with arms as (
      select ${journey} as journey_key, s.customer_id, min(s.created_at) as since,
        case when s.reasons_json = ${sql.lit(HELD_OUT)} then 'heldOut' else 'reached' end as arm
      from sends s
      where ${decidedIn(period)} and s.category = 'marketing' and (s.reasons_json = ${sql.lit(HELD_OUT)}
          or (s.decision = 'send' and s.status in ('sent', 'unknown', 'delivered', 'bounced', 'complained')))
        ${perJourney ? sql`and s.journey_key is not null` : sql``}
      group by 1, 2, 4),
    bought as (
      select a.journey_key, a.arm, o.currency, o.value_minor - coalesce((
          select sum(f.value_minor) from refunds f
          where f.source = o.source and f.order_id = o.order_id and f.currency = o.currency), 0) as value_minor
      from arms a cross join orders o
      where o.customer_id = a.customer_id and o.voided = 0 and o.occurred_at >= a.since and o.occurred_at < ${period.to})
    select journey_key, arm, null as currency, count(*) as customers, 0 as orders, 0 as revenue_minor
      from arms group by journey_key, arm
    union all
    select journey_key, arm, currency, 0, count(*), cast(sum(value_minor) as bigint)
      from bought group by journey_key, arm, currency
    order by 3`.execute(db);
  const arms = new Map<string, HoldoutArm>();
  for (const row of rows) {
    const key = `${row.arm}/${row.journey_key ?? ''}`;
    const arm = arms.get(key) ?? { journey: row.journey_key, arm: row.arm, customers: 0, revenue: [] };
    arm.customers += row.customers;
    if (row.currency !== null) {
      arm.revenue.push({ currency: row.currency, orders: row.orders, revenueMinor: row.revenue_minor });
    }
    arms.set(key, arm);
  }
  return [...arms.values()];
}
