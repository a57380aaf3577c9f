/** Changes of stock and price, kept until the customers whom they concern have been told. */
import { sql } from 'kysely';
import type { ProductChange } from '../domain/catalogue/changes.ts';
import { rowsOf, type Session } from './rows.ts';

/** @param availableAt epoch ms, when customers may be told */
export async function insertProductChanges(
  session: Session,
  changes: readonly ProductChange[],
  at: number,
  availableAt: number,
): Promise<void> {
  if (changes.length === 0) return;
  const columns = {
    kind: 'text',
    product_id: 'text',
    variant_id: 'text',
    location: 'text',
    stock: 'double precision',
    previous_stock: 'double precision',
    price_minor: 'bigint',
    previous_price_minor: 'bigint',
    currency: 'text',
  } as const;
  const rows = changes.map((change) => ({
    kind: change.kind,
    product_id: change.productId,
    variant_id: change.variantId ?? '',
    location: change.kind === 'stock' ? change.location : null,
    stock: change.kind === 'stock' ? change.stock : null,
    previous_stock: change.kind === 'stock' ? change.previousStock : null,
    price_minor: change.kind === 'price' ? change.priceMinor : null,
    previous_price_minor: change.kind === 'price' ? change.previousPriceMinor : null,
    currency: change.kind === 'price' ? change.currency : null,
  }));
  await sql`
    insert into product_changes (kind, product_id, variant_id, location, stock, previous_stock, price_minor,
      previous_price_minor, currency, at, state, told, told_up_to, available_at)
    select r.kind, r.product_id, r.variant_id, r.location, r.stock, r.previous_stock, r.price_minor,
      r.previous_price_minor, r.currency, ${at}, 'new', 0, '', ${availableAt}
    from ${rowsOf(session.dialect, columns, rows)} as r where true`.execute(session.db);
}
