/** What every event of a Shopify order says about it: buyer, money, lines, place, channel, campaign. */
import type { EventIdentity } from '../../event.ts';
import { attributionOf, hostOf, parametersOf } from '../campaign.ts';
import type { Arrival } from '../mappedBody.ts';
import { cartDevice, identityOf, ofOrder } from '../shopIdentity.ts';
import { currencyOf, currencyOrConnection, minorOf, requiredMinor, sideOf, type Side } from '../shopMoney.ts';
import {
  emailOf,
  firstText,
  idOf,
  present,
  presentOrNone,
  phoneOf,
  recordOf,
  recordsOf,
  tagsOf,
  textOf,
  type Json,
} from '../shopValues.ts';
import { itemsOf } from './lines.ts';

/**
 * Who bought or is about to. The order's own e-mail names the person; the account's address counts only where the order has
 * none, and else stays a property: somebody who mistypes, or sends a present to a friend, is not to become one with the friend.
 */
export function personOf(body: Json): EventIdentity {
  const customer = recordOf(body['customer']);
  return identityOf({
    externalId: idOf(customer['id']) ?? idOf(customer['admin_graphql_api_id']),
    email: emailOf(body['email'], body['contact_email'], customer['email']),
    phone: phoneOf(body['phone']) ?? phoneOf(body['sms_marketing_phone']) ?? phoneOf(customer['phone']),
  });
}

/** The cart's token is a browser's, not a person's: it ties the cart to the buyer, where there is one. */
export function buyerOf(body: Json, arrival: Arrival, orderId: string): EventIdentity {
  const token = cartTokenOf(body['cart_token']);
  const device = token === undefined ? {} : { deviceId: cartDevice(arrival, token) };
  return ofOrder(personOf(body), orderId, { ...device, ...attributionIn(body).clickIds });
}

/** Newer tokens carry the key of the cart behind a question mark; it is no part of the id. */
export const cartTokenOf = (value: unknown): string | undefined => idOf(value)?.split('?')[0];

export interface ShopValue {
  valueMinor: number;
  currency: string;
  side: Side;
}

/** The total as it was ordered, with the currency of the same side: the shop's where it can be read, else the buyer's. */
export function orderedValue(body: Json, arrival: Arrival): ShopValue {
  const currency = currencyOf(body['currency']);
  const total = minorOf(body['total_price'], currency);
  if (total !== undefined && currency !== undefined) return { valueMinor: total, currency, side: 'shop_money' };
  for (const side of ['shop_money', 'presentment_money'] as const) {
    const money = sideOf(body['total_price_set'], side);
    if (money) return { valueMinor: money.minor, currency: money.currency, side };
  }
  const assumed = currencyOrConnection(arrival, '/currency', body['currency']);
  return {
    valueMinor: requiredMinor(body['total_price'], assumed, '/total_price'),
    currency: assumed,
    side: 'shop_money',
  };
}

/** Properties that an order's or checkout's events share. */
export function sharedProperties(body: Json, { valueMinor, currency, side }: ShopValue): Json {
  const discount =
    side === 'shop_money'
      ? (minorOf(body['total_discounts'], currency) ?? sideOf(body['total_discounts_set'], side)?.minor)
      : sideOf(body['total_discounts_set'], side)?.minor;
  const codes = recordsOf(body['discount_codes']).flatMap((code) => textOf(code['code']) ?? []);
  return present({
    currency,
    valueMinor,
    items: itemsOf(body['line_items'], currency, side),
    discountMinor: discount,
    couponCodes: codes.length > 0 ? codes : undefined,
    cartId: cartTokenOf(body['cart_token']),
    campaign: attributionIn(body).campaign,
    location: placeOf(body),
    salesChannel: salesChannelOf(body['source_name']),
    tags: tagsOf(body['tags']),
    accountEmail: otherAccountEmail(body),
  });
}

function otherAccountEmail(body: Json): string | undefined {
  const account = emailOf(recordOf(body['customer'])['email']);
  return account === personOf(body).email ? undefined : account;
}

/** `pos` is a purchase in a shop of bricks; apps sell under their number. */
function salesChannelOf(sourceName: unknown): string | undefined {
  const name = textOf(sourceName)?.toLowerCase();
  if (name === undefined) return undefined;
  if (name === 'web') return 'online';
  return /^\d+$/.test(name) ? `app:${name}` : name;
}

function placeOf(body: Json): Json | undefined {
  const address = [body['shipping_address'], body['billing_address'], recordOf(body['customer'])['default_address']]
    .map(addressOf)
    .find((place) => place !== undefined);
  return presentOrNone({ ...address, locationId: idOf(body['location_id']) });
}

/** Country and region by their codes where there are any. */
export function addressOf(value: unknown): Json | undefined {
  const address = recordOf(value);
  return presentOrNone({
    country: firstText(address['country_code'], address['country']),
    region: firstText(address['province_code'], address['province']),
    city: textOf(address['city']),
    postalCode: textOf(address['zip']),
  });
}

/** Shops' themes and apps put UTM parameters into the cart's attributes; else the landing page has them. */
export function attributionIn(body: Json): ReturnType<typeof attributionOf> {
  const notes = Object.fromEntries(
    recordsOf(body['note_attributes']).map((note) => [
      firstText(note['name'], note['key'])?.toLowerCase() ?? '',
      note['value'],
    ]),
  );
  const fields = { ...parametersOf(body['landing_site']), ...notes };
  return attributionOf(
    fields,
    body['referring_site'],
    hostOf(body['order_status_url']) ?? hostOf(body['landing_site']),
  );
}
