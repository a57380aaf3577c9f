/**
 * A product as the catalogue knows it, and the figures that follow from it: stock, price, margin, whether it can be had.
 *
 * Stock is said in two ways: as a total (a product's or variant's own figure) and place by place (stock levels, which Shopify
 * keys by inventory item). The newer statement holds, so that a total from the shop corrects places that never spoke.
 */

/** Pieces; may be a fraction (WooCommerce sells 1.5 kg) or, oversold, below 0. null: not counted, always to be had. */
export type Stock = number | null;

export interface StockStatement {
  stock: Stock;
  /** Epoch ms. */
  at: number;
}

export interface StockLevel {
  available: Stock;
  /** Epoch ms. */
  at: number;
}

/** By place. */
export type StockLevels = ReadonlyMap<string, StockLevel>;

export interface Replenishment {
  /** Days that one piece lasts, at least and at most; null where nobody has set them. */
  lowDays: number | null;
  highDays: number | null;
  /** false: once-a-year goods, no reminder. */
  enabled: boolean;
}

export interface ProductFields {
  title: string | null;
  category: string | null;
  /** ISO 4217. */
  currency: string | null;
  priceMinor: number | null;
  costMinor: number | null;
  /** As it was given; null: it follows from cost and price. */
  marginPercent: number | null;
  url: string | null;
  imageUrl: string | null;
  /** May be sold without stock; null: nobody has said. */
  backorder: boolean | null;
  replenishment: Replenishment | null;
}

export interface VariantFields {
  title: string | null;
  sku: string | null;
  priceMinor: number | null;
  backorder: boolean | null;
  /** Shopify's key of stock levels; it is no variant id. */
  inventoryItemId: string | null;
}

export interface Variant extends VariantFields {
  variantId: string;
  /** The variant's own total; null: nobody has said. */
  stated: StockStatement | null;
  levels: StockLevels;
}

export interface Product extends ProductFields {
  productId: string;
  /** Who described it last. */
  source: string;
  stated: StockStatement | null;
  levels: StockLevels;
  /** In the shop's order. */
  variants: readonly Variant[];
  /** Deleted in the shop, or no longer shown. */
  isGone: boolean;
  /** Epoch ms, of the newest description. */
  describedAt: number;
}

export const NOTHING_SAID: ProductFields = {
  title: null,
  category: null,
  currency: null,
  priceMinor: null,
  costMinor: null,
  marginPercent: null,
  url: null,
  imageUrl: null,
  backorder: null,
  replenishment: null,
};

export const NOTHING_SAID_OF_VARIANT: VariantFields = {
  title: null,
  sku: null,
  priceMinor: null,
  backorder: null,
  inventoryItemId: null,
};

/** Fractions are added up in binary: 0.1 + 0.2 is meant to be 0.3. */
const EXACT = 1e6;

/** @returns undefined while nobody has said anything */
export function sumOfStocks(stocks: readonly (Stock | undefined)[]): Stock | undefined {
  const said = stocks.filter((stock) => stock !== undefined);
  if (said.length === 0) return undefined;
  const counted = said.filter((stock) => stock !== null);
  if (counted.length === 0) return null;
  return Math.round(counted.reduce((sum, stock) => sum + stock, 0) * EXACT) / EXACT || 0;
}

export function stockOf({ stated, levels }: Pick<Variant, 'stated' | 'levels'>): Stock | undefined {
  const all = [...levels.values()];
  const newest = Math.max(...all.map(({ at }) => at));
  if (all.length === 0 || (stated !== null && stated.at >= newest)) return stated?.stock;
  return sumOfStocks(all.map(({ available }) => available));
}

/** Sold too many of one variant takes nothing away from the others. */
export function stockOfVariants(variants: readonly Variant[]): Stock | undefined {
  const stocks = variants.map(stockOf);
  const isAnyLeft = stocks.some((stock) => typeof stock === 'number' && stock > 0);
  return sumOfStocks(isAnyLeft ? stocks.map((stock) => (stock ? Math.max(stock, 0) : stock)) : stocks);
}

/** The variants decide as soon as one of them has a figure; until then the product's own does. */
export function stockOfProduct(product: Pick<Product, 'stated' | 'levels' | 'variants'>): Stock | undefined {
  const ofVariants = stockOfVariants(product.variants);
  return ofVariants === undefined ? stockOf(product) : ofVariants;
}

/** By place: of the product itself, or added up over its variants. */
export function stockByLocation(product: Pick<Product, 'levels' | 'variants'>): Map<string, Stock> {
  const holders = product.variants.some(({ levels }) => levels.size > 0) ? product.variants : [product];
  const byLocation = new Map<string, Stock[]>();
  for (const { levels } of holders) {
    for (const [location, { available }] of levels) {
      byLocation.set(location, [...(byLocation.get(location) ?? []), available]);
    }
  }
  return new Map([...byLocation].map(([location, stocks]) => [location, sumOfStocks(stocks) ?? null]));
}

/** The product's own price, else that of its cheapest variant. */
export function priceOfProduct({ priceMinor, variants }: Pick<Product, 'priceMinor' | 'variants'>): number | null {
  if (priceMinor !== null) return priceMinor;
  const prices = variants.flatMap((variant) => variant.priceMinor ?? []);
  return prices.length === 0 ? null : Math.min(...prices);
}

/** Gross margin on the price in percent, one decimal: (price − cost) / price. null without both, or for what is free. */
export function marginOf(costMinor: number | null, priceMinor: number | null): number | null {
  if (costMinor === null || priceMinor === null || priceMinor <= 0) return null;
  return Math.round(((priceMinor - costMinor) / priceMinor) * 1000) / 10;
}

export const AVAILABILITIES = ['in_stock', 'backorder', 'out_of_stock', 'unknown', 'gone'] as const;
export type Availability = (typeof AVAILABILITIES)[number];

export function availabilityOf(stock: Stock | undefined, backorder: boolean | null, isGone: boolean): Availability {
  if (isGone) return 'gone';
  if (stock === undefined) return 'unknown';
  if (stock === null || stock > 0) return 'in_stock';
  return backorder === true ? 'backorder' : 'out_of_stock';
}

/** One variant that can be had is enough: an uncounted one beside one that is sold out. */
export function availabilityOfProduct(product: Product): Availability {
  const own = availabilityOf(stockOfProduct(product), product.backorder, product.isGone);
  if (product.isGone || own === 'in_stock') return own;
  const variants = product.variants.map((variant) =>
    availabilityOf(stockOf(variant), backorderOfVariant(variant, product), false),
  );
  return (['in_stock', 'backorder'] as const).find((one) => variants.includes(one)) ?? own;
}

/** A variant that has not been asked about back-orders follows its product. */
export function backorderOfVariant(variant: VariantFields, product: ProductFields): boolean | null {
  return variant.backorder ?? product.backorder;
}
