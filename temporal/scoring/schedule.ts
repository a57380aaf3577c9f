/**
 * When the scores are calculated: each job every 24 hours, at the start when that is overdue, and whenever somebody asks for it.
 * Processes share the work by leases in the store; what a process that died has begun, another begins anew when the lease has run out.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { claimJob, finishJob, giveJobBack, makeKnown, renewJob, type ClaimedJob } from '../store/scoreJobs.ts';
import { rounds } from '../rounds.ts';
import type { Session } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { JOB_NAMES, type JobName } from './job.ts';
import type { RunningJob, StartJob } from './startJob.ts';

export interface ScoringOptions {
  store: Store;
  /** As in DATABASE_URL: jobs open it for themselves. */
  storeLocation: string;
  startJob: StartJob;
  timeScale: number;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
  names?: readonly JobName[];
  now?: () => number;
  /** How often it looks what is due. */
  everyMs?: number;
}

export interface Scoring {
  /** Does what is due. @returns which jobs have ended, well or not */
  round(): Promise<JobName[]>;
  start(): void;
  /** Breaks off what is under way, within seconds. */
  stop(): Promise<void>;
}

const EVERY_MS = 1000;
const PERIOD_MS = 24 * 3600_000;
/** Whatever the time scale: the jobs would do nothing else. */
const SHORTEST_PERIOD_MS = 10_000;
/** A process that dies leaves its job to the others after this time. */
const LEASE_MS = 60_000;
const RENEW_EVERY_MS = 20_000;
const RETRY_MS = 15 * 60_000;

export function scoring(options: ScoringOptions): Scoring {
  const { store, storeLocation, startJob, timeScale, log } = options;
  const { names = JOB_NAMES, now = Date.now, everyMs = EVERY_MS } = options;
  const session: Session = { db: store.db, dialect: store.dialect };
  const periodMs = Math.max(PERIOD_MS / timeScale, SHORTEST_PERIOD_MS);
  const retryMs = Math.min(RETRY_MS, periodMs);
  // When the store is away: what is due stays due in it.
  const loop = rounds(round, everyMs, (error) => {
    log.warn({ err: error }, 'scores cannot be calculated now');
  });
  const { signal } = loop;
  let current: RunningJob | null = null;
  let areKnown = false;

  async function round(): Promise<JobName[]> {
    if (!areKnown) await makeKnown(session, names, now());
    areKnown = true;
    const ended: JobName[] = [];
    while (!signal.aborted) {
      const times = { lease: now() + LEASE_MS, nextDue: Math.round(now() + periodMs) };
      const claimed = await claimJob(store, names, now(), times);
      if (claimed === null) break;
      await work(claimed);
      ended.push(claimed.name as JobName);
    }
    return ended;
  }

  async function work(claimed: ClaimedJob): Promise<void> {
    const name = claimed.name as JobName;
    const startedAt = now();
    const job = startJob({ job: name, storeLocation, now: startedAt, timeScale });
    current = job;
    if (signal.aborted) job.stop();
    const lease = keepLease(claimed, job);
    const failure = await job.done.then(
      () => null,
      (error: unknown) => error as Error,
    );
    current = null;
    const { held, isLost } = await lease.end();
    if (isLost) return;
    const ms = now() - startedAt;
    if (signal.aborted) {
      await giveJobBack(session, held, now());
    } else if (failure) {
      log.warn(
        { err: failure, job: name, ms },
        'scores could not be calculated; they stay as they are until the next try',
      );
      await finishJob(session, held, now(), wordsOf(failure), Math.round(now() + retryMs));
    } else {
      log.info({ job: name, ms }, 'scores have been calculated');
      await finishJob(session, held, now(), null, null);
    }
  }

  /** Renews the lease for as long as the job takes; a job that another process has by now is broken off. */
  function keepLease(claimed: ClaimedJob, job: RunningJob) {
    const ended = new AbortController();
    const renewing = (async () => {
      let held = claimed;
      for (;;) {
        await delay(RENEW_EVERY_MS, undefined, { signal: ended.signal, ref: false }).catch(() => {});
        if (ended.signal.aborted) return { held, isLost: false };
        const until = now() + LEASE_MS;
        try {
          if (!(await renewJob(session, held, until))) {
            job.stop();
            return { held, isLost: true };
          }
          held = { ...held, lease: until };
        } catch (error) {
          log.warn({ err: error, job: claimed.name }, 'the lease of a job could not be renewed yet');
        }
      }
    })();
    return {
      end: async () => {
        ended.abort();
        return await renewing;
      },
    };
  }

  return {
    round,
    start: loop.start,
    async stop() {
      const stopped = loop.stop();
      current?.stop();
      await stopped;
    },
  };
}

/** @returns what happened, without what was in the rows: PostgreSQL's details quote them */
function wordsOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return `${typeof code === 'string' ? code : error.name}: ${error.message}`.slice(0, 500);
}
