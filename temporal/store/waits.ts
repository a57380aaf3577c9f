/**
 * Customers who have reached a Journey Wait: one wait for each run and segment. Nobody waits for an event that has come
 * while the segment was still running: it is looked for in the same transaction.
 */
import { sql } from 'kysely';
import { isNews, isNewsFor } from '../domain/catalogue/interests.ts';
import type { CanonicalEvent } from '../domain/event.ts';
import { concerns } from '../domain/entryParts.ts';
import { matchesAny, type MatchedEvent } from '../domain/ruleMatching.ts';
import type { WaitSpec } from '../domain/waitSpec.ts';
import { isoTime } from '../domain/textValues.ts';
import { untilOf } from '../domain/wait.ts';
import { awaitsNews, repeatMissedChanges, writeAwaited } from './awaitedProducts.ts';
import type { WaitRow } from './tables/journeys.ts';
import { endpointId } from './endpoints.ts';
import { lockAsFound } from './identities.ts';
import { idsOf, rowsOf, sessionOf, type Session } from './rows.ts';
import { insertRunSteps } from './segments.ts';
import { readRuleFacts } from './ruleFacts.ts';
import { readDefinitions, readRuns, readWaits, segmentKey, type SegmentRun } from './segmentFacts.ts';
import type { Queryable } from './store.ts';
import { readWaitFacts, type WaitFacts } from './waitFacts.ts';

export interface WaitRegistration {
  runId: string;
  segment: number;
  workflowId: string;
  nodeId: string;
  nodeName: string;
  spec: WaitSpec;
  /** The n8n item, kept until the wait is over. */
  item: Readonly<Record<string, unknown>>;
}

export type RegisteredWait =
  /** Epoch ms; null for no end by time. */
  | { kind: 'waiting'; until: number | null }
  /** The run has ended meanwhile: there is nothing to wait for. */
  | { kind: 'ended' }
  | { kind: 'problem'; path: string; message: string };

export interface WaitCircumstances {
  /** Epoch ms. */
  now: number;
  timeScale: number;
}

interface NewWait {
  registration: WaitRegistration;
  run: SegmentRun;
  endpointId: string;
  until: number | null;
  answer: ArrivedEvent | null;
}

/** @returns in the order of the registrations; those that are said again change nothing */
export async function registerWaits(
  trx: Queryable,
  registrations: readonly WaitRegistration[],
  circumstances: WaitCircumstances,
): Promise<RegisteredWait[]> {
  const { now, timeScale } = circumstances;
  const session = sessionOf(trx);
  const runs = await lockedRuns(session, registrations);
  const existing = await readWaits(session, registrations);
  const facts = await factsOfRuns(session, registrations, runs);
  const added = new Map<string, NewWait>();

  const results = registrations.map((registration): RegisteredWait => {
    const run = runs.get(registration.runId);
    const key = segmentKey(registration);
    const id = endpointId(registration.workflowId, registration.nodeId);
    // A run that is not known has been erased.
    if (!run || run.status !== 'running') return { kind: 'ended' };

    const earlier = existing.get(key);
    const other = added.get(key) ?? (earlier && { endpointId: earlier.endpoint_id, until: earlier.until });
    if (other && other.endpointId !== id && earlier?.state !== 'ended') {
      const node = added.get(key)?.registration.nodeName ?? earlier?.node;
      return problem(
        '',
        `This customer waits at "${node}" already. A customer waits in one place at a time: join the branches, for example with a Merge node, before a Journey Wait.`,
      );
    }
    if (run.segment !== registration.segment) {
      if (earlier) return { kind: 'waiting', until: earlier.until };
      return problem(
        '/segment',
        `The run stands at segment ${run.segment}, the item comes from segment ${registration.segment}. Keep the "run" field of the item as it is.`,
      );
    }
    // The same node again: the segment runs a second time, or has several items for this customer.
    if (added.has(key)) return { kind: 'waiting', until: added.get(key)?.until ?? null };
    const specJson = JSON.stringify(registration.spec);
    if (earlier && (earlier.state !== 'waiting' || earlier.spec_json === specJson)) {
      return { kind: 'waiting', until: earlier.until };
    }
    const end = untilOf(registration.spec, {
      now,
      timeScale,
      entryOccurredAt: run.entry_occurred_at,
      segment: registration.segment,
      ...facts.get(registration),
    });
    if (end.problem !== undefined) return problem('/spec', end.problem);
    added.set(key, { registration, run, endpointId: id, until: end.until, answer: null });
    return { kind: 'waiting', until: end.until };
  });

  const waits = [...added.values()];
  await findArrived(session, waits, timeScale);
  await writeWaits(session, waits, now);
  return results;
}

