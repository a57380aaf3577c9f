/** Orders, refunds and what they add up to; carts. */
import { sql } from 'kysely';
import { idsOf, rowsOf, type Session } from './rows.ts';

export interface OrderKey {
  source: string;
  orderId: string;
}
export const orderKey = ({ source, orderId }: OrderKey): string => `${source}\0${orderId}`;

export interface NewOrder extends OrderKey {
  customerId: string;
  valueMinor: number;
  currency: string;
  /** Epoch ms. */
  occurredAt: number;
}

/** @returns `orderKey` → customer and time, of those already counted */
export async function findOrders(
  session: Session,
  keys: readonly OrderKey[],
): Promise<Map<string, { customerId: string; occurredAt: number }>> {
  if (keys.length === 0) return new Map();
  const rows = keys.map(({ source, orderId }) => ({ source, order_id: orderId }));
  const found = await sql<{ source: string; order_id: string; customer_id: string; occurred_at: number }>`
    select o.source, o.order_id, o.customer_id, o.occurred_at
    from ${rowsOf(session.dialect, { source: 'text', order_id: 'text' }, rows)} as r
    cross join orders o where o.source = r.source and o.order_id = r.order_id`.execute(session.db);
  return new Map(
    found.rows.map((row) => [
      orderKey({ source: row.source, orderId: row.order_id }),
      { customerId: row.customer_id, occurredAt: row.occurred_at },
    ]),
  );
}

/** An order that is there already only moves to the earliest time it was told with. */
export async function upsertOrders(session: Session, orders: readonly NewOrder[]): Promise<void> {
  if (orders.length === 0) return;
  const columns = {
    source: 'text',
    order_id: 'text',
    customer_id: 'text',
    value_minor: 'bigint',
    currency: 'text',
    occurred_at: 'bigint',
  } as const;
  const rows = orders.map((order) => ({
    source: order.source,
    order_id: order.orderId,
    customer_id: order.customerId,
    value_minor: order.valueMinor,
    currency: order.currency,
    occurred_at: order.occurredAt,
  }));
  await sql`
    insert into orders (source, order_id, customer_id, value_minor, currency, occurred_at)
    select r.source, r.order_id, r.customer_id, r.value_minor, r.currency, r.occurred_at
    from ${rowsOf(session.dialect, columns, rows)} as r where true
    on conflict (source, order_id) do update set occurred_at = excluded.occurred_at
      where excluded.occurred_at < orders.occurred_at`.execute(session.db);
}

export interface NewRefund extends NewOrder {
  eventId: string;
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

/** Adds the totals of these customers up anew from their orders and refunds. */
export async function recountTotals(session: Session, customerIds: Iterable<string>): Promise<void> {
  const ids = [...customerIds];
  if (ids.length === 0) return;
  await sql`
    insert into totals (customer_id, orders, refunds, revenue_minor, currency, first_order_at, last_order_at)
    select t.id,
      (select count(*) from orders o where o.customer_id = t.id),
      (select count(*) from refunds f where f.customer_id = t.id),
      cast(coalesce((select sum(o.value_minor) from orders o where o.customer_id = t.id and o.currency = t.currency), 0)
        - coalesce((select sum(f.value_minor) from refunds f where f.customer_id = t.id and f.currency = t.currency), 0)
        as bigint),
      t.currency,
      (select min(o.occurred_at) from orders o where o.customer_id = t.id),
      (select max(o.occurred_at) from orders o where o.customer_id = t.id)
    from (
      select r.id, coalesce(
        (select o.currency from orders o where o.customer_id = r.id order by o.occurred_at, o.source, o.order_id limit 1),
        (select f.currency from refunds f where f.customer_id = r.id order by f.occurred_at, f.source, f.event_id limit 1)
      ) as currency
      from ${idsOf(session.dialect, ids)} as r) as t
    where true
    on conflict (customer_id) do update set orders = excluded.orders, refunds = excluded.refunds,
      revenue_minor = excluded.revenue_minor, currency = excluded.currency,
      first_order_at = excluded.first_order_at, last_order_at = excluded.last_order_at`.execute(session.db);
}

export interface CartQuantity {
  customerId: string;
  cartId: string;
  quantity: number;
}
export const cartKey = ({ customerId, cartId }: Omit<CartQuantity, 'quantity'>): string => `${customerId}\0${cartId}`;

/** @returns `cartKey` → added minus removed */
export async function findCarts(
  session: Session,
  carts: readonly Omit<CartQuantity, 'quantity'>[],
): Promise<Map<string, number>> {
  if (carts.length === 0) return new Map();
  const rows = carts.map(({ customerId, cartId }) => ({ customer_id: customerId, cart_id: cartId }));
  const found = await sql<{ customer_id: string; cart_id: string; quantity: number }>`
    select c.customer_id, c.cart_id, c.quantity
    from ${rowsOf(session.dialect, { customer_id: 'text', cart_id: 'text' }, rows)} as r
    cross join carts c where c.customer_id = r.customer_id and c.cart_id = r.cart_id`.execute(session.db);
  return new Map(
    found.rows.map((row) => [cartKey({ customerId: row.customer_id, cartId: row.cart_id }), row.quantity]),
  );
}

export async function writeCarts(session: Session, carts: readonly CartQuantity[]): Promise<void> {
  if (carts.length === 0) return;
  const columns = { customer_id: 'text', cart_id: 'text', quantity: 'double precision' } as const;
  const rows = carts.map(({ customerId, cartId, quantity }) => ({
    customer_id: customerId,
    cart_id: cartId,
    quantity,
  }));
  await sql`
    insert into carts (customer_id, cart_id, quantity) select r.customer_id, r.cart_id, r.quantity
    from ${rowsOf(session.dialect, columns, rows)} as r where true
    on conflict (customer_id, cart_id) do update set quantity = excluded.quantity`.execute(session.db);
}
