/** Bytes that say they are JSON → a value that is safe to work with. What shops and strangers send comes through here. */
import { escapePointer, type FieldProblem } from './identity.ts';
import { hasLongNumber, isNestedBeyond, parseKeepingDigits } from './losslessJson.ts';
import { DEEPEST } from './textValues.ts';

export type ReadJson = { value: unknown; problem?: undefined } | { problem: FieldProblem };

/** Refuses what is no UTF-8 instead of putting replacement characters into names; a byte order mark is left out. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @returns null when the bytes are no UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Numbers that a double cannot hold are text. Of a key given twice the last one counts, as everywhere in JavaScript.
 * `__proto__`, and a `constructor` with a `prototype`, are left out. A NUL is a problem: PostgreSQL has none, and a text
 * without it would be another one.
 */
export function readJson(bytes: Uint8Array): ReadJson {
  const text = decodeUtf8(bytes);
  if (text === null) return whole('is no valid UTF-8');
  if (text.trim() === '') return whole('is empty: JSON is needed');
  if (isNestedBeyond(text, DEEPEST)) return whole(`is nested more than ${DEEPEST} levels deep`);
  let value: unknown;
  try {
    value = hasLongNumber(text) ? parseKeepingDigits(text) : JSON.parse(text);
  } catch {
    return whole('is no valid JSON');
  }
  if (MAY_POLLUTE.test(text)) dropPrototypeKeys(value);
  const nul = text.includes('\\u0000') ? pathOfNul(value, '') : null;
  return nul === null ? { value } : { problem: { path: nul, message: NUL } };
}

export const NUL = 'has a NUL character: leave it out';

const whole = (message: string): ReadJson => ({ problem: { path: '', message } });

/** The two names; with an escape in the text they may be written otherwise. */
const MAY_POLLUTE = /__proto__|constructor|\\u/;

function dropPrototypeKeys(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) {
    const record = value as Record<string, unknown>;
    if (Object.hasOwn(record, '__proto__')) delete record['__proto__'];
    const named: unknown = Object.hasOwn(record, 'constructor') ? record['constructor'] : null;
    if (typeof named === 'object' && named !== null && Object.hasOwn(named, 'prototype')) delete record['constructor'];
  }
  for (const inner of Object.values(value)) dropPrototypeKeys(inner);
}

/** @returns JSON Pointer of the first text, or key, with a NUL */
export function pathOfNul(value: unknown, path: string): string | null {
  if (typeof value === 'string') return value.includes('\0') ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    // The key itself cannot be shown.
    if (key.includes('\0')) return path;
    const found = pathOfNul(inner, `${path}/${escapePointer(key)}`);
    if (found !== null) return found;
  }
  return null;
}
