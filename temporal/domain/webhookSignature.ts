/** Does a delivery come from whom it says? Pure answers of yes or no over the raw bytes; none of these throws. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** How far the clock of a signed delivery may be from ours. Real seconds: clocks are not scaled. */
export const SIGNATURE_WINDOW_SECONDS = 300;

/**
 * Shopify's `X-Shopify-Hmac-Sha256` and WooCommerce's `X-WC-Webhook-Signature`: base64 of HMAC-SHA256 over the raw body.
 * https://shopify.dev/docs/apps/build/webhooks/verify-deliveries ; WC_Webhook::generate_signature
 */
export function isSignedByShop(body: Buffer, signature: string, secrets: readonly string[]): boolean {
  return someSecret(secrets, (secret) =>
    isSameText(signature, createHmac('sha256', secret).update(body).digest('base64')),
  );
}

/**
 * `X-Signature` of Segment's webhook destination: hex of HMAC-SHA1 over the raw body.
 * https://www.twilio.com/docs/segment/connections/destinations/catalog/actions-webhook
 */
export function isSignedBySegment(body: Buffer, signature: string, secrets: readonly string[]): boolean {
  const given = signature.toLowerCase();
  return someSecret(secrets, (secret) => isSameText(given, createHmac('sha1', secret).update(body).digest('hex')));
}

/** Segment's libraries and HTTP API send the write key as the user of Basic authentication, with an empty password. */
export function hasWriteKey(authorization: string, secrets: readonly string[]): boolean {
  return isOneOf(basic(authorization).user, secrets);
}

/** Basic authentication; the user may be anybody. */
export function hasPassword(authorization: string, secrets: readonly string[]): boolean {
  return isOneOf(basic(authorization).password, secrets);
}

function basic(authorization: string): { user: string; password: string } {
  const [, encoded = ''] = /^basic +([A-Za-z0-9+/_=-]+)$/i.exec(authorization.trim()) ?? [];
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { user, password: rest.join(':') };
}

/** `Authorization: Bearer <secret>`. */
export function hasBearer(authorization: string, secrets: readonly string[]): boolean {
  const [, token = ''] = /^bearer +(\S+)$/i.exec(authorization.trim()) ?? [];
  return isOneOf(token, secrets);
}

/** For secrets that are sent as they are, such as GA4's `api_secret`. */
export function isOneOf(given: string, secrets: readonly string[]): boolean {
  return given !== '' && someSecret(secrets, (secret) => isSameText(given, secret));
}

/**
 * Our own `X-Journeys-Signature`: `t=<unix seconds>,v1=<hex>`, the HMAC-SHA256 being over `<t>.<raw body>`. Several `v1` are
 * tried, for senders who rotate. A signature older or newer than the window proves nothing: it may have been listened to.
 *
 * @param nowMs epoch ms
 */
export function isSignedByProgram(body: Buffer, header: string, secrets: readonly string[], nowMs: number): boolean {
  const parts = header.split(',').map((part) => part.trim().split('=', 2) as [string, string?]);
  const times = parts.filter(([name]) => name === 't').map(([, value = '']) => value);
  const [time = ''] = times;
  if (times.length !== 1 || !/^\d{1,12}$/.test(time)) return false;
  if (Math.abs(Number(time) - nowMs / 1000) > SIGNATURE_WINDOW_SECONDS) return false;
  const given = parts.filter(([name]) => name === 'v1').map(([, value = '']) => value.toLowerCase());
  return someSecret(secrets, (secret) => {
    const expected = signatureOfProgram(body, time, secret);
    return given.some((signature) => isSameText(signature, expected));
  });
}

/** @param time unix seconds, as in the header @returns hex */
export function signatureOfProgram(body: Buffer, time: string, secret: string): string {
  return createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex');
}

/** An empty secret would be known to everybody. */
export function someSecret(secrets: readonly string[], proves: (secret: string) => boolean): boolean {
  return secrets.filter((secret) => secret !== '').some(proves);
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Takes equally long whatever the difference is, and whatever the lengths are. */
export const isSameText = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));
