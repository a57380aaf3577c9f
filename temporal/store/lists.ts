/** Lists of the API: newest first, a page at a time, each page beginning where the one before ended. */
import { sql, type RawBuilder } from 'kysely';
import type { RunStatus } from '../domain/journey.ts';
import { isoTime, isoTimeOrNull } from '../domain/textValues.ts';
import { idsOf, sessionOf } from './rows.ts';
import type { Queryable } from './store.ts';

/** The last row of the page before: its time (epoch ms) and what tells rows of the same time apart. */
export interface PageStart {
  at: number;
  id: string;
}

export interface PageRequest {
  limit: number;
  after: PageStart | null;
}

export interface Page<T> {
  items: T[];
  /** null on the last page. */
  next: PageStart | null;
}

export function beyond(page: PageRequest, at: RawBuilder<unknown>, id: RawBuilder<unknown>): RawBuilder<unknown> {
  if (!page.after) return sql`1 = 1`;
  return sql`(${at} < ${page.after.at} or (${at} = ${page.after.at} and ${id} < ${page.after.id}))`;
}

/** @param rows one more than asked for, when there is a next page */
export function pageOf<Row, T>(
  rows: Row[],
  limit: number,
  start: (row: Row) => PageStart,
  show: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(show), next: rows.length > limit && last !== undefined ? start(last) : null };
}

export interface EventView {
  id: string;
  type: string;
  source: string;
  occurredAt: string;
  receivedAt: string;
  identity: Record<string, string>;
  properties: Record<string, unknown>;
  test: boolean;
}

export interface EventColumns {
  id: string;
  type: string;
  source: string;
  occurred_at: number;
  received_at: number;
  identity_json: string;
  properties_json: string;
  test: number;
}

export const showEvent = (row: EventColumns): EventView => ({
  id: row.id,
  type: row.type,
  source: row.source,
  occurredAt: isoTime(row.occurred_at),
  receivedAt: isoTime(row.received_at),
  identity: JSON.parse(row.identity_json) as Record<string, string>,
  properties: JSON.parse(row.properties_json) as Record<string, unknown>,
  test: row.test === 1,
});

export async function listEvents(db: Queryable, customerId: string, page: PageRequest): Promise<Page<EventView>> {
  // Of events at the same time the one received later is shown first; `seq` is a number.
  const after = page.after;
  const start = after
    ? sql`(occurred_at < ${after.at} or (occurred_at = ${after.at} and seq < ${Number(after.id)}))`
    : sql`1 = 1`;
  const { rows } = await sql<EventColumns & { seq: number }>`
    select seq, id, type, source, occurred_at, received_at, identity_json, properties_json, test from events
    where customer_id = ${customerId} and ${start}
    order by occurred_at desc, seq desc limit ${page.limit + 1}`.execute(db);
  return pageOf(rows, page.limit, (row) => ({ at: row.occurred_at, id: String(row.seq) }), showEvent);
}

export interface RunView {
  id: string;
  workflowId: string;
  journey: string;
  customerId: string;
  status: RunStatus;
  step: string | null;
  waitingUntil: string | null;
  exitReason: string | null;
  held: boolean;
  enteredAt: string;
  endedAt: string | null;
  steps: { node: string; outcome: string; at: string }[];
}

interface RunColumns {
  id: string;
  workflow_id: string;
  journey_key: string;
  customer_id: string;
  status: RunStatus;
  step: string | null;
  waiting_until: number | null;
  exit_reason: string | null;
  held: number;
  entered_at: number;
  ended_at: number | null;
}

const RUN_COLUMNS = sql`id, workflow_id, journey_key, customer_id, status, step, waiting_until, exit_reason, held, entered_at,
  ended_at`;

export interface RunFilter {
  journey?: string | undefined;
  customerId?: string | undefined;
  status?: string | undefined;
}

export async function listRuns(db: Queryable, filter: RunFilter, page: PageRequest): Promise<Page<RunView>> {
  const conditions = [
    beyond(page, sql`entered_at`, sql`id`),
    ...(filter.journey === undefined ? [] : [sql`journey_key = ${filter.journey}`]),
    ...(filter.customerId === undefined ? [] : [sql`customer_id = ${filter.customerId}`]),
    ...(filter.status === undefined ? [] : [sql`status = ${filter.status}`]),
  ];
  const { rows } = await sql<RunColumns>`
    select ${RUN_COLUMNS} from runs where ${sql.join(conditions, sql` and `)}
    order by entered_at desc, id desc limit ${page.limit + 1}`.execute(db);
  const { items, next } = pageOf(rows, page.limit, (row) => ({ at: row.entered_at, id: row.id }), showRun);
  await addSteps(db, items);
  return { items, next };
}

/** @returns by id; those that do not exist are missing */
export async function runsByIds(db: Queryable, ids: Iterable<string>): Promise<Map<string, RunView>> {
  const list = [...ids];
  if (list.length === 0) return new Map();
  const { rows } = await sql<RunColumns>`
    select ${RUN_COLUMNS} from runs where id in (select id from ${idsOf(sessionOf(db).dialect, list)} as i)`.execute(
    db,
  );
  const items = rows.map(showRun);
  await addSteps(db, items);
  return new Map(items.map((run) => [run.id, run]));
}

