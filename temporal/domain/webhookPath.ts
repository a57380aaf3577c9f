/** Where in n8n the service may post: a webhook path that stays below the configured base URL, whatever was sent to us. */

/** Letters, digits and what n8n puts into webhook paths; `%` only as an encoded byte. */
const SEGMENT = /^(?:[A-Za-z0-9._~@+-]|%[0-9A-Fa-f]{2})+$/;
/** Encoded dots, slashes and control characters would be read again by a proxy on the way. */
const TREACHEROUS = /%(?:2e|2f|5c|[01][0-9a-f]|7f)/i;
const LONGEST = 500;

/** @returns the path without leading slash, or null when it is none that n8n gives its webhooks */
export function webhookPath(text: string): string | null {
  const path = text.startsWith('/') ? text.slice(1) : text;
  if (path.length === 0 || path.length > LONGEST || TREACHEROUS.test(path)) return null;
  const segments = path.split('/');
  const isSane = segments.every((segment) => SEGMENT.test(segment) && !/^\.+$/.test(segment));
  return isSane ? path : null;
}

/**
 * n8n names its webhooks by its public address; the service calls the same path under its own base URL.
 * @returns null when the address is no http address with a webhook path
 */
export function testWebhookPath(address: string, n8nBaseUrl: string): string | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  const base = new URL(n8nBaseUrl);
  const prefix = `${base.pathname.replace(/\/+$/, '')}/`;
  const isBelowBase = url.host === base.host && url.pathname.startsWith(prefix);
  // Behind a proxy n8n's public address may have a path of its own: what counts begins at the webhook endpoint.
  const start = isBelowBase ? prefix.length : Math.max(url.pathname.indexOf('/webhook'), 0);
  return webhookPath(url.pathname.slice(start));
}
