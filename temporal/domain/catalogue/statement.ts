/** What somebody says about a product, and what the catalogue knows after it. Older statements change nothing newer. */
import {
  NOTHING_SAID,
  NOTHING_SAID_OF_VARIANT,
  type Product,
  type ProductFields,
  type Stock,
  type StockLevel,
  type StockLevels,
  type StockStatement,
  type Variant,
  type VariantFields,
} from './product.ts';

/** Absent fields say nothing, null takes a value away. */
export interface VariantStatement extends Partial<VariantFields> {
  variantId: string;
  stock?: Stock | undefined;
  /** All places of the variant. */
  stockByLocation?: Readonly<Record<string, Stock>> | undefined;
}

export interface ProductStatement {
  productId: string;
  source: string;
  fields: Partial<ProductFields>;
  stock?: Stock | undefined;
  stockByLocation?: Readonly<Record<string, Stock>> | undefined;
  variants: readonly VariantStatement[];
  /** The product has these variants and no others. */
  isComplete: boolean;
  isGone: boolean;
  /** Epoch ms. */
  at: number;
}

/** @param before null: not known yet. @returns null when there is nothing to keep: something unknown has gone */
export function applyStatement(before: Product | null, said: ProductStatement): Product | null {
  if (before === null && said.isGone && Object.keys(said.fields).length + said.variants.length === 0) return null;
  const known: Product = before ?? {
    ...NOTHING_SAID,
    productId: said.productId,
    source: said.source,
    stated: null,
    levels: new Map(),
    variants: [],
    isGone: false,
    describedAt: said.at,
  };
  const isNewer = said.at >= known.describedAt;
  return {
    ...known,
    ...(isNewer ? given(said.fields) : gapsOf(known, said.fields)),
    source: isNewer ? said.source : known.source,
    stated: restated(known.stated, said.stock, said.at),
    levels: relocated(known.levels, said.stockByLocation, said.at),
    variants: applyVariants(known.variants, said, isNewer),
    isGone: isNewer ? said.isGone : known.isGone,
    describedAt: Math.max(known.describedAt, said.at),
  };
}

function applyVariants(known: readonly Variant[], said: ProductStatement, isNewer: boolean): Variant[] {
  const before = new Map(known.map((variant) => [variant.variantId, variant]));
  const named = new Map<string, Variant>();
  for (const { variantId, stock, stockByLocation, ...fields } of said.variants) {
    const earlier = named.get(variantId) ?? before.get(variantId);
    // An old description does not bring back a variant that a newer, complete one no longer had.
    if (!earlier && !isNewer && known.length > 0) continue;
    const variant = earlier ?? { ...NOTHING_SAID_OF_VARIANT, variantId, stated: null, levels: new Map() };
    named.set(variantId, {
      ...variant,
      ...(isNewer ? given(fields) : gapsOf(variant, fields)),
      stated: restated(variant.stated, stock, said.at),
      levels: relocated(variant.levels, stockByLocation, said.at),
    });
  }
  if (isNewer && said.isComplete) return [...named.values()];
  const rest = known.filter(({ variantId }) => !named.has(variantId));
  // One variant told alone keeps the place that it had.
  const kept = known.map((variant) => named.get(variant.variantId) ?? variant);
  const added = [...named.values()].filter(({ variantId }) => !before.has(variantId));
  return isNewer && rest.length === 0 ? [...named.values()] : [...kept, ...added];
}

function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function gapsOf<T extends object>(known: Readonly<Record<keyof T & string, unknown>>, fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== undefined && known[name as keyof T & string] === null),
  ) as Partial<T>;
}

function restated(known: StockStatement | null, stock: Stock | undefined, at: number): StockStatement | null {
  if (stock === undefined || (known !== null && at < known.at)) return known;
  return { stock, at };
}

/** A whole list of places: those it does not name are no more, unless they have spoken since. */
function relocated(known: StockLevels, said: Readonly<Record<string, Stock>> | undefined, at: number): StockLevels {
  if (said === undefined) return known;
  const newer = [...known].filter(([, level]) => level.at > at);
  const told = Object.entries(said).map(([location, available]) => [location, { available, at }] as const);
  return new Map([...told, ...newer]);
}

/** One place speaks. Shops count in seconds: of two at the same time the one that came last holds. */
export function withLevel(known: StockLevels, location: string, level: StockLevel): StockLevels {
  const earlier = known.get(location);
  if (earlier && earlier.at > level.at) return known;
  return new Map([...known, [location, level]]);
}
