/** A Shopify cart: always the whole of it, without a customer and without a currency of its own. */
import { nothingMapped, type Arrival, type MappedBody, type MappedCart } from '../mappedBody.ts';
import { currencyOf } from '../shopMoney.ts';
import { firstText, idOf, recordOf, quantityOf, recordsOf, refuse, timeOrArrival, type Json } from '../shopValues.ts';
import { itemOfLine } from './lines.ts';
import { cartTokenOf } from './orderFacts.ts';

export function mapCart(body: Json, arrival: Arrival): MappedBody {
  const token = cartTokenOf(body['token']) ?? cartTokenOf(body['id']);
  if (token === undefined) refuse('/token', 'has to be the token of the cart');
  if (!Array.isArray(body['line_items'])) refuse('/line_items', 'has to be the list of what is in the cart');
  const lines = recordsOf(body['line_items']);
  const currency = currencyOf(body['currency'], ...lines.map(currencyOfLine), arrival.currency) ?? null;
  const changedAt = timeOrArrival([body['updated_at'], body['created_at']], arrival);
  return { ...nothingMapped(), cart: { token, currency, changedAt, lines: linesOf(lines, currency) } };
}

function currencyOfLine(line: Json): unknown {
  for (const name of ['price_set', 'original_line_price_set', 'line_price_set', 'discounted_price_set']) {
    const code = currencyOf(recordOf(recordOf(line[name])['shop_money'])['currency_code']);
    if (code !== undefined) return code;
  }
  return undefined;
}

/** Lines of the same key are added up, so that a key names one line. */
function linesOf(lines: Json[], currency: string | null): MappedCart['lines'] {
  const byKey = new Map<string, MappedCart['lines'][number]>();
  for (const line of lines) {
    const item = itemOfLine({ ...line, quantity: quantityOf(line['quantity']) ?? 1 }, currency ?? undefined);
    // What is no product of the shop (a tip, a fee) is nothing to remind of.
    if (item?.['productId'] === undefined) continue;
    const key = firstText(line['key']) ?? idOf(line['variant_id']) ?? idOf(line['id']) ?? JSON.stringify(item);
    const quantity = (byKey.get(key)?.quantity ?? 0) + (item['quantity'] as number);
    byKey.set(key, { key, item: { ...item, quantity }, quantity });
  }
  return [...byKey.values()];
}
