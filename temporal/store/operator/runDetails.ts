/** One run with all that the operator's page says of it. Every question is one of an index by the run, or by its customer. */
import { sql } from 'kysely';
import type { JourneyState, RunStatus, SegmentOutcome } from '../../domain/journey.ts';
import type { WaitSpec } from '../../domain/waitSpec.ts';
import { listSends } from '../sendList.ts';
import { readSegmentFacts } from '../segmentFacts.ts';
import type { Session } from '../rows.ts';
import type { WaitRow } from '../tables/journeys.ts';

/** Messages of one run: more than this is a loop. */
const MOST_SENDS = 200;

export interface RunDetails {
  id: string;
  workflowId: string;
  journey: {
    key: string;
    /** The key, when the journey is not known any more. */
    name: string;
    state: JourneyState;
    n8nWorkflowId: string | null;
  };
  customerId: string;
  entryKey: string;
  status: RunStatus;
  step: string | null;
  /** Times are epoch ms. */
  waitingUntil: number | null;
  exitReason: string | null;
  held: boolean;
  enteredAt: number;
  endedAt: number | null;
  /** Event type, or `custom:manual`. */
  entry: string;
  entryOccurredAt: number;
  /** When its segment was to begin; null: none has yet. */
  segmentBeganAt: number | null;
  /** The run of the same person that went on in this one's place. */
  absorbedBy: string | null;
  steps: RunStep[];
  /** By segment. */
  waits: Map<number, RunWait>;
  sends: RunSend[];
  /** What Temporal has still to be told. */
  untold: { kind: string; since: number; attempts: number; lastError: string | null }[];
  /** Of a running one: where its next segment begins, when that node is not published in n8n. */
  unpublishedNode: string | null;
}

export interface RunStep {
  segment: number;
  node: string;
  outcome: SegmentOutcome | RunStatus | 'waiting';
  at: number;
}

export interface RunWait {
  node: string;
  spec: WaitSpec;
  /** Epoch ms, as it stands now; null: no end by time. */
  until: number | null;
  state: WaitRow['state'];
  endedBy: string | null;
}

export type RunSend = Awaited<ReturnType<typeof listSends>>['items'][number] & { startedBy: string | null };

/** @returns null when there is no such run, or its customer was erased */
export async function readRunDetails(session: Session, id: string): Promise<RunDetails | null> {
  const run = await readRun(session, id);
  if (!run) return null;
  const { db } = session;
  const steps = await db
    .selectFrom('run_steps')
    .select(['segment', 'node', 'outcome', 'at'])
    .where('run_id', '=', id)
    .orderBy('segment')
    .orderBy('at')
    .execute();
  const untold = await db
    .selectFrom('outbox')
    .select(['kind', 'created_at', 'attempts', 'last_error'])
    .where('customer_id', '=', run.customer_id)
    .where('run_id', '=', id)
    .orderBy('id')
    .execute();
  return {
    id,
    workflowId: run.workflow_id,
    journey: {
      key: run.journey_key,
      name: run.name ?? run.journey_key,
      state: run.published !== 1 ? 'unpublished' : run.paused === 1 ? 'paused' : 'active',
      n8nWorkflowId: run.n8n_workflow_id,
    },
    customerId: run.customer_id,
    entryKey: run.entry_key,
    status: run.status,
    step: run.step,
    waitingUntil: run.waiting_until,
    exitReason: run.exit_reason,
    held: run.held === 1,
    enteredAt: run.entered_at,
    endedAt: run.ended_at,
    entry: (JSON.parse(run.entry_json) as { type: string }).type,
    entryOccurredAt: run.entry_occurred_at,
    segmentBeganAt: run.segment_began_at,
    absorbedBy: run.absorbed_by,
    steps: steps.map((step) => ({ ...step, outcome: step.outcome as RunStep['outcome'] })),
    waits: await readRunWaits(session, id),
    sends: await readRunSends(session, id),
    untold: untold.map(({ kind, created_at: since, attempts, last_error: lastError }) => ({
      ...{ kind, since, attempts, lastError },
    })),
    unpublishedNode: run.status === 'running' ? await unpublishedNode(session, id, run) : null,
  };
}

interface RunColumns {
  workflow_id: string;
  journey_key: string;
  customer_id: string;
  entry_key: string;
  status: RunStatus;
  step: string | null;
  waiting_until: number | null;
  exit_reason: string | null;
  held: number;
  entered_at: number;
  ended_at: number | null;
  entry_json: string;
  entry_occurred_at: number;
  absorbed_by: string | null;
  segment: number;
  segment_began_at: number | null;
  name: string | null;
  published: number | null;
  paused: number | null;
  n8n_workflow_id: string | null;
}

async function readRun({ db }: Session, id: string): Promise<RunColumns | undefined> {
  const { rows } = await sql<RunColumns>`
    select r.workflow_id, r.journey_key, r.customer_id, r.entry_key, r.status, r.step, r.waiting_until, r.exit_reason,
      r.held, r.entered_at, r.ended_at, r.entry_json, r.entry_occurred_at, r.absorbed_by, r.segment, r.segment_began_at,
      j.name, j.published, j.paused, j.n8n_workflow_id
    from runs r left join journeys j on j.key = r.journey_key where r.id = ${id}`.execute(db);
  return rows[0];
}

async function readRunWaits({ db }: Session, id: string): Promise<Map<number, RunWait>> {
  const rows = await db
    .selectFrom('waits')
    .select(['segment', 'node', 'spec_json', 'until', 'state', 'ended_by'])
    .where('run_id', '=', id)
    .execute();
  return new Map(
    rows.map(({ segment, node, spec_json, until, state, ended_by: endedBy }) => [
      segment,
      { node, spec: JSON.parse(spec_json) as WaitSpec, until, state, endedBy },
    ]),
  );
}

async function readRunSends({ db }: Session, runId: string): Promise<RunSend[]> {
  const { items } = await listSends(db, { runId }, { limit: MOST_SENDS, after: null });
  const starts = await db
    .selectFrom('sends')
    .select(['id', 'started_by'])
    .where('run_id', '=', runId)
    .where('started_by', 'is not', null)
    .limit(MOST_SENDS)
    .execute();
  const startedBy = new Map(starts.map(({ id, started_by }) => [id, started_by]));
  return items.map((send) => ({ ...send, startedBy: startedBy.get(send.id) ?? null }));
}

/** The wait that a run is in leads to the node where it goes on; a run that is in none stands in the segment itself. */
async function unpublishedNode(session: Session, runId: string, run: RunColumns): Promise<string | null> {
  const isWaiting = await session.db
    .selectFrom('waits')
    .select('state')
    .where('run_id', '=', runId)
    .where('segment', '=', run.segment)
    .executeTakeFirst();
  const next = { runId, segment: isWaiting?.state === 'waiting' ? run.segment + 1 : run.segment };
  const endpoint = (await readSegmentFacts(session, [next])).endpointOf(next);
  return endpoint?.published === false ? endpoint.nodeName : null;
}
