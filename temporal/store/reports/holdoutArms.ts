/**
 * What customers ordered who got messages of a period, beside those who were held out and would have got them. Orders count
 * from the first decision about the customer to the end of the period, so that both groups are looked at in the same way.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type RawBuilder } from 'kysely';
import type { HoldoutArm } from '../../domain/reports/journeyReport.ts';
import type { Session } from '../rows.ts';
import { decidedIn, type ReportPeriod } from './decidedMessages.ts';

/** Nothing else spoke against the message. */
const HELD_OUT = sql.lit('["holdout"]');

/**
 * SQLite works in the thread that answers requests: it goes through customers by the first character of their random ids, and
 * after each it is the requests' turn.
 */
const FIRST_CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** @returns by journey, and of all together (`journey: null`); nothing when nobody was held out */
export async function readHoldoutArms(session: Session, period: ReportPeriod): Promise<HoldoutArm[]> {
  const { rows } = await sql`
    select 1 from sends s where s.reasons_json = ${HELD_OUT} and ${decidedIn(period)} limit 1`.execute(session.db);
  if (rows.length === 0) return [];
  const sums = new Map<string, HoldoutArm>();
  if (session.dialect === 'postgres') {
    addTo(sums, await readArms(session, period, sql`sends s`, sql`true`));
  } else {
    for (const customers of partsOfCustomers()) {
      addTo(sums, await readArms(session, period, sql`sends s indexed by sends_customer`, customers));
      await nextTurn();
    }
  }
  return [...sums.values()];
}

function* partsOfCustomers(): Generator<RawBuilder<unknown>> {
  const bounds = [...FIRST_CHARACTERS].map((character) => `cus_${character}`);
  for (let part = 0; part < bounds.length; part++) {
    const from = part === 0 ? '' : bounds[part];
    const to = bounds[part + 1];
    yield sql`s.customer_id >= ${from} ${to === undefined ? sql`` : sql`and s.customer_id < ${to}`}`;
  }
}

interface ArmRow {
  scope: string | null;
  arm: HoldoutArm['arm'];
  currency: string | null;
  customers: number;
  orders: number;
  revenue_minor: number;
}

async function readArms(
  { db }: Session,
  period: ReportPeriod,
  sends: RawBuilder<unknown>,
  customers: RawBuilder<unknown>,
): Promise<ArmRow[]> {
  const { rows } = await sql<ArmRow>`
    with arms as (
      select s.journey_key, s.customer_id, min(s.created_at) as since,
        case when s.reasons_json = ${HELD_OUT} then 'heldOut' else 'reached' end as arm
      from ${sends}
      where ${customers} and ${decidedIn(period)} and s.category = 'marketing' and (s.reasons_json = ${HELD_OUT}
        or (s.decision = 'send' and s.status in ('sent', 'unknown', 'delivered', 'bounced', 'complained')))
      group by 1, 2, 4),
    scoped as (
      select journey_key as scope, customer_id, arm, since from arms where journey_key is not null
      union all
      select null, customer_id, arm, min(since) from arms group by customer_id, arm),
    bought as (
      select a.scope, a.arm, o.currency, o.value_minor - coalesce((
          select sum(f.value_minor) from refunds f
          where f.source = o.source and f.order_id = o.order_id and f.currency = o.currency), 0) as value_minor
      from scoped a cross join orders o
      where o.customer_id = a.customer_id and o.voided = 0 and o.occurred_at >= a.since and o.occurred_at < ${period.to})
    select scope, arm, null as currency, count(*) as customers, 0 as orders, 0 as revenue_minor
      from scoped group by scope, arm
    union all
    select scope, arm, currency, 0, count(*), cast(sum(value_minor) as bigint)
      from bought group by scope, arm, currency`.execute(db);
  return rows;
}

function addTo(sums: Map<string, HoldoutArm>, rows: readonly ArmRow[]): void {
  for (const { scope, arm, currency, customers, orders, revenue_minor: revenueMinor } of rows) {
    const key = `${arm}/${scope ?? ''}`;
    const sum: HoldoutArm = sums.get(key) ?? { journey: scope, arm, customers: 0, revenue: [] };
    sums.set(key, sum);
    sum.customers += customers;
    if (currency === null) continue;
    const known = sum.revenue.find((one) => one.currency === currency);
    if (known) Object.assign(known, { orders: known.orders + orders, revenueMinor: known.revenueMinor + revenueMinor });
    else sum.revenue.push({ currency, orders, revenueMinor });
    sum.revenue.sort((a, b) => (a.currency < b.currency ? -1 : 1));
  }
}
