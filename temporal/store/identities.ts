/** Identifiers and the customers they belong to; on PostgreSQL with the locks that keep one person one customer. */
import { sql, type RawBuilder } from 'kysely';
import type { Identifier } from '../domain/identity.ts';
import { lockNames } from './locks.ts';
import { idsOf, rowsOf, StaleRead, type Session } from './rows.ts';

/** What a customer is known by: nothing that names a person, an e-mail or phone, or an external id. */
export type Strength = 0 | 1 | 2;

export interface IdentifierOwner extends Identifier {
  customerId: string;
  strength: Strength;
}

/** SQL: of the customer whose id is in this column. */
const strengthOf = (customerId: RawBuilder<unknown>): RawBuilder<Strength | null> => sql`
  (select max(case when s.kind = 'externalId' then 2 else 1 end) from identifiers s
    where s.customer_id = ${customerId} and s.kind in ('externalId', 'email', 'phone'))`;

const IDENTIFIER = { kind: 'text', value: 'text' } as const;

export async function findOwners(session: Session, identifiers: readonly Identifier[]): Promise<IdentifierOwner[]> {
  if (identifiers.length === 0) return [];
  const { rows } = await sql<{ kind: string; value: string; customer_id: string; strength: Strength | null }>`
    select i.kind, i.value, i.customer_id, ${strengthOf(sql`i.customer_id`)} as strength
    from ${rowsOf(session.dialect, IDENTIFIER, identifiers)} as r cross join identifiers i
    where i.kind = r.kind and i.value = r.value`.execute(session.db);
  return rows.map((row) => ({
    kind: row.kind,
    value: row.value,
    customerId: row.customer_id,
    strength: row.strength ?? 0,
  }));
}

/** Until the transaction ends nobody else makes a customer for these identifiers. */
export async function lockIdentifiers(session: Session, identifiers: readonly Identifier[]): Promise<void> {
  await lockNames(
    session,
    'identifiers',
    identifiers.map(({ kind, value }) => `${kind}:${value}`),
  );
}

/**
 * Locks the customers' rows until the transaction ends (PostgreSQL; always in the order of their ids).
 * @returns id → surviving id, for those that exist
 */
export async function lockCustomers(session: Session, ids: Iterable<string>): Promise<Map<string, string>> {
  const list = [...ids];
  if (list.length === 0) return new Map();
  const lock = session.dialect === 'postgres' ? sql`order by c.id for update of c` : sql``;
  const { rows } = await sql<{ id: string; merged_into: string | null }>`
    select c.id, c.merged_into from ${idsOf(session.dialect, list)} as r cross join customers c
    where c.id = r.id ${lock}`.execute(session.db);
  return new Map(rows.map((row) => [row.id, row.merged_into ?? row.id]));
}

/**
 * Locks customers whose ids were read a moment ago, e.g. with their runs; those erased since are left out.
 * @throws StaleRead when one was merged meanwhile
 */
export async function lockAsFound(session: Session, ids: Iterable<string>): Promise<void> {
  for (const [id, survivor] of await lockCustomers(session, ids)) if (id !== survivor) throw new StaleRead();
}

/**
 * As `lockCustomers`, for the customers that these ids stand for now.
 * @returns given id → surviving id, locked; ids of nobody are missing
 * @throws StaleRead when one was merged or erased meanwhile: the transaction starts anew, for locks are taken in one order
 */
export async function lockSurvivors(session: Session, ids: Iterable<string>): Promise<Map<string, string>> {
  const survivors = await survivingIds(session, ids);
  const wanted = new Set(survivors.values());
  const locked = await lockCustomers(session, wanted);
  for (const id of wanted) if (locked.get(id) !== id) throw new StaleRead();
  return survivors;
}

/** @returns the id that an id stands for now, with its customer locked; null when there is none */
export async function lockSurvivor(session: Session, customerId: string): Promise<string | null> {
  return (await lockSurvivors(session, [customerId])).get(customerId) ?? null;
}

/** @returns given id → surviving id, for the customers that exist */
export async function survivingIds(session: Session, ids: Iterable<string>): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; survivor: string }>`
    select c.id, coalesce(c.merged_into, c.id) as survivor
    from ${idsOf(session.dialect, ids)} as r cross join customers c where c.id = r.id`.execute(session.db);
  return new Map(rows.map((row) => [row.id, row.survivor]));
}

export interface KnownCustomer {
  id: string;
  strength: Strength;
  /** Epoch ms. */
  createdAt: number;
}

export async function knownCustomers(session: Session, ids: Iterable<string>): Promise<KnownCustomer[]> {
  const { rows } = await sql<{ id: string; strength: Strength | null; created_at: number }>`
    select c.id, ${strengthOf(sql`c.id`)} as strength, c.created_at
    from ${idsOf(session.dialect, ids)} as r cross join customers c where c.id = r.id`.execute(session.db);
  return rows.map(({ id, strength, created_at }) => ({ id, strength: strength ?? 0, createdAt: created_at }));
}

export interface NewIdentifier extends Identifier {
  customerId: string;
}

export async function insertIdentifiers(
  session: Session,
  identifiers: readonly NewIdentifier[],
  now: number,
): Promise<void> {
  if (identifiers.length === 0) return;
  const rows = identifiers.map(({ kind, value, customerId }) => ({ kind, value, customer_id: customerId }));
  await sql`
    insert into identifiers (kind, value, customer_id, created_at) select r.kind, r.value, r.customer_id, ${now}
    from ${rowsOf(session.dialect, { ...IDENTIFIER, customer_id: 'text' }, rows)} as r where true`.execute(session.db);
}

/** Devices that somebody else uses now. */
export async function reassignIdentifiers(session: Session, identifiers: readonly NewIdentifier[]): Promise<void> {
  if (identifiers.length === 0) return;
  const rows = identifiers.map(({ kind, value, customerId }) => ({ kind, value, customer_id: customerId }));
  await sql`
    update identifiers set customer_id = r.customer_id, origin_id = null
    from ${rowsOf(session.dialect, { ...IDENTIFIER, customer_id: 'text' }, rows)} as r
    where identifiers.kind = r.kind and identifiers.value = r.value`.execute(session.db);
}

export async function insertCustomers(session: Session, ids: readonly string[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    insert into customers (id, properties_json, created_at, updated_at, merged_into)
    select r.id, '{}', ${now}, ${now}, null from ${idsOf(session.dialect, ids)} as r where true`.execute(session.db);
}
