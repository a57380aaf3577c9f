/**
 * What an operator's browser shows after logging in: until when it is good, something random, and a signature of both. The API key is
 * not in it, nor anything from which it could be found by trying.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const NONCE_BYTES = 16;

/** Another API key makes another signing key: then nobody is logged in any more. @param kept random, as long as the store lives */
export const sessionKey = (kept: Buffer, apiKey: string): Buffer => createHmac('sha256', kept).update(apiKey).digest();

/** A signed token that is true. */
export interface OperatorSession {
  /** Tells one login from another. */
  nonce: string;
  /** Epoch ms. */
  until: number;
}

/** @param until epoch ms */
export function signSession(key: Buffer, until: number): string {
  const said = `${until}.${randomBytes(NONCE_BYTES).toString('base64url')}`;
  return `${said}.${signatureOf(key, said).toString('base64url')}`;
}

/** @returns null for a token that was changed or made up, or whose time is over @param now epoch ms */
export function readSession(key: Buffer, token: string, now: number): OperatorSession | null {
  const [until = '', nonce = '', signature = '', ...more] = token.split('.');
  if (more.length > 0 || !/^\d{1,16}$/.test(until)) return null;
  const expected = signatureOf(key, `${until}.${nonce}`);
  const given = Buffer.from(signature, 'base64url');
  const isTrue = given.length === expected.length && timingSafeEqual(given, expected);
  return isTrue && now < Number(until) ? { nonce, until: Number(until) } : null;
}

const signatureOf = (key: Buffer, said: string): Buffer => createHmac('sha256', key).update(`session ${said}`).digest();
