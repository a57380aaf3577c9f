/**
 * Orders out of files, line by line. The same line read again changes nothing: lines are known by an id made of what they
 * say, and alike ones are counted for each import (see ImportsTable).
 */
import { sql, type RawBuilder } from 'kysely';
import { columnList, idsOf, rowsOf, type Session } from './rows.ts';

export interface ImportedLine {
  orderId: string;
  line: number;
  productId: string | null;
  variantId: string | null;
  sku: string | null;
  category: string | null;
  /** Of all copies together. */
  quantity: number;
  priceMinor: number | null;
  valueMinor: number;
  copies: number;
  /** 0 for a line that its file numbers: it is there once, however often it is read. */
  seen: number;
}

/** How many copies there are once this import has met some more. */
const countedOn = (table: 'order_lines' | 'refunds'): { seen: RawBuilder<unknown>; copies: RawBuilder<unknown> } => {
  const old = (column: string) => sql.ref(`${table}.${column}`);
  const seen = sql`(excluded.import_seen
    + case when ${old('import_id')} = excluded.import_id then ${old('import_seen')} else 0 end)`;
  // What its file numbers is never seen more than once, and there once.
  const copies = sql`(case when ${seen} > coalesce(${old('copies')}, 1) then ${seen} else coalesce(${old('copies')}, 1) end)`;
  return { seen, copies };
};

export async function upsertImportedLines(
  session: Session,
  source: string,
  importId: number,
  lines: readonly ImportedLine[],
): Promise<void> {
  if (lines.length === 0) return;
  const columns = {
    order_id: 'text',
    line: 'bigint',
    product_id: 'text',
    variant_id: 'text',
    sku: 'text',
    category: 'text',
    quantity: 'double precision',
    price_minor: 'bigint',
    value_minor: 'bigint',
    copies: 'bigint',
    import_seen: 'bigint',
  } as const;
  const rows = lines.map((line) => ({
    order_id: line.orderId,
    line: line.line,
    product_id: line.productId,
    variant_id: line.variantId,
    sku: line.sku,
    category: line.category,
    quantity: line.quantity,
    price_minor: line.priceMinor,
    value_minor: line.valueMinor,
    copies: line.copies,
    import_seen: line.seen,
  }));
  const { seen, copies } = countedOn('order_lines');
  await sql`
    insert into order_lines (source, import_id, ${columnList(columns)})
    select ${source}, cast(${importId} as bigint), ${columnList(columns, 'r')}
    from ${rowsOf(session.dialect, columns, rows)} as r where true
    on conflict (source, order_id, line) do update set product_id = excluded.product_id,
      variant_id = excluded.variant_id, sku = excluded.sku, category = excluded.category,
      price_minor = excluded.price_minor, quantity = excluded.quantity / excluded.copies * ${copies},
      value_minor = excluded.value_minor / excluded.copies * ${copies},
      copies = ${copies}, import_seen = ${seen}, import_id = excluded.import_id`.execute(session.db);
}

export interface ImportedReturn {
  eventId: string;
  orderId: string;
  customerId: string;
  valueMinor: number;
  currency: string;
  occurredAt: number;
  copies: number;
  seen: number;
}

export async function upsertImportedReturns(
  session: Session,
  source: string,
  importId: number,
  returns: readonly ImportedReturn[],
): Promise<void> {
  if (returns.length === 0) return;
  const columns = {
    event_id: 'text',
    order_id: 'text',
    customer_id: 'text',
    value_minor: 'bigint',
    currency: 'text',
    occurred_at: 'bigint',
    copies: 'bigint',
    import_seen: 'bigint',
  } as const;
  const rows = returns.map((row) => ({
    event_id: row.eventId,
    order_id: row.orderId,
    customer_id: row.customerId,
    value_minor: row.valueMinor,
    currency: row.currency,
    occurred_at: row.occurredAt,
    copies: row.copies,
    import_seen: row.seen,
  }));
  const { seen, copies } = countedOn('refunds');
  await sql`
    insert into refunds (source, import_id, ${columnList(columns)})
    select ${source}, cast(${importId} as bigint), ${columnList(columns, 'r')}
    from ${rowsOf(session.dialect, columns, rows)} as r where true
    on conflict (source, event_id) do update set occurred_at = excluded.occurred_at,
      value_minor = excluded.value_minor / excluded.copies * ${copies},
      copies = ${copies}, import_seen = ${seen}, import_id = excluded.import_id`.execute(session.db);
}

