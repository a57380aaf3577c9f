/** Signature of the calls by which the service runs a segment in n8n; the nodes verify it the same way. */
import { createHmac } from 'node:crypto';

const KEY_PURPOSE = 'commerce-journeys segment call v1';

/**
 * Value of `X-Journeys-Signature`: HMAC-SHA256 over `<timestamp>.<raw body>`, under a key derived from the API key.
 * @param timestampSeconds Unix time, as in `X-Journeys-Timestamp`
 */
export function signSegmentCall(apiKey: string, timestampSeconds: number, rawBody: Buffer | string): string {
  const key = createHmac('sha256', apiKey).update(KEY_PURPOSE).digest();
  const signature = createHmac('sha256', key).update(`${timestampSeconds}.`).update(rawBody).digest('hex');
  return `v1=${signature}`;
}
