/**
 * Opens and clicks on their way to the store. They wait a little: only what else happens to the same message tells a person from a
 * scanner. Readers do not wait for it, and a store that is away costs them nothing.
 */
import { createHash } from 'node:crypto';
import { isMachine, isSweep } from '../../domain/machineVisit.ts';
import type { MessageEvent } from '../../domain/messageEvent.ts';
import type { EventIntake } from '../../intake/eventIntake.ts';
import { takeMessageEvents } from '../../intake/messageEvents.ts';
import { readStartTimes } from '../../store/sendTimes.ts';
import type { Store } from '../../store/store.ts';

export interface MessageVisit {
  sendId: string;
  /** null: the message was opened. */
  url: string | null;
  /** Epoch ms. */
  at: number;
  userAgent: string;
  purpose: string;
}

/** ms of real time. Longer than a sweep takes. */
const SETTLING_MS = 1500;
/** Visits that wait; beyond, while the store is away, the oldest are forgotten. */
const MOST_WAITING = 20_000;
const PER_TRANSACTION = 500;
const DAY_MS = 86_400_000;

/** Who tells it, as in `toldBy` of the events. */
const TOLD_BY = 'link';

interface Waiting extends MessageVisit {
  /** Of the process's own clock. */
  since: number;
}

export interface VisitLogOptions {
  store: Store;
  intake: EventIntake;
  onError: (error: unknown) => void;
}

export class VisitLog {
  readonly #options: VisitLogOptions;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<void> = Promise.resolve();

  constructor(options: VisitLogOptions) {
    this.#options = options;
  }

  note(visit: MessageVisit): void {
    if (this.#waiting.length >= MOST_WAITING) this.#waiting.shift();
    this.#waiting.push({ ...visit, since: performance.now() });
    this.#wake();
  }

  /** What waits is taken in at once. */
  async close(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#work;
    await this.#take(this.#waiting.splice(0));
  }

  #wake(inMs = SETTLING_MS): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#work = this.#takeSettled();
    }, inMs).unref();
  }

  async #takeSettled(): Promise<void> {
    const settledBefore = performance.now() - SETTLING_MS;
    // All of one message at once: the last of a sweep may have come just now.
    const settled = new Set(this.#waiting.filter(({ since }) => since <= settledBefore).map(({ sendId }) => sendId));
    const [ready, others]: [Waiting[], Waiting[]] = [[], []];
    for (const visit of this.#waiting) (settled.has(visit.sendId) ? ready : others).push(visit);
    this.#waiting = others;
    const failed = await this.#take(ready);
    const [next] = this.#waiting;
    this.#waiting.unshift(...failed);
    if (failed.length > 0) this.#wake();
    else if (next) this.#wake(Math.max(0, next.since + SETTLING_MS - performance.now()));
  }

  /** @returns those that could not be taken */
  async #take(visits: readonly Waiting[]): Promise<Waiting[]> {
    const bySend = [...Map.groupBy(visits, ({ sendId }) => sendId).values()];
    for (let from = 0; from < bySend.length; from += PER_TRANSACTION) {
      try {
        await this.#takeSends(bySend.slice(from, from + PER_TRANSACTION));
      } catch (error) {
        this.#options.onError(error);
        return bySend.slice(from).flat();
      }
    }
    return [];
  }

  async #takeSends(bySend: readonly Waiting[][]): Promise<void> {
    const { store, intake } = this.#options;
    const session = { db: store.db, dialect: store.dialect };
    const ids = bySend.flatMap(([first]) => first?.sendId ?? []);
    const startedAt = await readStartTimes(session, ids);
    const events = bySend.flatMap((visits) => {
      const swept = isSweep(visits.flatMap(({ url, at }) => (url === null ? [] : [{ url, at }])));
      return visits.map((visit) => eventOf(visit, startedAt.get(visit.sendId) ?? null, swept));
    });
    await takeMessageEvents(intake, [...new Map(events.map((event) => [event.id, event])).values()]);
  }
}

/** Once a day for each link of a message: whoever comes back another day shows interest once more. */
function eventOf({ sendId, url, at, ...visit }: Waiting, startedAt: number | null, swept: boolean): MessageEvent {
  const sinceSent = startedAt === null ? null : at - startedAt;
  const machine = (swept && url !== null) || isMachine({ ...visit, sinceSent });
  const what = url === null ? 'opened' : `clicked/${createHash('sha256').update(url).digest('base64url').slice(0, 16)}`;
  return {
    id: `${sendId}/${what}/${Math.floor(at / DAY_MS)}${machine ? '/machine' : ''}`,
    source: TOLD_BY,
    kind: url === null ? 'opened' : 'clicked',
    at,
    sendId,
    url,
    machine,
  };
}
