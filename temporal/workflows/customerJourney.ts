/**
 * One customer in one journey. Deterministic: the world is reached through activities, and what concerns the run
 * comes in as signals that the service has decided on. A segment runs in n8n, then the run waits here, and so on.
 */
import {
  CancellationScope,
  condition,
  isCancellation,
  makeContinueAsNewFunc,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
  ActivityCancellationType,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { RunStatus } from '../domain/journey.ts';
import { JourneyPlace } from './journeyPlace.ts';
import type {
  CustomerJourneyInput,
  CustomerJourneyResult,
  JourneyActivities,
  RunSignal,
  SegmentResult,
} from './messages.ts';
import { eventSignal, pauseSignal, restartSignal, resumeSignal } from './signals.ts';
import {
  deferredDetails,
  heldDetails,
  segmentDetails,
  segmentSummary,
  staticSummary,
  waitDetails,
  waitSummary,
} from './wording.ts';

const STEP = defineSearchAttributeKey('JourneyStep', SearchAttributeType.KEYWORD);
const OUTCOME = defineSearchAttributeKey('JourneyOutcome', SearchAttributeType.KEYWORD);

/** Without limit: n8n may be away for days, and its customers are held, never dropped. */
const RETRY_FOR_EVER = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' } as const;

export async function customerJourney(input: CustomerJourneyInput): Promise<CustomerJourneyResult> {
  const place = new JourneyPlace(input.position);
  const ours = (signal?: RunSignal) => signal?.runId === undefined || signal.runId === input.runId;
  setHandler(eventSignal, (signal) => void (ours(signal) && place.receiveEvent(signal)), {
    description: 'An event that ends the run or its wait',
  });
  setHandler(restartSignal, (signal) => void (ours(signal) && place.receiveRestart(signal)), {
    description: 'The wait ends at another time now',
  });
  setHandler(pauseSignal, (signal) => void (ours(signal) && place.receivePause()), {
    description: 'Hold this run before its next segment',
  });
  setHandler(resumeSignal, (signal) => void (ours(signal) && place.receiveResume()), {
    description: 'Go on after a pause',
  });
  const run = new JourneyRun(input, place);
  try {
    return await run.toItsEnd();
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => run.finishCancelled());
    throw error;
  }
}

class JourneyRun {
  readonly #input: CustomerJourneyInput;
  readonly #place: JourneyPlace;
  /** Name of the wait that the customer left last; null before the first one. */
  #lastWait: string | null;
  #shownStep: string | null;

  constructor(input: CustomerJourneyInput, place: JourneyPlace) {
    this.#input = input;
    this.#place = place;
    this.#lastWait = input.position?.lastWait ?? null;
    this.#shownStep = input.position?.waiting?.node ?? this.#lastWait;
  }

  async toItsEnd(): Promise<CustomerJourneyResult> {
    const place = this.#place;
    for (;;) {
      if (place.waiting) await this.#wait();
      if (place.exit === null && place.paused) await this.#hold(() => !place.paused);
      if (place.exit !== null) return this.#end('exited', place.exit);
      if (workflowInfo().continueAsNewSuggested) await this.#continueAsNew();

      const resumesBefore = place.resumes;
      const result = await this.#runSegment();
      if (result === null) continue;
      switch (result.kind) {
        case 'wait': {
          const { node, segment, until, events } = result;
          place.beginWait({ node, segment, until, events });
          if (result.arrived) place.receiveEvent({ arm: 'wait', type: '', segment });
          break;
        }
        case 'deferred':
          await this.#defer(result.node, result.until);
          break;
        case 'held':
          await this.#hold(() => place.resumes > resumesBefore);
          break;
        case 'completed':
          place.steps++;
          return this.#end('completed', null);
        case 'ended':
          return this.#end(result.outcome, result.reason);
        case 'notNow':
          throw new Error('The ordinary activity never answers notNow.');
      }
    }
  }

