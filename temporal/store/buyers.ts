/** Everybody with an order, page by page in the order of their ids, as of now or of a day (CONTRACT section 7). */
import { sql } from 'kysely';
import { DAY_MS } from '../domain/utcDay.ts';
import type { Session } from './rows.ts';

export interface BuyerRow {
  customer_id: string;
  /** At least one. */
  orders: number;
  /** Net of refunds, of what was paid in `currency`. */
  revenue_minor: number;
  currency: string;
  last_order_at: number;
}

/** From running totals; with their present scores as three digits, null: none. */
export async function buyersNow(
  { db }: Session,
  after: string,
  limit: number,
): Promise<(BuyerRow & { scores: number | null })[]> {
  const { rows } = await sql<BuyerRow & { scores: number | null }>`
    select t.customer_id, t.orders, t.revenue_minor, t.currency, t.last_order_at, s.r * 100 + s.f * 10 + s.m as scores
    from totals t left join rfm_scores s on s.customer_id = t.customer_id
    where t.customer_id > ${after} and t.orders > 0 order by t.customer_id limit ${sql.lit(limit)}`.execute(db);
  return rows;
}

/**
 * As of the end of a day: running totals without what came later. Orders that have been voided since are none.
 * @param day as `utcDay`
 * @param upTo the last customer of the page; null: to the end
 */
export async function buyersAsOf(
  { db }: Session,
  day: number,
  after: string,
  upTo: string | null,
): Promise<BuyerRow[]> {
  const end = sql.lit((day + 1) * DAY_MS);
  const later = sql`orders o where o.customer_id = t.customer_id and o.occurred_at >= ${end} and o.voided = 0`;
  const earlier = sql`orders o where o.customer_id = t.customer_id and o.occurred_at < ${end} and o.voided = 0`;
  const refunds = sql`refunds f where f.customer_id = t.customer_id and f.occurred_at >= ${end} and f.currency = t.currency
    and not exists (select 1 from orders v where v.source = f.source and v.order_id = f.order_id and v.voided = 1)`;
  // Most have not ordered since: theirs is not looked at.
  const hasLater = sql`t.last_order_at >= ${end}`;
  const { rows } = await sql<BuyerRow>`
    select t.customer_id, t.currency,
      t.orders - case when ${hasLater} then (select count(*) from ${later}) else 0 end as orders,
      cast(t.revenue_minor + coalesce((select sum(f.value_minor) from ${refunds}), 0)
        - case when ${hasLater} then coalesce((select sum(o.value_minor) from ${later} and o.currency = t.currency), 0)
          else 0 end as bigint) as revenue_minor,
      case when ${hasLater} then (select max(o.occurred_at) from ${earlier}) else t.last_order_at end as last_order_at
    from totals t
    where t.customer_id > ${after} ${upTo === null ? sql`` : sql`and t.customer_id <= ${upTo}`}
      and t.orders > 0 and t.first_order_at < ${end}
    order by t.customer_id`.execute(db);
  return rows;
}
