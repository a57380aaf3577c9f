/** What customers may want to hear of when a product changes: stock and price, of the product and of each variant. */
import { priceOfProduct, stockOf, stockOfProduct, type Product, type Stock, type Variant } from './product.ts';

interface ChangeOf {
  productId: string;
  /** null: the product as a whole. */
  variantId: string | null;
}

export interface StockChange extends ChangeOf {
  kind: 'stock';
  stock: Stock;
  previousStock: Stock;
  /** Where, when it changed in one place only. */
  location: string | null;
}

export interface PriceChange extends ChangeOf {
  kind: 'price';
  priceMinor: number;
  previousPriceMinor: number;
  /** null where the shop has never said one. */
  currency: string | null;
}

export type ProductChange = StockChange | PriceChange;

/**
 * What is heard of for the first time is no change; neither is what stays the same. A product that has gone has nothing in
 * stock, and one that comes back has what it has.
 */
export function changesBetween(before: Product | null, after: Product): ProductChange[] {
  if (before === null) return [];
  const changes: ProductChange[] = [];
  const { productId } = after;
  const wholeStock = stockChange(
    shown(stockOfProduct(before), before.isGone),
    shown(stockOfProduct(after), after.isGone),
    onlyLocation([...changedLocations(before, after), ...variantLocations(before, after)]),
  );
  if (wholeStock) changes.push({ productId, variantId: null, ...wholeStock });
  const wholePrice = priceChange(priceOfProduct(before), priceOfProduct(after), before.currency, after.currency);
  if (wholePrice) changes.push({ productId, variantId: null, ...wholePrice });

  const earlier = new Map(before.variants.map((variant) => [variant.variantId, variant]));
  for (const variant of after.variants) {
    const previous = earlier.get(variant.variantId);
    if (!previous) continue;
    const { variantId } = variant;
    const stock = stockChange(
      shown(stockOf(previous), before.isGone),
      shown(stockOf(variant), after.isGone),
      onlyLocation(changedLocations(previous, variant)),
    );
    if (stock) changes.push({ productId, variantId, ...stock });
    const price = priceChange(previous.priceMinor, variant.priceMinor, before.currency, after.currency);
    if (price) changes.push({ productId, variantId, ...price });
  }
  return changes;
}

const isOut = (stock: Stock): boolean => stock !== null && stock <= 0;

/** Out before, to be had now. */
export const isBackInStock = (previous: Stock, stock: Stock): boolean => isOut(previous) && !isOut(stock);

/** One decimal; null for what was free. */
export function changePercent(previousMinor: number, priceMinor: number): number | null {
  if (previousMinor === 0) return null;
  return Math.round(((priceMinor - previousMinor) / previousMinor) * 1000) / 10 || 0;
}

const shown = (stock: Stock | undefined, isGone: boolean): Stock | undefined =>
  isGone && stock !== undefined ? 0 : stock;

function stockChange(
  previousStock: Stock | undefined,
  stock: Stock | undefined,
  location: string | null,
): Omit<StockChange, keyof ChangeOf> | null {
  if (previousStock === undefined || stock === undefined || previousStock === stock) return null;
  return { kind: 'stock', stock, previousStock, location };
}

function priceChange(
  previousPriceMinor: number | null,
  priceMinor: number | null,
  previousCurrency: string | null,
  currency: string | null,
): Omit<PriceChange, keyof ChangeOf> | null {
  if (previousPriceMinor === null || priceMinor === null || previousPriceMinor === priceMinor) return null;
  // Amounts of two currencies say nothing about each other.
  if (previousCurrency !== currency) return null;
  return { kind: 'price', priceMinor, previousPriceMinor, currency };
}

function changedLocations(before: Pick<Variant, 'levels'>, after: Pick<Variant, 'levels'>): string[] {
  const locations = new Set([...before.levels.keys(), ...after.levels.keys()]);
  return [...locations].filter(
    (location) => before.levels.get(location)?.available !== after.levels.get(location)?.available,
  );
}

function variantLocations(before: Product, after: Product): string[] {
  const earlier = new Map(before.variants.map((variant) => [variant.variantId, variant]));
  return after.variants.flatMap((variant) => {
    const previous = earlier.get(variant.variantId);
    return previous ? changedLocations(previous, variant) : [];
  });
}

function onlyLocation(locations: readonly string[]): string | null {
  const distinct = new Set(locations);
  return distinct.size === 1 ? (locations[0] ?? null) : null;
}
