/** The signed POST by which the service calls a node's webhook in n8n. Only ever below `N8N_BASE_URL`. */
import axios, { type AxiosError } from 'axios';
import { signSegmentCall } from '../domain/segmentSignature.ts';
import { isLoopback } from './n8nApi.ts';
import type { Answer } from './n8nAnswer.ts';

export interface SignedPostOptions {
  n8nBaseUrl: string;
  apiKey: string;
  timeoutMs: number;
  now?: () => number;
}

export type PostOutcome =
  | { answer: Answer }
  /** Code of the network error, e.g. `ECONNREFUSED`; `ETIMEDOUT` when there was no answer in time. */
  | { networkError: string };

/** Of n8n's answer no more is read. */
const ANSWER_LIMIT_BYTES = 256 * 1024;

/** @param url made by `urlBelow` */
export async function signedPost(url: string, body: Buffer, options: SignedPostOptions): Promise<PostOutcome> {
  const { n8nBaseUrl, apiKey, timeoutMs, now = Date.now } = options;
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
    return {
      answer: {
        status: response.status,
        contentType: headerText(response.headers['content-type']),
        retryAfter: headerText(response.headers['retry-after']) || null,
        body: typeof response.data === 'string' ? response.data : '',
      },
    };
  } catch (error) {
    const code = (error as AxiosError).code ?? '';
    return { networkError: code === 'ERR_CANCELED' ? 'ETIMEDOUT' : code };
  }
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
