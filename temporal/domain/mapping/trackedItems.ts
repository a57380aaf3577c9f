/** Products as Segment and GA4 describe them → items. */
import { currencyExponent, toRoundedMinor } from '../money.ts';
import { isRecord, textOf, type Json } from './shopValues.ts';
import { isNothing, rename } from './trackedValues.ts';

/** Our name, and the names that mean the same. */
const NAMES: readonly (readonly [string, readonly string[]])[] = [
  ['productId', ['product_id', 'item_id', 'id']],
  ['variantId', ['variant_id']],
  ['name', ['item_name']],
  ['category', ['item_category']],
  ['brand', ['item_brand']],
  ['variant', ['item_variant']],
  ['imageUrl', ['image_url']],
];

/** A product at the top level of the event (TRAPS 14): these fields are its own, and say nothing of the event. */
const PRODUCT_FIELDS = [
  ...['productId', 'product_id', 'item_id', 'id', 'variantId', 'variant_id', 'sku', 'name', 'item_name', 'category'],
  ...['item_category', 'brand', 'item_brand', 'variant', 'item_variant', 'imageUrl', 'image_url'],
  ...['quantity', 'price', 'priceMinor'],
];
const IDENTIFYING = ['productId', 'product_id', 'item_id', 'sku', 'variantId', 'variant_id'];

/** `items`, `products` (a list or a single one), or the product at the top level. Taken out of `properties`. */
export function takeItems(properties: Json): unknown {
  const { items, products } = properties;
  const given: unknown = isNothing(items) || (Array.isArray(items) && items.length === 0) ? products : items;
  if (!isNothing(given)) {
    delete properties['products'];
    // What is no list of products is refused later, under our name for it.
    return isRecord(given) ? [given] : given;
  }
  delete properties['products'];
  if (!IDENTIFYING.some((field) => !isNothing(properties[field]))) return items;
  const product: Json = {};
  for (const field of PRODUCT_FIELDS) {
    if (!Object.hasOwn(properties, field)) continue;
    product[field] = properties[field];
    delete properties[field];
  }
  if (!isNothing(properties['url'])) product['url'] = properties['url'];
  return [product];
}

/** The one currency that the products name; undefined when they name none, or several. */
export function currencyOfItems(items: unknown): unknown {
  if (!Array.isArray(items)) return undefined;
  const named = items.map((item) => (isRecord(item) ? item['currency'] : undefined)).filter((one) => !isNothing(one));
  return new Set(named.map((one) => textOf(one)?.toUpperCase())).size === 1 ? named[0] : undefined;
}

/**
 * @param currency of the event, upper case; undefined when there is none that can be used
 * @param needsProductId then SKU, variant or name stand in for a product id that is missing: GA4 asks for one of id and name
 */
export function trackedItem(given: unknown, currency: string | undefined, needsProductId: boolean): unknown {
  if (!isRecord(given)) return given;
  const item: Json = { ...given };
  for (const [name, others] of NAMES) rename(item, name, others);
  if (needsProductId && isNothing(item['productId'])) {
    item['productId'] = ['sku', 'variantId', 'name'].map((name) => item[name]).find((value) => !isNothing(value));
  }
  // Both specifications: a product without a quantity is one piece.
  if (isNothing(item['quantity'])) item['quantity'] = 1;
  priceInto(item, currency);
  return item;
}

function priceInto(item: Json, currency: string | undefined): void {
  const own = textOf(item['currency'])?.toUpperCase() ?? currency;
  if (isNothing(item['price']) || !isNothing(item['priceMinor'])) return;
  if (own !== currency) {
    // In another currency than the event's it would be read as the event's.
    delete item['price'];
    return;
  }
  if (currency === undefined || currencyExponent(currency) === null) return;
  const amount = toRoundedMinor(item['price'], currency);
  if (amount.problem !== undefined) return;
  item['priceMinor'] = amount.minor;
  delete item['price'];
}
