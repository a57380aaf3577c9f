/** Reading single values of trackers' bodies, which nobody has checked: any of them can be anything. */
import { isoTime, readTime } from '../textValues.ts';
import { digestOf, recordOf, textOf, type Json } from './shopValues.ts';

export const isNothing = (value: unknown): value is null | undefined | '' =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '');

/** The fields that are text, as they are. */
export function textsOf(value: unknown): Record<string, string> {
  const texts = Object.entries(recordOf(value)).flatMap(([key, inner]) => {
    const text = textOf(inner);
    return text === undefined ? [] : [[key, text]];
  });
  return Object.fromEntries(texts) as Record<string, string>;
}

/** Moves the value of the first of `others` that has one to `name`, unless there is one already; the others go. */
export function rename(target: Json, name: string, others: readonly string[]): void {
  for (const other of others) {
    if (!Object.hasOwn(target, other)) continue;
    if (isNothing(target[name])) target[name] = target[other];
    delete target[other];
  }
}

/** Earlier than any shop on the web; seconds up to here are below milliseconds from here on, and so on. */
const FIRST_S = 600_000_000;

/** RFC 3339, or seconds, milliseconds or microseconds since 1970, told apart by their size. @returns epoch ms, or null */
function readAnyTime(value: unknown): number | null {
  if (typeof value === 'string' && !/^\d{9,17}$/.test(value.trim())) return readTime(value);
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < FIRST_S) return null;
  if (number < FIRST_S * 1000) return Math.floor(number * 1000);
  if (number < FIRST_S * 1_000_000) return Math.floor(number);
  return number < FIRST_S * 1_000_000_000 ? Math.floor(number / 1000) : null;
}

/**
 * The first usable one of the times a tracker gives. Clocks of visitors are wrong: one ahead of ours counts as ours, and
 * where none can be read it happened when it arrived.
 */
export function trackedTime(candidates: readonly unknown[], receivedAt: number): string {
  const times = candidates.map(readAnyTime).filter((time) => time !== null);
  return isoTime(Math.min(times[0] ?? receivedAt, receivedAt));
}

/**
 * Id of an event that came without one: the same content is the same event. Where the content has no time, what happens
 * again on another day (UTC) is something new.
 */
export function contentId(parts: readonly unknown[], hasTime: boolean, receivedAt: number): string {
  return digestOf([...parts, hasTime ? null : isoTime(receivedAt).slice(0, 10)]);
}
