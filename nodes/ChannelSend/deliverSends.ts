/**
 * Works through authorised sends: says `started`, calls the provider, reports, retries what may be retried.
 *
 * At most WINDOW sends are started and without a known outcome at any time, whatever is being retried: that is how many a
 * kill can leave `unknown`. Others go on while some wait for their retry.
 */
import type { SendReport, StartedAnswer } from '../transport/contract/sends.ts';
import type { DeliveryOutcome } from './providers/provider.ts';

export const WINDOW = 10;
/** ms, never scaled (CONTRACT, SMTP faults). */
export const RETRY_DELAYS_MS = [1_000, 5_000, 20_000];
/** A provider that asks for a longer wait (ms) is asked again when the segment runs again: an execution is no place to wait. */
const LONGEST_WAIT_MS = 60_000;

export interface AuthorizedSend<Message> {
  sendId: string;
  message: Message;
  /** An earlier attempt was started then (epoch ms), and is not known to have ended. */
  startedBefore?: number;
  /** The segment runs again after an error. */
  comesAgain?: boolean;
}

export type SendResult =
  | { status: 'sent' | 'unknown' }
  | { status: 'refused'; error: string }
  /** The gate has thought better of it before its turn came. */
  | { status: 'suppressed'; reasons: string[] }
  /** Not sent, may be tried again: the segment has to run again. */
  | { status: 'retryLater'; error: string }
  /** Another execution had started it: goes where that one's outcome goes. */
  | { status: 'notOurs'; theirs: string };

export interface DeliverSendsOptions<Message> {
  /** The next sends, once there is room for them; null when there are no more. */
  next: () => Promise<Array<AuthorizedSend<Message>> | null>;
  deliver: (message: Message, startedBefore?: number) => Promise<DeliveryOutcome>;
  /** The provider wants nobody of us for so long (ms). */
  hold?: (ms: number) => void;
  /** Says `started` for a chunk. */
  start: (sendIds: string[], chunk: number) => Promise<StartedAnswer>;
  report: (items: SendReport[]) => Promise<void>;
  sleep: (ms: number) => Promise<unknown>;
  retryDelaysMs?: readonly number[];
  now?: () => number;
}

export interface DeliveredSends {
  /** By the id of the send. */
  results: Map<string, SendResult>;
  /** Why no further send makes sense now: `next` was not asked for the rest. */
  stoppedBy: string | null;
}

interface Attempt<Message> {
  send: AuthorizedSend<Message>;
  number: number;
  dueAt: number;
  /** It, or one before it, may have reached the provider. */
  maybeSent: boolean;
}

/** @throws what `next` or `start` threw, after those that were started before have ended */
export async function deliverSends<Message>(options: DeliverSendsOptions<Message>): Promise<DeliveredSends> {
  return await new Deliveries(options).run();
}

class Deliveries<Message> {
  readonly #options: DeliverSendsOptions<Message>;
  readonly #retryDelaysMs: readonly number[];
  readonly #now: () => number;
  readonly #results = new Map<string, SendResult>();
  #queue: Array<AuthorizedSend<Message>> = [];
  #waiting: Array<Attempt<Message>> = [];
  #reports: SendReport[] = [];
  #chunk = 0;
  #isComplete = false;
  #stoppedBy: string | null = null;

  constructor(options: DeliverSendsOptions<Message>) {
    this.#options = options;
    this.#retryDelaysMs = options.retryDelaysMs ?? RETRY_DELAYS_MS;
    this.#now = options.now ?? Date.now;
  }

  async run(): Promise<DeliveredSends> {
    while (!this.#isComplete || this.#queue.length > 0 || this.#waiting.length > 0) {
      const due = [...(await this.#startSomeOrGiveUp()), ...this.#takeDue()];
      if (due.length > 0) await this.#attempt(due);
      else if (this.#waiting.length > 0) await this.#untilFirstDue();
    }
    return { results: this.#results, stoppedBy: this.#stoppedBy };
  }

  /** A service that is away must not leave those who wait for a retry as started: they have not been sent. */
  async #startSomeOrGiveUp(): Promise<Array<Attempt<Message>>> {
    let isDone = false;
    try {
      const started = await this.#startSome();
      isDone = true;
      return started;
    } finally {
      if (!isDone) {
        this.#stop('The journeys service does not answer');
        await this.#report().catch(() => undefined);
      }
    }
  }

  async #startSome(): Promise<Array<Attempt<Message>>> {
    const room = WINDOW - this.#waiting.length;
    if (room === 0) return [];
    while (this.#queue.length === 0 && !this.#isComplete) {
      const more = await this.#options.next();
      if (more === null) this.#isComplete = true;
      else this.#queue = more;
    }
    const sends = this.#queue.splice(0, room);
    if (sends.length === 0) return [];
    const answer = await this.#options.start(
      sends.map(({ sendId }) => sendId),
      this.#chunk++,
    );
    const started = new Set(answer.started);
    const refused = new Map(answer.refused.map((one) => [one.sendId, one]));
    for (const { sendId } of sends) {
      if (!started.has(sendId)) this.#results.set(sendId, notStarted(refused.get(sendId)));
    }
    return sends
      .filter(({ sendId }) => started.has(sendId))
      .map((send) => ({ send, number: 0, dueAt: 0, maybeSent: send.startedBefore !== undefined }));
  }

  #takeDue(): Array<Attempt<Message>> {
    const time = this.#now();
    const due = this.#waiting.filter(({ dueAt }) => dueAt <= time);
    this.#waiting = this.#waiting.filter(({ dueAt }) => dueAt > time);
    return due;
  }

