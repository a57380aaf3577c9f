/** What orders consisted of, as told by the event that holds (domain/orders.ts). */
import { sql } from 'kysely';
import type { EventItem } from '../domain/event.ts';
import { rowsOf, type Session } from './rows.ts';

export interface OrderWithItems {
  source: string;
  orderId: string;
  items: readonly EventItem[];
}

/** @param orders each once */
export async function replaceOrderLines(session: Session, orders: readonly OrderWithItems[]): Promise<void> {
  if (orders.length === 0) return;
  const keys = orders.map(({ source, orderId }) => ({ source, order_id: orderId }));
  await sql`
    delete from order_lines where (source, order_id) in (
      select r.source, r.order_id from ${rowsOf(session.dialect, { source: 'text', order_id: 'text' }, keys)} as r)`.execute(
    session.db,
  );
  const columns = {
    source: 'text',
    order_id: 'text',
    line: 'bigint',
    product_id: 'text',
    variant_id: 'text',
    sku: 'text',
    category: 'text',
    quantity: 'double precision',
    price_minor: 'bigint',
  } as const;
  const rows = orders.flatMap(({ source, orderId, items }) =>
    items.map((item, line) => ({
      source,
      order_id: orderId,
      line,
      product_id: item.productId ?? null,
      variant_id: item.variantId ?? null,
      sku: item.sku ?? null,
      category: storable(item.category),
      // An item without a quantity is one piece.
      quantity: item.quantity ?? 1,
      price_minor: item.priceMinor ?? null,
    })),
  );
  if (rows.length === 0) return;
  await sql`
    insert into order_lines (source, order_id, line, product_id, variant_id, sku, category, quantity, price_minor)
    select r.source, r.order_id, r.line, r.product_id, r.variant_id, r.sku, r.category, r.quantity, r.price_minor
    from ${rowsOf(session.dialect, columns, rows)} as r where true`.execute(session.db);
}

/** Categories are whatever the sender says: in the event's JSON anything is kept, in a column only text. */
const storable = (category: unknown): string | null =>
  typeof category === 'string' && category !== '' && category.isWellFormed() && !category.includes('\0')
    ? category
    : null;
