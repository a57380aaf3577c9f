/** Runs of customers through journeys, as event intake reads and writes them: many at once. */
import { sql } from 'kysely';
import type { RunStatus } from '../domain/journey.ts';
import type { WaitSpec } from '../domain/waitSpec.ts';
import { renewAwaited } from './awaitedProducts.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';
import type { Queryable } from './store.ts';

/** A run that is going on, with the wait it is in. */
export interface OpenRun {
  id: string;
  journeyKey: string;
  customerId: string;
  entryKey: string;
  workflowId: string;
  segment: number;
  step: string | null;
  entryOccurredAt: number;
  wait: { segment: number; node: string; spec: WaitSpec; until: number | null } | null;
}

export async function findOpenRuns(session: Session, customerIds: Iterable<string>): Promise<OpenRun[]> {
  const ids = [...customerIds];
  if (ids.length === 0) return [];
  const { rows } = await sql<{
    id: string;
    journey_key: string;
    customer_id: string;
    entry_key: string;
    workflow_id: string;
    segment: number;
    step: string | null;
    entry_occurred_at: number;
    wait_segment: number | null;
    wait_node: string | null;
    wait_spec: string | null;
    wait_until: number | null;
  }>`
    select r.id, r.journey_key, r.customer_id, r.entry_key, r.workflow_id, r.segment, r.step, r.entry_occurred_at,
      w.segment as wait_segment, w.node as wait_node, w.spec_json as wait_spec, w.until as wait_until
    from ${idsOf(session.dialect, ids)} as c cross join runs r
    left join waits w on w.run_id = r.id and w.segment = r.segment and w.state = 'waiting'
    where r.customer_id = c.id and r.status = 'running' order by r.entered_at, r.id`.execute(session.db);
  return rows.map((row) => ({
    id: row.id,
    journeyKey: row.journey_key,
    customerId: row.customer_id,
    entryKey: row.entry_key,
    workflowId: row.workflow_id,
    segment: row.segment,
    step: row.step,
    entryOccurredAt: row.entry_occurred_at,
    wait:
      row.wait_segment === null
        ? null
        : {
            segment: row.wait_segment,
            node: row.wait_node ?? '',
            spec: JSON.parse(row.wait_spec ?? '') as WaitSpec,
            until: row.wait_until,
          },
  }));
}

/** @returns by run, what its entry event carried */
export async function readEntryProperties(
  session: Session,
  runIds: readonly string[],
): Promise<Map<string, Record<string, unknown>>> {
  if (runIds.length === 0) return new Map();
  const { rows } = await sql<{ id: string; entry_json: string }>`
    select r.id, r.entry_json from ${idsOf(session.dialect, runIds)} as i cross join runs r
    where r.id = i.id`.execute(session.db);
  return new Map(
    rows.map(({ id, entry_json }) => [
      id,
      (JSON.parse(entry_json) as { properties?: Record<string, unknown> }).properties ?? {},
    ]),
  );
}

export interface LastEntry {
  customerId: string;
  journeyKey: string;
  entryKey: string;
  /** Epoch ms. */
  enteredAt: number;
}

export async function findLastEntries(
  session: Session,
  customerIds: Iterable<string>,
  journeyKeys: readonly string[],
): Promise<LastEntry[]> {
  const ids = [...customerIds];
  if (ids.length === 0 || journeyKeys.length === 0) return [];
  const { rows } = await sql<{ customer_id: string; journey_key: string; entry_key: string; entered_at: number }>`
    select r.customer_id, r.journey_key, r.entry_key, max(r.entered_at) as entered_at
    from ${idsOf(session.dialect, ids)} as c cross join runs r
    where r.customer_id = c.id and r.journey_key in (${sql.join(journeyKeys)})
    group by r.customer_id, r.journey_key, r.entry_key`.execute(session.db);
  return rows.map((row) => ({
    customerId: row.customer_id,
    journeyKey: row.journey_key,
    entryKey: row.entry_key,
    enteredAt: row.entered_at,
  }));
}

export interface NewRun {
  id: string;
  journeyKey: string;
  customerId: string;
  entryKey: string;
  workflowId: string;
  /** Other than `running` when it ended in the transaction that made it. */
  status: RunStatus;
  exitReason: string | null;
  entryOccurredAt: number;
  entryJson: string;
}

export async function insertRuns(session: Session, runs: readonly NewRun[], now: number): Promise<void> {
  if (runs.length === 0) return;
  const columns = {
    id: 'text',
    journey_key: 'text',
    customer_id: 'text',
    entry_key: 'text',
    workflow_id: 'text',
    status: 'text',
    exit_reason: 'text',
    entry_occurred_at: 'bigint',
    entry_json: 'text',
    ended_at: 'bigint',
  } as const;
  const rows = runs.map((run) => ({
    id: run.id,
    journey_key: run.journeyKey,
    customer_id: run.customerId,
    entry_key: run.entryKey,
    workflow_id: run.workflowId,
    status: run.status,
    exit_reason: run.exitReason,
    entry_occurred_at: run.entryOccurredAt,
    entry_json: run.entryJson,
    ended_at: run.status === 'running' ? null : now,
  }));
  await sql`
    insert into runs (id, journey_key, customer_id, entry_key, workflow_id, status, exit_reason, step, waiting_until, held,
      entered_at, entry_occurred_at, entry_json, segment, ended_at)
    select r.id, r.journey_key, r.customer_id, r.entry_key, r.workflow_id, r.status, r.exit_reason, null, null, 0,
      ${now}, r.entry_occurred_at, r.entry_json, 1, r.ended_at
    from ${rowsOf(session.dialect, columns, rows)} as r where true`.execute(session.db);
}

