/** What customers have ordered, as it is shown: in the API, on the items of the canvas, to filters; and who has ordered at all. */
import { sql, type Selectable } from 'kysely';
import { noTotals, type CustomerTotals } from '../domain/customerTotals.ts';
import { isoTimeOrNull } from '../domain/textValues.ts';
import { idsOf, type Session } from './rows.ts';
import type { TotalsTable } from './tables/events.ts';

/** @returns by customer; everybody asked for is in it */
export async function readTotals(session: Session, ids: Iterable<string>): Promise<Map<string, CustomerTotals>> {
  const list = [...ids];
  const totals = new Map(list.map((id) => [id, noTotals()]));
  if (list.length === 0) return totals;
  const { rows } = await sql<Selectable<TotalsTable>>`
    select t.* from ${idsOf(session.dialect, list)} as r cross join totals t
    where t.customer_id = r.id`.execute(session.db);
  for (const row of rows) {
    totals.set(row.customer_id, {
      orders: row.orders,
      refunds: row.refunds,
      revenueMinor: row.revenue_minor,
      currency: row.currency,
      firstOrderAt: isoTimeOrNull(row.first_order_at),
      lastOrderAt: isoTimeOrNull(row.last_order_at),
      averageOrderMinor: row.orders === 0 ? null : Math.round(row.revenue_minor / row.orders),
      offlineOrders: row.offline_orders,
      lastOfflineOrderAt: isoTimeOrNull(row.last_offline_order_at),
    });
  }
  return totals;
}

/** @returns those of these customers who have an order that counts */
export async function findBuyers(session: Session, ids: Iterable<string>): Promise<Set<string>> {
  const list = [...ids];
  if (list.length === 0) return new Set();
  const { rows } = await sql<{ customer_id: string }>`
    select t.customer_id from ${idsOf(session.dialect, list)} as r cross join totals t
    where t.customer_id = r.id and t.orders > 0`.execute(session.db);
  return new Set(rows.map((row) => row.customer_id));
}
