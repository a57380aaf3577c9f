/** What operators do to runs and journeys: start one by hand, cancel one, pause and resume a journey. */
import { sql } from 'kysely';
import { decideEntry, entryKeyOf, workflowIdOf, type SkipReason } from '../domain/entry.ts';
import type { EventIdentity, EventProperties } from '../domain/event.ts';
import { newId } from '../newId.ts';
import { JourneyReader, setJourneyPaused } from '../store/journeys.ts';
import { lockCustomers } from '../store/identities.ts';
import { insertOutbox } from '../store/outbox.ts';
import type { Session } from '../store/rows.ts';
import { findLastEntries, findOpenRuns } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import type { IntakeTime } from './journeyEffects.ts';
import { resolveCustomers } from './resolveCustomers.ts';
import { RunChanges, type BatchRun } from './runChanges.ts';

export const MANUAL_ENTRY = 'manual';
/** Runs that go on per second after a pause: n8n and the send caps are to keep up. */
const RESUMED_PER_SECOND = 200;
const CHUNK = 1000;

export type StartedRun =
  | { kind: 'started'; runId: string }
  | { kind: 'noJourney' }
  | { kind: 'noCustomer' }
  | { kind: 'refused'; reason: SkipReason };

/** @param who a customer id, or an identity that finds or makes one */
export async function startRun(
  store: Store,
  journeyKey: string,
  who: EventIdentity,
  properties: EventProperties,
  time: IntakeTime,
): Promise<StartedRun> {
  return await store.transaction(async (db): Promise<StartedRun> => {
    const session: Session = { db, dialect: store.dialect };
    const journey = (await new JourneyReader().all(db)).find(({ key }) => key === journeyKey);
    if (!journey) return { kind: 'noJourney' };
    if (!journey.published) return { kind: 'refused', reason: 'unpublished' };
    if (journey.paused) return { kind: 'refused', reason: 'paused' };
    const customerId = (await resolveCustomers(session, [who], time.now)).customerIds[0];
    if (!customerId) return { kind: 'noCustomer' };

    const entryKey = entryKeyOf(journey.definition, { type: `custom:${MANUAL_ENTRY}`, properties });
    const open = (await findOpenRuns(session, [customerId])).find(
      (run) => run.journeyKey === journeyKey && run.entryKey === entryKey,
    );
    const last = (await findLastEntries(session, [customerId], [journeyKey])).find(
      (entry) => entry.entryKey === entryKey,
    );
    const decision = decideEntry({
      journey: journey.definition,
      published: journey.published,
      paused: journey.paused,
      occurredAt: null,
      exitedSince: false,
      open: open !== undefined,
      lastEnteredAt: last?.enteredAt ?? null,
      ...time,
    });
    if (decision.kind === 'skip') return { kind: 'refused', reason: decision.reason };
    if (decision.kind === 'refresh') return { kind: 'refused', reason: 'alreadyIn' };

    const changes = new RunChanges(time.now);
    if (open) changes.cancel({ ...open, isNew: false }, 'restarted');
    const run: BatchRun = {
      id: newId('run'),
      journeyKey,
      customerId,
      entryKey,
      workflowId: workflowIdOf(journeyKey, customerId, entryKey),
      segment: 1,
      step: null,
      entryOccurredAt: time.now,
      wait: null,
      isNew: true,
    };
    changes.start(run, journey, MANUAL_ENTRY, JSON.stringify({ type: MANUAL_ENTRY, properties }));
    await changes.write(session);
    await insertOutbox(session, changes.outbox(), time.now);
    return { kind: 'started', runId: run.id };
  });
}

export const CANCELLED_BY_OPERATOR = 'cancelled_by_operator';

/** @returns what it was before: `running` when it has been cancelled now; null when there is no such run */
export async function cancelRun(store: Store, runId: string, now: number): Promise<{ status: string } | null> {
  return await store.transaction(async (db) => {
    const session: Session = { db, dialect: store.dialect };
    const row = await db.selectFrom('runs').select('customer_id').where('id', '=', runId).executeTakeFirst();
    if (!row) return null;
    await lockCustomers(session, [row.customer_id]);
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
    const { rows } = await sql<{ id: string; customer_id: string; workflow_id: string }>`
      select id, customer_id, workflow_id from runs
      where journey_key = ${key} and status = 'running' and held = 1 order by entered_at, id`.execute(db);
    for (let from = 0; from < rows.length; from += CHUNK) {
      const entries = rows.slice(from, from + CHUNK).map((row, index) => ({
        customerId: row.customer_id,
        runId: row.id,
        workflowId: row.workflow_id,
        kind: 'resume' as const,
        payload: {},
        availableAt: now + Math.floor(((from + index) * 1000) / RESUMED_PER_SECOND),
      }));
      await insertOutbox(session, entries, now);
    }
    await sql`update runs set held = 0 where journey_key = ${key} and status = 'running' and held = 1`.execute(db);
    return true;
  });
}
