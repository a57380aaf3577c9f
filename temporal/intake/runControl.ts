/** What operators do to runs and journeys: cancel one, end those of a customer, pause and resume a journey. */
import { setJourneyPaused } from '../store/journeys.ts';
import { lockAsFound, lockSurvivors } from '../store/identities.ts';
import { insertOutbox } from '../store/outbox.ts';
import type { Session } from '../store/rows.ts';
import { findOpenRuns, releaseHeldRuns } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { RunChanges } from './runChanges.ts';

/** Runs that go on per second after a pause: n8n and the send caps are to keep up. */
const RESUMED_PER_SECOND = 200;
const CHUNK = 1000;

const CANCELLED_BY_OPERATOR = 'cancelled_by_operator';

/** @returns what it was before: `running` when it has been cancelled now; null when there is no such run */
export async function cancelRun(store: Store, runId: string, now: number): Promise<{ status: string } | null> {
  return await store.transaction(async (db) => {
    const session: Session = { db, dialect: store.dialect };
    const row = await db.selectFrom('runs').select('customer_id').where('id', '=', runId).executeTakeFirst();
    if (!row) return null;
    await lockAsFound(session, [row.customer_id]);
    const open = (await findOpenRuns(session, [row.customer_id])).find(({ id }) => id === runId);
    if (!open) {
      return (await db.selectFrom('runs').select('status').where('id', '=', runId).executeTakeFirst()) ?? null;
    }
    const changes = new RunChanges(now);
    changes.cancel({ ...open, isNew: false }, CANCELLED_BY_OPERATOR);
    await changes.write(session);
    await insertOutbox(session, changes.outbox(), now);
    return { status: 'running' };
  });
}

export interface ExitRequest {
  customerId: string;
  /** null: all journeys. */
  journey: string | null;
  /** Shown as the run's `exitReason`. */
  reason: string;
  /** This run goes on. */
  exceptRunId: string | null;
}

export interface ExitedRun {
  runId: string;
  journey: string;
}

/** Ends the open runs of customers. @returns what has ended, for each request; null where there is no such customer */
export async function exitRuns(
  store: Store,
  requests: readonly ExitRequest[],
  now: number,
): Promise<(ExitedRun[] | null)[]> {
  return await store.transaction(async (db) => {
    const session: Session = { db, dialect: store.dialect };
    const survivors = await lockSurvivors(session, new Set(requests.map(({ customerId }) => customerId)));
    const open = await findOpenRuns(session, new Set(survivors.values()));
    const changes = new RunChanges(now);
    const ended = new Set<string>();
    const outcomes = requests.map(({ customerId, journey, reason, exceptRunId }) => {
      const survivor = survivors.get(customerId);
      if (survivor === undefined) return null;
      const leaving = open.filter(
        (run) =>
          run.customerId === survivor &&
          (journey === null || run.journeyKey === journey) &&
          !ended.has(run.id) &&
          run.id !== exceptRunId,
      );
      for (const run of leaving) {
        ended.add(run.id);
        changes.exit({ ...run, isNew: false }, reason);
      }
      return leaving.map(({ id, journeyKey }) => ({ runId: id, journey: journeyKey }));
    });
    await changes.write(session);
    await insertOutbox(session, changes.outbox(), now);
    return outcomes;
  });
}

/** @returns false when there is no such journey */
export async function pauseJourney(store: Store, key: string, now: number): Promise<boolean> {
  return await setJourneyPaused(store.db, key, true, now);
}

/** The runs that the pause has held go on, a few at a time. @returns false when there is no such journey */
export async function resumeJourney(store: Store, key: string, now: number): Promise<boolean> {
  return await store.transaction(async (db) => {
    const session: Session = { db, dialect: store.dialect };
    // The journey's row is written first: a segment that looks at `paused` meanwhile waits for it or is seen below.
    if (!(await setJourneyPaused(db, key, false, now))) return false;
    const held = await releaseHeldRuns(session, key);
    for (let from = 0; from < held.length; from += CHUNK) {
      const entries = held.slice(from, from + CHUNK).map((run, index) => ({
        ...run,
        kind: 'resume' as const,
        payload: {},
        availableAt: now + Math.floor(((from + index) * 1000) / RESUMED_PER_SECOND),
      }));
      await insertOutbox(session, entries, now);
    }
    return true;
  });
}
