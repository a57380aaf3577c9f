/**
 * Where a run stands and what signals do to it: plain state without Temporal, so that it can be tested and read alone.
 * Signals only write here; the workflow's loop looks and acts. So a signal that comes early, late or twice does no harm.
 */
import type { SegmentOutcome } from '../domain/journey.ts';
import type { EventSignal, JourneyPosition, RestartSignal, WaitRequest } from './messages.ts';

export class JourneyPlace {
  /** Number of the segment that runs now or comes next. */
  segment: number;
  /** How the customer came to it. */
  outcome: SegmentOutcome;
  /** Segments that have finished. */
  steps: number;
  paused: boolean;
  /** Counts `resume`, so that one which overtakes the answer "held" is not missed. */
  resumes = 0;
  waiting: WaitRequest | null;
  /** Type of the event that ended the run. */
  exit: string | null = null;
  /** Grows when the end of the current wait moves: its timer has to be set anew. */
  replans = 0;
  /** Called when the run ends while a segment runs. */
  onExit: (() => void) | null = null;

  #answeredSegment = 0;
  #restart: RestartSignal | null = null;

  constructor(position: JourneyPosition | undefined) {
    this.segment = position?.segment ?? 1;
    this.outcome = position?.outcome ?? 'entered';
    this.steps = position?.steps ?? 0;
    this.paused = position?.paused ?? false;
    this.waiting = position?.waiting ?? null;
  }

  receiveEvent(signal: EventSignal): void {
    if (signal.arm === 'exit') {
      this.exit ??= signal.type;
      this.onExit?.();
    } else {
      // It may come before the segment that registered the wait has finished: kept until the wait begins.
      this.#answeredSegment = Math.max(this.#answeredSegment, signal.segment ?? 0);
    }
  }

  receiveRestart(signal: RestartSignal): void {
    this.#restart = signal;
    if (this.waiting?.segment !== signal.segment) return;
    this.waiting = { ...this.waiting, until: signal.until };
    this.replans++;
  }

  receivePause(): void {
    this.paused = true;
  }

  receiveResume(): void {
    this.paused = false;
    this.resumes++;
  }

  /** Also back into the wait that the customer has just left, when it was prolonged while its timer fired. */
  beginWait(request: WaitRequest): void {
    if (request.segment === this.segment) this.steps++;
    this.segment = request.segment;
    // A restart that overtook the segment's answer is at least as new as what the answer says.
    const moved = this.#restart?.segment === request.segment ? this.#restart.until : request.until;
    this.waiting = { ...request, until: moved };
  }

  /** The event that the current wait is for has come. */
  get answered(): boolean {
    return this.waiting !== null && this.#answeredSegment === this.waiting.segment;
  }

  leaveWait(outcome: 'elapsed' | 'event'): void {
    this.segment = (this.waiting?.segment ?? this.segment) + 1;
    this.waiting = null;
    this.outcome = outcome;
  }

  position(): Omit<JourneyPosition, 'lastWait'> {
    const { segment, outcome, steps, paused, waiting } = this;
    return { segment, outcome, steps, paused, ...(waiting ? { waiting } : {}) };
  }
}
