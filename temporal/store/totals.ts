/** Orders, refunds and what they add up to. */
import { sql } from 'kysely';
import type { OrderKey } from '../domain/identity.ts';
import { isVoided, OFFLINE, type Order } from '../domain/orders.ts';
import { predictAtOnce, predictionsVersion } from './predictions.ts';
import { rfmVersion, scoreCounted, type CountedTotals, type Telling } from './rfmScores.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

export type { OrderKey } from '../domain/identity.ts';
export const orderKey = ({ source, orderId }: OrderKey): string => `${source}\0${orderId}`;

const KEY = { source: 'text', order_id: 'text' } as const;
const keyRows = (keys: readonly OrderKey[]) =>
  [...new Map(keys.map((key) => [orderKey(key), key])).values()].map(({ source, orderId }) => ({
    source,
    order_id: orderId,
  }));

/** @returns by `orderKey`, those that have been told of */
export async function findOrders(session: Session, keys: readonly OrderKey[]): Promise<Map<string, Order>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<{
    source: string;
    order_id: string;
    customer_id: string;
    value_minor: number;
    currency: string;
    occurred_at: number;
    event_id: string | null;
    sales_channel: string | null;
    discount_minor: number | null;
    paid_at: number | null;
    cancelled_at: number | null;
  }>`
    select o.source, o.order_id, o.customer_id, o.value_minor, o.currency, o.occurred_at, o.event_id, o.sales_channel,
      o.discount_minor, o.paid_at, o.cancelled_at
    from ${rowsOf(session.dialect, KEY, keyRows(keys))} as r
    cross join orders o where o.source = r.source and o.order_id = r.order_id`.execute(session.db);
  const orders = rows.map((row): Order => ({
    source: row.source,
    orderId: row.order_id,
    customerId: row.customer_id,
    valueMinor: row.value_minor,
    currency: row.currency,
    occurredAt: row.occurred_at,
    eventId: row.event_id,
    salesChannel: row.sales_channel,
    discountMinor: row.discount_minor,
    paidAt: row.paid_at,
    cancelledAt: row.cancelled_at,
  }));
  return new Map(orders.map((order) => [orderKey(order), order]));
}

/** New ones and changed ones, in place of what a file said of them; whoever told of the same orders at the same time waits (`resolveCustomers`). */
export async function writeOrders(session: Session, orders: readonly Order[]): Promise<void> {
  if (orders.length === 0) return;
  const columns = {
    source: 'text',
    order_id: 'text',
    customer_id: 'text',
    value_minor: 'bigint',
    currency: 'text',
    occurred_at: 'bigint',
    event_id: 'text',
    sales_channel: 'text',
    discount_minor: 'bigint',
    voided: 'bigint',
    paid_at: 'bigint',
    cancelled_at: 'bigint',
  } as const;
  const rows = orders.map((order) => ({
    source: order.source,
    order_id: order.orderId,
    customer_id: order.customerId,
    value_minor: order.valueMinor,
    currency: order.currency,
    occurred_at: order.occurredAt,
    event_id: order.eventId,
    sales_channel: order.salesChannel,
    discount_minor: order.discountMinor,
    voided: isVoided(order) ? 1 : 0,
    paid_at: order.paidAt,
    cancelled_at: order.cancelledAt,
  }));
  const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)));
  await sql`
    insert into orders (${names}) select ${sql.join(Object.keys(columns).map((name) => sql.ref(`r.${name}`)))}
    from ${rowsOf(session.dialect, columns, rows)} as r where true
    on conflict (source, order_id) do update set customer_id = excluded.customer_id, value_minor = excluded.value_minor,
      currency = excluded.currency, occurred_at = excluded.occurred_at, event_id = excluded.event_id,
      sales_channel = excluded.sales_channel, discount_minor = excluded.discount_minor, voided = excluded.voided, paid_at = excluded.paid_at,
      cancelled_at = excluded.cancelled_at,
      value_from = case when excluded.event_id is null then orders.value_from end`.execute(session.db);
}

export interface NewRefund extends OrderKey {
  eventId: string;
  customerId: string;
  valueMinor: number;
  currency: string;
  /** Epoch ms. */
  occurredAt: number;
}

