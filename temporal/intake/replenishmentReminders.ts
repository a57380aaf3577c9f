/**
 * Tells that a purchase runs out, to journeys that a customer enters by that: one event for each purchase and moment, through intake,
 * under an id that stays the same, so that neither a crash nor another process tells it twice.
 *
 * What became due lately is looked for all the time. After it has been learned anew when products run out, and when a journey begins
 * to ask, the days before are looked through as well, but not more of them than `CATCH_UP_MS`: what ran out long ago is no news.
 */
import { createHash } from 'node:crypto';
import type { ParsedEvent } from '../domain/eventParsing.ts';
import { SCORES } from '../domain/ownSources.ts';
import { isByHand, REPLENISHMENT_DUE, type ReplenishmentDue } from '../domain/replenishmentDue.ts';
import { isoTime } from '../domain/textValues.ts';
import { replenishmentLearnedAt, stillDue } from '../store/dueReminders.ts';
import { eventKey, findStoredEvents } from '../store/events.ts';
import { lockCustomers } from '../store/identities.ts';
import { JourneyReader } from '../store/journeys.ts';
import { dueReplenishments, type DuePlace, type DueReplenishment } from '../store/replenishments.ts';
import { rounds } from '../rounds.ts';
import type { Session } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import type { EventIntake } from './eventIntake.ts';
import { madeEvent } from './ownWord.ts';

export interface RemindersOptions {
  store: Store;
  intake: EventIntake;
  timeScale: number;
  log: { warn(facts: object, message: string): void };
  /** Epoch ms. */
  now?: () => number;
  /** How often it looks, before the time scale. */
  everyMs?: number;
}

export interface Reminders {
  /** Tells everything that is due. @returns how many events were handed on */
  tell(): Promise<number>;
  start(): void;
  /** Lets the customers who are being told be told. */
  stop(): Promise<void>;
}

const HOUR_MS = 3600_000;
const EVERY_MS = 60_000;
const SHORTEST_EVERY_MS = 1000;
/** After learning or an outage: what ran out before is not told any more. */
const CATCH_UP_MS = 7 * 24 * HOUR_MS;
/** Whatever the time scale. */
const SHORTEST_CATCH_UP_MS = 10 * 60_000;
/** So much of the catching up is asked for at once, before the time scale. */
const SLICE_MS = 6 * HOUR_MS;
const PAGE = 1000;
/** Customers of one transaction: others who write wait no longer than this takes. */
const CHUNK = 250;

/** How far a question has been answered. */
interface Answered {
  /** Epoch ms. */
  upTo: number;
  learnedAt: number | null;
}