const problem = (path: string, message: string): RegisteredWait => ({ kind: 'problem', path, message });

async function lockedRuns(
  session: Session,
  registrations: readonly WaitRegistration[],
): Promise<Map<string, SegmentRun>> {
  const runIds = registrations.map((registration) => registration.runId);
  const runs = await readRuns(session, runIds);
  if (session.dialect === 'sqlite') return runs;
  await lockAsFound(session, new Set([...runs.values()].map((run) => run.customer_id)));
  return await readRuns(session, runIds);
}

async function factsOfRuns(
  session: Session,
  registrations: readonly WaitRegistration[],
  runs: ReadonlyMap<string, SegmentRun>,
): Promise<Map<WaitRegistration, WaitFacts>> {
  const asking = registrations.flatMap((registration) => {
    const run = runs.get(registration.runId);
    return run ? [{ registration, run }] : [];
  });
  const facts = await readWaitFacts(
    session,
    asking.map(({ registration: { spec }, run }) => ({
      runId: run.id,
      customerId: run.customer_id,
      entryKey: run.entry_key,
      entryOccurredAt: run.entry_occurred_at,
      entry: entryProperties(run),
      spec,
    })),
  );
  return new Map(asking.map(({ registration }, index) => [registration, facts[index] ?? {}]));
}

interface ArrivedEvent {
  seq: number;
  source: string;
  id: string;
  type: CanonicalEvent['type'];
  customer_id: string;
  occurred_at: number;
  received_at: number;
  properties_json: string;
}

/** Answers waits whose event was received since the segment before them began, by the first such event. */
async function findArrived(session: Session, waits: NewWait[], timeScale: number): Promise<void> {
  const waiting = waits.flatMap((wait) => {
    const { spec } = wait.registration;
    return spec.kind === 'event'
      ? [{ wait, rules: spec.events, since: wait.run.segment_began_at ?? wait.run.entered_at }]
      : [];
  });
  const types = [...new Set(waiting.flatMap(({ rules }) => rules.map((rule) => rule.type)))];
  if (waiting.length === 0 || types.length === 0) return;
  const earliest = Math.min(...waiting.map(({ since }) => since));
  const customerIds = new Set(waiting.map(({ wait }) => wait.run.customer_id));
  const { rows } = await sql<ArrivedEvent>`
    select e.seq, e.source, e.id, e.type, e.customer_id, e.occurred_at, e.received_at, e.properties_json
    from ${idsOf(session.dialect, customerIds)} as c cross join events e
    where e.customer_id = c.id and e.received_at >= ${earliest} and e.type in (${sql.join(types)})
      and e.test = 0 and e.repeats_order = 0
    order by e.seq`.execute(session.db);
  if (rows.length === 0) return;
  const arrived = Map.groupBy(rows, (row) => row.customer_id);
  const spent = await spentEvents(
    session,
    waiting.map(({ wait }) => wait),
  );
  const definitions = await readDefinitions(
    session,
    waiting.map(({ wait }) => wait.run.journey_key),
  );
  const facts = await readRuleFacts(
    session,
    rows.map(({ customer_id: customerId, id, source, type, occurred_at: occurredAt, properties_json }) => ({
      ...{ customerId, id, source, type, occurredAt },
      properties: JSON.parse(properties_json) as CanonicalEvent['properties'],
    })),
    waiting.flatMap(({ rules }) => rules),
    timeScale,
  );
  const factsOf = new Map(rows.map((row, index) => [row.seq, facts[index] ?? null]));
  for (const { wait, rules, since } of waiting) {
    const used = spent.get(wait.run.id);
    wait.answer =
      arrived.get(wait.run.customer_id)?.find((event) => {
        if (event.received_at < since || event.occurred_at < wait.run.entry_occurred_at || used?.has(event.id))
          return false;
        const { id, type, source } = event;
        const properties = JSON.parse(event.properties_json) as CanonicalEvent['properties'];
        const matched: MatchedEvent = { id, type, source, properties, facts: factsOf.get(event.seq) ?? null };
        const definition = definitions.get(wait.run.journey_key);
        const subject = { entryKey: wait.run.entry_key, entry: entryProperties(wait.run) };
        if (isNews(type) && !isNewsFor(subject.entry, properties)) return false;
        return matchesAny(rules, matched) && (!definition || concerns(definition, subject, matched));
      }) ?? null;
  }
}