export interface EndedRun {
  id: string;
  status: RunStatus;
  reason: string;
}

/** Ends runs and the waits they are in; a run that has ended already stays as it was. */
export async function endRuns(session: Session, ended: readonly EndedRun[], now: number): Promise<void> {
  if (ended.length === 0) return;
  const table = rowsOf(
    session.dialect,
    { id: 'text', status: 'text', reason: 'text' },
    ended.map(({ id, status, reason }) => ({ id, status, reason })),
  );
  // Where the customer was stays readable in the steps.
  await sql`
    insert into run_steps (run_id, segment, node, outcome, at)
    select r.id, runs.segment, runs.step, r.status, ${now} from ${table} as r cross join runs
    where runs.id = r.id and runs.status = 'running' and runs.step is not null
    on conflict (run_id, segment, node, outcome) do nothing`.execute(session.db);
  await sql`
    update waits set state = 'ended' from ${table} as r
    where waits.run_id = r.id and waits.state = 'waiting'`.execute(session.db);
  await sql`
    update runs set status = r.status, exit_reason = r.reason, ended_at = ${now}, waiting_until = null, held = 0
    from ${table} as r where runs.id = r.id and runs.status = 'running'`.execute(session.db);
}

export interface AnsweredWait {
  runId: string;
  segment: number;
  /** Event type. */
  by: string;
  /** `{type, eventId, occurredAt, receivedAt, properties}`. */
  eventJson: string;
}

export async function answerWaits(session: Session, answered: readonly AnsweredWait[]): Promise<void> {
  if (answered.length === 0) return;
  const columns = { run_id: 'text', segment: 'bigint', ended_by: 'text', event_json: 'text' } as const;
  const rows = answered.map(({ runId, segment, by, eventJson }) => ({
    run_id: runId,
    segment,
    ended_by: by,
    event_json: eventJson,
  }));
  await sql`
    update waits set state = 'event', ended_by = r.ended_by, event_json = r.event_json
    from ${rowsOf(session.dialect, columns, rows)} as r
    where waits.run_id = r.run_id and waits.segment = r.segment and waits.state = 'waiting'`.execute(session.db);
}

export interface RefreshedRun {
  id: string;
  segment: number;
  /** Epoch ms, scaled. */
  until: number | null;
  entryOccurredAt: number;
  entryJson: string;
}

/** The entry event came again: the wait ends later and the message will speak of the newer event. */
export async function refreshRuns(session: Session, refreshed: readonly RefreshedRun[]): Promise<void> {
  if (refreshed.length === 0) return;
  const columns = {
    id: 'text',
    segment: 'bigint',
    until: 'bigint',
    entry_occurred_at: 'bigint',
    entry_json: 'text',
  } as const;
  const rows = refreshed.map(({ id, segment, until, entryOccurredAt, entryJson }) => ({
    id,
    segment,
    until,
    entry_occurred_at: entryOccurredAt,
    entry_json: entryJson,
  }));
  const table = rowsOf(session.dialect, columns, rows);
  await sql`
    update waits set until = r.until from ${table} as r
    where waits.run_id = r.id and waits.segment = r.segment and waits.state = 'waiting'`.execute(session.db);
  await sql`
    update runs set entry_occurred_at = r.entry_occurred_at, entry_json = r.entry_json, waiting_until = r.until
    from ${table} as r where runs.id = r.id`.execute(session.db);
  await renewAwaited(session, new Map(refreshed.map(({ id, entryJson }) => [id, entryJson])));
}

/** Runs that a pause of their journey has held are so no more. @returns them, in the order of their entry */
export async function releaseHeldRuns(
  { db }: Session,
  journeyKey: string,
): Promise<{ runId: string; customerId: string; workflowId: string }[]> {
  const { rows } = await sql<{ id: string; customer_id: string; workflow_id: string; entered_at: number }>`
    update runs set held = 0 where journey_key = ${journeyKey} and status = 'running' and held = 1
    returning id, customer_id, workflow_id, entered_at`.execute(db);
  rows.sort((one, other) => one.entered_at - other.entered_at || (one.id < other.id ? -1 : 1));
  return rows.map((row) => ({ runId: row.id, customerId: row.customer_id, workflowId: row.workflow_id }));
}

/** By journey and status. */
export async function countRuns(db: Queryable): Promise<{ journeyKey: string; status: string; runs: number }[]> {
  const { rows } = await sql<{ journey_key: string; status: string; runs: number }>`
    select journey_key, status, count(*) as runs from runs group by journey_key, status`.execute(db);
  return rows.map(({ journey_key: journeyKey, ...row }) => ({ journeyKey, ...row }));
}

export interface SkippedEntry {
  customerId: string;
  journeyKey: string;
  eventId: string;
  reason: string;
}

export async function insertSkippedEntries(
  session: Session,
  skipped: readonly SkippedEntry[],
  now: number,
): Promise<void> {
  if (skipped.length === 0) return;
  const columns = { customer_id: 'text', journey_key: 'text', event_id: 'text', reason: 'text' } as const;
  const rows = skipped.map(({ customerId, journeyKey, eventId, reason }) => ({
    customer_id: customerId,
    journey_key: journeyKey,
    event_id: eventId,
    reason,
  }));
  await sql`
    insert into skipped_entries (customer_id, journey_key, event_id, reason, at)
    select r.customer_id, r.journey_key, r.event_id, r.reason, ${now}
    from ${rowsOf(session.dialect, columns, rows)} as r where true`.execute(session.db);
}
