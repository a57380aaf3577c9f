/** Tells n8n's answers to a segment call apart: what a workflow did, what n8n said, and what a proxy before it said. */
import { SEGMENT_FAILURES } from '../workflows/messages.ts';
import { segmentFailure, where, type SegmentFailure, type SegmentPlace } from './segmentFailure.ts';

export interface Answer {
  status: number;
  contentType: string;
  retryAfter: string | null;
  body: string;
}

/** A wait that an answer asks for is believed up to an hour. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** @returns null when the execution has ended well */
export function failureOfAnswer(answer: Answer, place: SegmentPlace, now: number): SegmentFailure | null {
  const { status } = answer;
  const html = /html/i.test(answer.contentType) || /^\s*<(!doctype|html)/i.test(answer.body.slice(0, 200));
  if (status === 413) {
    return segmentFailure(
      SEGMENT_FAILURES.serverError,
      `n8n or a proxy before it found the call to ${where(place)} too large (413). Raise its body limit: N8N_PAYLOAD_SIZE_MAX, ` +
        'or client_max_body_size of nginx.',
      { splittable: true },
    );
  }
  if (status === 429) {
    return segmentFailure(
      SEGMENT_FAILURES.rateLimited,
      `n8n or a proxy before it asks for fewer calls (429) to ${where(place)}. The segment is tried again when it says so.`,
      { retryAfterMs: retryAfterMs(answer.retryAfter, now), concernsAll: true },
    );
  }
  if (html || (status >= 300 && status < 400)) {
    const what = html ? 'a web page' : `a redirect (${status})`;
    return segmentFailure(
      SEGMENT_FAILURES.html,
      `Instead of n8n's answer to ${where(place)} came ${what}, status ${status}: n8n is still starting, or N8N_BASE_URL leads to a ` +
        'proxy or login page. Check that it is the address of n8n itself.',
      { concernsAll: true, answerLost: status >= 500 },
    );
  }
  if (status >= 200 && status < 300) return null;
  if (status === 404) {
    return segmentFailure(
      SEGMENT_FAILURES.notFound,
      `n8n does not know the webhook of ${where(place)} (404): the workflow is not published, or N8N_BASE_URL is another n8n. ` +
        'Publish the workflow; the customer then goes on by itself.',
    );
  }
  if (status === 401) {
    return segmentFailure(
      SEGMENT_FAILURES.signatureRefused,
      `The ${where(place)} refused the signature (401): the API key in its n8n credential "Commerce Journeys API" differs from ` +
        'JOURNEYS_API_KEY of the service, or the clocks differ by more than five minutes.',
    );
  }
  if (status === 500) {
    return segmentFailure(
      SEGMENT_FAILURES.executionFailed,
      `The n8n workflow "${place.workflowName}" failed in the segment that begins at node "${place.nodeName}". Open its executions ` +
        'in n8n to see the error; the segment is tried again until it succeeds.',
      { splittable: true },
    );
  }
  return segmentFailure(
    SEGMENT_FAILURES.serverError,
    `n8n or a proxy before it answered ${status} to ${where(place)}. Check that n8n is up and its database answers.`,
    { answerLost: status >= 500 },
  );
}

/** @param code of the network error, e.g. `ECONNREFUSED` */
export function failureOfNetwork(code: string, place: SegmentPlace, timeoutMs: number): SegmentFailure {
  if (code === 'ECONNABORTED' || code === 'ETIMEDOUT') {
    return segmentFailure(
      SEGMENT_FAILURES.timeout,
      `n8n gave no answer within ${Math.round(timeoutMs / 1000)} s for the segment that begins at ${where(place)}. Look for a hanging ` +
        'execution in n8n; the segment is tried again.',
      { answerLost: true, concernsAll: true },
    );
  }
  // A code has a shape; anything else could be text from elsewhere.
  const reason = /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? ` (${code})` : '';
  return segmentFailure(
    SEGMENT_FAILURES.refused,
    `n8n cannot be reached${reason} to go on at ${where(place)}. Check that n8n runs and that N8N_BASE_URL is its address; the ` +
      'segment is tried again.',
    { answerLost: code !== 'ECONNREFUSED' && code !== 'ENOTFOUND', concernsAll: true },
  );
}

/** Seconds or an HTTP date. */
function retryAfterMs(header: string | null, now: number): number | null {
  if (!header) return null;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : null;
}