export async function findRun(db: Queryable, id: string): Promise<RunView | null> {
  const { rows } = await sql<RunColumns>`select ${RUN_COLUMNS} from runs where id = ${id}`.execute(db);
  const items = rows.map(showRun);
  await addSteps(db, items);
  return items[0] ?? null;
}

function showRun(row: RunColumns): RunView {
  return {
    id: row.id,
    workflowId: row.workflow_id,
    journey: row.journey_key,
    customerId: row.customer_id,
    status: row.status,
    step: row.step,
    waitingUntil: isoTimeOrNull(row.waiting_until),
    exitReason: row.exit_reason,
    held: row.held === 1,
    enteredAt: isoTime(row.entered_at),
    endedAt: isoTimeOrNull(row.ended_at),
    steps: [],
  };
}

async function addSteps(db: Queryable, runs: RunView[]): Promise<void> {
  if (runs.length === 0) return;
  const byId = new Map(runs.map((run) => [run.id, run]));
  const { rows } = await sql<{ run_id: string; node: string; outcome: string; at: number }>`
    select run_id, node, outcome, at from run_steps where run_id in (select id from ${idsOf(sessionOf(db).dialect, byId.keys())} as i)
    order by segment, at`.execute(db);
  for (const { run_id, node, outcome, at } of rows) byId.get(run_id)?.steps.push({ node, outcome, at: isoTime(at) });
}

export interface AuditView {
  kind: 'consent' | 'identifier' | 'skippedEntry' | 'change';
  at: string;
  /** What changed, by kind: channel, state, source and who recorded it; kind and value; journey, event and reason; actor and action. */
  detail: Record<string, string>;
  /** Of a `change`: what belongs to its action. */
  details?: Record<string, unknown>;
}

/** Consent changes, identifiers attached, entries that started nothing, and what somebody changed. */
export async function listAudit(db: Queryable, customerId: string, page: PageRequest): Promise<Page<AuditView>> {
  const { rows } = await sql<AuditColumns>`
    select * from (
      select 'consent' as kind, recorded_at as at, 'consent/' || cast(id as text) as ref, channel as first,
        state as second, source as third, actor as fourth, at as said_at
      from consent_history where customer_id = ${customerId}
      union all
      select 'identifier', created_at, 'identifier/' || kind || '/' || value, kind, value, '', null, null
      from identifiers where customer_id = ${customerId}
      union all
      select 'skippedEntry', at, 'skippedEntry/' || cast(id as text), journey_key, event_id, reason, null,
        null
      from skipped_entries where customer_id = ${customerId}
      union all
      select 'change', at, 'change/' || cast(id as text), actor, action, details_json, null, null
      from audit where customer_id = ${customerId}) as a
    where ${beyond(page, sql`a.at`, sql`a.ref`)} order by at desc, ref desc limit ${page.limit + 1}`.execute(db);
  return pageOf(
    rows,
    page.limit,
    (row) => ({ at: row.at, id: row.ref }),
    (row): AuditView => ({
      kind: row.kind,
      at: isoTime(row.at),
      detail: auditDetail(row),
      ...(row.kind === 'change' && { details: JSON.parse(row.third) as Record<string, unknown> }),
    }),
  );
}

interface AuditColumns {
  kind: AuditView['kind'];
  at: number;
  ref: string;
  first: string;
  second: string;
  third: string;
  fourth: string | null;
  said_at: number | null;
}

function auditDetail({ kind, at, first, second, third, fourth, said_at }: AuditColumns): Record<string, string> {
  switch (kind) {
    case 'consent':
      return {
        ...{ channel: first, state: second, source: third, at: isoTime(said_at ?? at) },
        ...(fourth !== null && { actor: fourth }),
      };
    case 'identifier':
      return { kind: first, value: second };
    case 'skippedEntry':
      return { journey: first, eventId: second, reason: third };
    case 'change':
      return { actor: first, action: second };
  }
}

export interface ChangeView {
  at: string;
  actor: string;
  action: string;
  details: Record<string, unknown>;
}

/** What somebody changed that is not about one customer. */
export async function listChanges(db: Queryable, page: PageRequest): Promise<Page<ChangeView>> {
  const start = page.after ? sql`id < ${Number(page.after.id)}` : sql`1 = 1`;
  const { rows } = await sql<{ id: number; actor: string; action: string; details_json: string; at: number }>`
    select id, actor, action, details_json, at from audit where customer_id is null and ${start}
    order by id desc limit ${page.limit + 1}`.execute(db);
  return pageOf(
    rows,
    page.limit,
    (row) => ({ at: row.at, id: String(row.id) }),
    ({ at, actor, action, details_json }) => ({
      at: isoTime(at),
      actor,
      action,
      details: JSON.parse(details_json) as Record<string, unknown>,
    }),
  );
}
