/** Reads and writes products of the catalogue: many at once, each with its variants and stock levels. */
import { sql } from 'kysely';
import type { Product, StockLevel, StockLevels } from '../domain/catalogue/product.ts';
import {
  itemOfProduct,
  itemOfVariant,
  PRODUCT_COLUMNS,
  productOf,
  productRow,
  VARIANT_COLUMNS,
  variantRows,
  type ProductRow,
  type VariantRow,
} from './catalogueRows.ts';
import type { Page, PageRequest } from './lists.ts';
import { lockNames } from './locks.ts';
import { columnList, idsOf, replaced, rowsOf, type Session } from './rows.ts';

export interface KnownProduct {
  product: Product;
  /** Epoch ms. */
  createdAt: number;
  updatedAt: number;
}

export type LevelsByItem = Map<string, Map<string, StockLevel>>;

/** @returns by product id; those that do not exist are missing */
export async function readProducts(session: Session, ids: Iterable<string>): Promise<Map<string, KnownProduct>> {
  const wanted = new Set(ids);
  if (wanted.size === 0) return new Map();
  const { rows } = await sql<ProductRow>`
    select p.* from ${idsOf(session.dialect, wanted)} as r cross join products p where p.product_id = r.id`.execute(
    session.db,
  );
  return await withVariants(session, rows);
}

async function withVariants(session: Session, rows: readonly ProductRow[]): Promise<Map<string, KnownProduct>> {
  if (rows.length === 0) return new Map();
  const ids = rows.map((row) => row.product_id);
  const found = await sql<VariantRow>`
    select v.* from ${idsOf(session.dialect, ids)} as r cross join product_variants v where v.product_id = r.id
    order by v.product_id, v.position, v.variant_id`.execute(session.db);
  const variants = Map.groupBy(found.rows, (row) => row.product_id);
  const levels = await readLevels(session, [
    ...ids.map(itemOfProduct),
    ...found.rows.map((row) => row.inventory_item_id ?? `${itemOfProduct(row.product_id)}/${row.variant_id}`),
  ]);
  const levelsOf = (itemId: string): StockLevels => levels.get(itemId) ?? new Map();
  return new Map(
    rows.map((row) => [
      row.product_id,
      {
        product: productOf(row, variants.get(row.product_id) ?? [], levelsOf),
        createdAt: row.created_at,
        updatedAt: row.updated_at,
      },
    ]),
  );
}

/** @returns by item, then by place */
export async function readLevels(session: Session, itemIds: Iterable<string>): Promise<LevelsByItem> {
  const ids = new Set(itemIds);
  const levels: LevelsByItem = new Map();
  if (ids.size === 0) return levels;
  const { rows } = await sql<{ item_id: string; location: string; available: number | null; at: number }>`
    select l.item_id, l.location, l.available, l.at
    from ${idsOf(session.dialect, ids)} as r cross join stock_levels l where l.item_id = r.id
    order by l.item_id, l.location`.execute(session.db);
  for (const { item_id, location, available, at } of rows) {
    const ofItem = levels.get(item_id) ?? new Map<string, StockLevel>();
    levels.set(item_id, ofItem.set(location, { available, at }));
  }
  return levels;
}

/** @returns item → products with a variant that it belongs to */
export async function productsOfItems(session: Session, itemIds: Iterable<string>): Promise<Map<string, string[]>> {
  const ids = new Set(itemIds);
  if (ids.size === 0) return new Map();
  const { rows } = await sql<{ item_id: string; product_id: string }>`
    select v.inventory_item_id as item_id, v.product_id
    from ${idsOf(session.dialect, ids)} as r cross join product_variants v
    where v.inventory_item_id = r.id`.execute(session.db);
  const products = new Map<string, string[]>();
  for (const { item_id, product_id } of rows) products.set(item_id, [...(products.get(item_id) ?? []), product_id]);
  return products;
}

export interface VariantRef {
  product_id: string;
  variant_id: string;
}

