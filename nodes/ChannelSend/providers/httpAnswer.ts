/** What can be said about an answer over HTTP whichever provider gives it. */
import type { HttpAnswer, HttpProvider } from './httpProvider.ts';
import type { DeliveryOutcome } from './provider.ts';
import { withoutAddresses } from './withoutAddresses.ts';

type Named = Pick<HttpProvider<never>, 'displayName'>;

/**
 * RFC 9110 section 15: 4xx: not taken, and the same request fares no better. 429 and 503: not taken, later it may be. Other 5xx:
 * 502 and 504 come from what stands between (the provider may have taken the message), 500 from a provider that does not know
 * how far it got: unknown, unless its documentation says more. 521 to 526 are Cloudflare's for "no connection to the server".
 * @param said the provider's words, where it has any
 */
export function commonOutcome(answer: HttpAnswer, { displayName }: Named, said = ''): DeliveryOutcome {
  const { status } = answer;
  const error = `${displayName} answers ${status}${said ? `: ${withoutAddresses(said)}` : ''}`;
  if (status === 401 || status === 403) return { kind: 'misconfigured', error };
  if (status === 408 || status === 425 || status === 429 || status === 503 || isNotConnected(status)) {
    return { kind: 'temporary', serverWide: true, error, ...retryAfter(answer) };
  }
  if (status >= 500) return { kind: 'unknown', error };
  if (status >= 400 && isPage(answer)) {
    // A firewall or a wrong address: this is not the provider's word on the message.
    return { kind: 'temporary', serverWide: true, error: `${error}: a web page instead of the API` };
  }
  if (status === 404 || status === 405 || (status >= 300 && status < 400)) return { kind: 'misconfigured', error };
  if (status >= 400) return { kind: 'refused', error };
  return unreadable(answer, { displayName });
}

/** 2xx, but not what the documentation says: the message may have been taken. */
export function unreadable({ status }: HttpAnswer, { displayName }: Named): DeliveryOutcome {
  return { kind: 'unknown', error: `${displayName} answers ${status} with something that cannot be read` };
}

const isNotConnected = (status: number) => [521, 522, 523, 525, 526].includes(status);

const isPage = ({ json, text }: HttpAnswer) => json === undefined && text.trim().startsWith('<');

/** Seconds or an HTTP date (RFC 9110 section 10.2.3). */
export function retryAfter({ headers }: HttpAnswer, now = Date.now()): { retryAfterMs?: number } {
  const value = headers['retry-after']?.trim() ?? '';
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) && ms > 0 ? { retryAfterMs: Math.ceil(ms) } : {};
}
