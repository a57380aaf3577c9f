/** Runs a segment in n8n for a batch of customers: the signed call, and what n8n's answer means. */
import type { SegmentEndpoint } from '../store/segments.ts';
import { failureOfAnswer, failureOfNetwork } from './n8nAnswer.ts';
import { missingEndpoint, type SegmentFailure } from './segmentFailure.ts';
import { signedPost, urlBelow } from './signedPost.ts';

/** @returns null when n8n has run the segment to its end */
export type PostSegment = (
  endpoint: Pick<SegmentEndpoint, 'path' | 'nodeName' | 'workflowName'>,
  items: readonly string[],
) => Promise<SegmentFailure | null>;

export interface PostSegmentOptions {
  n8nBaseUrl: string;
  apiKey: string;
  /** A segment with slow mail servers takes minutes; a hanging execution must not hold its endpoint for ever. */
  timeoutMs?: number;
  now?: () => number;
}

const DEFAULT_TIMEOUT_MS = 5 * 60_000;

export function segmentPoster(options: PostSegmentOptions): PostSegment {
  const { n8nBaseUrl, apiKey, timeoutMs = DEFAULT_TIMEOUT_MS, now = Date.now } = options;
  return async (endpoint, items) => {
    const url = urlBelow(n8nBaseUrl, endpoint.path);
    if (url === null) return missingEndpoint(endpoint.nodeName);
    const body = Buffer.from(`{"items":[${items.join(',')}]}`);
    const outcome = await signedPost(url, body, { n8nBaseUrl, apiKey, timeoutMs, now });
    if ('networkError' in outcome) return failureOfNetwork(outcome.networkError, endpoint, timeoutMs);
    return failureOfAnswer(outcome.answer, endpoint, now());
  };
}
