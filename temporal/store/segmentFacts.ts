/** Reads what a segment starts from: its run, the waits around it, the endpoint where it begins, the customer. */
import { sql } from 'kysely';
import type { CustomerFacts } from '../domain/journeyItem.ts';
import type { JourneyDefinition, RunStatus } from '../domain/journey.ts';
import { tracksOf } from '../domain/tracks.ts';
import type { SegmentCall } from '../workflows/messages.ts';
import { findConsents } from './consents.ts';
import { readScores } from './customerScores.ts';
import { readTotals } from './customerTotals.ts';
import type { WaitRow } from './tables/journeys.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

/** A segment of a run; also names the wait that the segment asked for. */
export type SegmentRef = Pick<SegmentCall, 'runId' | 'segment'>;

export const segmentKey = ({ runId, segment }: SegmentRef): string => `${runId}/${segment}`;

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

export interface SegmentRun {
  id: string;
  journey_key: string;
  customer_id: string;
  entry_key: string;
  status: RunStatus;
  exit_reason: string | null;
  entered_at: number;
  entry_occurred_at: number;
  entry_json: string;
  segment: number;
  segment_began_at: number | null;
  /** 1: other runs of the same person were merged into it. */
  absorbs: number;
  /** Of the journey; null when it is unknown here. */
  paused: number | null;
}

const distinct = (values: Iterable<string>): string[] => [...new Set(values)];

