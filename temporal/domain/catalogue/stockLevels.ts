/** What single places say about stock: it belongs to an inventory item, and reaches the variants that name it, sooner or later. */
import type { Product, StockLevel, StockLevels } from './product.ts';
import { withLevel } from './statement.ts';

export interface LevelStatement {
  itemId: string;
  location: string;
  level: StockLevel;
}

/**
 * Levels that came before their product are joined to the variant that names their item.
 * @param before the product as it was; undefined: not known yet
 * @param levels by item
 */
export function joinLevels(
  product: Product,
  before: Product | undefined,
  levels: ReadonlyMap<string, StockLevels>,
): Product {
  const earlier = new Map(before?.variants.map((variant) => [variant.variantId, variant.inventoryItemId]));
  const isMoved = product.variants.some(
    ({ variantId, inventoryItemId }) => inventoryItemId !== null && earlier.get(variantId) !== inventoryItemId,
  );
  if (!isMoved) return product;
  const variants = product.variants.map((variant) => {
    const { variantId, inventoryItemId } = variant;
    if (inventoryItemId === null || earlier.get(variantId) === inventoryItemId) return variant;
    let own = variant.levels;
    for (const [location, level] of levels.get(inventoryItemId) ?? []) own = withLevel(own, location, level);
    return { ...variant, levels: own };
  });
  return { ...product, variants };
}

/**
 * @param known levels by item, as they are kept
 * @returns the products after it, and the levels of items that no variant has yet
 */
export function applyLevels(
  products: ReadonlyMap<string, Product>,
  known: ReadonlyMap<string, StockLevels>,
  levels: readonly LevelStatement[],
): { products: Map<string, Product>; loose: LevelStatement[] } {
  const after = new Map(products);
  const loose = new Map<string, LevelStatement>();
  const ownersOf = ownersByItem(products.values());
  for (const statement of levels) {
    const { itemId, location, level } = statement;
    const owners = ownersOf.get(itemId);
    for (const id of owners ?? []) {
      const product = after.get(id);
      if (!product) continue;
      const variants = product.variants.map((variant) =>
        variant.inventoryItemId === itemId
          ? { ...variant, levels: withLevel(variant.levels, location, level) }
          : variant,
      );
      after.set(id, { ...product, variants });
    }
    if (owners) continue;
    const key = `${itemId}\0${location}`;
    const earlier = loose.get(key)?.level.at ?? known.get(itemId)?.get(location)?.at ?? -Infinity;
    if (earlier <= level.at) loose.set(key, statement);
  }
  return { products: after, loose: [...loose.values()] };
}

function ownersByItem(products: Iterable<Product>): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { productId, variants } of products) {
    for (const { inventoryItemId } of variants) {
      if (inventoryItemId === null) continue;
      owners.set(inventoryItemId, (owners.get(inventoryItemId) ?? new Set()).add(productId));
    }
  }
  return owners;
}
