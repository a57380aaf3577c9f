/**
 * The signature of Standard Webhooks, which Svix makes under names of its own.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * https://docs.svix.com/receiving/verifying-payloads/how-manual
 */
import { createHmac } from 'node:crypto';
import { isSameText, SIGNATURE_WINDOW_SECONDS, someSecret } from '../webhookSignature.ts';
import type { HookRequest } from './hook.ts';

const PREFIX = 'whsec_';

/** @param names `webhook` or `svix`: the headers begin with it */
export function isStandardSigned(
  { header, body }: HookRequest,
  names: 'webhook' | 'svix',
  secrets: readonly string[],
  now: number,
): boolean {
  const id = header(`${names}-id`);
  const time = header(`${names}-timestamp`);
  if (id === null || time === null || !/^\d{1,12}$/.test(time)) return false;
  // A repetition is signed anew.
  if (Math.abs(Number(time) - now / 1000) > SIGNATURE_WINDOW_SECONDS) return false;
  const given = (header(`${names}-signature`) ?? '').split(' ').filter((one) => one.startsWith('v1,'));
  return someSecret(secrets, (secret) => {
    const expected = `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${time}.`).update(body).digest('base64')}`;
    return given.some((signature) => isSameText(signature, expected));
  });
}

/** Base64 behind the prefix; without it, any text. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret);

export const isStandardSecret = (secret: string): boolean => /^whsec_[A-Za-z0-9+/_-]{16,}={0,2}$/.test(secret);