/** Writes products as they are now, with their variants. @param removed variants that a product no longer has */
export async function writeProducts(
  session: Session,
  products: readonly Product[],
  removed: readonly VariantRef[],
  now: number,
): Promise<void> {
  if (products.length === 0) return;
  const { db, dialect } = session;
  await sql`
    insert into products (${columnList(PRODUCT_COLUMNS)}, created_at, updated_at)
    select ${columnList(PRODUCT_COLUMNS, 'r')}, ${now}, ${now}
    from ${rowsOf(dialect, PRODUCT_COLUMNS, products.map(productRow))} as r where true
    on conflict (product_id) do update set ${replaced(PRODUCT_COLUMNS, ['product_id'])}, updated_at = ${now}`.execute(
    db,
  );
  if (removed.length > 0) {
    await sql`
      delete from product_variants where (product_id, variant_id) in (select r.product_id, r.variant_id
        from ${rowsOf(
          dialect,
          { product_id: 'text', variant_id: 'text' },
          removed.map(({ product_id, variant_id }) => ({ product_id, variant_id })),
        )} as r)`.execute(db);
  }
  const variants = products.flatMap(variantRows);
  if (variants.length === 0) return;
  await sql`
    insert into product_variants (${columnList(VARIANT_COLUMNS)}) select ${columnList(VARIANT_COLUMNS, 'r')}
    from ${rowsOf(dialect, VARIANT_COLUMNS, variants)} as r where true
    on conflict (product_id, variant_id) do update
      set ${replaced(VARIANT_COLUMNS, ['product_id', 'variant_id'])}`.execute(db);
}

export interface LevelRow {
  item_id: string;
  location: string;
  available: number | null;
  at: number;
}

export async function writeLevels(
  session: Session,
  written: readonly LevelRow[],
  removed: readonly Pick<LevelRow, 'item_id' | 'location'>[],
): Promise<void> {
  const columns = { item_id: 'text', location: 'text', available: 'double precision', at: 'bigint' } as const;
  if (removed.length > 0) {
    const rows = removed.map(({ item_id, location }) => ({ item_id, location }));
    await sql`
      delete from stock_levels where (item_id, location) in (select r.item_id, r.location
        from ${rowsOf(session.dialect, { item_id: 'text', location: 'text' }, rows)} as r)`.execute(session.db);
  }
  if (written.length === 0) return;
  const rows = written.map(({ item_id, location, available, at }) => ({ item_id, location, available, at }));
  await sql`
    insert into stock_levels (item_id, location, available, at) select r.item_id, r.location, r.available, r.at
    from ${rowsOf(session.dialect, columns, rows)} as r where true
    on conflict (item_id, location) do update set available = excluded.available, at = excluded.at`.execute(session.db);
}

/** Removes a product with its variants and levels. @returns false when there is no such product */
export async function deleteProduct(session: Session, productId: string): Promise<boolean> {
  await lockNames(session, 'catalogue', [productId]);
  const known = (await readProducts(session, [productId])).get(productId);
  if (!known) return false;
  const { product } = known;
  const items = [itemOfProduct(productId), ...product.variants.map((variant) => itemOfVariant(productId, variant))];
  const { db, dialect } = session;
  await sql`delete from stock_levels where item_id in (select id from ${idsOf(dialect, items)} as r)`.execute(db);
  await sql`delete from product_variants where product_id = ${productId}`.execute(db);
  await sql`delete from products where product_id = ${productId}`.execute(db);
  return true;
}

export interface ProductFilter {
  category?: string | undefined;
  /** Counted stock below this. */
  stockBelow?: number | undefined;
  /** With those that have gone. */
  withGone: boolean;
}

/** The newest first. */
export async function listProducts(
  session: Session,
  { category, stockBelow, withGone }: ProductFilter,
  { limit, after }: PageRequest,
): Promise<Page<KnownProduct>> {
  const conditions = [
    after ? sql`(created_at < ${after.at} or (created_at = ${after.at} and product_id < ${after.id}))` : sql`1 = 1`,
    ...(category === undefined ? [] : [sql`category = ${category}`]),
    ...(stockBelow === undefined ? [] : [sql`stock_known = 1 and stock < ${stockBelow}`]),
    ...(withGone ? [] : [sql`gone = 0`]),
  ];
  const { rows } = await sql<ProductRow>`
    select * from products where ${sql.join(conditions, sql` and `)}
    order by created_at desc, product_id desc limit ${limit + 1}`.execute(session.db);
  const shown = rows.slice(0, limit);
  const products = await withVariants(session, shown);
  const last = shown.at(-1);
  return {
    items: shown.flatMap((row) => products.get(row.product_id) ?? []),
    next: rows.length > limit && last ? { at: last.created_at, id: last.product_id } : null,
  };
}
