/**
 * What a segment starts from and what it asked for, kept in the store (DESIGN section 2). Around each call to n8n the
 * worker uses, for up to 200 runs at once:
 *
 * 1. `locateSegments`: which endpoint each call goes to, so that calls can be gathered;
 * 2. `loadSegmentInputs`, in a transaction just before the post: the items, or an answer that needs no post;
 * 3. `readSegmentResults`, in a transaction after n8n has answered 200: what each run does next.
 *
 * Each may be called again for the same run and segment and then says the same.
 */
import { sql } from 'kysely';
import { itemCustomer, journeyItem, type ItemEvent, type JourneyItem } from '../domain/journeyItem.ts';
import { ruleLabel } from '../domain/eventRule.ts';
import type { SegmentOutcome } from '../domain/journey.ts';
import type { WaitSpec } from '../domain/waitSpec.ts';
import type { SegmentCall, SegmentResult } from '../workflows/messages.ts';
import type { WaitRow } from './tables/journeys.ts';
import { lockAsFound } from './identities.ts';
import { rowsOf, sessionOf, type Session } from './rows.ts';
import {
  readItemCustomers,
  readRuns,
  readSegmentFacts,
  readWaits,
  segmentKey,
  type SegmentEndpoint,
  type SegmentRun,
} from './segmentFacts.ts';
import type { Queryable } from './store.ts';

export { segmentKey, type SegmentEndpoint } from './segmentFacts.ts';

export type SegmentInput =
  | { kind: 'post'; call: SegmentCall; endpoint: SegmentEndpoint; item: JourneyItem }
  /** Nothing to post: the run has ended, is held by a pause, or has to go on waiting. */
  | { kind: 'answered'; call: SegmentCall; result: SegmentResult }
  /** Nothing published to post to: its customers are held. `step` names the node for the operator. */
  | { kind: 'missing'; call: SegmentCall; step: string };

/** A wait that seems to end this little too early has ended: clocks differ. */
const CLOCK_TOLERANCE_MS = 250;
const ERASED: SegmentResult = { kind: 'ended', outcome: 'cancelled', reason: 'erased' };

/**
 * @returns by `segmentKey`, the endpoint where each segment starts; calls whose run or endpoint is unknown are left out.
 * An endpoint that is not published is there, with `published: false`.
 */
export async function locateSegments(
  db: Queryable,
  calls: readonly SegmentCall[],
): Promise<Map<string, SegmentEndpoint>> {
  const facts = await readSegmentFacts(sessionOf(db), calls);
  const located = new Map<string, SegmentEndpoint>();
  for (const call of calls) {
    const endpoint = facts.endpointOf(call);
    if (endpoint) located.set(segmentKey(call), endpoint);
  }
  return located;
}

/**
 * Marks the segments as begun and gives the items to post, in the order of `calls`. Ends the wait before the segment
 * (`elapsed`, unless an event has ended it: the store decides, whatever the call says), and sets `runs.held` where the
 * journey is paused. A wait that was prolonged while its timer fired is answered again as that wait.
 *
 * @param now epoch ms
 */
export async function loadSegmentInputs(
  trx: Queryable,
  calls: readonly SegmentCall[],
  now: number,
): Promise<SegmentInput[]> {
  const session = sessionOf(trx);
  await lockRuns(session, calls);
  const facts = await readSegmentFacts(session, calls);
  const customers = await readItemCustomers(
    session,
    [...facts.runs.values()].map((run) => run.customer_id),
  );
  const passed = await resultsInStore(
    session,
    calls.filter((call) => (facts.runs.get(call.runId)?.segment ?? 0) > call.segment),
  );
  const held: string[] = [];
  const begun: Begun[] = [];

  const inputs = calls.map((call): SegmentInput => {
    const answered = (result: SegmentResult): SegmentInput => ({ kind: 'answered', call, result });
    const run = facts.runs.get(call.runId);
    const customer = run && customers.get(run.customer_id);
    if (!run || !customer) return answered(ERASED);
    if (run.status !== 'running') return answered(endedResult(run, call));
    // The run has gone on: this is an attempt that was believed lost.
    const earlier = passed.get(segmentKey(call));
    if (earlier) return answered(earlier);

    const wait = facts.waitBefore(call);
    if (wait?.state === 'waiting' && call.outcome === 'elapsed' && (wait.until ?? 0) > now + CLOCK_TOLERANCE_MS) {
      return answered(waitResult(wait));
    }
    if (run.paused) {
      held.push(run.id);
      return answered({ kind: 'held' });
    }
    const endpoint = facts.endpointOf(call);
    if (!endpoint?.published) {
      return { kind: 'missing', call, step: endpoint?.nodeName ?? wait?.node ?? run.journey_key };
    }
    const outcome = outcomeAfter(wait);
    const began = beginning(run, wait, outcome, now);
    begun.push({ run_id: run.id, segment: call.segment, step: endpoint.nodeName, outcome, began });
    const item = journeyItem(
      wait ? (JSON.parse(wait.item_json) as Record<string, unknown>) : {},
      itemCustomer(customer),
      { ...itemRun(run), segment: call.segment, step: endpoint.nodeName, outcome },
      outcome === 'event' && wait?.event_json ? answeringEvent(wait.event_json) : null,
    );
    return { kind: 'post', call, endpoint, item };
  });

  if (held.length > 0) {
    await session.db
      .updateTable('runs')
      .set({ held: 1 })
      .where('id', 'in', held)
      .where('status', '=', 'running')
      .execute();
  }
  await markBegun(session, begun, now);
  return inputs;
}

