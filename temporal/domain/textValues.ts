/** Reading single values of foreign JSON: ids as text, and times. */

/** With four bytes a character still below what PostgreSQL can index. */
export const ID_MAX = 500;

export type ReadText = { text: string; problem?: undefined } | { problem: string };

/** Ids are text; a number is one too, as long as JSON has kept all its digits. */
export function readId(value: unknown): ReadText {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return { text: String(value) };
    return { problem: 'is a number that has lost digits on the way: send ids as text' };
  }
  if (typeof value !== 'string') return { problem: 'has to be text' };
  const text = value.trim();
  if (text === '') return { problem: 'is empty' };
  if (text.length > ID_MAX) return { problem: `is longer than ${ID_MAX} characters` };
  if (text.includes('\0') || !text.isWellFormed()) return { problem: 'has characters that are no text' };
  return { text };
}

/** Somebody else's words, of any length and with any characters, as a store takes them. */
export const keptText = (text: string, most: number): string => text.slice(0, most).replaceAll('\0', '').toWellFormed();

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** RFC 3339 with an offset, from 1970 on. @returns epoch ms; null when it is not one, or no such day exists */
export function readTime(value: unknown): number | null {
  const match = typeof value === 'string' ? RFC3339.exec(value.trim()) : null;
  if (!match) return null;
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = match;
  const [y, mo, d, h, mi, s] = [Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second)];
  if (h > 23 || mi > 59 || s > 60 || Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return null;
  const date = new Date(Date.UTC(y, mo - 1, d));
  if (date.getUTCMonth() !== mo - 1 || date.getUTCDate() !== d) return null;
  const milliseconds = Number(`${fraction.slice(1)}000`.slice(0, 3));
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1);
  const time = Date.UTC(y, mo - 1, d, h, mi - offset, s, milliseconds);
  return time >= 0 ? time : null;
}

export const isoTime = (ms: number): string => new Date(ms).toISOString();
export const isoTimeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

/** Deeper than any shop's data; much deeper ones cannot be written as JSON again. */
export const DEEPEST = 100;

export function isTooDeep(value: unknown, left = DEEPEST): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return left === 0 || Object.values(value).some((inner) => isTooDeep(inner, left - 1));
}
