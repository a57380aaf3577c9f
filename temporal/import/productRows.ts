/**
 * Rows of a products file → the catalogue: a product in a row, or one of its variants. WooCommerce's products export and
 * product feeds (price with its currency behind it) are read the same way.
 */
import type { MappedProduct, MappedVariant } from '../domain/mapping/mappedBody.ts';
import { currencyExponent } from '../domain/money.ts';
import { isoTime, readId } from '../domain/textValues.ts';
import { readFlag, readMoment, readMoney, readNumber, withoutApostrophe, type Read } from './cellValues.ts';
import type { Fields } from './columns.ts';
import type { Row } from './fileRecord.ts';

export const PRODUCT_FIELDS = {
  productId: ['product_id', 'item_group_id', 'id', 'item_id'],
  variantId: ['variant_id', 'variation_id'],
  variantTitle: ['variant_title', 'variant_name'],
  sku: ['sku', 'variant_sku'],
  title: ['title', 'name', 'product_name', 'product_title'],
  category: ['category', 'categories', 'product_category', 'product_type', 'google_product_category'],
  currency: ['currency', 'currency_code'],
  price: ['price', 'sale_price', 'unit_price', 'variant_price'],
  regularPrice: ['regular_price'],
  cost: ['cost', 'cost_price', 'unit_cost', 'cost_per_item'],
  margin: ['margin_percent', 'margin'],
  stock: ['stock', 'stock_quantity', 'inventory', 'inventory_quantity', 'quantity'],
  backorder: ['backorder', 'backorders_allowed', 'backorders'],
  url: ['url', 'product_url', 'link', 'permalink'],
  imageUrl: ['image_url', 'image', 'images', 'image_link'],
  updatedAt: ['updated_at', 'changed_at', 'modified_at'],
  /** WooCommerce: what its variations belong to, such as `id:12`. */
  parent: ['parent'],
} as const satisfies Fields;

export interface ProductOptions {
  currency: string | null;
  /** Epoch ms. */
  now: number;
}

export type ProductRow = { product: MappedProduct; problem?: undefined } | { problem: string };

const UNTRACKED = new Set(['untracked', 'unlimited', 'null', 'none', '-']);
const WITH_CURRENCY = /^(\S+)\s*([A-Za-z]{3})$/;
const PARENT = /^id:(\d+)$/;

export function readProductRow({ fields: given }: Row, options: ProductOptions): ProductRow {
  const fields = withOwnCurrency(given);
  const problems: string[] = [];
  const taken = <T>(name: string, read: (text: string) => Read<T>): T | undefined => {
    const text = fields[name];
    if (text === undefined) return undefined;
    const result = read(text);
    if (result.problem === undefined) return result.value;
    problems.push(`${name} ${result.problem}`);
    return undefined;
  };
  const id = (name: string) =>
    taken(name, (text): Read<string> => {
      const result = readId(withoutApostrophe(text));
      return result.problem === undefined ? { value: result.text } : { problem: result.problem };
    });
  const currency = (fields['currency'] ?? options.currency)?.toUpperCase();
  if (currency !== undefined && currencyExponent(currency) === null) {
    return { problem: `currency "${currency.slice(0, 20)}" is no ISO 4217 code such as EUR` };
  }
  const money = (name: string) =>
    taken(name, (text): Read<number> => {
      if (currency === undefined) return { problem: 'has no currency: add a column "currency", or say --currency EUR' };
      const amount = readMoney(text, currency);
      return amount.problem === undefined && amount.value < 0 ? { problem: 'must not be negative' } : amount;
    });

  const own = id('productId');
  const parent = PARENT.exec(fields['parent'] ?? '')?.[1];
  const [productId, variantId] = parent === undefined ? [own, id('variantId')] : [parent, own];
  if (given['productId'] === undefined) problems.push('product_id is missing');
  const stock = taken('stock', (text): Read<number | null> =>
    UNTRACKED.has(text.toLowerCase()) ? { value: null } : readNumber(text),
  );
  const changed = taken('updatedAt', (text) => readMoment(text, options.now));
  const priceMinor = money(fields['price'] === undefined ? 'regularPrice' : 'price');
  const backorder = taken('backorder', readBackorder);
  const costMinor = money('cost');
  const marginPercent = taken('margin', (text) => readNumber(text.replace(/\s*%$/, '')));
  if (problems.length > 0 || productId === undefined) return { problem: problems.join('; ') };

  const [imageUrl] = (fields['imageUrl'] ?? '').split(/,\s*(?=https?:)/);
  const variant: MappedVariant | null =
    variantId === undefined
      ? null
      : defined({ variantId, title: fields['variantTitle'], sku: fields['sku'], priceMinor, stock, backorder });
  // Of a variation WooCommerce gives the name of the variation.
  const isPart = parent !== undefined;
  return {
    product: defined({
      productId,
      title: isPart ? undefined : fields['title'],
      category: fields['category'],
      currency,
      url: isPart ? undefined : fields['url'],
      imageUrl: isPart ? undefined : imageUrl || undefined,
      costMinor,
      marginPercent,
      ...(variant === null && { priceMinor, stock, backorder }),
      variants: variant === null ? [] : [variant],
      changedAt: changed === undefined ? null : isoTime(changed),
    }),
  };
}

/** `12.90 EUR`, as product feeds write it. */
function withOwnCurrency(fields: Row['fields']): Record<string, string> {
  const split: Record<string, string> = { ...fields };
  for (const name of ['price', 'regularPrice', 'cost']) {
    const [, amount, currency] = WITH_CURRENCY.exec(fields[name] ?? '') ?? [];
    if (amount === undefined || currency === undefined) continue;
    split[name] = amount;
    split['currency'] = currency;
  }
  return split;
}

/** WooCommerce also says "notify": allowed, and the customer is told. */
const readBackorder = (text: string): Read<boolean> =>
  text.toLowerCase() === 'notify' ? { value: true } : readFlag(text);

const defined = <T extends object>(value: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