export interface KnownOrder {
  customerId: string;
  currency: string;
  valueMinor: number;
  occurredAt: number;
  /** null: an event has told of it. */
  valueFrom: 'lines' | 'total' | null;
}

/** @returns by order id */
export async function findOrdersOf(
  session: Session,
  source: string,
  orderIds: Iterable<string>,
): Promise<Map<string, KnownOrder>> {
  const { rows } = await sql<{
    order_id: string;
    customer_id: string;
    currency: string;
    value_minor: number;
    occurred_at: number;
    value_from: 'lines' | 'total' | null;
  }>`
    select o.order_id, o.customer_id, o.currency, o.value_minor, o.occurred_at, o.value_from
    from ${idsOf(session.dialect, orderIds)} as r
    cross join orders o where o.source = ${source} and o.order_id = r.id`.execute(session.db);
  return new Map(
    rows.map((row) => [
      row.order_id,
      {
        customerId: row.customer_id,
        currency: row.currency,
        valueMinor: row.value_minor,
        occurredAt: row.occurred_at,
        valueFrom: row.value_from,
      },
    ]),
  );
}

export type KnownLine = Omit<ImportedLine, 'copies' | 'seen'>;

/** All lines of these orders, each in the same order whenever they are read. */
export async function findLinesOf(session: Session, source: string, orderIds: Iterable<string>): Promise<KnownLine[]> {
  const { rows } = await sql<{
    order_id: string;
    line: number;
    product_id: string | null;
    variant_id: string | null;
    sku: string | null;
    category: string | null;
    quantity: number;
    price_minor: number | null;
    value_minor: number | null;
  }>`
    select l.order_id, l.line, l.product_id, l.variant_id, l.sku, l.category, l.quantity, l.price_minor, l.value_minor
    from ${idsOf(session.dialect, orderIds)} as r
    cross join order_lines l where l.source = ${source} and l.order_id = r.id
    order by l.order_id, l.line`.execute(session.db);
  return rows.map((row) => ({
    orderId: row.order_id,
    line: row.line,
    productId: row.product_id,
    variantId: row.variant_id,
    sku: row.sku,
    category: row.category,
    quantity: row.quantity,
    priceMinor: row.price_minor,
    valueMinor: row.value_minor ?? 0,
  }));
}

export interface ImportedOrder extends KnownOrder {
  orderId: string;
  salesChannel: string | null;
  /** null: nothing is said of it. */
  discountMinor: number | null;
}

export async function upsertImportedOrders(
  session: Session,
  source: string,
  orders: readonly ImportedOrder[],
): Promise<void> {
  if (orders.length === 0) return;
  const columns = {
    order_id: 'text',
    customer_id: 'text',
    value_minor: 'bigint',
    currency: 'text',
    occurred_at: 'bigint',
    sales_channel: 'text',
    discount_minor: 'bigint',
    value_from: 'text',
  } as const;
  const rows = orders.map((order) => ({
    order_id: order.orderId,
    customer_id: order.customerId,
    value_minor: order.valueMinor,
    currency: order.currency,
    occurred_at: order.occurredAt,
    sales_channel: order.salesChannel,
    discount_minor: order.discountMinor,
    value_from: order.valueFrom,
  }));
  await sql`
    insert into orders (source, ${columnList(columns)}) select ${source}, ${columnList(columns, 'r')}
    from ${rowsOf(session.dialect, columns, rows)} as r where true
    on conflict (source, order_id) do update set value_minor = excluded.value_minor,
      occurred_at = excluded.occurred_at, value_from = excluded.value_from,
      discount_minor = excluded.discount_minor,
      sales_channel = coalesce(excluded.sales_channel, orders.sales_channel)`.execute(session.db);
}
