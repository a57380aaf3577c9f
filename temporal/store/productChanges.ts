/** Changes of stock and price, kept until the customers whom they concern have been told. */
import { sql } from 'kysely';
import type { ProductChange } from '../domain/catalogue/changes.ts';
import { isoTime } from '../domain/textValues.ts';
import type { ProductChangesTable } from './tables/catalogue.ts';
import type { Page, PageRequest } from './lists.ts';
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

export interface ProductChangeView {
  kind: 'stock' | 'price';
  variantId: string | null;
  at: string;
  stock?: number | null;
  previousStock?: number | null;
  stockLocation?: string;
  priceMinor?: number;
  previousPriceMinor?: number;
  currency?: string;
  state: ProductChangesTable['state'];
  told: number;
}

export async function listProductChanges(
  session: Session,
  productId: string,
  { limit, after }: PageRequest,
): Promise<Page<ProductChangeView>> {
  // The ids are given in the order of the changes.
  const start = after ? sql`and id < ${Number(after.id)}` : sql``;
  const { rows } = await sql<ProductChangesTable & { id: number }>`
    select * from product_changes where product_id = ${productId} ${start}
    order by id desc limit ${limit + 1}`.execute(session.db);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(changeView),
    next: rows.length > limit && last ? { at: last.at, id: String(last.id) } : null,
  };
}

function changeView(row: ProductChangesTable): ProductChangeView {
  const { kind, variant_id, at, state, told } = row;
  const said = { kind, variantId: variant_id === '' ? null : variant_id, at: isoTime(at), state, told };
  if (kind === 'stock') {
    const { stock, previous_stock: previousStock, location } = row;
    return { ...said, stock, previousStock, ...(location !== null && { stockLocation: location }) };
  }
  const { price_minor, previous_price_minor, currency } = row;
  return {
    ...said,
    ...(price_minor !== null && { priceMinor: price_minor }),
    ...(previous_price_minor !== null && { previousPriceMinor: previous_price_minor }),
    ...(currency !== null && { currency }),
  };
}
