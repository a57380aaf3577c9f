/**
 * What a segment starts from and what it asked for, read from and kept in the store (DESIGN section 2).
 * Around each call to n8n the worker uses, set-based for up to 200 runs:
 *
 * 1. `locateSegments` – which endpoint each call goes to, so that calls can be gathered per endpoint;
 * 2. `loadSegmentInputs`, in a transaction just before the post – the items to post, or an answer that needs no post;
 * 3. `readSegmentResults`, in a transaction after n8n has answered 200 – what each run does next.
 *
 * All three may be called again for the same run and segment and then say the same.
 */
import type { Insertable } from 'kysely';
import {
  itemCustomer,
  journeyItem,
  type CustomerFacts,
  type ItemEvent,
  type JourneyItem,
} from '../domain/journeyItem.ts';
import type { SegmentOutcome, WaitSpec } from '../domain/journey.ts';
import type { SegmentCall, SegmentResult } from '../workflows/messages.ts';
import { lockCustomers } from './customerLock.ts';
import type { EndpointRow, RunStepsTable, WaitRow } from './database.ts';
import type { Queryable } from './store.ts';

export interface SegmentEndpoint {
  /** `<n8n workflow id>/<node id>`. */
  id: string;
  /** Below `N8N_BASE_URL`. */
  path: string;
  nodeName: string;
  workflowName: string;
  /** false: unpublished or deleted, its customers are held. */
  published: boolean;
}

export type SegmentInput =
  | { kind: 'post'; call: SegmentCall; endpoint: SegmentEndpoint; item: JourneyItem }
  /** Nothing to post: the run has ended, is held by a pause, or has to go on waiting. */
  | { kind: 'answered'; call: SegmentCall; result: SegmentResult }
  /** Nothing published to post to. `step` names the node (or the journey) for the operator. */
  | { kind: 'missing'; call: SegmentCall; step: string };

/** A wait that seems to end this little too early has ended: clocks differ. */
const CLOCK_TOLERANCE_MS = 250;

/** Key of one call in the maps of this module. */
export const segmentKey = (call: { runId: string; segment: number }): string => `${call.runId}/${call.segment}`;

/**
 * @returns by `segmentKey`, the endpoint where each segment starts; calls whose run or endpoint is unknown are left out.
 * An endpoint that is not published is there, with `published: false`.
 */