export function replenishmentReminders(options: RemindersOptions): Reminders {
  const { store, intake, timeScale, log, now = Date.now } = options;
  const everyMs = Math.max(SHORTEST_EVERY_MS, (options.everyMs ?? EVERY_MS) / timeScale);
  const catchUpMs = Math.max(SHORTEST_CATCH_UP_MS, CATCH_UP_MS / timeScale);
  const sliceMs = Math.max(SHORTEST_CATCH_UP_MS, SLICE_MS / timeScale);
  const session: Session = { db: store.db, dialect: store.dialect };
  const reader = new JourneyReader();
  // When the store is away: what is due stays due in it.
  const loop = rounds(tell, everyMs, (error) => {
    log.warn({ err: error }, 'customers could not be told yet that something runs out');
  });
  const { signal } = loop;
  /** By question, of this process: without it everything is looked through again, and what has been told is found as told. */
  let answered = new Map<string, Answered>();

  async function tell(): Promise<number> {
    const questions = await asked();
    const learnedAt = questions.size === 0 ? null : await replenishmentLearnedAt(session);
    // A question that nobody asks any more is answered from the beginning when it is asked again.
    answered = new Map([...answered].filter(([key]) => questions.has(key)));
    let told = 0;
    for (const [key, question] of questions) {
      const before = answered.get(key);
      const until = now();
      const earliest = until - catchUpMs;
      let from = before && before.learnedAt === learnedAt ? Math.max(before.upTo, earliest) : earliest;
      while (from <= until && !signal.aborted) {
        const to = Math.min(from + sliceMs, until + 1);
        told += await tellSlice(question, from, to);
        answered.set(key, { upTo: to, learnedAt });
        from = to;
      }
    }
    return told;
  }

  /** What open journeys ask for; journeys that ask the same are answered together. */
  async function asked(): Promise<Map<string, ReplenishmentDue>> {
    const questions = new Map<string, ReplenishmentDue>();
    for (const { published, paused, definition } of await reader.all(session.db)) {
      const { replenishmentDue } = definition;
      if (published && !paused && replenishmentDue) questions.set(JSON.stringify(replenishmentDue), replenishmentDue);
    }
    return questions;
  }

  async function tellSlice(question: ReplenishmentDue, from: number, to: number): Promise<number> {
    const { point, daysBeforeLearned, daysBeforeByHand, products } = question;
    const before = { learned: daysBeforeLearned, byHand: daysBeforeByHand };
    let told = 0;
    let after: DuePlace | null = null;
    while (!signal.aborted) {
      const due: DueReplenishment[] = await dueReplenishments(session, {
        ...{ point, before, productIds: products, from, to, timeScale, after, limit: PAGE },
      });
      const untold = await notToldYet(session, question, due);
      for (let at = 0; at < untold.length; at += CHUNK) {
        const chunk = untold.slice(at, at + CHUNK);
        let events: ParsedEvent[] = [];
        await intake.submit([], async (trx, moment) => (events = await eventsOf(trx, question, chunk, moment)));
        told += events.length;
      }
      after = due.at(-1) ?? null;
      if (due.length < PAGE) break;
    }
    return told;
  }

  return { tell, start: loop.start, stop: loop.stop };
}

async function notToldYet(session: Session, question: ReplenishmentDue, due: readonly DueReplenishment[]) {
  const keys = due.map((one) => ({ source: SCORES, id: eventId(question, one) }));
  const told = keys.length === 0 ? new Map<string, string>() : await findStoredEvents(session, keys);
  return due.filter((_one, index) => !told.has(eventKey(keys[index] as (typeof keys)[number])));
}

/** May run again when its transaction has to. */
async function eventsOf(
  trx: Session,
  question: ReplenishmentDue,
  due: readonly DueReplenishment[],
  now: number,
): Promise<ParsedEvent[]> {
  const locked = await lockCustomers(trx, new Set(due.map(({ customerId }) => customerId)));
  const existing = due.filter(({ customerId }) => locked.get(customerId) === customerId);
  return (await stillDue(trx, existing)).map((one) => {
    const { customerId, productId, quantity, orderId, basis } = one;
    const times = { orderedAt: one.orderedAt, startAt: one.startAt, middleAt: one.middleAt, endAt: one.endAt };
    const window = Object.fromEntries(Object.entries(times).map(([name, at]) => [name, isoTime(at)]));
    const moment = { point: question.point, daysBefore: daysBefore(question, one) };
    const properties = { productId, quantity, orderId, ...window, basis, ...moment };
    const id = eventId(question, one);
    return madeEvent({ id, type: REPLENISHMENT_DUE, source: SCORES, identity: { customerId }, properties }, now);
  });
}

const daysBefore = (question: ReplenishmentDue, { basis }: DueReplenishment): number =>
  isByHand(basis) ? question.daysBeforeByHand : question.daysBeforeLearned;

/** Of the purchase and the moment. An order has one customer, whatever becomes of their profile. */
function eventId(question: ReplenishmentDue, due: DueReplenishment): string {
  const purchase = JSON.stringify([due.source, due.orderId, due.productId]);
  const hash = createHash('sha256').update(purchase).digest('base64url');
  return `due/${question.point}-${daysBefore(question, due)}/${hash}`;
}
