/** The signature of segment calls: the service's own code signs, the node verifies. */
import { describe, expect, it } from 'vitest';
import { isSignedByService, type SegmentCallProof } from '../../../nodes/transport/segmentSignature.ts';
import { signSegmentCall } from '../../../temporal/domain/segmentSignature.ts';

const apiKey = 'a-key';
const nowMs = Date.UTC(2026, 10, 22, 12);
const timestamp = String(nowMs / 1000);
const rawBody = Buffer.from('{"items":[{"customer":{"id":"cus_ä"}}]}');
const signature = signSegmentCall(apiKey, Number(timestamp), rawBody);
const good: SegmentCallProof = { apiKey, timestamp, signature, rawBody, nowMs };

describe('a segment call', () => {
  it('signed by the service is accepted', () => {
    expect(isSignedByService(good)).toBe(true);
  });

  it.each<[string, Partial<SegmentCallProof>]>([
    ['with another key', { apiKey: 'b-key' }],
    ['without a key', { apiKey: '' }],
    ['with a changed body', { rawBody: Buffer.from(rawBody.toString().replace('cus_', 'cux_')) }],
    ['with a parsed body', { rawBody: JSON.parse(rawBody.toString()) as unknown }],
    ['without a body', { rawBody: undefined }],
    ['with another timestamp', { timestamp: String(Number(timestamp) + 1) }],
    ['without a timestamp', { timestamp: undefined }],
    ['with a timestamp that is none', { timestamp: 'now' }],
    ['with a header sent twice', { signature: [signature, signature] }],
    ['without a signature', { signature: undefined }],
    ['with a short signature', { signature: signature.slice(0, -1) }],
    ['with an upper-case signature', { signature: signature.toUpperCase() }],
    ['that is old', { nowMs: nowMs + 301_000 }],
    ['from the future', { nowMs: nowMs - 301_000 }],
  ])('%s is refused', (_, change) => {
    expect(isSignedByService({ ...good, ...change })).toBe(false);
  });

  it('may be five minutes off', () => {
    expect(isSignedByService({ ...good, nowMs: nowMs + 299_000 })).toBe(true);
    expect(isSignedByService({ ...good, nowMs: nowMs - 299_000 })).toBe(true);
  });
});
