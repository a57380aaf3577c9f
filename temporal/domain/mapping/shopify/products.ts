/** Shopify's catalogue and stock levels. The body has no currency: it is the shop's, that of the connection. */
import { nothingMapped, type Arrival, type MappedBody, type MappedProduct, type MappedVariant } from '../mappedBody.ts';
import { isoTime } from '../../textValues.ts';
import { currencyOf, minorOf } from '../shopMoney.ts';
import {
  firstText,
  firstTime,
  idOf,
  present,
  quantityOf,
  recordOf,
  recordsOf,
  refuse,
  requiredId,
  textOf,
  timeOrArrival,
  type Json,
} from '../shopValues.ts';

export function mapProduct(body: Json, arrival: Arrival): MappedBody {
  const productId = requiredId(body, ['id', 'admin_graphql_api_id'], 'the id of the product');
  const currency = currencyOf(arrival.currency);
  const variants = recordsOf(body['variants']).flatMap((variant) => variantOf(variant, currency) ?? []);
  const prices = variants.flatMap(({ priceMinor }) => priceMinor ?? []);
  const product = present({
    productId,
    title: textOf(body['title']),
    category: firstText(body['product_type'], recordOf(body['category'])['name']),
    currency,
    // "from": the cheapest variant.
    priceMinor: prices.length > 0 ? Math.min(...prices) : undefined,
    stock: stockOf(variants),
    imageUrl: firstText(recordOf(body['image'])['src'], ...recordsOf(body['images']).map((image) => image['src'])),
    backorder: variants.some(({ backorder }) => backorder !== undefined)
      ? variants.some(({ backorder }) => backorder === true)
      : undefined,
    variants,
    hasAllVariants: hasAllVariants(body) ? true : undefined,
    isGone: isGone(body) ? true : undefined,
    changedAt: firstTime([body['updated_at'], body['published_at'], body['created_at']], arrival),
  });
  return { ...nothingMapped(), products: [product as unknown as MappedProduct] };
}

/** The body has nothing but the id. */
export function mapDeletedProduct(body: Json, arrival: Arrival): MappedBody {
  const productId = requiredId(body, ['id', 'admin_graphql_api_id'], 'the id of the product');
  return {
    ...nothingMapped(),
    products: [{ productId, variants: [], isGone: true, changedAt: isoTime(arrival.receivedAt) }],
  };
}

/** Shopify cuts the list of a product with very many; since 2024 `variant_gids` names all of them. */
const CUT_LIST = 100;

function hasAllVariants(body: Json): boolean {
  const { variants, variant_gids: all } = body;
  if (!Array.isArray(variants) || variants.length === 0) return false;
  return Array.isArray(all) ? all.length === variants.length : variants.length < CUT_LIST;
}

/** Drafts and archived products are not sold. Without a status (older versions), unpublished ones are not. */
function isGone(body: Json): boolean {
  const status = textOf(body['status'])?.toLowerCase();
  return status === undefined ? 'published_at' in body && body['published_at'] === null : status !== 'active';
}

function variantOf(variant: Json, currency: string | undefined): MappedVariant | null {
  const variantId = idOf(variant['id']) ?? idOf(variant['admin_graphql_api_id']);
  if (variantId === undefined) return null;
  const policy = textOf(variant['inventory_policy'])?.toLowerCase();
  return present({
    variantId,
    title: textOf(variant['title']),
    sku: textOf(variant['sku']),
    priceMinor: minorOf(variant['price'], currency),
    stock: isUntracked(variant) ? null : quantityOf(variant['inventory_quantity']),
    backorder: policy === undefined ? undefined : policy === 'continue',
    inventoryItemId: idOf(variant['inventory_item_id']),
  }) as unknown as MappedVariant;
}

/** Older versions say so with a null; newer ones leave the field out. */
const isUntracked = (variant: Json): boolean =>
  variant['inventory_management'] === null || variant['inventory_quantity'] === null;

/** Sold too many of one variant does not take away from another. Null when none is tracked. */
function stockOf(variants: readonly MappedVariant[]): number | null | undefined {
  const told = variants.flatMap(({ stock }) => (stock === undefined ? [] : [stock]));
  if (told.length === 0) return undefined;
  const tracked = told.filter((stock) => stock !== null);
  return tracked.length === 0 ? null : tracked.reduce((sum, stock) => sum + Math.max(stock, 0), 0);
}

/** `inventory_levels/update` and `connect`: keyed by the inventory item, which is no variant. */
export function mapStockLevel(body: Json, arrival: Arrival): MappedBody {
  const inventoryItemId = requiredId(body, ['inventory_item_id'], 'the id of the inventory item');
  const given = body['available'];
  const available =
    given === null || given === undefined
      ? null
      : (quantityOf(given) ?? refuse('/available', 'has to be a number, or null'));
  return {
    ...nothingMapped(),
    stockLevels: [
      {
        inventoryItemId,
        location: idOf(body['location_id']) ?? '',
        available,
        changedAt: timeOrArrival([body['updated_at']], arrival),
      },
    ],
  };
}
