/** Line items of Shopify's orders, checkouts, carts, refunds and fulfilments: one shape with small differences. */
import { minorOf, sideOf, type Side } from '../shopMoney.ts';
import {
  firstText,
  idOf,
  isRecord,
  listed,
  present,
  quantityOf,
  recordOf,
  recordsOf,
  textOf,
  type Json,
} from '../shopValues.ts';

/**
 * @param side whose money `currency` is: a plain `price` is the shop's
 * @returns null for a line of quantity 0 or less: it was taken out
 */
export function itemOfLine(line: Json, currency: string | undefined, side: Side = 'shop_money'): Json | null {
  const quantity = quantityOf(line['quantity']);
  if (quantity !== undefined && quantity <= 0) return null;
  return present({
    productId: idOf(line['product_id']),
    variantId: idOf(line['variant_id']),
    sku: textOf(line['sku']),
    name: firstText(line['name'], line['title'], line['presentment_title']),
    category: firstText(line['product_type'], line['category']),
    brand: textOf(line['vendor']),
    quantity,
    priceMinor: priceOf(line, currency, side),
    giftCard: line['gift_card'] === true ? true : undefined,
    // A subscription with the shop: no reminders to buy again.
    subscription: isRecord(line['selling_plan_allocation']) ? true : undefined,
    url: textOf(line['url']),
    imageUrl: firstText(line['featured_image'], recordOf(line['featured_image'])['url'], line['image']),
  });
}

function priceOf(line: Json, currency: string | undefined, side: Side): number | undefined {
  const plain = side === 'shop_money' ? minorOf(line['price'], currency) : undefined;
  if (plain !== undefined) return plain;
  const money = sideOf(line['price_set'], side);
  return money?.currency === currency ? money?.minor : undefined;
}

/** Lines that are no objects are left out. */
export function itemsOf(lines: unknown, currency: string | undefined, side: Side = 'shop_money'): Json[] {
  return recordsOf(lines).flatMap((line) => listed(itemOfLine(line, currency, side)));
}
