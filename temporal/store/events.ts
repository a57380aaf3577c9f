/** Stored events: what has come in, once. */
import { sql } from 'kysely';
import type { CanonicalEvent } from '../domain/event.ts';
import { findErasedEvents } from './erasedEvents.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

export interface EventKey {
  source: string;
  id: string;
}

export const eventKey = ({ source, id }: EventKey): string => `${source}\0${id}`;

/** In place of the customer's id, for an event that was erased with its customer. */
export const ERASED_CUSTOMER = 'erased';

/** @returns `eventKey` → customer id, of those already stored, and of those that were until their customer was erased */
export async function findStoredEvents(session: Session, keys: readonly EventKey[]): Promise<Map<string, string>> {
  const { rows } = await sql<EventKey & { customer_id: string }>`
    select e.source, e.id, e.customer_id
    from ${rowsOf(
      session.dialect,
      { source: 'text', id: 'text' },
      keys.map(({ source, id }) => ({ source, id })),
    )} as r
    cross join events e where e.source = r.source and e.id = r.id`.execute(session.db);
  const stored = new Map(rows.map((row) => [eventKey(row), row.customer_id]));
  const others = keys.filter((key) => !stored.has(eventKey(key)));
  for (const key of await findErasedEvents(session, others)) stored.set(eventKey(key), ERASED_CUSTOMER);
  return stored;
}

/** @returns `eventKey` → type, of those already stored */
export async function findStoredTypes(session: Session, keys: readonly EventKey[]): Promise<Map<string, string>> {
  const { rows } = await sql<EventKey & { type: string }>`
    select e.source, e.id, e.type
    from ${rowsOf(
      session.dialect,
      { source: 'text', id: 'text' },
      keys.map(({ source, id }) => ({ source, id })),
    )} as r
    cross join events e where e.source = r.source and e.id = r.id`.execute(session.db);
  return new Map(rows.map((row) => [eventKey(row), row.type]));
}

export interface NewEvent {
  event: CanonicalEvent;
  customerId: string;
  occurredAt: number;
  repeatsOrder: boolean;
}

export async function insertEvents(session: Session, events: readonly NewEvent[], now: number): Promise<void> {
  if (events.length === 0) return;
  const columns = {
    source: 'text',
    id: 'text',
    type: 'text',
    customer_id: 'text',
    occurred_at: 'bigint',
    identity_json: 'text',
    properties_json: 'text',
    test: 'bigint',
    repeats_order: 'bigint',
  } as const;
  const rows = events.map(({ event, customerId, occurredAt, repeatsOrder }) => ({
    source: event.source,
    id: event.id,
    type: event.type,
    customer_id: customerId,
    occurred_at: occurredAt,
    identity_json: JSON.stringify(event.identity),
    properties_json: JSON.stringify(event.properties),
    test: event.test ? 1 : 0,
    repeats_order: repeatsOrder ? 1 : 0,
  }));
  await sql`
    insert into events (source, id, type, customer_id, occurred_at, received_at, identity_json, properties_json, test,
      repeats_order)
    select r.source, r.id, r.type, r.customer_id, r.occurred_at, ${now}, r.identity_json, r.properties_json, r.test,
      r.repeats_order
    from ${rowsOf(session.dialect, columns, rows)} as r where true`.execute(session.db);
}

export interface StoredEvent {
  customerId: string;
  occurredAt: number;
  event: Pick<CanonicalEvent, 'id' | 'source' | 'type' | 'properties'>;
}

/** Events of these customers and types after `since` (epoch ms), that count: no tests, no repeated orders. */
export async function findEventsAfter(
  session: Session,
  customerIds: Iterable<string>,
  types: readonly string[],
  since: number,
): Promise<StoredEvent[]> {
  const ids = [...customerIds];
  if (ids.length === 0 || types.length === 0) return [];
  const { rows } = await sql<{
    customer_id: string;
    occurred_at: number;
    id: string;
    source: string;
    type: CanonicalEvent['type'];
    properties_json: string;
  }>`
    select e.customer_id, e.occurred_at, e.id, e.source, e.type, e.properties_json
    from ${idsOf(session.dialect, ids)} as r cross join events e
    where e.customer_id = r.id and e.occurred_at > ${since} and e.type in (${sql.join(types)})
      and e.test = 0 and e.repeats_order = 0`.execute(session.db);
  return rows.map((row) => ({
    customerId: row.customer_id,
    occurredAt: row.occurred_at,
    event: {
      id: row.id,
      source: row.source,
      type: row.type,
      properties: JSON.parse(row.properties_json) as CanonicalEvent['properties'],
    },
  }));
}