export async function insertRefunds(session: Session, refunds: readonly NewRefund[]): Promise<void> {
  if (refunds.length === 0) return;
  const columns = {
    source: 'text',
    event_id: 'text',
    order_id: 'text',
    customer_id: 'text',
    value_minor: 'bigint',
    currency: 'text',
    occurred_at: 'bigint',
  } as const;
  const rows = refunds.map((refund) => ({
    source: refund.source,
    event_id: refund.eventId,
    order_id: refund.orderId,
    customer_id: refund.customerId,
    value_minor: refund.valueMinor,
    currency: refund.currency,
    occurred_at: refund.occurredAt,
  }));
  await sql`
    insert into refunds (source, event_id, order_id, customer_id, value_minor, currency, occurred_at)
    select r.source, r.event_id, r.order_id, r.customer_id, r.value_minor, r.currency, r.occurred_at
    from ${rowsOf(session.dialect, columns, rows)} as r where true`.execute(session.db);
}

/**
 * A refund is the buyer's, whoever it names and whichever of the two is told first.
 * @returns customers whose refunds have changed
 */
export async function alignRefunds(session: Session, keys: readonly OrderKey[]): Promise<string[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<{ source: string; event_id: string; was: string; owner: string }>`
    select f.source, f.event_id, f.customer_id as was, o.customer_id as owner
    from ${rowsOf(session.dialect, KEY, keyRows(keys))} as r cross join refunds f cross join orders o
    where f.source = r.source and f.order_id = r.order_id and o.source = r.source and o.order_id = r.order_id
      and f.customer_id <> o.customer_id`.execute(session.db);
  if (rows.length === 0) return [];
  const columns = { source: 'text', event_id: 'text', owner: 'text' } as const;
  await sql`
    update refunds set customer_id = r.owner from ${rowsOf(session.dialect, columns, rows)} as r
    where refunds.source = r.source and refunds.event_id = r.event_id`.execute(session.db);
  return rows.flatMap(({ was, owner }) => [was, owner]);
}

/**
 * Adds the totals of these customers up anew from their orders and refunds; voided orders, and refunds of them, are none. They are
 * scored by them at once, and what is to be expected of them is said anew.
 * @param telling what becomes of a change of segment
 */
export async function recountTotals(
  session: Session,
  customerIds: Iterable<string>,
  telling: Telling,
  now: number,
): Promise<void> {
  const ids = [...customerIds];
  if (ids.length === 0) return;
  const orders = sql`orders o where o.customer_id = t.id and o.voided = 0`;
  const refunds = sql`refunds f where f.customer_id = t.id and not exists (
        select 1 from orders v where v.source = f.source and v.order_id = f.order_id and v.voided = 1)`;
  const { rows } = await sql<CountedTotals & { rfm_version: number | null; predictions_version: number | null }>`
    insert into totals (customer_id, orders, refunds, revenue_minor, currency, first_order_at, last_order_at,
      offline_orders, last_offline_order_at)
    select t.id,
      (select count(*) from ${orders}),
      (select count(*) from ${refunds}),
      cast(coalesce((select sum(o.value_minor) from ${orders} and o.currency = t.currency), 0)
        - coalesce((select sum(f.value_minor) from ${refunds} and f.currency = t.currency), 0) as bigint),
      t.currency,
      (select min(o.occurred_at) from ${orders}),
      (select max(o.occurred_at) from ${orders}),
      (select count(*) from ${orders} and o.sales_channel = ${OFFLINE}),
      (select max(o.occurred_at) from ${orders} and o.sales_channel = ${OFFLINE})
    from (
      select t.id, coalesce(
        (select o.currency from ${orders} order by o.occurred_at, o.source, o.order_id limit 1),
        (select f.currency from ${refunds} order by f.occurred_at, f.source, f.event_id limit 1)
      ) as currency
      from ${idsOf(session.dialect, ids)} as t) as t
    where true
    on conflict (customer_id) do update set orders = excluded.orders, refunds = excluded.refunds,
      revenue_minor = excluded.revenue_minor, currency = excluded.currency,
      first_order_at = excluded.first_order_at, last_order_at = excluded.last_order_at,
      offline_orders = excluded.offline_orders,
      last_offline_order_at = excluded.last_offline_order_at
    returning customer_id, orders, revenue_minor, currency, last_order_at, ${rfmVersion} as rfm_version,
      ${predictionsVersion} as predictions_version`.execute(session.db);
  await scoreCounted(session, rows, rows[0]?.rfm_version ?? null, telling, now);
  await predictAtOnce(session, ids, rows[0]?.predictions_version ?? null, now);
}
