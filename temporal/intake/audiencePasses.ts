/**
 * Brings audiences into their journeys when a schedule is due. A pass goes through everybody in the order of their ids;
 * how far it has come stands in the same transactions as the entries, a few hundred customers each, so that a process that dies
 * leaves the rest to the next one, nobody enters twice for one due time, and the event loop is free in between. Processes share the
 * work by leases.
 */
import { setImmediate as breath } from 'node:timers/promises';
import { dueTimes, type AudienceSchedule } from '../domain/audienceSchedule.ts';
import { isoTime } from '../domain/textValues.ts';
import { inAudience } from '../store/audience.ts';
import { nextMembers, readSegmentScores } from '../store/audienceMembers.ts';
import {
  beginPass,
  forgetPasses,
  readLastPasses,
  readScheduleStarts,
  takePass,
  writePass,
  type AudiencePass,
} from '../store/audiencePasses.ts';
import { lockCustomers } from '../store/identities.ts';
import { JourneyReader, type Journey } from '../store/journeys.ts';
import { rounds } from '../rounds.ts';
import type { Session } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { EnrolmentBatch } from './enrolmentBatch.ts';
import { missingScores } from './scoresOfAudience.ts';

export interface AudiencePassesOptions {
  store: Store;
  timeScale: number;
  outboxWritten: () => void;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
  now?: () => number;
  /** How often it looks what is due. */
  everyMs?: number;
  /** Customers who are looked at in one go; at most so many enter in one transaction. */
  chunk?: number;
}

export interface AudiencePasses {
  /** Does what is due now, up to the next pause of each pass. @returns how many have entered */
  round(): Promise<number>;
  start(): void;
  /** Lets the customers enter who are entering. */
  stop(): Promise<void>;
}

const EVERY_MS = 1000;
/** A process that dies leaves its pass to the others after this time. */
const LEASE_MS = 60_000;
const RETRY_MS = 10_000;
const CHUNK = 250;
/** Then another journey has its turn. */
const CHUNKS_AT_ONCE = 40;
/** Passes are kept for a month, for who asks why somebody came in. */
const KEPT_MS = 30 * 24 * 3600_000;

interface Scheduled extends Journey {
  schedule: AudienceSchedule;
  /** Epoch ms. */
  since: number;
}