  async #untilFirstDue(): Promise<void> {
    await this.#options.sleep(Math.min(...this.#waiting.map(({ dueAt }) => dueAt)) - this.#now());
  }

  async #attempt(batch: Array<Attempt<Message>>): Promise<void> {
    const outcomes = await Promise.all(
      batch.map(async ({ send, number }) => {
        return await this.#options.deliver(send.message, number === 0 ? send.startedBefore : undefined);
      }),
    );
    for (const [index, attempt] of batch.entries()) this.#note(attempt, outcomes[index] as DeliveryOutcome);
    if (this.#stoppedBy !== null) this.#stop(this.#stoppedBy);
    await this.#report();
  }

  #note(attempt: Attempt<Message>, outcome: DeliveryOutcome): void {
    const { sendId } = attempt.send;
    switch (outcome.kind) {
      case 'sent':
        this.#reports.push({
          ...{ sendId, outcome: 'sent' },
          ...(outcome.providerMessageId === null ? {} : { providerMessageId: outcome.providerMessageId }),
        });
        this.#results.set(sendId, { status: 'sent' });
        return;
      case 'unknown':
        this.#reports.push({ sendId, outcome: 'unknown', error: outcome.error });
        this.#results.set(sendId, { status: 'unknown' });
        return;
      case 'refused': {
        const { error, recipient } = outcome;
        this.#reports.push({ sendId, outcome: 'failed', permanent: true, error, ...(recipient ? { recipient } : {}) });
        this.#results.set(sendId, { status: 'refused', error });
        return;
      }
      case 'misconfigured':
        this.#giveUp(attempt, outcome.error);
        this.#stoppedBy = outcome.error;
        return;
      case 'temporary':
        this.#retry(attempt, outcome);
    }
  }

  #retry(before: Attempt<Message>, outcome: DeliveryOutcome & { kind: 'temporary' }): void {
    const { error, serverWide, retryAfterMs = 0 } = outcome;
    const attempt = { ...before, maybeSent: before.maybeSent || outcome.maybeSent === true };
    const delay = this.#retryDelaysMs[attempt.number];
    if (delay !== undefined && retryAfterMs <= LONGEST_WAIT_MS) {
      if (retryAfterMs > 0) this.#options.hold?.(retryAfterMs);
      const dueAt = this.#now() + Math.max(delay, retryAfterMs);
      this.#waiting.push({ ...attempt, number: attempt.number + 1, dueAt });
      return;
    }
    this.#giveUp(attempt, error);
    if (serverWide) this.#stoppedBy = error;
  }

  #giveUp({ send: { sendId, comesAgain = false }, maybeSent }: Attempt<Message>, error: string): void {
    if (maybeSent && !comesAgain) {
      this.#reports.push({ sendId, outcome: 'unknown', error });
      this.#results.set(sendId, { status: 'unknown' });
      return;
    }
    // Not reported, it stays `started`: the gate gives it out once more, and it is sent under the same key.
    if (!maybeSent) this.#reports.push({ sendId, outcome: 'failed', permanent: false, error });
    this.#results.set(sendId, { status: 'retryLater', error });
  }

  #stop(reason: string): void {
    this.#stoppedBy = reason;
    for (const attempt of this.#waiting) this.#giveUp(attempt, reason);
    for (const { sendId } of this.#queue) this.#results.set(sendId, { status: 'retryLater', error: reason });
    this.#waiting = [];
    this.#queue = [];
    this.#isComplete = true;
  }

  async #report(): Promise<void> {
    const reports = this.#reports.splice(0);
    if (reports.length > 0) await this.#options.report(reports);
  }
}

/** Why a send that was not started is to be asked for again; others are somebody else's. */
const NOT_STARTED: Record<string, string> = {
  claimed: 'the journeys service did not let it start',
  paused: 'sending is paused',
  void: 'the claim on this message expired before its turn came',
};

/** @param refused with what has become of it; null: the service does not know it any more */
function notStarted({ status, reasons = [] }: Partial<StartedAnswer['refused'][number]> = {}): SendResult {
  if (status === 'suppressed') return { status, reasons };
  const error = NOT_STARTED[status ?? 'void'];
  return error === undefined ? { status: 'notOurs', theirs: status ?? '' } : { status: 'retryLater', error };
}
