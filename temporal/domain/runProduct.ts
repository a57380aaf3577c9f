/** The product that a run is about, for waits and reminders that speak of one. */
import { isObject } from './parameterReading.ts';

export interface RunProduct {
  productId: string;
  /** As the entry says; null: it does not. */
  quantity: number | null;
}

export type RunProductAnswer = { product: RunProduct; problem?: undefined } | { product?: undefined; problem: string };

interface EntryItem {
  productId: string;
  quantity: number;
}

/**
 * The one that is asked for, else `properties.productId` of the entry, else the entry's only product, else the entry key where it
 * names one of the entry's products, or the entry has none.
 */
export function productOfRun(
  asked: string | undefined,
  entry: Readonly<Record<string, unknown>>,
  entryKey: string,
): RunProductAnswer {
  const items = itemsOf(entry);
  const own = entry['productId'];
  const products = [...new Set(items.map(({ productId }) => productId))];
  if (asked !== undefined) return found(asked, items, entry);
  if (typeof own === 'string' && own !== '') return found(own, items, entry);
  if (products.length === 1 && products[0] !== undefined) return found(products[0], items, entry);
  if (entryKey !== '' && (products.length === 0 || products.includes(entryKey))) return found(entryKey, items, entry);
  const why = products.length === 0 ? 'names no product' : `names ${products.length} products`;
  return { problem: `The event that began this run ${why}: say in the wait which one it is about.` };
}

function found(productId: string, items: readonly EntryItem[], entry: Readonly<Record<string, unknown>>) {
  const ofProduct = items.filter((item) => item.productId === productId);
  const own = entry['productId'] === productId ? quantityOf(entry['quantity']) : null;
  const sum = ofProduct.reduce((total, { quantity }) => total + quantity, 0);
  return { product: { productId, quantity: own ?? (ofProduct.length === 0 ? null : sum) } };
}

function itemsOf({ items }: Readonly<Record<string, unknown>>): EntryItem[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const productId = isObject(item) ? item['productId'] : null;
    if (!isObject(item) || typeof productId !== 'string' || productId === '') return [];
    // An item without a quantity is one piece.
    return [{ productId, quantity: quantityOf(item['quantity']) ?? 1 }];
  });
}

const quantityOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
