/**
 * Which process delivers to which Commerce Trigger: a short lease, so that n8n gets the events of one node from one place and
 * in order, and another process goes on soon after one has died. Also when each node is asked to look at its shop.
 */
import { sql } from 'kysely';
import type { ShopCheck } from '../domain/commerceTrigger.ts';
import type { Session } from './rows.ts';
import type { Store } from './store.ts';

export interface LaneEndpoint {
  id: string;
  /** Below `N8N_BASE_URL`. */
  path: string;
  nodeName: string;
  workflowName: string;
}

export interface Lane extends LaneEndpoint {
  /** In a row. */
  failures: number;
}

/**
 * A Commerce Trigger has been published: it may be called at once, whatever was wrong before.
 * @param checkDueAt epoch ms; null: as it is, and at once for one that is new
 */
export async function openLane(
  { db }: Pick<Session, 'db'>,
  endpointId: string,
  checkDueAt: number | null,
): Promise<void> {
  const row = { retry_at: 0, failures: 0, problem: null };
  // The node has just looked at its shop: what it said before is no longer so.
  const checked = checkDueAt === null ? {} : { check_due_at: checkDueAt, checked_at: null, check_json: null };
  await db
    .insertInto('delivery_lanes')
    .values({ endpoint_id: endpointId, leased_until: 0, ...row, check_due_at: checkDueAt ?? 0 })
    .onConflict((conflict) => conflict.column('endpoint_id').doUpdateSet({ ...row, ...checked }))
    .execute();
}

/** Takes up to `limit` endpoints that have something due and that nobody delivers to. Times epoch ms. */
export async function claimLanes(
  store: Store,
  holder: string,
  limit: number,
  now: number,
  leaseUntil: number,
): Promise<Lane[]> {
  return await store.transaction(async (db) => {
    const skipLocked = store.dialect === 'postgres' ? sql`for update of l skip locked` : sql``;
    const { rows } = await sql<{
      id: string;
      path: string;
      node_name: string;
      n8n_workflow_name: string;
      failures: number;
    }>`
      select e.id, e.path, e.node_name, e.n8n_workflow_name, l.failures
      from delivery_lanes l join endpoints e on e.id = l.endpoint_id
      where e.published = 1 and l.leased_until <= ${now} and l.retry_at <= ${now} and exists (
        select 1 from event_deliveries d where d.endpoint_id = l.endpoint_id and d.available_at <= ${now})
      order by l.retry_at, e.id limit ${limit} ${skipLocked}`.execute(db);
    if (rows.length === 0) return [];
    await db
      .updateTable('delivery_lanes')
      .set({ leased_by: holder, leased_until: leaseUntil })
      .where(
        'endpoint_id',
        'in',
        rows.map(({ id }) => id),
      )
      .execute();
    return rows.map((row) => ({
      id: row.id,
      path: row.path,
      nodeName: row.node_name,
      workflowName: row.n8n_workflow_name,
      failures: row.failures,
    }));
  });
}

/** @returns false when the lease has been lost, or the node was unpublished: nothing more may be posted */
export async function renewLease(
  { db }: Pick<Session, 'db'>,
  endpointId: string,
  holder: string,
  leaseUntil: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update delivery_lanes set leased_until = ${leaseUntil}
    where endpoint_id = ${endpointId} and leased_by = ${holder}
      and exists (select 1 from endpoints e where e.id = delivery_lanes.endpoint_id and e.published = 1)`.execute(db);
  return Number(numAffectedRows ?? 0n) > 0;
}

/** n8n has taken events. */
export async function noteDelivered(
  { db }: Pick<Session, 'db'>,
  endpointId: string,
  holder: string,
  now: number,
): Promise<void> {
  await db
    .updateTable('delivery_lanes')
    .set({ delivered_at: now, failures: 0, problem: null })
    .where('endpoint_id', '=', endpointId)
    .where('leased_by', '=', holder)
    .execute();
}

/** @param trouble null: nothing is left to do; else why nothing can be delivered now, and when to try again (epoch ms) */
export async function releaseLane(
  { db }: Pick<Session, 'db'>,
  endpointId: string,
  holder: string,
  trouble: { problem: string; retryAt: number; failures: number } | null,
): Promise<void> {
  await db
    .updateTable('delivery_lanes')
    .set({
      leased_by: null,
      leased_until: 0,
      ...(trouble && { problem: trouble.problem, retry_at: trouble.retryAt, failures: trouble.failures }),
    })
    .where('endpoint_id', '=', endpointId)
    .where('leased_by', '=', holder)
    .execute();
}

/** Every node is asked about its shop soon: the service has just started. */
export async function hastenChecks({ db }: Pick<Session, 'db'>, at: number): Promise<void> {
  await sql`update delivery_lanes set check_due_at = ${at} where check_due_at > ${at}`.execute(db);
}

/** Nodes that are to look at their shop now; no other process takes them before `leaseUntil`. Times epoch ms. */
export async function claimChecks(
  store: Store,
  limit: number,
  now: number,
  leaseUntil: number,
): Promise<LaneEndpoint[]> {
  return await store.transaction(async (db) => {
    const skipLocked = store.dialect === 'postgres' ? sql`for update of l skip locked` : sql``;
    const { rows } = await sql<{ id: string; path: string; node_name: string; n8n_workflow_name: string }>`
      select e.id, e.path, e.node_name, e.n8n_workflow_name
      from delivery_lanes l join endpoints e on e.id = l.endpoint_id
      where e.published = 1 and l.check_due_at <= ${now}
      order by l.check_due_at, e.id limit ${limit} ${skipLocked}`.execute(db);
    if (rows.length === 0) return [];
    await db
      .updateTable('delivery_lanes')
      .set({ check_due_at: leaseUntil })
      .where(
        'endpoint_id',
        'in',
        rows.map(({ id }) => id),
      )
      .execute();
    return rows.map(({ id, path, node_name, n8n_workflow_name }) => ({
      id,
      path,
      nodeName: node_name,
      workflowName: n8n_workflow_name,
    }));
  });
}

/**
 * Keeps what the node answered. It also says whose events it gets: the service may know it only from comparing with n8n.
 * @param times epoch ms
 */
export async function writeCheck(
  store: Store,
  endpointId: string,
  report: ShopCheck,
  times: { checkedAt: number; nextAt: number },
): Promise<void> {
  await store.transaction(async (db) => {
    await db
      .updateTable('delivery_lanes')
      .set({ checked_at: times.checkedAt, check_due_at: times.nextAt, check_json: JSON.stringify(report) })
      .where('endpoint_id', '=', endpointId)
      .execute();
    if (report.connection === '') return;
    await db
      .updateTable('endpoints')
      .set({ connection: report.connection, topics_json: JSON.stringify(report.topics) })
      .where('id', '=', endpointId)
      .execute();
  });
}
