/** The catalogue's rows and the products that they stand for. */
import type { Selectable } from 'kysely';
import {
  priceOfProduct,
  stockOf,
  stockOfProduct,
  type Product,
  type Replenishment,
  type Stock,
  type StockLevels,
  type StockStatement,
  type Variant,
} from '../domain/catalogue/product.ts';
import type { ProductsTable, ProductVariantsTable } from './tables/catalogue.ts';

export type ProductRow = Selectable<ProductsTable>;
export type VariantRow = Selectable<ProductVariantsTable>;

/** Where the stock levels of a product without variants, or of a variant without an inventory item, are kept. */
export const itemOfProduct = (productId: string): string => `product/${productId}`;
export const itemOfVariant = (productId: string, { variantId, inventoryItemId }: Variant): string =>
  inventoryItemId ?? `product/${productId}/${variantId}`;

const flag = (value: number | null): boolean | null => (value === null ? null : value === 1);
const flagColumn = (value: boolean | null): number | null => (value === null ? null : Number(value));

const statementOf = ({ stated_stock, stated_at }: Pick<ProductRow, 'stated_stock' | 'stated_at'>) =>
  stated_at === null ? null : ({ stock: stated_stock, at: stated_at } satisfies StockStatement);

export function productOf(
  row: ProductRow,
  variants: readonly VariantRow[],
  levelsOf: (itemId: string) => StockLevels,
): Product {
  return {
    productId: row.product_id,
    source: row.source,
    title: row.title,
    category: row.category,
    currency: row.currency,
    priceMinor: row.price_minor,
    costMinor: row.cost_minor,
    marginPercent: row.margin_percent,
    url: row.url,
    imageUrl: row.image_url,
    backorder: flag(row.backorder),
    replenishment: row.replenishment_json === null ? null : (JSON.parse(row.replenishment_json) as Replenishment),
    stated: statementOf(row),
    levels: levelsOf(itemOfProduct(row.product_id)),
    variants: variants.map((variant) => variantOf(variant, levelsOf)),
    isGone: row.gone === 1,
    describedAt: row.described_at,
  };
}

function variantOf(row: VariantRow, levelsOf: (itemId: string) => StockLevels): Variant {
  const variant = {
    variantId: row.variant_id,
    title: row.title,
    sku: row.sku,
    priceMinor: row.price_minor,
    backorder: flag(row.backorder),
    inventoryItemId: row.inventory_item_id,
    stated: statementOf(row),
    levels: new Map(),
  };
  return { ...variant, levels: levelsOf(itemOfVariant(row.product_id, variant)) };
}

const figure = (stock: Stock | undefined) => ({ stock: stock ?? null, stock_known: stock === undefined ? 0 : 1 });
const stated = (statement: StockStatement | null) => ({
  stated_stock: statement?.stock ?? null,
  stated_at: statement?.at ?? null,
});

export const PRODUCT_COLUMNS = {
  product_id: 'text',
  source: 'text',
  title: 'text',
  category: 'text',
  currency: 'text',
  price_minor: 'bigint',
  cost_minor: 'bigint',
  margin_percent: 'double precision',
  url: 'text',
  image_url: 'text',
  backorder: 'bigint',
  replenishment_json: 'text',
  gone: 'bigint',
  stated_stock: 'double precision',
  stated_at: 'bigint',
  described_at: 'bigint',
  stock: 'double precision',
  stock_known: 'bigint',
  shown_price_minor: 'bigint',
} as const;

export type WrittenProduct = Pick<ProductRow, keyof typeof PRODUCT_COLUMNS>;

export function productRow(product: Product): WrittenProduct {
  return {
    product_id: product.productId,
    source: product.source,
    title: product.title,
    category: product.category,
    currency: product.currency,
    price_minor: product.priceMinor,
    cost_minor: product.costMinor,
    margin_percent: product.marginPercent,
    url: product.url,
    image_url: product.imageUrl,
    backorder: flagColumn(product.backorder),
    replenishment_json: product.replenishment === null ? null : JSON.stringify(product.replenishment),
    gone: Number(product.isGone),
    ...stated(product.stated),
    described_at: product.describedAt,
    ...figure(stockOfProduct(product)),
    shown_price_minor: priceOfProduct(product),
  };
}

export const VARIANT_COLUMNS = {
  product_id: 'text',
  variant_id: 'text',
  position: 'bigint',
  title: 'text',
  sku: 'text',
  price_minor: 'bigint',
  backorder: 'bigint',
  inventory_item_id: 'text',
  stated_stock: 'double precision',
  stated_at: 'bigint',
  stock: 'double precision',
  stock_known: 'bigint',
} as const;

export function variantRows(product: Product): VariantRow[] {
  return product.variants.map((variant, position) => ({
    product_id: product.productId,
    variant_id: variant.variantId,
    position,
    title: variant.title,
    sku: variant.sku,
    price_minor: variant.priceMinor,
    backorder: flagColumn(variant.backorder),
    inventory_item_id: variant.inventoryItemId,
    ...stated(variant.stated),
    ...figure(stockOf(variant)),
  }));
}
