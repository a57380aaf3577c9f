/**
 * What was read can be written back: figures that follow from others (a price from the variants, a margin from the cost) are
 * not turned into figures of their own by that, and a total that others add up to cannot be set beside them.
 */
import type { FieldProblem } from '../identity.ts';
import { marginOf, priceOfProduct, stockByLocation, stockOfVariants, type Product } from './product.ts';
import type { SaidProduct } from './readProduct.ts';
import { applyStatement, type ProductStatement } from './statement.ts';

/** @param at epoch ms @param path JSON Pointer of the product in the request */
export function handStatement(
  productId: string,
  said: SaidProduct,
  before: Product | null,
  { source, at, path }: { source: string; at: number; path: string },
): { statement: ProductStatement; problems: FieldProblem[] } {
  const { fields, stock, stockByLocation: places, variants, isGone } = said;
  const statement: ProductStatement = {
    productId,
    source,
    fields: { ...fields },
    stock,
    stockByLocation: places,
    variants: variants ?? [],
    isComplete: variants !== undefined,
    isGone: isGone ?? before?.isGone ?? false,
    at,
  };
  const problems: FieldProblem[] = [];
  // Without the own figures, to see what follows.
  const { priceMinor, marginPercent, ...others } = fields;
  const bare = { ...statement, fields: others, stock: undefined, stockByLocation: undefined, isGone: false };
  const after = applyStatement(before, bare);
  if (after === null) return { statement, problems };

  const ofVariants = priceOfProduct({ priceMinor: null, variants: after.variants });
  if (priceMinor !== undefined && after.priceMinor === null && priceMinor === ofVariants) {
    delete statement.fields.priceMinor;
  }
  const price = statement.fields.priceMinor ?? priceMinor ?? priceOfProduct(after);
  if (typeof marginPercent === 'number' && marginPercent === marginOf(after.costMinor, price)) {
    statement.fields.marginPercent = null;
  }
  const sum = stockOfVariants(after.variants);
  if (stock !== undefined && sum !== undefined) {
    delete statement.stock;
    if (stock !== sum) {
      problems.push({
        path: `${path}/stock`,
        message: `is what the variants add up to (${sum ?? 'not counted'}): set the stock of the variants`,
      });
    }
  }
  if (places !== undefined && after.variants.some(({ levels }) => levels.size > 0)) {
    delete statement.stockByLocation;
    const known = stockByLocation(after);
    const isSame =
      Object.keys(places).length === known.size &&
      [...known].every(([place, pieces]) => Object.hasOwn(places, place) && places[place] === pieces);
    if (!isSame) {
      problems.push({
        path: `${path}/stockByLocation`,
        message: 'is what the variants add up to: set stockByLocation of the variants',
      });
    }
  }
  return { statement, problems };
}
