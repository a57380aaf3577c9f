/** Everybody with an order, page by page in the order of their ids, as of now or of a day (CONTRACT section 7). */
import { sql, type RawBuilder } from 'kysely';
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

/** Some of them, in columns: a row of each as an object would take most of the time. */
export interface BuyersPage {
  count: number;
  /** The last one's id; '' when there is nobody. */
  last: string;
  /** JSON text of the list of their ids: few of them are looked at. */
  idsJson: string;
  orders: number[];
  /** Net of refunds, of what was paid in their currency. */
  money: number[];
  /** null: all of them pay in the usual one; else of each, null for the usual one. */
  currencies: (string | null)[] | null;
  /** Of the last order, as `utcDay`. */
  lastDays: number[];
  /** Their present scores as three digits; 0: none. */
  scores: number[];
  /** How it was at the end of the day that was asked about; null: as now. Orders 0: had not ordered. */
  ordersThen: (number | null)[];
  lastDaysThen: (number | null)[];
}

export interface BuyersQuestion {
  after: string;
  limit: number;
  /** As `utcDay`. */
  then: number;
  usualCurrency: string;
}

/** From running totals; of earlier only what has no part of money in it, which takes refunds to be told. */
export async function buyersPage(
  { db, dialect }: Session,
  { after, limit, then, usualCurrency }: BuyersQuestion,
): Promise<BuyersPage> {
  const end = sql.lit((then + 1) * DAY_MS);
  const own = sql`orders o where o.customer_id = t.customer_id and o.voided = 0`;
  const day = (time: RawBuilder<unknown>) => sql`(${time}) / ${sql.lit(DAY_MS)}`;
  const column = (name: string) =>
    dialect === 'sqlite'
      ? sql`json_group_array(${sql.ref(name)})`
      : sql`cast(coalesce(json_agg(${sql.ref(name)}), '[]') as text)`;
  const { rows } = await sql<Record<Exclude<keyof BuyersPage, 'count'>, string | null> & { count: number }>`
    select count(*) as count, coalesce(max(id), '') as last, ${column('id')} as "idsJson", ${column('orders')} as orders,
      ${column('money')} as money, case when count(currency) > 0 then ${column('currency')} end as currencies,
      ${column('day')} as "lastDays", ${column('scores')} as scores, ${column('orders_then')} as "ordersThen",
      ${column('day_then')} as "lastDaysThen"
    from (
      select t.customer_id as id, t.orders, t.revenue_minor as money, nullif(t.currency, ${usualCurrency}) as currency,
        ${day(sql`t.last_order_at`)} as day, coalesce(s.r * 100 + s.f * 10 + s.m, 0) as scores,
        case when t.last_order_at < ${end} then null when t.first_order_at >= ${end} then 0
          else t.orders - (select count(*) from ${own} and o.occurred_at >= ${end}) end as orders_then,
        case when t.last_order_at < ${end} or t.first_order_at >= ${end} then null
          else ${day(sql`select o.occurred_at from ${own} and o.occurred_at < ${end} order by o.occurred_at desc limit 1`)}
          end as day_then
      from totals t left join rfm_scores s on s.customer_id = t.customer_id
      where t.customer_id > ${after} and t.orders > 0 order by t.customer_id limit ${sql.lit(limit)}) as page`.execute(
    db,
  );
  const [row] = rows;
  if (!row) throw new Error('An aggregate has a row.');
  const read = <T>(json: string | null) => JSON.parse(json ?? 'null') as T;
  return {
    count: row.count,
    last: row.last ?? '',
    idsJson: row.idsJson ?? '[]',
    orders: read(row.orders),
    money: read(row.money),
    currencies: read(row.currencies),
    lastDays: read(row.lastDays),
    scores: read(row.scores),
    ordersThen: read(row.ordersThen),
    lastDaysThen: read(row.lastDaysThen),
  };
}

/**
 * As of the end of a day: running totals without what came later. Orders that have been voided since are none.
 * @param day as `utcDay`
 */
export async function buyersAsOf({ db }: Session, day: number, after: string, limit: number): Promise<BuyerRow[]> {
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
    where t.customer_id > ${after} and t.orders > 0 and t.first_order_at < ${end}
    order by t.customer_id limit ${sql.lit(limit)}`.execute(db);
  return rows;
}
