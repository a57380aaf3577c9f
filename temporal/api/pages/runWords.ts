/** How a run stands and what happened in it, in the operator's words. */
import { ruleLabel } from '../../domain/eventRule.ts';
import type { JourneyState, RunStatus } from '../../domain/journey.ts';
import type { RunDetails, RunWait } from '../../store/operator/runDetails.ts';

/** `completed_purchase` is completed purchase, `custom:quiz_done` is quiz done. */
export const eventName = (type: string): string => type.replace(/^custom:/, '').replaceAll('_', ' ');

/** What brought somebody in. */
export const entryWords = (type: string): string =>
  type === 'custom:manual' || type === 'manual' ? 'by hand' : `by ${eventName(type)}`;

export const STATE_WORDS: Readonly<Record<JourneyState, string>> = {
  active: 'published',
  paused: 'paused',
  unpublished: 'not published',
};

const REASONS: Readonly<Record<string, string>> = {
  cancelled_by_operator: 'cancelled by an operator',
  terminated: 'terminated in Temporal',
  erased: 'the customer was erased',
  merged: 'the same person went on in another run',
  workflow_failed: 'its workflow failed in Temporal',
  workflow_timed_out: 'its workflow timed out in Temporal',
};

/** Why a run has ended, also as a reason of its own. */
export const exitReasonWords = (reason: string): string => REASONS[reason] ?? eventName(reason);

/** How it ended, or that it goes on. */
export function statusSentence(status: RunStatus, reason: string | null): string {
  const why = reason === null || reason === status ? '' : `: ${exitReasonWords(reason)}`;
  switch (status) {
    case 'running':
      return 'is going on';
    case 'completed':
      return 'went through to the end';
    case 'exited':
      return `ended early${why}`;
    case 'cancelled':
      return `was cancelled${why}`;
    case 'failed':
      return `failed${why}`;
  }
}

/** What is waited for, without until when. */
export function waitWords({ spec }: Pick<RunWait, 'spec'>): string {
  switch (spec.kind) {
    case 'duration':
      return 'for a time';
    case 'event': {
      const events = [...new Set(spec.events.map(ruleLabel))].map(eventName).join(' or ');
      return spec.maxMs === null ? `for ${events}, without a time limit` : `for ${events}, at most`;
    }
    case 'date':
      return 'for a date';
    case 'localTime':
      return `for ${spec.time} on the customer’s clock`;
    case 'preferredHour':
      return 'for the hour at which the customer likes to read';
    case 'replenishment':
      return 'until the product is about to run out';
  }
}

/** Why a run that is going on does not go further, and the way out; null: nothing holds it. */
export function holdSentence(run: RunDetails): string | null {
  const { journey, unpublishedNode } = run;
  if (journey.state === 'paused') {
    return 'The journey is paused: its customers are held, and go on when it is resumed.';
  }
  if (unpublishedNode !== null) {
    return `The node “${unpublishedNode}” is not published in n8n: the customer is held there, and goes on by itself when it is published again.`;
  }
  return run.held ? 'The run is held, and goes on when its journey is resumed.' : null;
}
