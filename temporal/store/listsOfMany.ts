/** Lists of many customers at once, newest first and each cut at its own length: what the nodes ask for their items. */
import { sql, type RawBuilder } from 'kysely';
import { isoTime } from '../domain/textValues.ts';
import { runsByIds, showEvent, type EventColumns, type EventView, type RunView } from './lists.ts';
import { orderKey } from './totals.ts';
import { rowsOf, type Session } from './rows.ts';

export interface ListRequest {
  /** Unlike any other of the batch. */
  index: number;
  customerId: string;
  /** Most rows. */
  limit: number;
}

export interface RunsRequest extends ListRequest {
  journey: string | null;
  status: string | null;
}

/** @returns by `index`; requests that find nothing are missing */
export async function runsOfMany(session: Session, requests: readonly RunsRequest[]): Promise<Map<number, RunView[]>> {
  if (requests.length === 0) return new Map();
  const columns = {
    idx: 'bigint',
    customer_id: 'text',
    most: 'bigint',
    journey: 'text',
    status: 'text',
  } as const;
  const rows = requests.map(({ index, customerId, limit, journey, status }) => ({
    idx: index,
    customer_id: customerId,
    most: limit,
    journey,
    status,
  }));
  const found = await newest<{ idx: number; id: string }>(
    session,
    sql`
      select q.idx, q.most, r.id, row_number() over (partition by q.idx order by r.entered_at desc, r.id desc) as n
      from ${rowsOf(session.dialect, columns, rows)} as q cross join runs r
      where r.customer_id = q.customer_id and (q.journey is null or r.journey_key = q.journey)
        and (q.status is null or r.status = q.status)`,
  );
  const views = await runsByIds(session.db, new Set(found.map(({ id }) => id)));
  return grouped(found, ({ id }) => views.get(id));
}

export interface EventsRequest extends ListRequest {
  /** null: all. */
  types: readonly string[] | null;
}

export async function eventsOfMany(
  session: Session,
  requests: readonly EventsRequest[],
): Promise<Map<number, EventView[]>> {
  if (requests.length === 0) return new Map();
  const columns = { idx: 'bigint', customer_id: 'text', most: 'bigint', type: 'text' } as const;
  // One row for each type that is asked for; null stands for all.
  const rows = requests.flatMap(({ index, customerId, limit, types }) =>
    (types ?? [null]).map((type) => ({ idx: index, customer_id: customerId, most: limit, type })),
  );
  const found = await newest<EventColumns & { idx: number }>(
    session,
    sql`
      select q.idx, q.most, e.id, e.type, e.source, e.occurred_at, e.received_at, e.identity_json, e.properties_json,
        e.test, row_number() over (partition by q.idx order by e.occurred_at desc, e.seq desc) as n
      from ${rowsOf(session.dialect, columns, rows)} as q cross join events e
      where e.customer_id = q.customer_id and (q.type is null or e.type = q.type)`,
  );
  return grouped(found, showEvent);
}

export interface OrderView {
  source: string;
  orderId: string;
  occurredAt: string;
  /** What was ordered; refunds are not taken off. */
  valueMinor: number;
  refundedMinor: number;
  currency: string;
  /** `pos`: in a shop one can walk into. */
  salesChannel: string | null;
  items: {
    productId: string | null;
    variantId: string | null;
    sku: string | null;
    category: string | null;
    quantity: number;
    priceMinor: number | null;
  }[];
}

/** Orders that count. */
export async function ordersOfMany(
  session: Session,
  requests: readonly ListRequest[],
): Promise<Map<number, OrderView[]>> {
  if (requests.length === 0) return new Map();
  const columns = { idx: 'bigint', customer_id: 'text', most: 'bigint' } as const;
  const rows = requests.map(({ index, customerId, limit }) => ({ idx: index, customer_id: customerId, most: limit }));
  const found = await newest<{
    idx: number;
    source: string;
    order_id: string;
    occurred_at: number;
    value_minor: number;
    currency: string;
    sales_channel: string | null;
  }>(
    session,
    sql`
      select q.idx, q.most, o.source, o.order_id, o.occurred_at, o.value_minor, o.currency, o.sales_channel,
        row_number() over (partition by q.idx order by o.occurred_at desc, o.source, o.order_id) as n
      from ${rowsOf(session.dialect, columns, rows)} as q cross join orders o
      where o.customer_id = q.customer_id and o.voided = 0`,
  );
  if (found.length === 0) return new Map();
  const keyOf = (row: { source: string; order_id: string }) => orderKey({ source: row.source, orderId: row.order_id });
  const keys = rowsOf(session.dialect, { source: 'text', order_id: 'text' }, [
    ...new Map(found.map((row) => [keyOf(row), { source: row.source, order_id: row.order_id }])).values(),
  ]);
  const lines = await sql<{
    source: string;
    order_id: string;
    product_id: string | null;
    variant_id: string | null;
    sku: string | null;
    category: string | null;
    quantity: number;
    price_minor: number | null;
  }>`
    select l.source, l.order_id, l.product_id, l.variant_id, l.sku, l.category, l.quantity, l.price_minor
    from ${keys} as k cross join order_lines l where l.source = k.source and l.order_id = k.order_id
    order by l.source, l.order_id, l.line`.execute(session.db);
  const refunds = await sql<{ source: string; order_id: string; value: number }>`
    select f.source, f.order_id, cast(sum(f.value_minor) as bigint) as value from ${keys} as k cross join orders o
    cross join refunds f
    where o.source = k.source and o.order_id = k.order_id and f.customer_id = o.customer_id and f.source = k.source
      and f.order_id = k.order_id and f.currency = o.currency
    group by f.source, f.order_id`.execute(session.db);
  const refunded = new Map(refunds.rows.map((row) => [keyOf(row), row.value]));
  const items = Map.groupBy(lines.rows, keyOf);
  return grouped(found, (row) => ({
    source: row.source,
    orderId: row.order_id,
    occurredAt: isoTime(row.occurred_at),
    valueMinor: row.value_minor,
    refundedMinor: refunded.get(keyOf(row)) ?? 0,
    currency: row.currency,
    salesChannel: row.sales_channel,
    items: (items.get(keyOf(row)) ?? []).map((line) => ({
      productId: line.product_id,
      variantId: line.variant_id,
      sku: line.sku,
      category: line.category,
      quantity: line.quantity,
      priceMinor: line.price_minor,
    })),
  }));
}

/** @param numbered has the columns `idx`, `most` and `n`, the row's place within its request */
async function newest<Row extends { idx: number }>(session: Session, numbered: RawBuilder<unknown>): Promise<Row[]> {
  const { rows } = await sql<Row>`select * from (${numbered}) as numbered where n <= most order by idx, n`.execute(
    session.db,
  );
  return rows;
}

function grouped<Row extends { idx: number }, T>(
  rows: readonly Row[],
  show: (row: Row) => T | undefined,
): Map<number, T[]> {
  return new Map(
    [...Map.groupBy(rows, ({ idx }) => idx)].map(([idx, group]) => [idx, group.flatMap((row) => show(row) ?? [])]),
  );
}