export async function locateSegments(db: Queryable, calls: SegmentCall[]): Promise<Map<string, SegmentEndpoint>> {
  const facts = await readFacts(db, calls);
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
export async function loadSegmentInputs(trx: Queryable, calls: SegmentCall[], now: number): Promise<SegmentInput[]> {
  await lockCustomersOf(trx, calls);
  const facts = await readFacts(trx, calls);
  const customers = await readCustomers(
    trx,
    [...facts.runs.values()].map((run) => run.customer_id),
  );
  const held: string[] = [];
  const begun: { call: SegmentCall; step: string; outcome: SegmentOutcome }[] = [];
  const results = new Map<string, SegmentResult>();
  const stale = calls.filter((call) => (facts.runs.get(call.runId)?.segment ?? 0) > call.segment);
  for (const [key, result] of await resultsFromStore(trx, stale, now)) if (result) results.set(key, result);

  const inputs = calls.map((call): SegmentInput => {
    const answered = (result: SegmentResult): SegmentInput => ({ kind: 'answered', call, result });
    const run = facts.runs.get(call.runId);
    if (!run) return answered({ kind: 'ended', outcome: 'cancelled', reason: 'erased' });
    if (run.status !== 'running') return answered(endedResult(run, call));
    const known = results.get(segmentKey(call));
    if (known) return answered(known);

    const wait = facts.waitBefore(call);
    if (wait?.state === 'waiting' && call.outcome === 'elapsed' && (wait.until ?? 0) > now + CLOCK_TOLERANCE_MS) {
      return answered(waitResult(wait));
    }
    if (run.paused) {
      held.push(run.id);
      return answered({ kind: 'held' });
    }
    const endpoint = facts.endpointOf(call);
    const customer = customers.get(run.customer_id);
    if (!customer) return answered({ kind: 'ended', outcome: 'cancelled', reason: 'erased' });
    if (!endpoint?.published) {
      return { kind: 'missing', call, step: endpoint?.nodeName ?? wait?.node ?? run.journey_key };
    }
    const outcome: SegmentOutcome = wait ? (wait.state === 'event' ? 'event' : 'elapsed') : 'entered';
    begun.push({ call, step: endpoint.nodeName, outcome });
    const entry = JSON.parse(run.entry_json) as { type: string; properties?: Record<string, unknown> };
    return {
      kind: 'post',
      call,
      endpoint,
      item: journeyItem(
        wait ? (JSON.parse(wait.item_json) as Record<string, unknown>) : {},
        itemCustomer(customer),
        {
          id: run.id,
          journey: run.journey_key,
          segment: call.segment,
          step: endpoint.nodeName,
          enteredAt: new Date(run.entered_at).toISOString(),
          outcome,
          entry: {
            type: entry.type,
            occurredAt: new Date(run.entry_occurred_at).toISOString(),
            properties: entry.properties ?? {},
          },
        },
        outcome === 'event' ? answeringEvent(wait) : null,
      ),
    };
  });

  if (held.length > 0) {
    await trx.updateTable('runs').set({ held: 1 }).where('id', 'in', held).where('status', '=', 'running').execute();
  }
  await markBegun(trx, begun, now);
  return inputs;
}

/**
 * What each run does next, in the order of `calls`: in this order of weight, the run has ended · a send was deferred
 * to later · a wait was asked for · nothing was: the run is completed.
 *
 * @param now epoch ms
 */
export async function readSegmentResults(trx: Queryable, calls: SegmentCall[], now: number): Promise<SegmentResult[]> {
  await lockCustomersOf(trx, calls);
  const results = await resultsFromStore(trx, calls, now);
  const completed = calls.filter((call) => results.get(segmentKey(call)) === null).map((call) => call.runId);
  if (completed.length > 0) {
    const rows = await trx
      .updateTable('runs')
      .set({ status: 'completed', waiting_until: null, held: 0, ended_at: now })
      .where('id', 'in', completed)
      .where('status', '=', 'running')
      .returning(['id', 'segment', 'step', 'journey_key'])
      .execute();
    await insertRunSteps(
      trx,
      rows.map((run) => ({
        run_id: run.id,
        segment: run.segment,
        node: run.step ?? run.journey_key,
        outcome: 'completed',
        at: now,
      })),
    );
  }
  return calls.map((call) => results.get(segmentKey(call)) ?? { kind: 'completed' });
}

/** Adds steps to the runs' histories; those already there stay as they were. */
export async function insertRunSteps(trx: Queryable, steps: Insertable<RunStepsTable>[]): Promise<void> {
  if (steps.length === 0) return;
  await trx
    .insertInto('run_steps')
    .values(steps)
    .onConflict((conflict) => conflict.columns(['run_id', 'segment', 'node', 'outcome']).doNothing())
    .execute();
}

/** Customers with their properties and identifiers, by id. Of one kind the newest identifier comes last. */
export async function readCustomers(db: Queryable, customerIds: string[]): Promise<Map<string, CustomerFacts>> {
  const customers = new Map<string, CustomerFacts>();
  const ids = [...new Set(customerIds)];
  if (ids.length === 0) return customers;
  const rows = await db.selectFrom('customers').select(['id', 'properties_json']).where('id', 'in', ids).execute();
  for (const row of rows) {
    const properties = JSON.parse(row.properties_json) as Record<string, unknown>;
    customers.set(row.id, { id: row.id, properties, identifiers: [] });
  }
  const identifiers = await db
    .selectFrom('identifiers')
    .select(['customer_id', 'kind', 'value'])
    .where('customer_id', 'in', ids)
    .orderBy('created_at')
    .orderBy('value')
    .execute();
  for (const { customer_id, kind, value } of identifiers) customers.get(customer_id)?.identifiers.push({ kind, value });
  return customers;
}

type RunFacts = Awaited<ReturnType<typeof readRuns>>[number];

const distinct = <T>(values: Iterable<T>): T[] => [...new Set(values)];

function readRuns(db: Queryable, runIds: string[]) {
  return db
    .selectFrom('runs')
    .leftJoin('journeys', 'journeys.key', 'runs.journey_key')
    .select([
      'runs.id',
      'runs.journey_key',
      'runs.customer_id',
      'runs.status',
      'runs.exit_reason',
      'runs.entered_at',
      'runs.entry_occurred_at',
      'runs.entry_json',
      'runs.segment',
      'journeys.paused',
    ])
    .where('runs.id', 'in', distinct(runIds))
    .execute();
}

async function lockCustomersOf(trx: Queryable, calls: SegmentCall[]): Promise<void> {
  if (calls.length === 0) return;
  const runIds = distinct(calls.map((call) => call.runId));
  const rows = await trx.selectFrom('runs').select('customer_id').where('id', 'in', runIds).execute();
  await lockCustomers(
    trx,
    rows.map((row) => row.customer_id),
  );
}

function readWaits(db: Queryable, calls: { runId: string; segment: number }[]): Promise<WaitRow[]> {
  if (calls.length === 0) return Promise.resolve([]);
  return db
    .selectFrom('waits')
    .selectAll()
    .where('run_id', 'in', distinct(calls.map((call) => call.runId)))
    .where('segment', 'in', distinct(calls.map((call) => call.segment)))
    .execute();
}

/** Runs, the waits their segments start after, and the endpoints these begin at. */
async function readFacts(db: Queryable, calls: SegmentCall[]) {
  const runs = new Map<string, RunFacts>();
  if (calls.length > 0)
    for (const run of await readRuns(
      db,
      calls.map((call) => call.runId),
    ))
      runs.set(run.id, run);
  const before = calls.map((call) => ({ runId: call.runId, segment: call.segment - 1 }));
  const waits = new Map(
    (await readWaits(db, before)).map((wait) => [segmentKey({ runId: wait.run_id, segment: wait.segment }), wait]),
  );
  const waitBefore = (call: SegmentCall): WaitRow | undefined =>
    waits.get(segmentKey({ runId: call.runId, segment: call.segment - 1 }));

  const journeyKeys = distinct(
    calls.filter((call) => !waitBefore(call)).flatMap((call) => runs.get(call.runId)?.journey_key ?? []),
  );
  const endpointIds = distinct([...waits.values()].map((wait) => wait.endpoint_id));
  const triggers = new Map<string, EndpointRow>();
  const endpoints = new Map<string, EndpointRow>();
  if (journeyKeys.length > 0 || endpointIds.length > 0) {
    const rows = await db
      .selectFrom('endpoints')
      .selectAll()
      .where((eb) =>
        eb.or([
          ...(journeyKeys.length > 0
            ? [eb.and([eb('journey_key', 'in', journeyKeys), eb('kind', '=', 'trigger')])]
            : []),
          ...(endpointIds.length > 0 ? [eb('id', 'in', endpointIds)] : []),
        ]),
      )
      // A journey that moved to another workflow has left an unpublished endpoint behind: the last one here wins.
      .orderBy('published')
      .orderBy('updated_at')
      .execute();
    for (const row of rows) {
      endpoints.set(row.id, row);
      if (row.journey_key !== null) triggers.set(row.journey_key, row);
    }
  }
  const endpointOf = (call: SegmentCall): SegmentEndpoint | undefined => {
    const wait = waitBefore(call);
    const run = runs.get(call.runId);
    const row = wait
      ? endpoints.get(wait.endpoint_id)
      : run && call.segment === 1
        ? triggers.get(run.journey_key)
        : undefined;
    return (
      row && {
        id: row.id,
        path: row.path,
        nodeName: row.node_name,
        workflowName: row.n8n_workflow_name,
        published: row.published === 1,
      }
    );
  };
  return { runs, waitBefore, endpointOf };
}

/** What the store says about segments that have run; null: nothing was asked for. */
async function resultsFromStore(
  db: Queryable,
  calls: SegmentCall[],
  now: number,
): Promise<Map<string, SegmentResult | null>> {
  const results = new Map<string, SegmentResult | null>();
  if (calls.length === 0) return results;
  const runIds = distinct(calls.map((call) => call.runId));
  const runs = new Map((await readRuns(db, runIds)).map((run) => [run.id, run]));
  const waits = new Map(
    (await readWaits(db, calls)).map((wait) => [segmentKey({ runId: wait.run_id, segment: wait.segment }), wait]),
  );
  const deferrals = await db
    .selectFrom('sends')
    .select(['run_id', 'segment', 'until', 'node_name'])
    .where('run_id', 'in', runIds)
    .where('decision', '=', 'defer')
    .where('until', '>', now)
    .orderBy('until')
    .execute();
  const deferred = new Map(
    deferrals.map((row) => [segmentKey({ runId: row.run_id ?? '', segment: row.segment ?? 0 }), row]),
  );
  for (const call of calls) {
    const key = segmentKey(call);
    const run = runs.get(call.runId);
    const wait = waits.get(key);
    const deferral = deferred.get(key);
    if (!run) results.set(key, { kind: 'ended', outcome: 'cancelled', reason: 'erased' });
    else if (run.status !== 'running') results.set(key, endedResult(run, call));
    else if (deferral?.until && run.segment === call.segment) {
      results.set(key, { kind: 'deferred', until: deferral.until, node: deferral.node_name });
    } else results.set(key, wait ? waitResult(wait) : null);
  }
  return results;
}

function endedResult(run: Pick<RunFacts, 'status' | 'exit_reason' | 'segment'>, call: SegmentCall): SegmentResult {
  if (run.status === 'completed' && run.segment === call.segment) return { kind: 'completed' };
  return { kind: 'ended', outcome: run.status, reason: run.exit_reason ?? run.status };
}

function waitResult(wait: WaitRow): SegmentResult {
  const spec = JSON.parse(wait.spec_json) as WaitSpec;
  return {
    kind: 'wait',
    segment: wait.segment,
    node: wait.node,
    until: wait.until,
    events: spec.kind === 'event' ? distinct(spec.events.map((rule) => rule.type)) : [],
    arrived: wait.state === 'event',
  };
}

function answeringEvent(wait: WaitRow | undefined): ItemEvent | null {
  if (!wait?.event_json) return null;
  const { type, occurredAt, properties } = JSON.parse(wait.event_json) as ItemEvent;
  return { type, occurredAt, properties };
}

/** The wait before is over, the run stands at the segment's first node, and its history says how it came there. */
async function markBegun(
  trx: Queryable,
  begun: { call: SegmentCall; step: string; outcome: SegmentOutcome }[],
  now: number,
): Promise<void> {
  const groups = new Map<string, typeof begun>();
  for (const one of begun) {
    const key = `${one.call.segment}/${one.step}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  for (const group of groups.values()) {
    const { call, step } = group[0]!;
    const runIds = group.map((one) => one.call.runId);
    if (call.segment > 1) {
      await trx
        .updateTable('waits')
        .set({ state: 'elapsed' })
        .where('run_id', 'in', runIds)
        .where('segment', '=', call.segment - 1)
        .where('state', '=', 'waiting')
        .execute();
    }
    await trx
      .updateTable('runs')
      .set((eb) => ({
        segment: call.segment,
        // Only the first post of a segment counts: events since then answer the waits that it asks for.
        segment_began_at: eb
          .case()
          .when(eb.and([eb('segment', '=', call.segment), eb('segment_began_at', 'is not', null)]))
          .then(eb.ref('segment_began_at'))
          .else(now)
          .end(),
        step,
        waiting_until: null,
        held: 0,
      }))
      .where('id', 'in', runIds)
      .where('status', '=', 'running')
      .where('segment', '<=', call.segment)
      .execute();
  }
  await insertRunSteps(
    trx,
    begun.map(({ call, step, outcome }) => ({
      run_id: call.runId,
      segment: call.segment,
      node: step,
      outcome,
      at: now,
    })),
  );
}
