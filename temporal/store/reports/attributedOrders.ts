/** Orders that messages of a period have brought (domain/reports/attribution.ts), by node. */
import { sql, type RawBuilder } from 'kysely';
import { CHANNELS, type Channel } from '../../domain/event.ts';
import type { Touch, WindowLengths } from '../../domain/reports/attribution.ts';
import type { AttributedOrders } from '../../domain/reports/messageReport.ts';
import type { Session } from '../rows.ts';
import { decidedIn, type ReportPeriod } from './decidedMessages.ts';

const COLUMNS = { click: 'clicked_at', open: 'opened_at', delivery: 'delivered_at' } as const satisfies Record<
  Touch,
  string
>;

/**
 * Voided orders are none, test orders are in no table of orders. An order counts for one message at most, also when that
 * one was decided outside of the period: then it counts nowhere in this report.
 */
export async function readAttributedOrders(
  { db, dialect }: Session,
  period: ReportPeriod,
  windows: WindowLengths,
): Promise<AttributedOrders[]> {
  const longest = Math.max(0, ...Object.values(windows).flatMap((ofChannel) => Object.values(ofChannel).map(Number)));
  const greatest = sql.raw(dialect === 'postgres' ? 'greatest' : 'max');
  const touches = (Object.keys(COLUMNS) as Touch[]).map((touch) => touchedAt(touch, windows));
  const { rows } = await sql<{
    journey_key: string | null;
    node: string;
    channel: Channel;
    currency: string;
    orders: number;
    revenue_minor: number;
  }>`
    with buyers as (
      select distinct s.customer_id from sends s
      where ${decidedIn(period)} and s.decision = 'send'
        and (s.clicked_at is not null or s.opened_at is not null or (s.delivered_at is not null and ${byDelivery(windows)}))),
    bought as (
      select o.* from buyers b cross join orders o
      where o.customer_id = b.customer_id and o.voided = 0
        and o.occurred_at >= ${period.from} and o.occurred_at <= ${period.to + longest}),
    touched as (
      select o.source, o.order_id, s.id, s.journey_key, s.node, s.channel, s.created_at,
        ${greatest}(${sql.join(touches)}) as touched_at
      from bought o cross join sends s
      where s.customer_id = o.customer_id and s.decision = 'send'
        and s.created_at <= o.occurred_at and s.created_at >= o.occurred_at - ${sql.lit(longest)}),
    ranked as (
      select t.*, row_number() over (partition by t.source, t.order_id
        order by t.touched_at desc, t.created_at desc, t.id desc) as place
      from touched t where t.touched_at > 0),
    brought as (
      select s.journey_key, s.node, s.channel, o.currency, o.value_minor - coalesce((
          select sum(f.value_minor) from refunds f
          where f.source = o.source and f.order_id = o.order_id and f.currency = o.currency), 0) as value_minor
      from ranked s join orders o on o.source = s.source and o.order_id = s.order_id
      where s.place = 1 and ${decidedIn(period)})
    select journey_key, node, channel, currency, count(*) as orders, cast(sum(value_minor) as bigint) as revenue_minor
    from brought group by journey_key, node, channel, currency`.execute(db);
  return rows.map((row) => ({
    journey: row.journey_key,
    node: row.node,
    channel: row.channel,
    currency: row.currency,
    orders: row.orders,
    revenueMinor: row.revenue_minor,
  }));
}

/** Of most channels a delivery is no touch: their customers need not be looked at. */
function byDelivery(windows: WindowLengths): RawBuilder<boolean> {
  const channels = CHANNELS.filter((channel) => windows[channel].delivery !== null);
  return channels.length === 0
    ? sql`1 = 0`
    : sql`s.channel in (${sql.join(channels.map((channel) => sql.lit(channel)))})`;
}

/** When the message was touched so; 0: not before the order, or its window was closed by then. */
function touchedAt(touch: Touch, windows: WindowLengths): RawBuilder<number> {
  const at = sql.ref(`s.${COLUMNS[touch]}`);
  const lengths = CHANNELS.map(
    (channel) => sql`when ${sql.lit(channel)} then ${sql.lit(windows[channel][touch] ?? -1)}`,
  );
  const length = sql`case s.channel ${sql.join(lengths, sql` `)} else -1 end`;
  return sql`case when ${at} <= o.occurred_at and o.occurred_at - s.created_at <= ${length} then ${at} else 0 end`;
}