/**
 * What each run does next, in the order of `calls`; in this order of weight: the run has ended · a send was deferred,
 * also to a moment that has come meanwhile · a wait was asked for · nothing was, so the run is completed.
 *
 * @param now epoch ms
 */
export async function readSegmentResults(
  trx: Queryable,
  calls: readonly SegmentCall[],
  now: number,
): Promise<SegmentResult[]> {
  const session = sessionOf(trx);
  await lockRuns(session, calls);
  const results = await resultsInStore(session, calls);
  const completed = calls.filter((call) => !results.has(segmentKey(call))).map((call) => call.runId);
  if (completed.length > 0) {
    const rows = await session.db
      .updateTable('runs')
      .set({ status: 'completed', waiting_until: null, held: 0, ended_at: now })
      .where('id', 'in', completed)
      .where('status', '=', 'running')
      .returning(['id', 'segment', 'step', 'journey_key'])
      .execute();
    const steps = rows.map((run) => ({
      run_id: run.id,
      segment: run.segment,
      node: run.step ?? run.journey_key,
      outcome: 'completed',
    }));
    await insertRunSteps(session, steps, now);
  }
  return calls.map((call) => results.get(segmentKey(call)) ?? { kind: 'completed' });
}

/**
 * What is certain although n8n's answer was lost: that a run has ended. A wait or a deferral is not, for another branch
 * of the segment may still have had work to do; null then: the segment is to run again.
 */
export async function readKnownResults(
  db: Queryable,
  calls: readonly SegmentCall[],
): Promise<(SegmentResult | null)[]> {
  const results = await resultsInStore(sessionOf(db), calls);
  return calls.map((call) => {
    const result = results.get(segmentKey(call));
    return result?.kind === 'ended' || result?.kind === 'completed' ? result : null;
  });
}

export interface NewRunStep {
  run_id: string;
  segment: number;
  node: string;
  outcome: string;
}

/** Adds steps to the runs' histories; those already there stay as they were. */
export async function insertRunSteps(session: Session, steps: readonly NewRunStep[], now: number): Promise<void> {
  if (steps.length === 0) return;
  const columns = { run_id: 'text', segment: 'bigint', node: 'text', outcome: 'text' } as const;
  const rows = steps.map(({ run_id, segment, node, outcome }) => ({ run_id, segment, node, outcome }));
  await sql`
    insert into run_steps (run_id, segment, node, outcome, at)
    select r.run_id, r.segment, r.node, r.outcome, ${now} from ${rowsOf(session.dialect, columns, rows)} as r where true
    on conflict (run_id, segment, node, outcome) do nothing`.execute(session.db);
}

async function lockRuns(session: Session, calls: readonly SegmentCall[]): Promise<void> {
  if (session.dialect === 'sqlite') return;
  const runs = await readRuns(
    session,
    calls.map((call) => call.runId),
  );
  // A pause that is being ended waits for us, and then finds the runs that we hold; or we see that it has ended.
  const journeys = new Set([...runs.values()].map((run) => run.journey_key));
  await sql`select key from journeys where key in (${sql.join([...journeys, ''])}) order by key for share`.execute(
    session.db,
  );
  await lockAsFound(session, new Set([...runs.values()].map((run) => run.customer_id)));
}

