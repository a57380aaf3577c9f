/**
 * What customers have bought of which product, day by day. Orders count that are not voided, nor given back in full; lines of
 * one customer, product and day (UTC) are one purchase, quantities added (CONTRACT 7).
 */
import { sql, type RawBuilder } from 'kysely';
import type { ProductPurchase } from '../domain/replenishmentPlan.ts';
import { utcDay } from '../domain/utcDay.ts';
import type { CustomerProduct } from './productSubscriptions.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';
import { orderKey, type OrderKey } from './totals.ts';

/** Of several orders on one day, the last one's id and time. */
export interface DayPurchase extends ProductPurchase {
  source: string;
  orderId: string;
}

/** A condition on `orders o`. An order of no value is given back by nothing. */
export const COUNTING_ORDER: RawBuilder<boolean> = sql`o.voided = 0 and not exists (
      select 1 from refunds f where f.source = o.source and f.order_id = o.order_id and f.currency = o.currency
      group by f.order_id having sum(f.value_minor) >= o.value_minor)`;

/** A condition on `order_lines l`: a piece of a product that was bought. */
export const BOUGHT_LINE: RawBuilder<boolean> = sql`l.product_id is not null and l.quantity > 0`;

/** By customer and by product, the oldest first; who bought nothing is missing. */
export type Purchases = ReadonlyMap<string, ReadonlyMap<string, readonly DayPurchase[]>>;

/** All that these customers have bought. */
export async function readPurchases(session: Session, customerIds: Iterable<string>): Promise<Purchases> {
  const ids = new Set(customerIds);
  if (ids.size === 0) return new Map();
  const { rows } = await sql<{
    customer_id: string;
    product_id: string;
    source: string;
    order_id: string;
    occurred_at: number;
    quantity: number;
  }>`
    select o.customer_id, l.product_id, o.source, o.order_id, o.occurred_at, sum(l.quantity) as quantity
    from ${idsOf(session.dialect, ids)} as r
    cross join orders o
    cross join order_lines l
    where o.customer_id = r.id and l.source = o.source and l.order_id = o.order_id
      and ${BOUGHT_LINE} and ${COUNTING_ORDER}
    group by o.customer_id, l.product_id, o.source, o.order_id, o.occurred_at
    order by o.occurred_at, o.source, o.order_id`.execute(session.db);
  const purchases = new Map<string, Map<string, DayPurchase[]>>();
  for (const row of rows) {
    const ofCustomer = purchases.get(row.customer_id) ?? new Map<string, DayPurchase[]>();
    purchases.set(row.customer_id, ofCustomer);
    const known = ofCustomer.get(row.product_id) ?? [];
    ofCustomer.set(row.product_id, known);
    const before = known.at(-1);
    const isSameDay = before !== undefined && utcDay(before.orderedAt) === utcDay(row.occurred_at);
    if (isSameDay) known.pop();
    known.push({
      productId: row.product_id,
      source: row.source,
      orderId: row.order_id,
      orderedAt: row.occurred_at,
      quantity: row.quantity + (isSameDay ? before.quantity : 0),
    });
  }
  return purchases;
}

/** @returns by `orderKey`: whose they are, and the products in them */
export async function findOrderProducts(
  session: Session,
  orders: readonly OrderKey[],
): Promise<Map<string, CustomerProduct[]>> {
  if (orders.length === 0) return new Map();
  const keys = orders.map(({ source, orderId }) => ({ source, order_id: orderId }));
  const { rows } = await sql<{ source: string; order_id: string; customer_id: string; product_id: string }>`
    select distinct o.source, o.order_id, o.customer_id, l.product_id
    from ${rowsOf(session.dialect, { source: 'text', order_id: 'text' }, keys)} as r
    cross join orders o
    cross join order_lines l
    where o.source = r.source and o.order_id = r.order_id and l.source = o.source and l.order_id = o.order_id
      and ${BOUGHT_LINE}`.execute(session.db);
  const products = Map.groupBy(rows, (row) => orderKey({ source: row.source, orderId: row.order_id }));
  return new Map(
    [...products].map(([key, found]) => [
      key,
      found.map((row) => ({ customerId: row.customer_id, productId: row.product_id })),
    ]),
  );
}

export interface OrderAsk {
  customerId: string;
  orderId: string;
}

export interface OrderPurchase {
  productId: string;
  /** Epoch ms. */
  orderedAt: number;
  quantity: number;
  /** false: cancelled, or given back in full. */
  counts: boolean;
}

export const orderAskKey = ({ customerId, orderId }: OrderAsk): string => `${customerId}\0${orderId}`;

/** @returns by `orderAskKey`, what these orders of these customers consist of, product by product; unknown ones are missing */
export async function readOrderPurchases(
  session: Session,
  asks: readonly OrderAsk[],
): Promise<Map<string, OrderPurchase[]>> {
  if (asks.length === 0) return new Map();
  const asked = [...new Map(asks.map((ask) => [orderAskKey(ask), ask])).values()];
  const keys = asked.map(({ customerId, orderId }) => ({ customer_id: customerId, order_id: orderId }));
  const { rows } = await sql<{
    customer_id: string;
    order_id: string;
    product_id: string | null;
    occurred_at: number;
    quantity: number | null;
    counts: number;
  }>`
    select o.customer_id, o.order_id, l.product_id, o.occurred_at, sum(l.quantity) as quantity,
      max(case when ${COUNTING_ORDER} then 1 else 0 end) as counts
    from ${rowsOf(session.dialect, { customer_id: 'text', order_id: 'text' }, keys)} as r
    join orders o on o.customer_id = r.customer_id and o.order_id = r.order_id
    left join order_lines l on l.source = o.source and l.order_id = o.order_id and ${BOUGHT_LINE}
    group by o.customer_id, o.source, o.order_id, o.occurred_at, l.product_id
    order by o.customer_id, o.source, o.order_id, min(l.line)`.execute(session.db);
  const orders = new Map<string, OrderPurchase[]>();
  for (const row of rows) {
    const key = orderAskKey({ customerId: row.customer_id, orderId: row.order_id });
    const lines = orders.get(key) ?? [];
    orders.set(key, lines);
    const { product_id: productId, quantity, occurred_at: orderedAt } = row;
    if (productId === null || quantity === null) continue;
    lines.push({ productId, orderedAt, quantity, counts: row.counts === 1 });
  }
  return orders;
}