export function audiencePasses(options: AudiencePassesOptions): AudiencePasses {
  const { store, timeScale, outboxWritten, log } = options;
  const { now = Date.now, everyMs = EVERY_MS, chunk = CHUNK } = options;
  const session: Session = { db: store.db, dialect: store.dialect };
  const reader = new JourneyReader();
  // When the store is away: what is due stays due in it.
  const loop = rounds(round, everyMs, (error) => {
    log.warn({ err: error }, 'schedules of journeys cannot be read');
  });
  const { signal } = loop;
  /** Journeys whose scores have been asked for, with the due time that waits for them. */
  const askedFor = new Map<string, number>();

  async function round(): Promise<number> {
    let entered = 0;
    for (;;) {
      let isBusy = false;
      for (const journey of await scheduled(session)) {
        const pass = await claim(journey);
        if (pass === null) continue;
        isBusy = true;
        entered += await work(journey, pass);
        if (signal.aborted) return entered;
      }
      if (!isBusy) return entered;
    }
  }

  /** Journeys that are open, with a schedule. */
  async function scheduled(trx: Session): Promise<Scheduled[]> {
    const journeys = (await reader.all(trx.db)).filter(
      ({ published, paused, definition }) => published && !paused && definition.schedule,
    );
    if (journeys.length === 0) return [];
    const starts = await readScheduleStarts(trx.db);
    return journeys.flatMap((journey) => {
      const since = starts.get(journey.key);
      const { schedule } = journey.definition;
      return schedule && since !== undefined ? [{ ...journey, schedule, since }] : [];
    });
  }

  /** The pass that is to be worked on now, by this process. */
  async function claim(journey: Scheduled): Promise<AudiencePass | null> {
    const last = (await readLastPasses(session.db)).get(journey.key) ?? null;
    const lease = now() + LEASE_MS;
    if (last?.state === 'running') {
      if (last.availableAt > now()) return null;
      if (!isSuperseded(journey.schedule, last)) return await takePass(session, last, lease);
      const taken = await takePass(session, last, lease);
      if (taken === null) return null;
      await writePass(session, { ...taken, state: 'left', finishedAt: now() });
      log.warn(
        { journey: journey.key, dueAt: isoTime(last.dueAt), entered: last.entered },
        'an audience has not entered as a whole: before it could go on, the next time was due',
      );
    }
    const { since } = journey;
    const { dueAt } = dueTimes(journey.schedule.every, {
      since,
      lastDueAt: last?.dueAt ?? null,
      now: now(),
      timeScale,
    });
    if (dueAt === null || !(await hasScores(journey, dueAt))) return null;
    const pass = await beginPass(session, journey.key, dueAt, lease);
    if (pass) await forgetPasses(session, journey.key, dueAt - KEPT_MS);
    return pass;
  }

  /** While nobody worked on it (the journey was closed, the service down), the next time has come. */
  function isSuperseded({ every }: AudienceSchedule, { dueAt, availableAt }: AudiencePass): boolean {
    const next = dueTimes(every, { since: dueAt, lastDueAt: dueAt, now: now(), timeScale }).dueAt;
    return next !== null && next > availableAt + LEASE_MS;
  }

  /** Right after publishing there may be no scores yet: an empty pass would be of no use to anybody. */
  async function hasScores(journey: Scheduled, dueAt: number): Promise<boolean> {
    const isFirst = askedFor.get(journey.key) !== dueAt;
    const missing = await missingScores(session, journey.schedule.audience, isFirst ? now() : null);
    if (missing.length === 0) return true;
    if (isFirst) {
      askedFor.set(journey.key, dueAt);
      log.warn(
        { journey: journey.key, dueAt: isoTime(dueAt), scores: missing },
        'an audience is due, and waits for scores that have never been calculated: they are calculated now',
      );
    }
    return false;
  }

  /** @returns how many have entered */
  async function work(journey: Scheduled, claimed: AudiencePass): Promise<number> {
    let pass = claimed;
    let chunks = 0;
    /** Since the last pause. */
    let entered = 0;
    try {
      while (pass.state === 'running') {
        const limits = { batch: journey.schedule.batch - entered, isLast: ++chunks >= CHUNKS_AT_ONCE };
        const next = await enterNext(journey, pass, limits);
        if (next === null) return entered;
        entered += next.entered - pass.entered;
        pass = next;
        // Paused between batches, given back, or handed to the next turn.
        if (pass.availableAt <= now() || entered >= journey.schedule.batch || signal.aborted) break;
        await breath();
      }
      if (pass.state === 'done') {
        const { dueAt, entered: all, skipped } = pass;
        log.info({ journey: journey.key, dueAt: isoTime(dueAt), entered: all, skipped }, 'an audience has entered');
      } else if (signal.aborted && entered < journey.schedule.batch) {
        await takePass(session, pass, now());
      }
    } catch (error) {
      log.warn({ err: error, journey: journey.key }, 'an audience could not enter yet; it goes on where it stopped');
      await takePass(session, pass, now() + RETRY_MS);
    }
    return entered;
  }

  /** @returns the pass afterwards; null when it is not this process's any more, or the journey is closed */
  async function enterNext(
    { key, schedule }: Scheduled,
    pass: AudiencePass,
    limits: { batch: number; isLast: boolean },
  ): Promise<AudiencePass | null> {
    const { audience } = schedule;
    // Looked at outside of the transaction: usually only a few of them belong to the audience.
    const found = await nextMembers(session, audience, pass.reached, chunk);
    const members = found.members.slice(0, limits.batch);
    const isCut = members.length < found.members.length;
    const reached = isCut ? (members.at(-1) ?? pass.reached) : found.reached;
    const result = await store.transaction(async (db) => {
      const trx: Session = { db, dialect: store.dialect };
      const taken = await takePass(trx, pass, now() + LEASE_MS);
      if (!taken) return null;
      const journey = (await scheduled(trx)).find((one) => one.key === key);
      if (!journey) {
        // Closed meanwhile: it goes on here when the journey is opened again before the next time is due.
        await writePass(trx, { ...taken, availableAt: now() });
        return null;
      }
      const outcome = await enter(trx, journey, taken, members);
      const next: AudiencePass = { ...taken, reached: reached ?? taken.reached };
      next.entered += outcome.entered;
      next.skipped = added(taken.skipped, outcome.skipped);
      if (reached === null) Object.assign(next, { state: 'done', finishedAt: now() });
      else if (outcome.entered >= limits.batch) next.availableAt = Math.round(now() + schedule.pauseMs / timeScale);
      else if (limits.isLast) next.availableAt = now();
      await writePass(trx, next);
      return { next, isWritten: outcome.isWritten };
    });
    if (result === null) return null;
    if (result.isWritten) outboxWritten();
    return result.next;
  }

  async function enter(trx: Session, journey: Scheduled, { dueAt }: AudiencePass, members: readonly string[]) {
    const skipped: Record<string, number> = {};
    if (members.length === 0) return { entered: 0, skipped, isWritten: false };
    const survivors = await lockCustomers(trx, members);
    const existing = members.filter((id) => survivors.get(id) === id);
    // As they are now: an order of a moment ago may have changed everything.
    const still = await inAudience(trx, journey.schedule.audience, existing);
    const ids = existing.filter((id) => still.has(id));
    const scores = await readSegmentScores(trx, ids);
    const customers = ids.map((customerId) => ({
      customerId,
      properties: { ...scores.get(customerId), dueAt: isoTime(dueAt) },
      key: `schedule/${isoTime(dueAt)}`,
    }));
    const rules = { entry: 'schedule', keysSince: dueAt, exitsSince: dueAt } as const;
    const batch = await EnrolmentBatch.load(trx, journey, customers, rules, { now: now(), timeScale });
    let entered = 0;
    for (const customer of customers) {
      const outcome = batch.enrol(customer);
      if (outcome.kind === 'refused') skipped[outcome.reason] = (skipped[outcome.reason] ?? 0) + 1;
      else if (!outcome.isRepeated) entered++;
    }
    return { entered, skipped, isWritten: await batch.write(trx) };
  }

  return { round, start: loop.start, stop: loop.stop };
}

function added(one: AudiencePass['skipped'], other: Readonly<Record<string, number>>): AudiencePass['skipped'] {
  const sum: Record<string, number> = { ...one };
  for (const [reason, count] of Object.entries(other)) sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}