/** By `segmentKey`, what the store knows of segments that have run; those that asked for nothing are not in it. */
async function resultsInStore(session: Session, calls: readonly SegmentCall[]): Promise<Map<string, SegmentResult>> {
  const results = new Map<string, SegmentResult>();
  if (calls.length === 0) return results;
  const runIds = [...new Set(calls.map((call) => call.runId))];
  const runs = await readRuns(session, runIds);
  const waits = await readWaits(session, calls);
  const deferrals = await session.db
    .selectFrom('sends')
    .select(['run_id', 'segment', 'until', 'node_name'])
    .where('run_id', 'in', runIds)
    .where('decision', '=', 'defer')
    .where('until', 'is not', null)
    .orderBy('until')
    .execute();
  // The latest of a segment wins.
  const deferred = new Map(
    deferrals.map((row) => [segmentKey({ runId: row.run_id ?? '', segment: row.segment ?? 0 }), row]),
  );
  for (const call of calls) {
    const key = segmentKey(call);
    const run = runs.get(call.runId);
    const deferral = run?.segment === call.segment ? deferred.get(key) : undefined;
    const wait = waits.get(key);
    if (!run) results.set(key, ERASED);
    else if (run.status !== 'running') results.set(key, endedResult(run, call));
    else if (deferral?.until) results.set(key, { kind: 'deferred', until: deferral.until, node: deferral.node_name });
    else if (wait) results.set(key, waitResult(wait));
  }
  return results;
}

function endedResult(run: SegmentRun, call: SegmentCall): SegmentResult {
  if (run.status === 'completed' && run.segment === call.segment) return { kind: 'completed' };
  return { kind: 'ended', outcome: run.status, reason: run.exit_reason ?? run.status };
}

function waitResult(wait: WaitRow): SegmentResult {
  const spec = JSON.parse(wait.spec_json) as WaitSpec;
  const events = spec.kind === 'event' ? [...new Set(spec.events.map(ruleLabel))] : [];
  const { segment, node, until } = wait;
  return { kind: 'wait', segment, node, until, events, arrived: wait.state === 'event' };
}

function outcomeAfter(wait: WaitRow | undefined): SegmentOutcome {
  if (!wait) return 'entered';
  return wait.state === 'event' ? 'event' : 'elapsed';
}

/**
 * A segment begins when the customer enters or the wait before is over, not when n8n has time for it: an event that comes
 * while n8n is away or busy answers the next wait.
 */
function beginning(run: SegmentRun, wait: WaitRow | undefined, outcome: SegmentOutcome, now: number): number {
  if (!wait) return run.entered_at;
  if (outcome !== 'event') return Math.min(wait.until ?? now, now);
  const { receivedAt } = JSON.parse(wait.event_json ?? '{}') as { receivedAt?: number };
  return receivedAt ?? now;
}

function itemRun(run: SegmentRun) {
  const entry = JSON.parse(run.entry_json) as { type: string; properties?: Record<string, unknown> };
  return {
    id: run.id,
    journey: run.journey_key,
    enteredAt: new Date(run.entered_at).toISOString(),
    entry: {
      type: entry.type,
      occurredAt: new Date(run.entry_occurred_at).toISOString(),
      properties: entry.properties ?? {},
    },
  };
}

function answeringEvent(eventJson: string): ItemEvent {
  const { type, occurredAt, properties } = JSON.parse(eventJson) as ItemEvent;
  return { type, occurredAt, properties };
}

interface Begun {
  run_id: string;
  segment: number;
  step: string;
  outcome: SegmentOutcome;
  /** Epoch ms. */
  began: number;
}

/** The wait before is over, the run stands at the segment's first node, and its history says how it came there. */
async function markBegun(session: Session, begun: readonly Begun[], now: number): Promise<void> {
  if (begun.length === 0) return;
  const rows = begun.map(({ run_id, segment, step, began }) => ({ run_id, segment, step, began }));
  const table = rowsOf(session.dialect, { run_id: 'text', segment: 'bigint', step: 'text', began: 'bigint' }, rows);
  await sql`
    update waits set state = 'elapsed' from ${table} as r
    where waits.run_id = r.run_id and waits.segment = r.segment - 1 and waits.state = 'waiting'`.execute(session.db);
  // Only the first post of a segment moves its beginning: events since then answer the waits that it asks for.
  await sql`
    update runs set segment = r.segment, step = r.step, waiting_until = null, held = 0,
      segment_began_at = case when runs.segment = r.segment and runs.segment_began_at is not null
        then runs.segment_began_at else r.began end
    from ${table} as r
    where runs.id = r.run_id and runs.status = 'running' and runs.segment <= r.segment`.execute(session.db);
  // Now they are asked for anew; one that is not, because its node is gone, must not bring the segment back for ever.
  await sql`
    update sends set until = null from ${table} as r
    where sends.run_id = r.run_id and sends.segment = r.segment and sends.decision = 'defer'
      and sends.until <= ${now}`.execute(session.db);
  await insertRunSteps(
    session,
    begun.map(({ run_id, segment, step, outcome }) => ({ run_id, segment, node: step, outcome })),
    now,
  );
}
