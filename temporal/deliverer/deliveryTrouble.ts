/** Why events cannot be delivered to a Commerce Trigger, in words for the operator who reads `/ready` and the log. */
import type { SegmentFailure } from '../n8n/segmentFailure.ts';
import { SEGMENT_FAILURES } from '../workflows/messages.ts';

const WORDS: Record<SegmentFailure['type'], string> = {
  [SEGMENT_FAILURES.notFound]: 'n8n does not know its webhook (404): publish the workflow, or check N8N_BASE_URL',
  [SEGMENT_FAILURES.endpointMissing]: 'the address of its webhook is none of n8n: publish the workflow again',
  [SEGMENT_FAILURES.signatureRefused]:
    'it refused the signature (401): the API key in its credential "Commerce Journeys API" is not JOURNEYS_API_KEY of the ' +
    'service, or the clocks differ by more than five minutes',
  [SEGMENT_FAILURES.executionFailed]: 'its workflow fails: see the executions of this workflow in n8n',
  [SEGMENT_FAILURES.rateLimited]: 'n8n or a proxy before it asks for fewer calls (429)',
  [SEGMENT_FAILURES.html]:
    'a web page or redirect answers in the place of n8n: it is starting, or N8N_BASE_URL leads to a proxy or login page',
  [SEGMENT_FAILURES.timeout]: 'n8n gave no answer in time: look for a hanging execution',
  [SEGMENT_FAILURES.refused]: 'n8n cannot be reached: check that it runs and that N8N_BASE_URL is its address',
  [SEGMENT_FAILURES.serverError]: 'n8n or a proxy before it fails: check that n8n is up and its database answers',
  [SEGMENT_FAILURES.storeUnavailable]: 'the store did not answer',
};

export const troubleWords = ({ type }: SegmentFailure): string => WORDS[type];

/** Doubles from `firstMs` on. @param failures in a row, the last one included @returns ms */
export const backOff = (failures: number, firstMs: number, longestMs: number): number =>
  Math.min(firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30), longestMs);
