/**
 * Why a segment could not be run, in words for the operator who reads them in the Temporal UI: what happened, where, and
 * what to do. They never quote n8n's answer, which could hold personal data.
 */
import { ApplicationFailure } from '@temporalio/common';
import { SEGMENT_FAILURES } from '../workflows/messages.ts';

export type SegmentFailureType = (typeof SEGMENT_FAILURES)[keyof typeof SEGMENT_FAILURES];

export interface SegmentFailure {
  type: SegmentFailureType;
  message: string;
  /** n8n, or what stands before it, said when to come again. */
  retryAfterMs: number | null;
  /** One item may be the cause: worth trying the halves. */
  splittable: boolean;
  /** n8n may have run the segment all the same: the store knows what came of it. */
  answerLost: boolean;
  /** Concerns the endpoint as such: those who queue behind it need not try. */
  concernsAll: boolean;
}

/** Where the segment starts, for the words. */
export interface SegmentPlace {
  nodeName: string;
  workflowName: string;
}

export function segmentFailure(
  type: SegmentFailureType,
  message: string,
  more: Partial<Omit<SegmentFailure, 'type' | 'message'>> = {},
): SegmentFailure {
  return { retryAfterMs: null, splittable: false, answerLost: false, concernsAll: false, type, message, ...more };
}

/** Always retryable: a customer is held, never dropped. */
export function toApplicationFailure(failure: SegmentFailure): ApplicationFailure {
  const application = ApplicationFailure.create({
    type: failure.type,
    message: failure.message,
    nonRetryable: false,
    ...(failure.retryAfterMs === null ? {} : { nextRetryDelay: failure.retryAfterMs }),
  });
  // It would stand in the history of every held customer and tell an operator nothing.
  application.stack = '';
  return application;
}

export const where = (place: SegmentPlace): string =>
  `node "${place.nodeName}" of the n8n workflow "${place.workflowName}"`;

export function missingEndpoint(step: string): SegmentFailure {
  return segmentFailure(
    SEGMENT_FAILURES.endpointMissing,
    `"${step}" is not published in n8n. The customer is held here and goes on by itself once its workflow is published with ` +
      'this node in it.',
  );
}

export function storeUnavailable(): SegmentFailure {
  return segmentFailure(
    SEGMENT_FAILURES.storeUnavailable,
    'The journeys service could not read or write its store. Its log says why; the segment is tried again.',
  );
}