const entryProperties = ({ entry_json }: SegmentRun): Record<string, unknown> =>
  (JSON.parse(entry_json) as { properties?: Record<string, unknown> }).properties ?? {};

/** By run, the ids of events that have done their work for it: brought the customer in, or answered the wait before. */
async function spentEvents(session: Session, waits: NewWait[]): Promise<Map<string, Set<string>>> {
  const before = await readWaits(
    session,
    waits.map(({ registration: { runId, segment } }) => ({ runId, segment: segment - 1 })),
  );
  return new Map(
    waits.map(({ run, registration }) => {
      const previous = before.get(segmentKey({ runId: run.id, segment: registration.segment - 1 }));
      const ids = [run.entry_json, previous?.event_json].flatMap((json) => {
        const { eventId } = (json ? JSON.parse(json) : {}) as { eventId?: string };
        return eventId === undefined ? [] : [eventId];
      });
      return [run.id, new Set(ids)] as const;
    }),
  );
}

async function writeWaits(session: Session, waits: NewWait[], now: number): Promise<void> {
  if (waits.length === 0) return;
  const rows = waits.map(({ registration, endpointId: endpoint_id, until, answer }) => ({
    run_id: registration.runId,
    segment: registration.segment,
    endpoint_id,
    node: registration.nodeName,
    spec_json: JSON.stringify(registration.spec),
    until,
    state: (answer ? 'event' : 'waiting') satisfies WaitRow['state'],
    ended_by: answer?.type ?? null,
    event_json: answer ? eventJson(answer) : null,
    item_json: JSON.stringify(registration.item),
  }));
  const columns = {
    run_id: 'text',
    segment: 'bigint',
    endpoint_id: 'text',
    node: 'text',
    spec_json: 'text',
    until: 'bigint',
    state: 'text',
    ended_by: 'text',
    event_json: 'text',
    item_json: 'text',
  } as const;
  const table = rowsOf(session.dialect, columns, rows);
  await sql`
    insert into waits (run_id, segment, endpoint_id, node, spec_json, until, state, ended_by, event_json, item_json, created_at)
    select r.run_id, r.segment, r.endpoint_id, r.node, r.spec_json, r.until, r.state, r.ended_by, r.event_json, r.item_json,
      ${now}
    from ${table} as r where true
    on conflict (run_id, segment) do update set endpoint_id = excluded.endpoint_id, node = excluded.node,
      spec_json = excluded.spec_json, until = excluded.until, state = excluded.state, ended_by = excluded.ended_by,
      event_json = excluded.event_json, item_json = excluded.item_json`.execute(session.db);
  const awaiting = waits.filter(({ registration, answer }) => answer === null && awaitsNews(registration.spec));
  await writeAwaited(
    session,
    awaiting.map(({ run }) => ({ runId: run.id, customerId: run.customer_id, entryJson: run.entry_json })),
  );
  await repeatMissedChanges(
    session,
    awaiting.map(({ run }) => ({ runId: run.id, since: run.segment_began_at ?? run.entered_at })),
    now,
  );
  const places = rows.map(({ run_id, node, until }) => ({ run_id, node, until }));
  await sql`
    update runs set step = r.node, waiting_until = r.until
    from ${rowsOf(session.dialect, { run_id: 'text', node: 'text', until: 'bigint' }, places)} as r
    where runs.id = r.run_id`.execute(session.db);
  await insertRunSteps(
    session,
    rows.map(({ run_id, segment, node }) => ({ run_id, segment, node, outcome: 'waiting' })),
    now,
  );
}

function eventJson({ type, id, occurred_at, received_at, properties_json }: ArrivedEvent): string {
  const properties = JSON.parse(properties_json) as unknown;
  return JSON.stringify({ type, eventId: id, occurredAt: isoTime(occurred_at), receivedAt: received_at, properties });
}
