/** Which product is bought after which: what the job reads and writes, and what answers are made of. */
import { sql } from 'kysely';
import type { Evidence } from '../domain/nextProduct/offer.ts';
import { BOUGHT_LINE, COUNTING_ORDER } from './purchases.ts';
import type { BoughtLine } from './replenishmentLearning.ts';
import { columnList, idsOf, replaced, rowsOf, type Session } from './rows.ts';

/** @returns what the next customers with orders have bought, by customer and in the order of time; null: there are none */
export async function nextBuyersLines(
  { db }: Session,
  after: string,
  customers: number,
): Promise<{ lines: BoughtLine[]; last: string } | null> {
  const page = await sql<{ customer_id: string }>`
    select distinct customer_id from orders where customer_id > ${after}
    order by customer_id limit ${customers}`.execute(db);
  const last = page.rows.at(-1)?.customer_id;
  if (last === undefined) return null;
  const { rows } = await sql<{ customer_id: string; product_id: string; occurred_at: number; quantity: number }>`
    select o.customer_id, l.product_id, o.occurred_at, l.quantity
    from orders o cross join order_lines l
    where o.customer_id > ${after} and o.customer_id <= ${last}
      and l.source = o.source and l.order_id = o.order_id and ${BOUGHT_LINE} and ${COUNTING_ORDER}
    order by o.customer_id, o.occurred_at`.execute(db);
  const lines = rows.map((row) => ({
    customerId: row.customer_id,
    productId: row.product_id,
    orderedAt: row.occurred_at,
    quantity: row.quantity,
  }));
  return { lines, last };
}

const COLUMNS = {
  product_id: 'text',
  next_product_id: 'text',
  buyers: 'bigint',
  also: 'bigint',
  share: 'double precision',
  lower_bound: 'double precision',
  from_days: 'double precision',
  to_days: 'double precision',
  window_days: 'double precision',
  sold_per_day: 'double precision',
  learned_at: 'bigint',
} as const;

export async function writeNextProducts(
  session: Session,
  evidence: readonly Evidence[],
  learnedAt: number,
): Promise<void> {
  if (evidence.length === 0) return;
  const rows = evidence.map((one) => ({
    product_id: one.productId,
    next_product_id: one.nextProductId,
    buyers: one.buyers,
    also: one.also,
    share: one.share,
    lower_bound: one.lowerBound,
    from_days: one.fromDays,
    to_days: one.toDays,
    window_days: one.windowDays,
    sold_per_day: one.soldPerDay,
    learned_at: learnedAt,
  }));
  await sql`
    insert into next_products (${columnList(COLUMNS)}) select ${columnList(COLUMNS, 'r')}
    from ${rowsOf(session.dialect, COLUMNS, rows)} as r where true
    on conflict (product_id, next_product_id) do update
      set ${replaced(COLUMNS, ['product_id', 'next_product_id'])}`.execute(session.db);
}

/** Pairs that were not learned any more. @returns how many, at most `limit` */
export async function deleteOtherNextProducts({ db }: Session, learnedAt: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from next_products where (product_id, next_product_id) in (
      select product_id, next_product_id from next_products where learned_at <> ${learnedAt} limit ${limit})`.execute(
    db,
  );
  return Number(numAffectedRows ?? 0n);
}

/** @returns by the product that was bought */
export async function readNextProducts(
  session: Session,
  productIds: Iterable<string>,
): Promise<Map<string, Evidence[]>> {
  const ids = new Set(productIds);
  if (ids.size === 0) return new Map();
  const { rows } = await sql<Record<keyof typeof COLUMNS, number> & { product_id: string; next_product_id: string }>`
    select n.* from ${idsOf(session.dialect, ids)} as r cross join next_products n where n.product_id = r.id`.execute(
    session.db,
  );
  return Map.groupBy(
    rows.map((row) => ({
      productId: row.product_id,
      nextProductId: row.next_product_id,
      buyers: row.buyers,
      also: row.also,
      share: row.share,
      lowerBound: row.lower_bound,
      fromDays: row.from_days,
      toDays: row.to_days,
      windowDays: row.window_days,
      soldPerDay: row.sold_per_day,
    })),
    ({ productId }) => productId,
  );
}
