/** Decimal amounts into minor units of an ISO 4217 currency, exactly: no binary fractions on the way. */
import currencyCodes from 'currency-codes';

const exponents = new Map(currencyCodes.codes().map((code) => [code, currencyCodes.code(code)?.digits ?? 2]));

/** Digits after the point, by ISO 4217 (JPY 0, USD 2, KWD 3); null when there is no such currency. */
export function currencyExponent(currency: string): number | null {
  return exponents.get(currency) ?? null;
}

export type Amount = { minor: number; problem?: undefined } | { problem: string };

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?$/;
/** Decimals of up to 15 digits survive in a double, whatever sums it came from: 19.900000000000002 is 19.9. */
const EXACT_DIGITS = 15;

/**
 * @param value decimal text or number in major units: `"84.00"`, `84`
 * @param currency upper case; must be known to `currencyExponent`
 */
export function toMinor(value: unknown, currency: string): Amount {
  const exponent = currencyExponent(currency);
  if (exponent === null) return { problem: `cannot be read without a known currency ("${currency}" is none)` };
  const text = decimalText(value);
  const match = text === null ? null : DECIMAL.exec(text);
  if (!match) return { problem: 'has to be a decimal number such as "84.00", with a point and without separators' };
  const [, sign, whole = '', fraction = ''] = match;
  const surplus = fraction.slice(exponent);
  if (/[1-9]/.test(surplus)) {
    const digits = fraction.replace(/0+$/, '').length;
    return { problem: `has ${digits} digits after the point, but ${currency} has ${exponent}` };
  }
  return safe(Number(`${sign}${whole}${fraction.slice(0, exponent).padEnd(exponent, '0')}`));
}

/**
 * As `toMinor`, but digits beyond the currency's are rounded half up: shops calculate unit prices and shares with more of them.
 */
export function toRoundedMinor(value: unknown, currency: string): Amount {
  const exponent = currencyExponent(currency);
  const match = exponent === null ? null : DECIMAL.exec(decimalText(value) ?? '');
  const fraction = match?.[3] ?? '';
  if (exponent === null || !match || fraction.length <= exponent) return toMinor(value, currency);
  const minor = Number(`${match[2]}${fraction.slice(0, exponent)}`) + (fraction.charAt(exponent) >= '5' ? 1 : 0);
  return safe(match[1] === '-' ? -minor : minor);
}

/** An amount that is in minor units already: `8400` or `"8400"`. */
export function readMinor(value: unknown): Amount {
  if (typeof value === 'string' && /^[+-]?\d+$/.test(value.trim())) return safe(Number(value));
  if (typeof value === 'number' && Number.isInteger(value)) return safe(value);
  return { problem: 'has to be a whole number of minor units (cents)' };
}

function safe(minor: number): Amount {
  // Minus zero is zero.
  return Number.isSafeInteger(minor) ? { minor: minor + 0 || 0 } : { problem: 'is larger than any real amount' };
}

function decimalText(value: unknown): string | null {
  if (typeof value === 'string') return value.trim();
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  const text = value.toPrecision(EXACT_DIGITS);
  // Written with an exponent: too large for money, or next to nothing.
  return text.includes('e') ? value.toFixed(EXACT_DIGITS) : text;
}
