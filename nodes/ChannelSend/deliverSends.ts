/**
 * Works through authorised sends: says `started`, calls the provider, reports, retries what may be retried.
 *
 * At most WINDOW sends are started and without a known outcome at any time, whatever is being retried: that is how many a
 * kill can leave `unknown`. Others go on while some wait for their retry.
 */
import type { SendReport, StartedAnswer } from '../transport/contract.ts';

export const WINDOW = 10;
/** ms, never scaled (CONTRACT, SMTP faults). */
export const RETRY_DELAYS_MS = [1_000, 5_000, 20_000];

export type DeliveryOutcome =
  | { kind: 'sent'; providerMessageId: string }
  /** For good: nothing will change by a retry. */
  | { kind: 'refused'; error: string }
  /** The provider had the message and never answered. */
  | { kind: 'unknown'; error: string }
  /** `serverWide`: it is not about this message; the others would fare the same. */
  | { kind: 'temporary'; serverWide: boolean; error: string }
  /** Only the operator can help, for example with a wrong password. */
  | { kind: 'misconfigured'; error: string };

export type Delivery<Message> = (message: Message) => Promise<DeliveryOutcome>;

export interface AuthorizedSend<Message> {
  sendId: string;
  message: Message;
}

export type SendResult =
  | { status: 'sent' | 'unknown' }
  | { status: 'refused'; error: string }
  /** Not sent, may be tried again: the segment has to run again. */
  | { status: 'retryLater'; error: string }
  /** Another execution had started it: goes where that one's outcome goes. */
  | { status: 'notOurs'; theirs: string | null };

export interface DeliverSendsOptions<Message> {
  deliver: Delivery<Message>;
  /** Says `started` for a chunk. */
  start: (sendIds: string[], chunk: number) => Promise<StartedAnswer>;
  report: (items: SendReport[]) => Promise<void>;
  sleep: (ms: number) => Promise<unknown>;
  retryDelaysMs?: readonly number[];
  now?: () => number;
}

interface Attempt<Message> {
  send: AuthorizedSend<Message>;
  number: number;
  dueAt: number;
}

/** @returns the result of each send, by its id */
export async function deliverSends<Message>(
  sends: Array<AuthorizedSend<Message>>,
  options: DeliverSendsOptions<Message>,
): Promise<Map<string, SendResult>> {
  const { retryDelaysMs = RETRY_DELAYS_MS, now = Date.now } = options;
  const results = new Map<string, SendResult>();
  const queue = [...sends];
  let waiting: Array<Attempt<Message>> = [];
  let chunk = 0;
  /** Why no further send makes sense now. */
  let stoppedBy = null as string | null;

  const startSome = async (): Promise<Array<Attempt<Message>>> => {
    const next = queue.splice(0, WINDOW - waiting.length);
    if (next.length === 0) return [];
    const answer = await options.start(
      next.map(({ sendId }) => sendId),
      chunk++,
    );
    const started = new Set(answer.started);
    const theirs = new Map(answer.refused.map(({ sendId, status }) => [sendId, status]));
    for (const { sendId } of next) {
      if (!started.has(sendId)) results.set(sendId, { status: 'notOurs', theirs: theirs.get(sendId) ?? null });
    }
    return next.filter(({ sendId }) => started.has(sendId)).map((send) => ({ send, number: 0, dueAt: 0 }));
  };

  while (queue.length > 0 || waiting.length > 0) {
    const fresh: Array<Attempt<Message>> = stoppedBy === null ? await startSome() : [];
    const time = now();
    const batch: Array<Attempt<Message>> = [...fresh, ...waiting.filter(({ dueAt }) => dueAt <= time)];
    waiting = waiting.filter(({ dueAt }) => dueAt > time);
    if (batch.length === 0) {
      if (waiting.length > 0) await options.sleep(Math.min(...waiting.map(({ dueAt }) => dueAt)) - time);
      continue;
    }

    const reports: SendReport[] = [];
    const giveUp = (sendId: string, error: string) => {
      reports.push({ sendId, outcome: 'failed', permanent: false, error });
      results.set(sendId, { status: 'retryLater', error });
    };
    const outcomes = await Promise.all(batch.map(async ({ send }) => await options.deliver(send.message)));
    for (const [index, attempt] of batch.entries()) {
      const outcome = outcomes[index];
      if (!outcome) continue;
      const { sendId } = attempt.send;
      const delay = retryDelaysMs[attempt.number];
      switch (outcome.kind) {
        case 'sent':
          reports.push({ sendId, outcome: 'sent', providerMessageId: outcome.providerMessageId });
          results.set(sendId, { status: 'sent' });
          break;
        case 'unknown':
          reports.push({ sendId, outcome: 'unknown', error: outcome.error });
          results.set(sendId, { status: 'unknown' });
          break;
        case 'refused':
          reports.push({ sendId, outcome: 'failed', permanent: true, error: outcome.error });
          results.set(sendId, { status: 'refused', error: outcome.error });
          break;
        case 'misconfigured':
          giveUp(sendId, outcome.error);
          stoppedBy = outcome.error;
          break;
        case 'temporary':
          if (delay !== undefined) {
            waiting.push({ ...attempt, number: attempt.number + 1, dueAt: now() + delay });
          } else {
            giveUp(sendId, outcome.error);
            if (outcome.serverWide) stoppedBy = outcome.error;
          }
      }
    }
    if (stoppedBy !== null) {
      for (const { send } of waiting) giveUp(send.sendId, stoppedBy);
      for (const { sendId } of queue) results.set(sendId, { status: 'retryLater', error: stoppedBy });
      waiting = [];
      queue.length = 0;
    }
    if (reports.length > 0) await options.report(reports);
  }
  return results;
}
