/** Orders that count, customer by customer. */
import { sql } from 'kysely';
import type { ShopOrder } from '../domain/clv/shopPurchases.ts';
import { idsOf, type Session } from './rows.ts';

/** @param after '' to begin with @returns up to `limit` customers with an order, in the order of their ids; fewer: there are no more */
export async function readBuyersAfter({ db }: Session, after: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ customer_id: string }>`
    select customer_id from totals where orders > 0 and customer_id > ${after} order by customer_id limit ${limit}`.execute(
    db,
  );
  return rows.map(({ customer_id }) => customer_id);
}

/** @returns by customer; voided orders are none */
export async function readOrdersOf(session: Session, customerIds: Iterable<string>): Promise<Map<string, ShopOrder[]>> {
  const { rows } = await sql<{ customer_id: string; occurred_at: number; value_minor: number; currency: string }>`
    select o.customer_id, o.occurred_at, o.value_minor, o.currency
    from ${idsOf(session.dialect, customerIds)} as r cross join orders o
    where o.customer_id = r.id and o.voided = 0`.execute(session.db);
  const orders = new Map<string, ShopOrder[]>();
  for (const { customer_id, occurred_at: at, value_minor: valueMinor, currency } of rows) {
    const own = orders.get(customer_id);
    if (own) own.push({ at, valueMinor, currency });
    else orders.set(customer_id, [{ at, valueMinor, currency }]);
  }
  return orders;
}

/** The currency that most customers pay in; of several the first by its code; null: nobody has ordered. */
export async function readMainCurrency({ db }: Session): Promise<string | null> {
  const { rows } = await sql<{ currency: string }>`
    select currency from totals where orders > 0 and currency is not null
    group by currency order by count(*) desc, currency limit 1`.execute(db);
  return rows[0]?.currency ?? null;
}

export async function countBuyers({ db }: Session): Promise<number> {
  const { rows } = await sql<{ buyers: number }>`select count(*) as buyers from totals where orders > 0`.execute(db);
  return rows[0]?.buyers ?? 0;
}
