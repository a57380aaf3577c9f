/** What every event of a WooCommerce order says about it: buyer, money, lines, place, channel, campaign. */
import type { EventIdentity } from '../../event.ts';
import { attributionOf, hostOf, parametersOf } from '../campaign.ts';
import type { Arrival } from '../mappedBody.ts';
import { identityOf, ofOrder } from '../shopIdentity.ts';
import { currencyOrConnection, minorOf, requiredMinor } from '../shopMoney.ts';
import {
  emailOf,
  firstText,
  idOf,
  listed,
  phoneOf,
  present,
  presentOrNone,
  quantityOf,
  recordOf,
  recordsOf,
  textOf,
  type Json,
} from '../shopValues.ts';
import { plainText } from './plainText.ts';

/** Customer 0 is a guest. The billing address is the buyer's; the shipping address can be another person's. */
export function buyerOf(body: Json, orderId: string): EventIdentity {
  const billing = recordOf(body['billing']);
  const person = identityOf({
    externalId: idOf(body['customer_id']),
    email: emailOf(billing['email']),
    phone: phoneOf(billing['phone'], billing['country']),
  });
  return ofOrder(person, orderId, attributionIn(body).clickIds);
}

/** @returns properties with the currency, and the total of the order in it */
export function sharedProperties(body: Json, arrival: Arrival): Json & { currency: string } {
  const currency = currencyOrConnection(arrival, '/currency', body['currency']);
  const isRenewal = textOf(body['created_via']) === 'subscription';
  const coupons = recordsOf(body['coupon_lines']).flatMap((coupon) => textOf(coupon['code']) ?? []);
  return {
    ...present({
      valueMinor: requiredMinor(body['total'], currency, '/total'),
      items: itemsOf(body, currency, isRenewal),
      discountMinor: minorOf(body['discount_total'], currency),
      couponCodes: coupons.length > 0 ? coupons : undefined,
      campaign: attributionIn(body).campaign,
      location: placeOf(body['shipping']) ?? placeOf(body['billing']),
      salesChannel: salesChannelOf(body['created_via']),
    }),
    currency,
  };
}

/** An order without products can still be for something: a donation is a fee. */
function itemsOf(body: Json, currency: string, isRenewal: boolean): Json[] {
  const lines = recordsOf(body['line_items']).flatMap((line) => listed(itemOfLine(line, currency, isRenewal)));
  if (lines.length > 0) return lines;
  return recordsOf(body['fee_lines']).flatMap((fee) => {
    const priceMinor = minorOf(fee['total'], currency);
    return priceMinor === undefined ? [] : [present({ name: plainText(fee['name']), quantity: 1, priceMinor })];
  });
}

/** @returns null for a line of quantity 0 or less */
function itemOfLine(line: Json, currency: string, isRenewal: boolean): Json | null {
  const quantity = quantityOf(line['quantity']);
  if (quantity !== undefined && quantity <= 0) return null;
  return present({
    productId: idOf(line['product_id']),
    variantId: idOf(line['variation_id']),
    sku: textOf(line['sku']),
    name: plainText(firstText(line['name'], line['parent_name'])),
    quantity,
    priceMinor: minorOf(line['price'], currency) ?? priceOfTotal(line, quantity, currency),
    subscription: isRenewal ? true : undefined,
    imageUrl: firstText(recordOf(line['image'])['src']),
  });
}

/** Older shops send no unit price. */
function priceOfTotal(line: Json, quantity: number | undefined, currency: string): number | undefined {
  const total = minorOf(line['subtotal'], currency) ?? minorOf(line['total'], currency);
  return total === undefined || quantity === undefined ? undefined : Math.round(total / quantity);
}

export function placeOf(value: unknown): Json | undefined {
  const address = recordOf(value);
  return presentOrNone({
    country: textOf(address['country']),
    region: textOf(address['state']),
    city: textOf(address['city']),
    postalCode: textOf(address['postcode']),
  });
}

/** `pos` is a purchase in a shop of bricks. */
function salesChannelOf(createdVia: unknown): string | undefined {
  const via = textOf(createdVia)?.toLowerCase();
  if (via === undefined) return undefined;
  if (via === 'checkout' || via === 'store-api') return 'online';
  return /(^|[-_ ])pos([-_ ]|$)/.test(via) ? 'pos' : via;
}

const ATTRIBUTION = '_wc_order_attribution_';

/** WooCommerce's own order attribution (since 8.5): UTM parameters, and the first page of the session with its click ids. */
function attributionIn(body: Json): ReturnType<typeof attributionOf> {
  const meta: Json = Object.fromEntries(
    recordsOf(body['meta_data']).flatMap(({ key, value }) =>
      typeof key === 'string' && key.startsWith(ATTRIBUTION) ? [[key.slice(ATTRIBUTION.length), value]] : [],
    ),
  );
  const entry = meta['session_entry'];
  return attributionOf({ ...parametersOf(entry), ...meta }, meta['referrer'], hostOf(entry));
}
