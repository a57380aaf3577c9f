/** WooCommerce's catalogue: simple products, products with variations, and single variations. The currency is the connection's. */
import { isoTime } from '../../textValues.ts';
import { nothingMapped, type Arrival, type MappedBody, type MappedProduct, type MappedVariant } from '../mappedBody.ts';
import { currencyOf, minorOf } from '../shopMoney.ts';
import {
  firstTime,
  idOf,
  listOf,
  present,
  quantityOf,
  recordsOf,
  requiredId,
  textOf,
  type Json,
} from '../shopValues.ts';
import { plainText } from './plainText.ts';

const PRODUCT = 'the id of the product';

export function mapProduct(body: Json, arrival: Arrival): MappedBody {
  const id = requiredId(body, ['id'], PRODUCT);
  const currency = currencyOf(arrival.currency);
  const changedAt = firstTime(
    ['date_modified_gmt', 'date_modified', 'date_created_gmt', 'date_created'].map((name) => body[name]),
    arrival,
  );
  const isGone = (textOf(body['status'])?.toLowerCase() ?? 'publish') !== 'publish';
  const parent = idOf(body['parent_id']);
  const isVariation = textOf(body['type']) === 'variation' && parent !== undefined;
  const product = isVariation
    ? // Of its parent only this one variation is told.
      { productId: parent, currency, variants: [variationOf(body, id, currency)], changedAt }
    : {
        productId: id,
        title: plainText(body['name']),
        sku: textOf(body['sku']),
        category: recordsOf(body['categories']).flatMap((category) => plainText(category['name']) ?? [])[0],
        currency,
        priceMinor: minorOf(body['price'], currency),
        // Cost of goods, where the shop keeps it (WooCommerce 9.5 and later).
        costMinor: costOf(body, currency),
        stock: stockOf(body),
        url: textOf(body['permalink']),
        imageUrl: recordsOf(body['images']).flatMap((image) => textOf(image['src']) ?? [])[0],
        backorder: backorderOf(body),
        variants: listOf(body['variations']).flatMap((variation) => {
          const variantId = idOf(variation);
          return variantId === undefined ? [] : [{ variantId }];
        }),
        hasAllVariants: listOf(body['variations']).length > 0 ? true : undefined,
        isGone: isGone ? true : undefined,
        changedAt,
      };
  return { ...nothingMapped(), products: [present(product) as unknown as MappedProduct] };
}

/** The body has nothing but the id. */
export function mapDeletedProduct(body: Json, arrival: Arrival): MappedBody {
  const productId = requiredId(body, ['id'], PRODUCT);
  return {
    ...nothingMapped(),
    products: [{ productId, variants: [], isGone: true, changedAt: isoTime(arrival.receivedAt) }],
  };
}

function variationOf(body: Json, variantId: string, currency: string | undefined): MappedVariant {
  return present({
    variantId,
    title: plainText(body['name']),
    sku: textOf(body['sku']),
    priceMinor: minorOf(body['price'], currency),
    stock: stockOf(body),
    backorder: backorderOf(body),
  }) as unknown as MappedVariant;
}

function costOf(body: Json, currency: string | undefined): number | undefined {
  const cost = body['cost_of_goods_sold'];
  if (typeof cost !== 'object' || cost === null) return undefined;
  return minorOf((cost as Json)['total_value'], currency);
}

/**
 * Untracked stock is no 0, unless the shop says by hand that there is none. A variation whose stock is kept with its parent
 * (`"parent"`) says nothing of its own.
 */
function stockOf(body: Json): number | null | undefined {
  const managed = body['manage_stock'];
  if (managed === 'parent') return undefined;
  const quantity = quantityOf(body['stock_quantity']);
  if (quantity !== undefined && managed !== false) return quantity;
  if (textOf(body['stock_status']) === 'outofstock') return 0;
  return managed === undefined && body['stock_quantity'] === undefined ? undefined : null;
}

function backorderOf(body: Json): boolean | undefined {
  if (textOf(body['stock_status']) === 'onbackorder') return true;
  return typeof body['backorders_allowed'] === 'boolean' ? body['backorders_allowed'] : undefined;
}
