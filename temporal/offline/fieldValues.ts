/**
 * Dates, amounts and quantities out of the bytes of a field: read exactly or refused with a reason, and no string made for a
 * good one. Results are left in fields of the reader, for two numbers come of one field.
 */

export const DAY_MS = 24 * 3600_000;
const ZERO = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;
const LONGEST_SHOWN = 40;
/** Of the digits after the minor units: so many of them, summed in a double, stay exact. */
export const REST_DIGITS = 15;
export const REST_UNIT = 10 ** REST_DIGITS;
/** Whole digits of an amount in minor units: sums of a thousand such amounts are still exact. */
const MOST_MINOR_DIGITS = 12;
/** Digits of a number that a double keeps; and powers of ten that it has exactly. */
const MOST_DIGITS = 15;

const POWERS = Array.from({ length: REST_DIGITS + 1 }, (_, power) => 10 ** power);

export const isBlankByte = (byte: number | undefined): boolean => byte === SPACE || byte === TAB;

/** Days since 1970-01-01 of the proleptic Gregorian calendar; the month is right, the day may be any. */
function dayNumber(year: number, month: number, day: number): number {
  // The year begins in March, so that the leap day is its last (Howard Hinnant, "chrono-compatible low-level date algorithms").
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** `readX` returns null, or what is wrong with the field. Blanks around a value are not part of it. */
export class FieldValues {
  /** Epoch ms, UTC; a day is its beginning. */
  at = 0;
  /** UTC days since 1970-01-01. */
  day = 0;
  number = 0;
  /** Whole minor units, cut towards 0, and what is left, in units of 10^-REST_DIGITS of one minor unit, with the same sign. */
  minor = 0;
  rest = 0;
  readonly #minorDigits: number;

  constructor(minorDigits: number) {
    this.#minorDigits = minorDigits;
  }

  readMoment(bytes: Uint8Array, from: number, to: number): string | null {
    const year = digitsAt(bytes, from, 4, to);
    const month = digitsAt(bytes, from + 5, 2, to);
    const day = digitsAt(bytes, from + 8, 2, to);
    const isDate =
      year >= 0 && month >= 0 && day >= 0 && bytes[from + 4] === MINUS && bytes[from + 7] === MINUS && to - from !== 11;
    if (!isDate) return notADay(textOf(bytes, from, to));
    if (month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return 'is a day that does not exist';
    this.day = dayNumber(year, month, day);
    this.at = this.day * DAY_MS;
    return to - from === 10 ? null : this.#readClock(bytes, from + 10, to);
  }

  /** From the letter between date and time on. Without an offset it is UTC. */
  #readClock(bytes: Uint8Array, from: number, to: number): string | null {
    const letter = bytes[from] as number;
    const hour = digitsAt(bytes, from + 1, 2, to);
    const minute = digitsAt(bytes, from + 4, 2, to);
    if (
      (letter !== 0x54 && letter !== 0x74 && letter !== SPACE) ||
      hour < 0 ||
      minute < 0 ||
      bytes[from + 3] !== COLON
    ) {
      return NO_MOMENT;
    }
    let at = from + 6;
    let second = 0;
    let ms = 0;
    if (at < to && bytes[at] === COLON) {
      second = digitsAt(bytes, at + 1, 2, to);
      if (second < 0) return NO_MOMENT;
      at += 3;
      if (at < to && bytes[at] === POINT) {
        const first = ++at;
        for (; at < to && isDigit(bytes[at]); at++) {
          if (at - first < 3) ms += ((bytes[at] as number) - ZERO) * (POWERS[2 - (at - first)] as number);
        }
        if (at === first) return NO_MOMENT;
      }
    }
    const offset = offsetMinutes(bytes, at, to);
    if (offset === null) return NO_MOMENT;
    // A leap second is the beginning of the next minute.
    if (hour > 23 || minute > 59 || second > 60) return 'is a time that does not exist';
    this.at += ((hour * 60 + minute - offset) * 60 + second) * 1000 + ms;
    this.day = Math.floor(this.at / DAY_MS);
    return null;
  }

  /** A decimal number in `number`. */
  readNumber(bytes: Uint8Array, from: number, to: number): string | null {
    let at = from;
    const isNegative = bytes[at] === MINUS;
    if (isNegative || bytes[at] === PLUS) at++;
    let value = 0;
    let digits = 0;
    let decimals = -1;
    let hasDigit = false;
    for (; at < to; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >= 0 && digit <= 9) {
        hasDigit = true;
        if (digits > 0 || digit > 0) digits++;
        value = value * 10 + digit;
        if (decimals >= 0) decimals++;
      } else if (bytes[at] === POINT && decimals < 0) decimals = 0;
      else return notANumber(textOf(bytes, from, to));
    }
    if (!hasDigit) return notANumber(textOf(bytes, from, to));
    if (digits > MOST_DIGITS || decimals > MOST_DIGITS) return `has more than ${MOST_DIGITS} digits`;
    if (decimals > 0) value /= POWERS[decimals] as number;
    this.number = isNegative ? 0 - value : value;
    return null;
  }

  /** A decimal amount in major units, exactly, in `minor` and `rest`. */
  readAmount(bytes: Uint8Array, from: number, to: number): string | null {
    const minorDigits = this.#minorDigits;
    let at = from;
    const isNegative = bytes[at] === MINUS;
    if (isNegative || bytes[at] === PLUS) at++;
    let minor = 0;
    let rest = 0;
    let digits = 0;
    let decimals = -1;
    let hasDigit = false;
    let isLost = false;
    for (; at < to; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >= 0 && digit <= 9) {
        hasDigit = true;
        if (decimals >= 0) decimals++;
        if (decimals <= minorDigits) {
          if (digits > 0 || digit > 0) digits++;
          minor = minor * 10 + digit;
        } else if (decimals <= minorDigits + REST_DIGITS) rest = rest * 10 + digit;
        else if (digit > 0) isLost = true;
      } else if (bytes[at] === POINT && decimals < 0) decimals = 0;
      else return notAnAmount(textOf(bytes, from, to));
    }
    if (!hasDigit) return notAnAmount(textOf(bytes, from, to));
    if (isLost) return `has more than ${minorDigits + REST_DIGITS} digits after the point`;
    decimals = Math.max(decimals, 0);
    if (decimals < minorDigits) {
      minor *= POWERS[minorDigits - decimals] as number;
      if (digits > 0) digits += minorDigits - decimals;
    } else if (decimals > minorDigits && decimals < minorDigits + REST_DIGITS) {
      rest *= POWERS[minorDigits + REST_DIGITS - decimals] as number;
    }
    if (digits > MOST_MINOR_DIGITS) return 'is larger than any real amount';
    // Minus zero is zero.
    this.minor = isNegative ? 0 - minor : minor;
    this.rest = isNegative ? 0 - rest : rest;
    return null;
  }
}