  async finishCancelled(): Promise<void> {
    const { finishRun } = proxyActivities<JourneyActivities>({
      startToCloseTimeout: '30s',
      retry: RETRY_FOR_EVER,
      summary: 'Cancelled by the operator',
    });
    await finishRun({ runId: this.#input.runId, status: 'cancelled', reason: 'cancelled_by_operator' });
    upsertSearchAttributes([{ key: OUTCOME, value: 'cancelled' }]);
  }

  /** Three arms: the event, the time, the end of the run. A restart moves the time. */
  async #wait(): Promise<void> {
    const place = this.#place;
    for (let wait = place.waiting; wait; wait = place.waiting) {
      if (place.exit !== null) return;
      if (place.answered) return this.#leaveWait('event');
      const replans = place.replans;
      this.#showStep(wait.node);
      this.#show(waitDetails(wait, this.#input.endsOn));
      const over = () => place.exit !== null || place.answered || place.replans !== replans;
      if (wait.until === null) {
        await condition(over);
      } else if (!(await condition(over, millisecondsUntil(wait.until), { summary: waitSummary(wait) }))) {
        return this.#leaveWait('elapsed');
      }
      // Restarts alone can make a history long.
      const goesOn = place.exit === null && !place.answered;
      if (goesOn && workflowInfo().continueAsNewSuggested) await this.#continueAsNew();
    }
  }

  #leaveWait(outcome: 'elapsed' | 'event'): void {
    this.#lastWait = this.#place.waiting?.node ?? this.#lastWait;
    this.#place.leaveWait(outcome);
  }

  /** @returns null when the run ended meanwhile */
  async #runSegment(): Promise<SegmentResult | null> {
    const place = this.#place;
    const call = { runId: this.#input.runId, segment: place.segment, outcome: place.outcome };
    const summary = segmentSummary(this.#lastWait);
    this.#show(segmentDetails(this.#lastWait, this.#input.endsOn));
    const scope = new CancellationScope();
    place.onExit = () => scope.cancel();
    try {
      return await scope.run(async () => {
        const fast = await this.#tryFast(call, summary);
        if (fast.kind !== 'notNow') return fast;
        const { runSegment } = proxyActivities<JourneyActivities>({
          // n8n's own time and the queue before it; a worker that died is noticed by the heartbeat.
          startToCloseTimeout: '15m',
          heartbeatTimeout: '60s',
          retry: RETRY_FOR_EVER,
          cancellationType: ActivityCancellationType.TRY_CANCEL,
          summary,
        });
        return runSegment(call);
      });
    } catch (error) {
      if (isCancellation(error) && place.exit !== null) return null;
      throw error;
    } finally {
      place.onExit = null;
    }
  }

  async #tryFast(call: Parameters<JourneyActivities['tryRunSegment']>[0], summary: string): Promise<SegmentResult> {
    const { tryRunSegment } = proxyLocalActivities<JourneyActivities>({
      startToCloseTimeout: '5s',
      retry: { maximumAttempts: 1 },
      cancellationType: ActivityCancellationType.TRY_CANCEL,
      summary,
    });
    try {
      return await tryRunSegment(call);
    } catch (error) {
      if (isCancellation(error)) throw error;
      return { kind: 'notNow' };
    }
  }

  async #defer(node: string, until: number): Promise<void> {
    const place = this.#place;
    this.#showStep(node);
    this.#show(deferredDetails(node, until, this.#input.endsOn));
    await condition(() => place.exit !== null, millisecondsUntil(until), {
      summary: `${node}: the message is put off`,
    });
  }

  async #hold(goesOn: () => boolean): Promise<void> {
    this.#show(heldDetails(this.#input.endsOn));
    await condition(() => this.#place.exit !== null || goesOn());
  }

  /** Temporal does not carry the summary over to a continued history, so it is said here then. */
  #show(details: string): void {
    const continued = this.#input.position !== undefined;
    setCurrentDetails(continued ? `${staticSummary(this.#input)}\n\n${details}` : details);
  }

  /** In the same task as the timer, and only when the step changes: each upsert is an event in the history. */
  #showStep(node: string): void {
    if (node === this.#shownStep) return;
    this.#shownStep = node;
    upsertSearchAttributes([{ key: STEP, value: node }]);
  }

  #end(outcome: RunStatus, reason: string | null): CustomerJourneyResult {
    upsertSearchAttributes([{ key: OUTCOME, value: outcome }]);
    this.#show(reason === null ? `Ended: ${outcome}.` : `Ended: ${outcome} (${reason}).`);
    return { outcome, reason, steps: this.#place.steps };
  }

  /** Handlers write plain state and never await, so nothing is under way here that could get lost. */
  async #continueAsNew(): Promise<never> {
    const position = { ...this.#place.position(), lastWait: this.#lastWait };
    return makeContinueAsNewFunc<typeof customerJourney>()({ ...this.#input, position });
  }
}

/** 0 would take another path in the SDK. */
function millisecondsUntil(time: number): number {
  return Math.max(1, time - Date.now());
}
