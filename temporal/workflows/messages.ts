/** What crosses the border between the service and `customerJourney`: input, signals, activities. Types and names only. */
import type { RunStatus, SegmentOutcome } from '../domain/journey.ts';

export const TASK_QUEUE = 'commerce-journeys';
export const WORKFLOW_TYPE = 'customerJourney';

/** Search attributes (Keyword), registered at the worker's start. */
export const SEARCH_ATTRIBUTES = ['JourneyKey', 'CustomerId', 'JourneyStep', 'JourneyOutcome'] as const;

/** Workflow input. Opaque ids and the operator's own names only: no personal data goes into Temporal. */
export interface CustomerJourneyInput {
  runId: string;
  journeyKey: string;
  journeyName: string;
  customerId: string;
  /** What brought the customer in, e.g. `added_to_cart` or `manual`. */
  entry: string;
  /** Names of the exit events, for the operator's eyes. */
  endsOn: string[];
  /** Set by continueAsNew only: where the run stands. */
  position?: JourneyPosition;
}

export interface JourneyPosition {
  segment: number;
  outcome: SegmentOutcome;
  steps: number;
  paused: boolean;
  /** Name of the wait that the customer left last. */
  lastWait: string | null;
  /** The wait the run is in, if it was in one when it continued as new. */
  waiting?: WaitRequest;
}

/**
 * Workflow ids are used again: a signal that is delivered once more after a crash may meet the customer's next run.
 * Signals for another run are ignored; an operator who signals by hand need not say which.
 */
export interface RunSignal {
  runId?: string;
}

/** An event that concerns this run, decided by the service in the transaction that stored it. */
export interface EventSignal extends RunSignal {
  arm: 'exit' | 'wait';
  type: string;
  /** For `wait`: the segment whose wait it answers. Stale ones are ignored. */
  segment?: number;
}

/** The entry event came again: the restartable wait of this segment now ends at `until` (epoch ms). */
export interface RestartSignal extends RunSignal {
  segment: number;
  until: number | null;
}

export interface WaitRequest {
  /** The segment that asked for it; the one after the wait has the next number. */
  segment: number;
  /** The wait node's name. */
  node: string;
  /** Epoch ms, already scaled; null = no end by time. */
  until: number | null;
  /** Event types that end it, for the operator's eyes; empty for a pure time wait. */
  events: string[];
}

/** What a finished segment asked for, read from the store. */
export type SegmentResult =
  | ({ kind: 'wait'; /** The event came while the segment was still running. */ arrived: boolean } & WaitRequest)
  /** A send was deferred: the same segment runs again at `until` (epoch ms). */
  | { kind: 'deferred'; until: number; node: string }
  /** The journey is paused: hold until the `resume` signal, then run the same segment. */
  | { kind: 'held' }
  | { kind: 'completed' }
  /** The store says the run has ended meanwhile (exit event, cancelled, erased). */
  | { kind: 'ended'; outcome: RunStatus; reason: string }
  /** Only from the fast path: its endpoint is busy, slow or failing; use the ordinary activity. */
  | { kind: 'notNow' };

export interface SegmentCall {
  runId: string;
  segment: number;
  outcome: SegmentOutcome;
}

export interface FinishRunCall {
  runId: string;
  status: RunStatus;
  reason: string | null;
}

export interface JourneyActivities {
  /** Ordinary activity: waits for its turn at the endpoint; fails (retryably) with a type that says what n8n did. */
  runSegment(call: SegmentCall): Promise<SegmentResult>;
  /** Local activity: never throws, never queues; `notNow` when the ordinary one is to be used. */
  tryRunSegment(call: SegmentCall): Promise<SegmentResult>;
  /** Writes how the run ended; idempotent, never overwrites an earlier end. */
  finishRun(call: FinishRunCall): Promise<void>;
}

/** Failure types of `runSegment`, as the operator reads them in the Temporal UI. */
export const SEGMENT_FAILURES = {
  endpointMissing: 'StepNotPublished',
  notFound: 'N8nAnswered404',
  html: 'N8nAnsweredHtml',
  rateLimited: 'N8nRateLimited',
  signatureRefused: 'N8nRefusedSignature',
  executionFailed: 'SegmentFailedInN8n',
  serverError: 'N8nServerError',
  timeout: 'N8nTimedOut',
  refused: 'N8nUnreachable',
  storeUnavailable: 'JourneysStoreUnavailable',
} as const;

/** Result of the workflow, shown in the Temporal UI. */
export interface CustomerJourneyResult {
  outcome: RunStatus;
  reason: string | null;
  steps: number;
}
