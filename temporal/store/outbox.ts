/** The outbox: what Temporal still has to be told. Rows of one customer are worked off in order. */
import { sql } from 'kysely';
import type { CustomerJourneyInput, EventSignal, RestartSignal } from '../workflows/messages.ts';
import { rowsOf, type Session } from './rows.ts';
import type { Store } from './store.ts';

export type OutboxMessage =
  | { kind: 'start'; payload: CustomerJourneyInput }
  | { kind: 'exit' | 'event'; payload: EventSignal }
  | { kind: 'restart'; payload: RestartSignal }
  | { kind: 'resume' | 'cancel'; payload: Record<string, never> };

export type NewOutboxEntry = OutboxMessage & {
  customerId: string;
  runId: string;
  workflowId: string;
  /** Epoch ms; at once when left out. */
  availableAt?: number;
};

export async function insertOutbox(session: Session, entries: readonly NewOutboxEntry[], now: number): Promise<void> {
  if (entries.length === 0) return;
  const columns = {
    customer_id: 'text',
    run_id: 'text',
    workflow_id: 'text',
    kind: 'text',
    payload_json: 'text',
    available_at: 'bigint',
  } as const;
  const rows = entries.map((entry) => ({
    customer_id: entry.customerId,
    run_id: entry.runId,
    workflow_id: entry.workflowId,
    kind: entry.kind,
    payload_json: JSON.stringify(entry.payload),
    available_at: entry.availableAt ?? now,
  }));
  await sql`
    insert into outbox (customer_id, run_id, workflow_id, kind, payload_json, created_at, attempts, available_at, last_error)
    select r.customer_id, r.run_id, r.workflow_id, r.kind, r.payload_json, ${now}, 0, r.available_at, null
    from ${rowsOf(session.dialect, columns, rows)} as r where true`.execute(session.db);
}

export type OutboxEntry = OutboxMessage & {
  id: number;
  customerId: string;
  runId: string;
  workflowId: string;
  attempts: number;
  /** Whether the run still goes on in the store; a start of one that has ended is not needed. */
  runIsOpen: boolean;
};

/**
 * Takes the due rows of up to `limit` customers, in order for each, and leases them until `leaseUntil`: no other process
 * sees them before that. A customer whose first row is not due yet is left alone, whatever comes behind it.
 */
export async function claimOutbox(
  store: Store,
  limit: number,
  now: number,
  leaseUntil: number,
): Promise<Map<string, OutboxEntry[]>> {
  return await store.transaction(async (db) => {
    const skipLocked = store.dialect === 'postgres' ? sql`for update of o skip locked` : sql``;
    const heads = await sql<{ customer_id: string }>`
      select o.customer_id from outbox o
      where o.available_at <= ${now}
        and not exists (select 1 from outbox p where p.customer_id = o.customer_id and p.id < o.id)
      order by o.id limit ${limit} ${skipLocked}`.execute(db);
    const claimed = new Map<string, OutboxEntry[]>();
    if (heads.rows.length === 0) return claimed;
    const customers = heads.rows.map((row) => row.customer_id);
    const { rows } = await sql<{
      id: number;
      customer_id: string;
      run_id: string;
      workflow_id: string;
      kind: OutboxEntry['kind'];
      payload_json: string;
      attempts: number;
      available_at: number;
      status: string | null;
    }>`
      select o.id, o.customer_id, o.run_id, o.workflow_id, o.kind, o.payload_json, o.attempts, o.available_at, r.status
      from outbox o left join runs r on r.id = o.run_id
      where o.customer_id in (${sql.join(customers)}) order by o.customer_id, o.id`.execute(db);
    const held = new Set<string>();
    const ids: number[] = [];
    for (const row of rows) {
      // Later rows do not overtake one that is not due.
      if (row.available_at > now) held.add(row.customer_id);
      if (held.has(row.customer_id)) continue;
      const entries = claimed.get(row.customer_id) ?? [];
      entries.push({
        id: row.id,
        customerId: row.customer_id,
        runId: row.run_id,
        workflowId: row.workflow_id,
        kind: row.kind,
        payload: JSON.parse(row.payload_json) as never,
        attempts: row.attempts,
        runIsOpen: row.status === 'running',
      });
      claimed.set(row.customer_id, entries);
      ids.push(row.id);
    }
    if (ids.length > 0) {
      await db.updateTable('outbox').set({ available_at: leaseUntil }).where('id', 'in', ids).execute();
    }
    return claimed;
  });
}

export interface OutboxRetry {
  id: number;
  availableAt: number;
  /** null: given back untried, because a row before it failed. */
  error: string | null;
}

/** What became of claimed rows, of many customers in one transaction. */
export async function settleOutbox(
  store: Store,
  done: readonly number[],
  retries: readonly OutboxRetry[],
): Promise<void> {
  await store.transaction(async (db) => {
    if (done.length > 0) await db.deleteFrom('outbox').where('id', 'in', done).execute();
    if (retries.length === 0) return;
    const rows = retries.map(({ id, availableAt, error }) => ({ id, available_at: availableAt, error }));
    const columns = { id: 'bigint', available_at: 'bigint', error: 'text' } as const;
    await sql`
      update outbox set available_at = r.available_at, last_error = coalesce(r.error, last_error),
        attempts = attempts + case when r.error is null then 0 else 1 end
      from ${rowsOf(store.dialect, columns, rows)} as r where outbox.id = r.id`.execute(db);
  });
}

export async function outboxDepth(session: Session): Promise<{ rows: number; oldestAt: number | null }> {
  const { rows } = await sql<{ rows: number; oldest_at: number | null }>`
    select count(*) as rows, min(created_at) as oldest_at from outbox`.execute(session.db);
  return { rows: rows[0]?.rows ?? 0, oldestAt: rows[0]?.oldest_at ?? null };
}
