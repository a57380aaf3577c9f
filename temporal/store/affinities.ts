/** What is known of customers' likings: one row for each of whom anything is. */
import { sql } from 'kysely';
import type { Affinity } from '../domain/affinity/affinities.ts';
import type { PreferredHour } from '../domain/affinity/preferredHour.ts';
import { lockCustomers } from './identities.ts';
import { columnList, idsOf, replaced, rowsOf, type Session } from './rows.ts';

/** @returns by customer; those of whom nothing is known are missing */
export async function readAffinities(session: Session, customerIds: Iterable<string>): Promise<Map<string, Affinity>> {
  return new Map([...(await readJson(session, customerIds))].map(([id, json]) => [id, JSON.parse(json) as Affinity]));
}

async function readJson({ db, dialect }: Session, customerIds: Iterable<string>): Promise<Map<string, string>> {
  const ids = new Set(customerIds);
  if (ids.size === 0) return new Map();
  const { rows } = await sql<{ customer_id: string; affinity_json: string }>`
    select a.customer_id, a.affinity_json from ${idsOf(dialect, ids)} as r cross join affinities a
    where a.customer_id = r.id`.execute(db);
  return new Map(rows.map((row) => [row.customer_id, row.affinity_json]));
}

/** @returns by customer; those whose hour is not known are missing */
export async function readPreferredHours(
  session: Session,
  customerIds: Iterable<string>,
): Promise<Map<string, PreferredHour>> {
  const known = await readAffinities(session, customerIds);
  return new Map(
    [...known].flatMap(([id, { preferredHour: hour, zone }]) =>
      hour === null || zone === null ? [] : [[id, { hour, zone }]],
    ),
  );
}

const COLUMNS = {
  customer_id: 'text',
  channel: 'text',
  preferred_hour: 'bigint',
  price_sensitivity: 'double precision',
  affinity_json: 'text',
  computed_at: 'bigint',
} as const;

/** By customer; null: nothing is known of them (any more). */
export type Affinities = ReadonlyMap<string, Affinity | null>;

/** @returns those that are not what is in the store */
export async function changedAffinities(session: Session, affinities: Affinities): Promise<Affinities> {
  const before = await readJson(session, affinities.keys());
  return new Map(
    [...affinities].filter(([id, affinity]) =>
      affinity === null ? before.has(id) : before.get(id) !== JSON.stringify(affinity),
    ),
  );
}

/** In a transaction. Whoever has been erased or merged since they were looked at is left out. */
export async function writeAffinities(session: Session, affinities: Affinities, now: number): Promise<void> {
  const locked = await lockCustomers(session, affinities.keys());
  const written = [...affinities].filter(([id]) => locked.get(id) === id);
  const rows = written.flatMap(([id, affinity]) =>
    affinity === null
      ? []
      : {
          customer_id: id,
          channel: affinity.channel,
          preferred_hour: affinity.preferredHour,
          price_sensitivity: affinity.priceSensitivity?.score ?? null,
          affinity_json: JSON.stringify(affinity),
          computed_at: now,
        },
  );
  if (rows.length > 0) {
    await sql`
      insert into affinities (${columnList(COLUMNS)}) select ${columnList(COLUMNS, 'r')}
      from ${rowsOf(session.dialect, COLUMNS, rows)} as r where true
      on conflict (customer_id) do update set ${replaced(COLUMNS, ['customer_id'])}`.execute(session.db);
  }
  const gone = written.flatMap(([id, affinity]) => (affinity === null ? id : []));
  if (gone.length > 0) {
    await sql`delete from affinities where customer_id in (select r.id from ${idsOf(session.dialect, gone)} as r)`.execute(
      session.db,
    );
  }
}
