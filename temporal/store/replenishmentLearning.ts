/** What the replenishment job reads and writes: all purchases, page by page, and the windows that were learned from them. */
import { sql } from 'kysely';
import type { Replenishment } from '../domain/catalogue/product.ts';
import { BOUGHT_LINE, COUNTING_ORDER } from './purchases.ts';
import { columnList, replaced, rowsOf, type Session } from './rows.ts';
import type { OrderKey } from './totals.ts';

export interface BoughtLine {
  customerId: string;
  productId: string;
  /** Epoch ms. */
  orderedAt: number;
  quantity: number;
}

/** @returns lines of the next orders that count, and the last of these; null: there are none */
export async function nextBoughtLines(
  { db }: Session,
  after: OrderKey,
  orders: number,
): Promise<{ lines: BoughtLine[]; last: OrderKey } | null> {
  const page = await sql<{ source: string; order_id: string }>`
    select source, order_id from orders where (source, order_id) > (${after.source}, ${after.orderId})
    order by source, order_id limit ${orders}`.execute(db);
  const end = page.rows.at(-1);
  if (!end) return null;
  const { rows } = await sql<{ customer_id: string; product_id: string; occurred_at: number; quantity: number }>`
    select o.customer_id, l.product_id, o.occurred_at, l.quantity
    from orders o cross join order_lines l
    where (o.source, o.order_id) > (${after.source}, ${after.orderId})
      and (o.source, o.order_id) <= (${end.source}, ${end.order_id})
      and l.source = o.source and l.order_id = o.order_id and ${BOUGHT_LINE} and ${COUNTING_ORDER}`.execute(db);
  return {
    lines: rows.map((row) => ({
      customerId: row.customer_id,
      productId: row.product_id,
      orderedAt: row.occurred_at,
      quantity: row.quantity,
    })),
    last: { source: end.source, orderId: end.order_id },
  };
}

export interface DescribedProduct {
  /** The catalogue's, else as an order line says; null: nobody has said. */
  category: string | null;
  byHand: Replenishment | null;
}

/** Products that the catalogue or an order line tells more of than their id. */
export async function readDescribedProducts({ db }: Session): Promise<Map<string, DescribedProduct>> {
  const described = new Map<string, DescribedProduct>();
  const lines = await sql<{ product_id: string; category: string }>`
    select product_id, max(category) as category from order_lines
    where product_id is not null and category is not null group by product_id`.execute(db);
  for (const { product_id, category } of lines.rows) described.set(product_id, { category, byHand: null });
  const products = await sql<{ product_id: string; category: string | null; replenishment_json: string | null }>`
    select product_id, category, replenishment_json from products
    where category is not null or replenishment_json is not null`.execute(db);
  for (const row of products.rows) {
    described.set(row.product_id, {
      category: row.category ?? described.get(row.product_id)?.category ?? null,
      byHand: row.replenishment_json === null ? null : (JSON.parse(row.replenishment_json) as Replenishment),
    });
  }
  return described;
}

const WINDOW_COLUMNS = {
  product_id: 'text',
  basis: 'text',
  reason: 'text',
  gaps: 'bigint',
  q40: 'double precision',
  q50: 'double precision',
  q60: 'double precision',
  q80: 'double precision',
  window_json: 'text',
  learned_at: 'bigint',
} as const;

export type WindowRow = Readonly<Record<keyof typeof WINDOW_COLUMNS, string | number | null>>;

export async function writeWindows(session: Session, rows: readonly WindowRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into replenishment_windows (${columnList(WINDOW_COLUMNS)}) select ${columnList(WINDOW_COLUMNS, 'r')}
    from ${rowsOf(session.dialect, WINDOW_COLUMNS, rows)} as r where true
    on conflict (product_id) do update set ${replaced(WINDOW_COLUMNS, ['product_id'])}`.execute(session.db);
}

/** Of products that are neither bought nor described any more. */
export async function deleteOlderWindows({ db }: Session, learnedAt: number): Promise<void> {
  await sql`delete from replenishment_windows where learned_at < ${learnedAt}`.execute(db);
}

/** Customers with an order, or with a row that may be out of date; in order of their ids. */
export async function nextCustomers({ db }: Session, after: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from (
      select * from (select distinct customer_id as id from orders where customer_id > ${after}
        order by customer_id limit ${limit}) as o
      union
      select * from (select distinct customer_id as id from replenishments where customer_id > ${after}
        order by customer_id limit ${limit}) as p) as c
    order by id limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}
