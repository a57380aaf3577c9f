/** Events on their way to Commerce Triggers: kept in the intake's transaction, read in batches, gone once n8n has had them. */
import { sql } from 'kysely';
import { alarmItem, type CommerceItem, type DeliveredEvent } from '../domain/commerceTrigger.ts';
import { ALARMS } from '../domain/complaints.ts';
import { itemCustomer } from '../domain/journeyItem.ts';
import { isoTime } from '../domain/textValues.ts';
import { findAlarms } from './alarmRows.ts';
import { rowsOf, type Session } from './rows.ts';
import { readItemCustomers } from './segmentFacts.ts';

export interface NewDelivery {
  endpointId: string;
  source: string;
  eventId: string;
  customerId: string;
}

export async function insertDeliveries(
  session: Session,
  deliveries: readonly NewDelivery[],
  now: number,
): Promise<void> {
  if (deliveries.length === 0) return;
  const columns = { endpoint_id: 'text', source: 'text', event_id: 'text', customer_id: 'text' } as const;
  const rows = deliveries.map(({ endpointId, source, eventId, customerId }) => ({
    endpoint_id: endpointId,
    source,
    event_id: eventId,
    customer_id: customerId,
  }));
  await sql`
    insert into event_deliveries (endpoint_id, source, event_id, customer_id, attempts, available_at, created_at)
    select r.endpoint_id, r.source, r.event_id, r.customer_id, 0, 0, ${now}
    from ${rowsOf(session.dialect, columns, rows)} as r where true`.execute(session.db);
}

export interface Delivery {
  id: number;
  attempts: number;
  item: CommerceItem;
}

export interface DeliveryBatch {
  deliveries: Delivery[];
  /** Rows whose event or customer is no longer there (erased, or past its retention): nothing is left to deliver. */
  vanished: number[];
}

/** The next due events of an endpoint: fresh ones in order of arrival, then those whose execution failed before. */
export async function loadDeliveries(
  session: Session,
  endpointId: string,
  limit: number,
  now: number,
): Promise<DeliveryBatch> {
  const { rows } = await sql<{
    id: number;
    attempts: number;
    customer_id: string | null;
    event_id: string;
    source: string;
    type: DeliveredEvent['type'];
    occurred_at: number;
    identity_json: string;
    properties_json: string;
    test: number;
  }>`
    select d.id, d.attempts, d.event_id, d.source, e.customer_id, e.type, e.occurred_at, e.identity_json, e.properties_json,
      e.test
    from (select * from event_deliveries where endpoint_id = ${endpointId} and available_at <= ${now}
      order by available_at, id limit ${limit}) as d
    left join events e on e.source = d.source and e.id = d.event_id
    order by d.available_at, d.id`.execute(session.db);
  const customers = await readItemCustomers(
    session,
    rows.flatMap(({ customer_id }) => customer_id ?? []),
  );
  const alarms = await findAlarms(
    session.db,
    rows.flatMap(({ source, event_id }) => (source === ALARMS ? event_id : [])),
  );
  const batch: DeliveryBatch = { deliveries: [], vanished: [] };
  for (const row of rows) {
    const alarm = row.source === ALARMS ? alarms.get(row.event_id) : undefined;
    if (alarm) {
      batch.deliveries.push({ id: row.id, attempts: row.attempts, item: alarmItem(alarm) });
      continue;
    }
    const customer = row.customer_id === null ? undefined : customers.get(row.customer_id);
    if (!customer) {
      batch.vanished.push(row.id);
      continue;
    }
    const event: DeliveredEvent = {
      id: row.event_id,
      type: row.type,
      source: row.source,
      occurredAt: isoTime(row.occurred_at),
      identity: JSON.parse(row.identity_json) as DeliveredEvent['identity'],
      properties: JSON.parse(row.properties_json) as DeliveredEvent['properties'],
      ...(row.test === 1 ? { test: true } : {}),
    };
    batch.deliveries.push({ id: row.id, attempts: row.attempts, item: { customer: itemCustomer(customer), event } });
  }
  return batch;
}

/** They have been delivered, or there is nothing left of them. */
export async function removeDeliveries(session: Session, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = ids.map((id) => ({ id }));
  await sql`delete from event_deliveries
    where id in (select r.id from ${rowsOf(session.dialect, { id: 'bigint' }, rows)} as r)`.execute(session.db);
}

/** The execution with these very events failed. @param retries with the time before which it is not tried again (epoch ms) */
export async function delayDeliveries(
  session: Session,
  retries: readonly { id: number; availableAt: number }[],
): Promise<void> {
  if (retries.length === 0) return;
  const rows = retries.map(({ id, availableAt }) => ({ id, available_at: availableAt }));
  await sql`
    update event_deliveries set available_at = r.available_at, attempts = attempts + 1
    from ${rowsOf(session.dialect, { id: 'bigint', available_at: 'bigint' }, rows)} as r
    where event_deliveries.id = r.id`.execute(session.db);
}

/** What waits for endpoints that nobody has published for so long is given up. @returns how many */
export async function dropForgottenDeliveries(session: Session, unpublishedBefore: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from event_deliveries where endpoint_id in (
      select id from endpoints where kind = 'commerce' and published = 0 and updated_at < ${unpublishedBefore})`.execute(
    session.db,
  );
  return Number(numAffectedRows ?? 0n);
}

export interface WaitingDeliveries {
  endpointId: string;
  nodeName: string;
  workflowName: string;
  published: boolean;
  problem: string | null;
  rows: number;
  /** Of these, those whose own execution failed. */
  failing: number;
  /** Epoch ms. */
  oldestAt: number;
}

/** Endpoints with something on its way, for `/metrics` and `/ready`. */
export async function listWaitingDeliveries({ db }: Pick<Session, 'db'>): Promise<WaitingDeliveries[]> {
  const { rows } = await sql<{
    endpoint_id: string;
    node_name: string;
    n8n_workflow_name: string;
    published: number;
    problem: string | null;
    rows: number;
    failing: number;
    oldest_at: number;
  }>`
    select d.endpoint_id, e.node_name, e.n8n_workflow_name, e.published, l.problem, d.rows, d.failing, d.oldest_at
    from (select endpoint_id, count(*) as rows, count(case when attempts > 0 then 1 end) as failing,
        min(created_at) as oldest_at from event_deliveries group by endpoint_id) as d
    join endpoints e on e.id = d.endpoint_id left join delivery_lanes l on l.endpoint_id = d.endpoint_id
    order by d.endpoint_id`.execute(db);
  return rows.map((row) => ({
    endpointId: row.endpoint_id,
    nodeName: row.node_name,
    workflowName: row.n8n_workflow_name,
    published: row.published === 1,
    problem: row.problem,
    rows: row.rows,
    failing: row.failing,
    oldestAt: row.oldest_at,
  }));
}
