/** The signed POST that runs a segment in n8n for a batch of customers. Only ever below `N8N_BASE_URL`. */
import axios, { type AxiosError } from 'axios';
import { signSegmentCall } from '../domain/segmentSignature.ts';
import type { SegmentEndpoint } from '../store/segments.ts';
import { isLoopback } from './n8nApi.ts';
import { failureOfAnswer, failureOfNetwork } from './n8nAnswer.ts';
import { missingEndpoint, type SegmentFailure } from './segmentFailure.ts';

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
/** n8n's answer is never kept, only looked at. */
const ANSWER_LIMIT_BYTES = 256 * 1024;

export function segmentPoster(options: PostSegmentOptions): PostSegment {
  const { n8nBaseUrl, apiKey, timeoutMs = DEFAULT_TIMEOUT_MS, now = Date.now } = options;
  return async (endpoint, items) => {
    const url = urlBelow(n8nBaseUrl, endpoint.path);
    if (url === null) return missingEndpoint(endpoint.nodeName);
    const body = Buffer.from(`{"items":[${items.join(',')}]}`);
    const timestamp = Math.floor(now() / 1000);
    try {
      const response = await axios.post<string>(url, body, {
        headers: {
          'content-type': 'application/json',
          'X-Journeys-Timestamp': String(timestamp),
          'X-Journeys-Signature': signSegmentCall(apiKey, timestamp, body),
        },
        // `timeout` alone does not cover a server that trickles.
        timeout: timeoutMs,
        signal: AbortSignal.timeout(timeoutMs + 1000),
        maxRedirects: 0,
        maxBodyLength: Infinity,
        maxContentLength: ANSWER_LIMIT_BYTES,
        responseType: 'text',
        transformResponse: (data: unknown) => data,
        validateStatus: () => true,
        ...(isLoopback(n8nBaseUrl) ? { proxy: false as const } : {}),
      });
      return failureOfAnswer(
        {
          status: response.status,
          contentType: headerText(response.headers['content-type']),
          retryAfter: headerText(response.headers['retry-after']) || null,
          body: typeof response.data === 'string' ? response.data : '',
        },
        endpoint,
        now(),
      );
    } catch (error) {
      const code = (error as AxiosError).code ?? '';
      return failureOfNetwork(code === 'ERR_CANCELED' ? 'ETIMEDOUT' : code, endpoint, timeoutMs);
    }
  };
}

/** @returns null for a path that would lead out of the configured n8n */
export function urlBelow(baseUrl: string, path: string): string | null {
  const base = `${baseUrl.replace(/\/+$/, '')}/`;
  const target = `${base}${path.replace(/^\/+/, '')}`;
  if (!URL.canParse(target)) return null;
  return new URL(target).href.startsWith(new URL(base).href) ? target : null;
}

function headerText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
