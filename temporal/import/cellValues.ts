/** What stands in single cells of an export: times, amounts, quantities, yes and no. Read exactly, or refused with a reason. */
import { currencyExponent, toMinor } from '../domain/money.ts';
import { isoTime, readTime } from '../domain/textValues.ts';

export type Read<T> = { value: T; problem?: undefined } | { problem: string };

/** Clocks differ; more than a day ahead is a mistake. */
const FUTURE_MS = 24 * 3600_000;
const DAY = /^(\d{4})-?(\d{2})-?(\d{2})$/;
/** German, and with points not to be mistaken for anything else. */
const DOTTED_DAY = /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T](.*))?$/;
const TIME = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?\s*(Z|z|UTC|GMT|[+-]\d{2}:?\d{2})?$/;

/** A day (its beginning in UTC), or a time; without an offset it is UTC. @returns epoch ms */
export function readMoment(text: string, now: number): Read<number> {
  let iso = text.trim();
  const dotted = DOTTED_DAY.exec(iso);
  if (dotted) {
    const [, day = '', month = '', year = '', rest] = dotted;
    iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}${rest === undefined ? '' : ` ${rest}`}`;
  }
  const dayOnly = DAY.exec(iso);
  const timed = TIME.exec(iso);
  let time: number | null = null;
  if (dayOnly) time = readTime(`${dayOnly[1]}-${dayOnly[2]}-${dayOnly[3]}T00:00:00Z`);
  else if (timed) {
    const [, date = '', minutes = '', seconds = ':00', zone = 'Z'] = timed;
    const offset = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(-2)}` : 'Z';
    time = readTime(`${date}T${minutes}${seconds}${offset}`);
  }
  if (time === null) return { problem: 'is no day such as 2026-11-22 and no time such as 2026-11-22T10:00:00Z' };
  if (time > now + FUTURE_MS) return { problem: `lies in the future (it is ${isoTime(now)} now)` };
  return { value: time };
}

/** With a decimal comma; three digits after it could as well be thousands. */
const DECIMAL_COMMA = /^[+-]?\d+,\d{1,2}$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)$/;
/** Longer fractions come from binary sums such as 19.900000000000002. */
const LONGEST_FRACTION = 9;

export function decimalOf(text: string): string | null {
  const trimmed = text.trim();
  const decimal = DECIMAL_COMMA.test(trimmed) ? trimmed.replace(',', '.') : trimmed;
  return NUMBER.test(decimal) ? decimal.replace(/^([+-]?)\./, '$10.') : null;
}

const NO_AMOUNT = 'is no amount such as 84.00 (a point or comma before the cents, no thousands separators)';

/** @param currency known to `currencyExponent` @returns minor units */
export function readMoney(text: string, currency: string): Read<number> {
  const decimal = decimalOf(text);
  if (decimal === null) return { problem: NO_AMOUNT };
  const fraction = decimal.split('.')[1] ?? '';
  const amount = toMinor(fraction.length > LONGEST_FRACTION ? Number(decimal) : decimal, currency);
  return amount.problem === undefined ? { value: amount.minor } : { problem: amount.problem };
}

/** Unit price times quantity, exact, then rounded to minor units (half away from zero). */
export function readProduct(price: string, quantity: string, currency: string): Read<number> {
  const factors = [decimalOf(price), decimalOf(quantity)];
  if (factors[0] === null) return { problem: NO_AMOUNT };
  let product = 1n;
  let digits = 0;
  for (const factor of factors) {
    const [whole = '0', fraction = ''] = (factor ?? '1').split('.');
    product *= BigInt(`${whole}${fraction}`.replace('+', ''));
    digits += fraction.length;
  }
  const surplus = digits - (currencyExponent(currency) ?? 2);
  const sign = product < 0n ? -1n : 1n;
  const size = product * sign;
  const scaled =
    surplus <= 0
      ? size * 10n ** BigInt(-surplus)
      : (size * 2n + 10n ** BigInt(surplus)) / (2n * 10n ** BigInt(surplus));
  const minor = Number(scaled * sign);
  return Number.isSafeInteger(minor) ? { value: minor } : { problem: 'is larger than any real amount' };
}

export function readNumber(text: string): Read<number> {
  const decimal = decimalOf(text);
  const value = decimal === null ? Number.NaN : Number(decimal);
  return Number.isFinite(value) ? { value } : { problem: 'is no number' };
}

const YES = new Set(['yes', 'y', 'true', '1', 'ja', 'subscribed']);
const NO = new Set(['no', 'n', 'false', '0', 'nein']);

export function readFlag(text: string): Read<boolean> {
  const word = text.trim().toLowerCase();
  if (YES.has(word)) return { value: true };
  return NO.has(word) ? { value: false } : { problem: 'is neither yes nor no' };
}

/** Spreadsheets are kept from mangling ids and phone numbers by an apostrophe, which is not part of them. */
export const withoutApostrophe = (text: string): string => text.trim().replace(/^'/, '');
