/** Properties as Segment and GA4 name them → ours. Our own names win where both are there and mean the same. */
import { currencyExponent, toRoundedMinor } from '../money.ts';
import { currencyOfItems, takeItems, trackedItem } from './trackedItems.ts';
import { isRecord, textOf, type Json } from './shopValues.ts';
import { isNothing, rename } from './trackedValues.ts';

export interface TrackedDefaults {
  /** Where the body names none. */
  currency: string | null;
  /** Stands for the checkout where the tracker gives neither cart nor checkout nor order; of this event alone. */
  checkoutId: string;
}

const NAMES: readonly (readonly [string, readonly string[]])[] = [
  ['orderId', ['order_id', 'transaction_id']],
  ['checkoutId', ['checkout_id']],
  ['cartId', ['cart_id']],
  ['refundId', ['refund_id']],
  ['query', ['search_term']],
  ['url', ['page_location']],
  ['referrer', ['page_referrer']],
  ['title', ['page_title']],
  ['wasPaid', ['was_paid']],
];
/** What the order comes to: of those that are there the first (TRAPS 14). */
const VALUES = ['total', 'value', 'revenue'] as const;
const FURTHER_AMOUNTS = ['revenue', 'subtotal', 'tax', 'shipping'] as const;
/** Of somebody else, who has agreed to nothing: not kept. */
const THIRD_PARTY = ['recipient', 'share_message'] as const;

/** @param type canonical */
export function trackedProperties(type: string, given: Json, defaults: TrackedDefaults): Json {
  const properties: Json = { ...given };
  for (const [name, others] of NAMES) rename(properties, name, others);
  for (const name of THIRD_PARTY) delete properties[name];
  const items = takeItems(properties);
  const currency = currencyInto(properties, items, defaults.currency);
  if (Array.isArray(items)) {
    const needsProductId = type === 'viewed_product' || type === 'added_to_cart';
    properties['items'] = items.map((item: unknown) => trackedItem(item, currency, needsProductId));
  } else if (!isNothing(items)) {
    properties['items'] = items;
  }
  valueInto(properties, currency, type === 'refunded');
  if (type === 'started_checkout') completeCheckout(properties, currency, defaults.checkoutId);
  return properties;
}

/** @returns it when amounts can be read in it */
function currencyInto(properties: Json, items: unknown, fallback: string | null): string | undefined {
  const given = [properties['currency'], currencyOfItems(items), fallback].find((value) => !isNothing(value));
  if (given === undefined) return undefined;
  const currency = typeof given === 'string' ? given.trim().toUpperCase() : given;
  properties['currency'] = currency;
  return typeof currency === 'string' && currencyExponent(currency) !== null ? currency : undefined;
}

function valueInto(properties: Json, currency: string | undefined, isRefund: boolean): void {
  const source = VALUES.find((name) => !isNothing(properties[name]));
  const amount = source === undefined ? undefined : properties[source];
  if (source === 'total') delete properties['total'];
  if (isNothing(properties['valueMinor']) && source !== undefined) {
    properties['value'] = amount;
    minorInto(properties, 'value', currency);
  } else {
    delete properties['value'];
  }
  minorInto(properties, 'discount', currency);
  for (const name of FURTHER_AMOUNTS) minorInto(properties, name, currency);
  // Trackers send what was given back with either sign.
  for (const name of isRefund ? ['value', 'valueMinor'] : []) {
    const value = properties[name];
    if (typeof value === 'number' && value < 0) properties[name] = -value;
  }
}

/** What cannot be read stays, and is refused by its name where it is needed. */
function minorInto(properties: Json, name: string, currency: string | undefined): void {
  if (currency === undefined || isNothing(properties[name]) || !isNothing(properties[`${name}Minor`])) return;
  const amount = toRoundedMinor(properties[name], currency);
  if (amount.problem !== undefined) return;
  properties[`${name}Minor`] = amount.minor;
  delete properties[name];
}

/** Neither specification asks for the id of a checkout; GA4 defines its value as the sum of its items. */
function completeCheckout(properties: Json, currency: string | undefined, checkoutId: string): void {
  if (isNothing(properties['checkoutId']) && isNothing(properties['cartId'])) {
    properties['checkoutId'] = isNothing(properties['orderId']) ? checkoutId : properties['orderId'];
  }
  const { items } = properties;
  if (currency === undefined || !isNothing(properties['value']) || !isNothing(properties['valueMinor'])) return;
  if (!Array.isArray(items) || items.length === 0) return;
  const sums = items.map((item: unknown) =>
    isRecord(item) ? Math.round(numberOf(item['priceMinor']) * numberOf(item['quantity'])) : NaN,
  );
  const sum = sums.reduce((total, one) => total + one, 0);
  if (Number.isSafeInteger(sum)) properties['valueMinor'] = sum;
}

/** Only of numbers and text: an object can have anything for its value. */
const numberOf = (value: unknown): number => Number(textOf(value) ?? NaN);
