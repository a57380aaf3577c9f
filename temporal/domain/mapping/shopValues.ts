/**
 * Reading the bodies of shops, in which any field can have any type: ids, text, times, addresses. What is optional and
 * unreadable is as if it were absent; what the mapping cannot do without ends it with the field's path.
 */
import { createHash } from 'node:crypto';
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import { normaliseEmail, normalisePhone } from '../identity.ts';
import { isoTime, readId, readTime } from '../textValues.ts';
import type { Arrival, Mapped, MappedBody } from './mappedBody.ts';

export type Json = Record<string, unknown>;

/** Ends a mapping; `mapped` turns it into the answer. */
class BodyProblem extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** @param path JSON Pointer within the body */
export function refuse(path: string, message: string): never {
  throw new BodyProblem(path, message);
}

/** Runs a mapping; a body that it cannot do without some field becomes a problem. */
export function mapped(body: unknown, map: (body: Json) => MappedBody): Mapped {
  try {
    if (!isRecord(body)) refuse('', 'has to be a JSON object');
    return { body: map(body) };
  } catch (error) {
    if (error instanceof BodyProblem) return { problem: { path: error.path, message: error.message } };
    throw error;
  }
}

export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const recordOf = (value: unknown): Json => (isRecord(value) ? value : {});
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const recordsOf = (value: unknown): Json[] => listOf(value).filter(isRecord);

/** A list of it, or an empty one. */
export const listed = <T>(value: T | null | undefined): T[] => (value === null || value === undefined ? [] : [value]);

/** Longer than anything that a shop's form takes; what is longer was not meant for us. */
const TEXT_MAX = 2000;

/** Text without outer blanks; a number as its digits; undefined when there is none. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' || text.length > TEXT_MAX || text.includes('\0') || !text.isWellFormed() ? undefined : text;
}

/** The first of the values that is text. */
export function firstText(...values: unknown[]): string | undefined {
  for (const value of values) {
    const text = textOf(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

const GID = /^gid:\/\/[^/]+\/[^/]+\/([^/?]+)(?:\?.*)?$/;

/**
 * An id as text, with the digits that the body has. `gid://shopify/Customer/123` and 123 are the same; 0 means none (a
 * guest, a product without variants).
 */
export function idOf(value: unknown): string | undefined {
  const read = readId(value);
  if (read.problem !== undefined) return undefined;
  const id = GID.exec(read.text)?.[1] ?? read.text;
  return id === '0' || id.startsWith('-') ? undefined : id;
}

/** @returns the first of the fields that holds an id; without one the body is refused at the first */
export function requiredId(body: Json, names: readonly [string, ...string[]], what: string, at = ''): string {
  for (const name of names) {
    const id = idOf(body[name]);
    if (id !== undefined) return id;
  }
  return refuse(`${at}/${names[0]}`, `has to be ${what}`);
}

/** Clocks differ; a time further ahead of the arrival than this is a mistake, as for events. */
const AHEAD_MS = 24 * 3600_000;
const WITHOUT_OFFSET = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?$/;

/** Epoch ms of a time; one without an offset is UTC. Null for what is none, or lies in the future. */
export function timeOf(value: unknown, arrival: Arrival): number | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  const time = readTime(WITHOUT_OFFSET.test(text) ? `${text}Z` : text);
  return time === null || time > arrival.receivedAt + AHEAD_MS ? null : time;
}

/** RFC 3339 UTC of the first usable time; null when there is none. */
export function firstTime(values: readonly unknown[], arrival: Arrival): string | null {
  for (const value of values) {
    const time = timeOf(value, arrival);
    if (time !== null) return isoTime(time);
  }
  return null;
}

/** As `firstTime`; the arrival itself where the body has no usable time. */
export const timeOrArrival = (values: readonly unknown[], arrival: Arrival): string =>
  firstTime(values, arrival) ?? isoTime(arrival.receivedAt);

/** The first usable address: trimmed, in lower case. */
export function emailOf(...values: unknown[]): string | undefined {
  for (const value of values) {
    const email = typeof value === 'string' ? normaliseEmail(value) : null;
    if (email !== null) return email;
  }
  return undefined;
}

/**
 * A phone number in E.164. A national number counts only where the address names its country and the number is a valid one
 * there: a wrong number would join two people.
 *
 * @param country ISO 3166 alpha-2
 */
export function phoneOf(value: unknown, country?: unknown): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const international = normalisePhone(text);
  if (international !== null) return international;
  if (typeof country !== 'string' || text.startsWith('+')) return undefined;
  const phone = parsePhoneNumberFromString(text, country.trim().toUpperCase() as CountryCode);
  return phone?.isValid() ? phone.number : undefined;
}

/** More than any shop has of anything. */
const QUANTITY_MAX = 1e9;

/** A count, which can be a fraction (1.5 kg). Undefined where the body gives no usable number. */
export function quantityOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= QUANTITY_MAX ? number : undefined;
}

/** Drops what is undefined, so that absent stays absent. */
export function present(values: Json): Json {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** `present`, or undefined when nothing is left. */
export function presentOrNone(values: Json): Json | undefined {
  const left = present(values);
  return Object.keys(left).length > 0 ? left : undefined;
}

/** First part of a locale such as `de-AT` or `pt_BR`: `de`, `pt`. */
export function languageOf(locale: unknown): string | undefined {
  const match = /^([A-Za-z]{2,3})(?:[-_].*)?$/.exec(textOf(locale) ?? '');
  return match?.[1]?.toLowerCase();
}

/** Shop tags: a comma-separated text, or a list. */
export function tagsOf(value: unknown): string[] | undefined {
  const tags = (Array.isArray(value) ? value : (textOf(value) ?? '').split(',')).flatMap((tag) => textOf(tag) ?? []);
  return tags.length > 0 ? tags : undefined;
}

/** Short and stable: the same content gives the same text. */
export function digestOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 16);
}