export async function readRuns(session: Session, runIds: Iterable<string>): Promise<Map<string, SegmentRun>> {
  const ids = distinct(runIds);
  if (ids.length === 0) return new Map();
  const { rows } = await sql<SegmentRun>`
    select r.id, r.journey_key, r.customer_id, r.entry_key, r.status, r.exit_reason, r.entered_at,
      r.entry_occurred_at, r.entry_json, r.segment, r.segment_began_at, r.absorbs, j.paused
    from ${idsOf(session.dialect, ids)} as c cross join runs r left join journeys j on j.key = r.journey_key
    where r.id = c.id`.execute(session.db);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Of journeys, by key. */
export async function readDefinitions(
  session: Session,
  journeyKeys: Iterable<string>,
): Promise<Map<string, JourneyDefinition>> {
  const keys = distinct(journeyKeys);
  if (keys.length === 0) return new Map();
  const rows = await session.db
    .selectFrom('journeys')
    .select(['key', 'definition_json'])
    .where('key', 'in', keys)
    .execute();
  return new Map(rows.map((row) => [row.key, JSON.parse(row.definition_json) as JourneyDefinition]));
}

/** @returns by `segmentKey`, the waits that these segments asked for */
export async function readWaits(session: Session, segments: readonly SegmentRef[]): Promise<Map<string, WaitRow>> {
  if (segments.length === 0) return new Map();
  const pairs = new Map(segments.map((one) => [segmentKey(one), { run_id: one.runId, segment: one.segment }]));
  const table = rowsOf(session.dialect, { run_id: 'text', segment: 'bigint' }, [...pairs.values()]);
  const { rows } = await sql<WaitRow>`
    select w.* from ${table} as c cross join waits w
    where w.run_id = c.run_id and w.segment = c.segment`.execute(session.db);
  return new Map(rows.map((row) => [segmentKey({ runId: row.run_id, segment: row.segment }), row]));
}

/** Customers with their properties, identifiers and totals, by id. Of one kind the newest identifier comes last. */
export async function readCustomers(
  session: Session,
  customerIds: Iterable<string>,
): Promise<Map<string, CustomerFacts>> {
  const ids = distinct(customerIds);
  const customers = new Map<string, CustomerFacts>();
  if (ids.length === 0) return customers;
  const { rows } = await sql<{
    id: string;
    properties_json: string;
    tracks_json: string;
    kind: string | null;
    value: string | null;
  }>`
    select c.id, c.properties_json, c.tracks_json, i.kind, i.value
    from ${idsOf(session.dialect, ids)} as r cross join customers c left join identifiers i on i.customer_id = c.id
    where c.id = r.id order by i.created_at, i.value`.execute(session.db);
  for (const row of rows) {
    let customer = customers.get(row.id);
    if (!customer) {
      const properties = JSON.parse(row.properties_json) as Record<string, unknown>;
      customer = { id: row.id, properties, identifiers: [], consent: {}, tracks: tracksOf(row.tracks_json) };
      customers.set(row.id, customer);
    }
    if (row.kind !== null && row.value !== null) customer.identifiers.push({ kind: row.kind, value: row.value });
  }
  for (const { customerId, channel, state } of await findConsents(session, customers.keys())) {
    const customer = customers.get(customerId);
    if (customer) customer.consent[channel] = state;
  }
  for (const [id, totals] of await readTotals(session, customers.keys())) {
    const customer = customers.get(id);
    if (customer) customer.totals = totals;
  }
  return customers;
}

/** As `readCustomers`, with what is calculated of them: as items of the canvas have them. */
export async function readItemCustomers(
  session: Session,
  customerIds: Iterable<string>,
): Promise<Map<string, CustomerFacts>> {
  const customers = await readCustomers(session, customerIds);
  for (const [id, scores] of await readScores(session, customers.keys())) {
    const customer = customers.get(id);
    if (customer) customer.scores = scores;
  }
  return customers;
}

export interface SegmentFacts {
  runs: Map<string, SegmentRun>;
  /** The wait that the segment begins after; none for a journey's first segment. */
  waitBefore(call: SegmentRef): WaitRow | undefined;
  /** Where the segment begins; published or not. */
  endpointOf(call: SegmentRef): SegmentEndpoint | undefined;
}

export async function readSegmentFacts(session: Session, calls: readonly SegmentRef[]): Promise<SegmentFacts> {
  const runs = await readRuns(
    session,
    calls.map((call) => call.runId),
  );
  const before = ({ runId, segment }: SegmentRef): SegmentRef => ({ runId, segment: segment - 1 });
  const waits = await readWaits(session, calls.map(before));
  const waitBefore = (call: SegmentRef): WaitRow | undefined => waits.get(segmentKey(before(call)));
  const endpoints = await readEndpoints(
    session,
    distinct([...waits.values()].map((wait) => wait.endpoint_id)),
    distinct([...runs.values()].map((run) => run.journey_key)),
  );
  return {
    runs,
    waitBefore,
    endpointOf(call) {
      const wait = waitBefore(call);
      if (wait) return endpoints.byId.get(wait.endpoint_id);
      const run = runs.get(call.runId);
      return run && call.segment === 1 ? endpoints.byJourney.get(run.journey_key) : undefined;
    },
  };
}

async function readEndpoints(session: Session, ids: string[], journeyKeys: string[]) {
  const byId = new Map<string, SegmentEndpoint>();
  const byJourney = new Map<string, SegmentEndpoint>();
  if (ids.length === 0 && journeyKeys.length === 0) return { byId, byJourney };
  // A journey that moved to another workflow has left an unpublished endpoint behind: the last row of a key wins.
  const rows = await session.db
    .selectFrom('endpoints')
    .select(['id', 'path', 'node_name', 'n8n_workflow_name', 'published', 'journey_key'])
    .where((eb) => {
      const conditions = [];
      if (ids.length > 0) conditions.push(eb('id', 'in', ids));
      if (journeyKeys.length > 0) conditions.push(eb('journey_key', 'in', journeyKeys));
      return eb.or(conditions);
    })
    .orderBy('published')
    .orderBy('updated_at')
    .execute();
  for (const row of rows) {
    const endpoint: SegmentEndpoint = {
      id: row.id,
      path: row.path,
      nodeName: row.node_name,
      workflowName: row.n8n_workflow_name,
      published: row.published === 1,
    };
    byId.set(row.id, endpoint);
    if (row.journey_key !== null) byJourney.set(row.journey_key, endpoint);
  }
  return { byId, byJourney };
}
