/**
 * How somebody is found again by a few typed characters. A customer is listed once, at the first of these that fits: our own
 * id, the beginning of an e-mail address, phone number, external id, of "first last", of "last first". Names are compared
 * without case and accents; everything stored is in a form in which a search is a range of an index.
 */
import { CUSTOMER_ID_PREFIX } from './identity.ts';

/** In the order in which results are listed. */
export const SEARCH_FIELDS = ['id', 'email', 'phone', 'externalId', 'name', 'surname'] as const;
export type SearchField = (typeof SEARCH_FIELDS)[number];

export interface SearchTerm {
  field: SearchField;
  /** Of `id` the whole. */
  prefix: string;
}

/** Index entries have a limit of some 2,700 bytes on PostgreSQL, and nobody types more. */
const LONGEST_KEY = 200;
/** No text sorts above it. */
const LAST_CHARACTER = '\u{10FFFF}';

/** Letters that are no other letter with a mark on it. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', ı: 'i', þ: 'th' },
};
const OTHER_LETTERS = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');

/** Lower case, without accents, with single blanks; at most 200 characters. */
export function foldName(text: string): string {
  const folded = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(OTHER_LETTERS, (letter) => LETTERS[letter] ?? letter)
    // Lower case of a Turkish İ brings a mark of its own.
    .replace(/\p{M}/gu, '')
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim();
  return Array.from(folded).slice(0, LONGEST_KEY).join('');
}

export interface NameKeys {
  /** "first last" */
  name_key: string | null;
  /** "last first"; null where `name_key` says the same. */
  surname_key: string | null;
}

/** What of a customer's properties names are found by; to be written with the properties. */
export function nameKeys(properties: Readonly<Record<string, unknown>>): NameKeys {
  const { first, last } = namesIn(properties);
  return {
    name_key: foldName(`${first ?? ''} ${last ?? ''}`) || null,
    surname_key: first !== null && last !== null ? foldName(`${last} ${first}`) || null : null,
  };
}

/** What is no text, or empty, is none. */
export function namesIn(properties: Readonly<Record<string, unknown>>): { first: string | null; last: string | null } {
  const text = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value : null);
  return { first: text(properties['firstName']), last: text(properties['lastName']) };
}

/** @param text as typed @returns what it can mean, in the order in which results are listed */
export function searchTerms(text: string): SearchTerm[] {
  const typed = text.trim();
  const phone = phonePrefix(typed);
  const name = foldName(typed);
  const meanings: Record<SearchField, string | null> = {
    id: typed.startsWith(CUSTOMER_ID_PREFIX) ? typed : null,
    // No address has a blank in it: it is a plus sign that was not encoded.
    email: typed.toLowerCase().replaceAll(' ', '+'),
    phone,
    externalId: typed,
    name: name || null,
    surname: name || null,
  };
  return SEARCH_FIELDS.flatMap((field) => {
    const prefix = meanings[field];
    return prefix === null ? [] : { field, prefix };
  });
}

/** Numbers are kept as `+43660…`; they are typed with blanks and brackets, with `00`, or without the plus sign. */
function phonePrefix(typed: string): string | null {
  const [, digits] = /^(?:\+|00)?(\d{2,})$/.exec(typed.replace(/[\s().\-/]/g, '')) ?? [];
  return digits === undefined ? null : `+${digits}`;
}

/** Texts with this prefix are from `from` up to, but without, `below`, in the order of code points. */
export const rangeOf = (prefix: string): { from: string; below: string } => ({
  from: prefix,
  below: prefix + LAST_CHARACTER,
});

export interface Match {
  field: SearchField;
  value: string;
}

/**
 * @param valuesOf what a customer has under a field
 * @returns where the customer is listed; of several values that fit, the first in the order of code points
 */
export function firstMatch(terms: readonly SearchTerm[], valuesOf: (field: SearchField) => string[]): Match | null {
  for (const { field, prefix } of terms) {
    if (field === 'id') {
      if (valuesOf('id').includes(prefix)) return { field, value: prefix };
      continue;
    }
    const [value] = valuesOf(field)
      .filter((one) => one.startsWith(prefix))
      .sort(byCodePoint);
    if (value !== undefined) return { field, value };
  }
  return null;
}

/** The order of UTF-8's bytes, as the stores compare them. */
const byCodePoint = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));
