/** Whether a call to a journey webhook comes from the journeys service. Answers yes or no, and never throws. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Makes the key of segment calls from the API key, so that the key itself is never used twice. */
const KEY_PURPOSE = 'commerce-journeys segment call v1';
/** Clocks may differ by this much; a captured call is worthless afterwards. */
const MAX_AGE_SECONDS = 300;

export interface SegmentCallProof {
  apiKey: string;
  /** `X-Journeys-Timestamp`, unix seconds. */
  timestamp: unknown;
  /** `X-Journeys-Signature`, `v1=<hex>`. */
  signature: unknown;
  /** The body as it came over the wire, before any parsing. */
  rawBody: unknown;
  nowMs?: number;
}

/** `v1=` and the hex HMAC-SHA256 over `<timestamp>.<body>`. */
export function segmentSignature(apiKey: string, timestamp: string, rawBody: Buffer): string {
  const key = createHmac('sha256', apiKey).update(KEY_PURPOSE).digest();
  return `v1=${createHmac('sha256', key).update(`${timestamp}.`).update(rawBody).digest('hex')}`;
}

export function isSignedByService(proof: SegmentCallProof): boolean {
  const { apiKey, timestamp, signature, rawBody, nowMs = Date.now() } = proof;
  if (!apiKey || typeof timestamp !== 'string' || typeof signature !== 'string' || !Buffer.isBuffer(rawBody))
    return false;
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > MAX_AGE_SECONDS) return false;
  const expected = Buffer.from(segmentSignature(apiKey, timestamp, rawBody));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
