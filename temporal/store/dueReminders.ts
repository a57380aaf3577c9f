/** What a reminder depends on at the moment when it is told: the purchase is still the last one of its product, and nobody has been told. */
import { sql } from 'kysely';
import { customerProductKey, findActiveSubscriptions } from './productSubscriptions.ts';
import type { DueReplenishment } from './replenishments.ts';
import { rowsOf, type Session } from './rows.ts';

/** Those whose product has not been bought again, given back or subscribed to since they were found. */
export async function stillDue(session: Session, due: readonly DueReplenishment[]): Promise<DueReplenishment[]> {
  if (due.length === 0) return [];
  const pairs = due.map(({ customerId, productId }) => ({ customer_id: customerId, product_id: productId }));
  const { rows } = await sql<{ customer_id: string; product_id: string; source: string; order_id: string }>`
    select p.customer_id, p.product_id, p.source, p.order_id
    from ${rowsOf(session.dialect, { customer_id: 'text', product_id: 'text' }, pairs)} as r cross join replenishments p
    where p.customer_id = r.customer_id and p.product_id = r.product_id`.execute(session.db);
  const planned = new Map(
    rows.map((row) => [customerProductKey({ customerId: row.customer_id, productId: row.product_id }), row]),
  );
  const subscribed = await findActiveSubscriptions(session, due);
  return due.filter((one) => {
    const key = customerProductKey(one);
    const now = planned.get(key);
    return now?.source === one.source && now.order_id === one.orderId && !subscribed.has(key);
  });
}

/** @returns epoch ms when it was last learned when products run out; null: never */
export async function replenishmentLearnedAt({ db }: Session): Promise<number | null> {
  const row = await db
    .selectFrom('score_jobs')
    .select('finished_at')
    .where('name', '=', 'replenishment')
    .executeTakeFirst();
  return row?.finished_at ?? null;
}
