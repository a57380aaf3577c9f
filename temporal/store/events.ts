/** Stored events: what has come in, once. */
import { sql, type RawBuilder } from 'kysely';
import type { CanonicalEvent } from '../domain/event.ts';
import { findErasedEvents } from './erasedEvents.ts';
import { columnList, idsOf, rowsOf, type Session } from './rows.ts';

export interface EventKey {
  source: string;
  id: string;
}

export const eventKey = ({ source, id }: EventKey): string => `${source}\0${id}`;

/** In place of the customer's id, for an event that was erased with its customer. */
const ERASED_CUSTOMER = 'erased';

interface StoredRow extends EventKey {
  type: string;
  customer_id: string;
}

/** @returns by `eventKey`, of those already stored */
async function findStored(session: Session, keys: readonly EventKey[]): Promise<Map<string, StoredRow>> {
  const asked = keys.map(({ source, id }) => ({ source, id }));
  const { rows } = await sql<StoredRow>`
    select e.source, e.id, e.type, e.customer_id
    from ${rowsOf(session.dialect, { source: 'text', id: 'text' }, asked)} as r
    cross join events e where e.source = r.source and e.id = r.id`.execute(session.db);
  return new Map(rows.map((row) => [eventKey(row), row]));
}

/** @returns `eventKey` → customer id, of those already stored, and of those that were until their customer was erased */
export async function findStoredEvents(session: Session, keys: readonly EventKey[]): Promise<Map<string, string>> {
  const stored = new Map([...(await findStored(session, keys))].map(([key, row]) => [key, row.customer_id]));
  const others = keys.filter((key) => !stored.has(eventKey(key)));
  for (const key of await findErasedEvents(session, others)) stored.set(eventKey(key), ERASED_CUSTOMER);
  return stored;
}

/** @returns `eventKey` → type, of those already stored */
export async function findStoredTypes(session: Session, keys: readonly EventKey[]): Promise<Map<string, string>> {
  return new Map([...(await findStored(session, keys))].map(([key, { type }]) => [key, type]));
}

export interface NewEvent {
  event: CanonicalEvent;
  customerId: string;
  occurredAt: number;
  repeatsOrder: boolean;
}

const COLUMNS = {
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

const insertion = ({ dialect }: Session, events: readonly NewEvent[], now: number): RawBuilder<unknown> => {
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
  return sql`insert into events (${columnList(COLUMNS)}, received_at)
    select ${columnList(COLUMNS, 'r')}, ${now} from ${rowsOf(dialect, COLUMNS, rows)} as r where true`;
};

export async function insertEvents(session: Session, events: readonly NewEvent[], now: number): Promise<void> {
  if (events.length > 0) await insertion(session, events, now).execute(session.db);
}

export type ImportedEvent = Omit<NewEvent, 'repeatsOrder'>;

/** Events made of orders: they say what is known of the order by now. */
export async function upsertImportedEvents(
  session: Session,
  events: readonly ImportedEvent[],
  now: number,
): Promise<void> {
  if (events.length === 0) return;
  const imported = events.map((one) => ({ ...one, repeatsOrder: false }));
  await sql`${insertion(session, imported, now)}
    on conflict (source, id) do update set occurred_at = excluded.occurred_at,
      properties_json = excluded.properties_json`.execute(session.db);
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
