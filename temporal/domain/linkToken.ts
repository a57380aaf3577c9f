/**
 * Signed tokens of public links (unsubscribe, preferences, confirmation, click, open): they name an opaque customer or send,
 * never an address, and cannot be made or changed without the store's key.
 */
import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';

/** `u` unsubscribe · `p` preferences · `d` double opt-in · `c` click · `o` open */
export type LinkKind = 'u' | 'p' | 'd' | 'c' | 'o';

/** 128 bits: not to be guessed, and short enough for a link in a text message. */
const SIGNATURE_BYTES = 16;

/** As a KeyObject it signs three times as fast: a message has many links. */
export type LinkKey = KeyObject | Buffer;

const signatureOf = (key: LinkKey, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest().subarray(0, SIGNATURE_BYTES);

/** @param parts opaque ids and short words; safe in URLs after encoding */
export function signLink(key: LinkKey, kind: LinkKind, parts: readonly string[]): string {
  const payload = Buffer.from(JSON.stringify(parts)).toString('base64url');
  return `${payload}.${signatureOf(key, `${kind}.${payload}`).toString('base64url')}`;
}

/** @returns the parts; null for a token that was not made with this key for this kind of link */
export function readLink(key: LinkKey, kind: LinkKind, token: string): string[] | null {
  const [payload, signature, ...more] = token.split('.');
  if (payload === undefined || signature === undefined || more.length > 0) return null;
  const expected = signatureOf(key, `${kind}.${payload}`);
  const given = Buffer.from(signature, 'base64url');
  // Several spellings of base64 mean the same bytes: only the one that was given out counts.
  if (given.length !== expected.length || given.toString('base64url') !== signature) return null;
  if (!timingSafeEqual(given, expected)) return null;
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as string[];
}