/** UTC day number of a day such as 2026-11-22; null: it is none. */
export function dayOfText(text: string): number | null {
  const bytes = Buffer.from(text.trim());
  const values = new FieldValues(0);
  return bytes.length === 10 && values.readMoment(bytes, 0, bytes.length) === null ? values.day : null;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= ZERO + 9;

/** @returns -1: these are not so many digits */
function digitsAt(bytes: Uint8Array, from: number, count: number, to: number): number {
  if (from + count > to) return -1;
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Of `Z`, `+02:00`, `+0200` or nothing, which is UTC; null: none of these. */
function offsetMinutes(bytes: Uint8Array, from: number, to: number): number | null {
  if (from === to) return 0;
  const sign = bytes[from];
  if (sign === 0x5a || sign === 0x7a) return to === from + 1 ? 0 : null;
  if (sign !== PLUS && sign !== MINUS) return null;
  const hasColon = bytes[from + 3] === COLON;
  const hours = digitsAt(bytes, from + 1, 2, to);
  const minutes = digitsAt(bytes, from + (hasColon ? 4 : 3), 2, to);
  if (hours < 0 || minutes < 0 || hours > 23 || minutes > 59 || to - from !== (hasColon ? 6 : 5)) return null;
  return (hours * 60 + minutes) * (sign === MINUS ? -1 : 1);
}

const textOf = (bytes: Uint8Array, from: number, to: number): string =>
  new TextDecoder().decode(bytes.subarray(from, to));

/** In quotes, for a sentence. */
export function shown(bytes: Uint8Array, from: number, to: number): string {
  const text = textOf(bytes, from, Math.min(to, from + 4 * LONGEST_SHOWN));
  return JSON.stringify(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);
}

const NO_MOMENT = 'is no day such as 2026-11-22 and no time such as 2026-11-22T10:00:00Z';
const SLASHED = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)/;

function notADay(text: string): string {
  if (text === '') return 'is empty';
  const match = SLASHED.exec(text);
  if (!match) return NO_MOMENT;
  const [first, second] = [Number(match[1]), Number(match[3])];
  const isAmbiguous = match[2] !== '.' && first <= 12 && second <= 12 && first !== second;
  const why = isAmbiguous ? 'could be either of two days' : 'is in the format of a country';
  return `${why}: write all dates as year-month-day, such as 2026-11-22`;
}

const COMMA = /^[+-]?[\d.]*,\d+$/;

function notANumber(text: string): string {
  if (text === '') return 'is empty';
  return COMMA.test(text) ? 'has a comma: write a point, and no thousands separators' : 'is no number such as 2 or 1.5';
}

function notAnAmount(text: string): string {
  if (text === '') return 'is empty (write 0 where nothing was paid)';
  if (COMMA.test(text)) return 'has a comma: write a point before the cents, and no thousands separators';
  return 'is no amount such as 84.00 (digits with a point before the cents; no currency, no exponent)';
}
