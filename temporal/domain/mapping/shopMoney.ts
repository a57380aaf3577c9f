/** Money of shops: decimal text of any width into minor units, and never a number of one currency with the code of another. */
import { currencyExponent, toRoundedMinor } from '../money.ts';
import type { Arrival } from './mappedBody.ts';
import { isRecord, refuse, textOf } from './shopValues.ts';

export interface Money {
  minor: number;
  currency: string;
}

/** ISO 4217 has codes for "no currency" and for tests; shops send them where they know none. */
const NO_MONEY = new Set(['XXX', 'XTS']);

/** The first of the values that is a currency. */
export function currencyOf(...values: unknown[]): string | undefined {
  for (const value of values) {
    const code = textOf(value)?.toUpperCase();
    if (code !== undefined && currencyExponent(code) !== null && !NO_MONEY.has(code)) return code;
  }
  return undefined;
}

/**
 * @returns minor units, rounded half up where the shop calculates with more digits than the currency has (a unit price of
 *   16.666667); undefined when it is absent, no number, or negative
 */
export function minorOf(value: unknown, currency: string | undefined): number | undefined {
  if (currency === undefined || value === null || value === undefined || value === '') return undefined;
  const amount = toRoundedMinor(value, currency);
  return amount.problem === undefined && amount.minor >= 0 ? amount.minor : undefined;
}

/** As `minorOf`, but what is no amount ends the mapping. */
export function requiredMinor(value: unknown, currency: string, path: string): number {
  if (value === null || value === undefined || value === '') refuse(path, 'is missing: the amount');
  const amount = toRoundedMinor(value, currency);
  if (amount.problem !== undefined) return refuse(path, amount.problem);
  return amount.minor < 0 ? refuse(path, 'must not be negative') : amount.minor;
}

export type Side = 'shop_money' | 'presentment_money';

/** One side of Shopify's `…_set`. */
export function sideOf(set: unknown, side: Side): Money | undefined {
  const money = isRecord(set) ? set[side] : undefined;
  if (!isRecord(money)) return undefined;
  const currency = currencyOf(money['currency_code'], money['currency']);
  const minor = minorOf(money['amount'], currency);
  return currency === undefined || minor === undefined ? undefined : { minor, currency };
}

/** The currency where the body may have none: the connection's own. An unknown one is not none: its amounts would be called ours. */
export function currencyOrConnection(arrival: Arrival, path: string, ...values: unknown[]): string {
  const stated = currencyOf(...values);
  if (stated !== undefined) return stated;
  if (values.some(namesMoney)) return refuse(path, 'is no ISO 4217 currency such as EUR');
  return (
    currencyOf(arrival.currency) ??
    refuse(path, 'is no ISO 4217 currency: send one, or give the connection its currency')
  );
}

function namesMoney(value: unknown): boolean {
  const code = textOf(value)?.toUpperCase();
  return code !== undefined && !NO_MONEY.has(code);
}
