/** What a merge does to the tables, for many pairs of customers at once. Each pair's survivor is a customer that stays one. */
import { sql, type RawBuilder } from 'kysely';
import type { MergedRun } from '../domain/merging.ts';
import { CUSTOMER_TABLES } from './customerTables.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

export interface Pair {
  survivor: string;
  merged: string;
}

const pairsOf = (session: Session, pairs: readonly Pair[]): RawBuilder<unknown> =>
  rowsOf(
    session.dialect,
    { survivor: 'text', merged: 'text' },
    pairs.map(({ survivor, merged }) => ({ survivor, merged })),
  );

/** Rows of the merged become the survivor's, as `customerTables.ts` says; tables that combine are left to others. */
export async function moveRows(session: Session, pairs: readonly Pair[]): Promise<void> {
  for (const { name, merge } of CUSTOMER_TABLES) {
    if (merge !== 'moves' && merge !== 'returns') continue;
    const origin = merge === 'returns' ? sql`, origin_id = coalesce(origin_id, r.merged)` : sql``;
    await sql`
      update ${sql.table(name)} set customer_id = r.survivor ${origin} from ${pairsOf(session, pairs)} as r
      where ${sql.ref(`${name}.customer_id`)} = r.merged`.execute(session.db);
  }
}

/** Quantities of a cart that both had are added up. */
export async function moveCarts(session: Session, pairs: readonly Pair[]): Promise<void> {
  await sql`
    insert into carts (customer_id, cart_id, quantity)
    select r.survivor, c.cart_id, sum(c.quantity) from ${pairsOf(session, pairs)} as r cross join carts c
    where c.customer_id = r.merged group by r.survivor, c.cart_id
    on conflict (customer_id, cart_id) do update set quantity = carts.quantity + excluded.quantity`.execute(session.db);
  await deleteOf(session, 'carts', pairs);
}

/** What is about to run out stays so; of two purchases of one product the later one does. */
export async function moveReplenishments(session: Session, pairs: readonly Pair[]): Promise<void> {
  const columns = sql.raw(
    'product_id, source, order_id, ordered_at, quantity, basis, start_at, middle_at, end_at, window_json, computed_at',
  );
  const names = ['source', 'order_id', 'ordered_at', 'quantity', 'basis', 'start_at', 'middle_at', 'end_at'];
  const later = sql.join(
    [...names, 'window_json', 'computed_at'].map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`),
  );
  // One after the other: a survivor may take in several, each with the same product.
  for (const { survivor, merged } of pairs) {
    await sql`
      insert into replenishments (customer_id, ${columns})
      select ${survivor}, ${columns} from replenishments where customer_id = ${merged}
      on conflict (customer_id, product_id) do update set ${later}
        where excluded.ordered_at > replenishments.ordered_at`.execute(session.db);
  }
  await deleteOf(session, 'replenishments', pairs);
}

export async function deleteOf(
  session: Session,
  table: 'carts' | 'consents' | 'totals' | 'rfm_scores' | 'predictions' | 'affinities' | 'replenishments',
  pairs: readonly Pair[],
): Promise<void> {
  const ids = pairs.map(({ merged }) => merged);
  await sql`
    delete from ${sql.table(table)} where customer_id in (select id from ${idsOf(session.dialect, ids)} as r)`.execute(
    session.db,
  );
}

/**
 * The merged become aliases. Earlier aliases of theirs point to the survivor at once: one hop always suffices.
 * @returns by merged customer, its own earlier aliases
 */
export async function makeAliases(
  session: Session,
  pairs: readonly Pair[],
  now: number,
): Promise<Map<string, string[]>> {
  const table = pairsOf(session, pairs);
  const { rows } = await sql<{ id: string; merged_into: string }>`
    select c.id, c.merged_into from ${table} as r cross join customers c where c.merged_into = r.merged
    order by c.id`.execute(session.db);
  await sql`
    update customers set merged_into = r.survivor, updated_at = ${now} from ${table} as r
    where customers.id = r.merged or customers.merged_into = r.merged`.execute(session.db);
  const aliases = Map.groupBy(rows, (row) => row.merged_into);
  return new Map([...aliases].map(([merged, list]) => [merged, list.map(({ id }) => id)]));
}

export interface CustomersRun extends MergedRun {
  customerId: string;
}

/** All runs of these customers in journeys where one of them has an open run. */
export async function readRunsBesideOpen(session: Session, customerIds: Iterable<string>): Promise<CustomersRun[]> {
  const ids = idsOf(session.dialect, customerIds);
  const { rows } = await sql<{
    id: string;
    customer_id: string;
    journey_key: string;
    entry_key: string;
    status: string;
    segment: number;
    entered_at: number;
    ended_at: number | null;
  }>`
    select r.id, r.customer_id, r.journey_key, r.entry_key, r.status, r.segment, r.entered_at, r.ended_at
    from ${ids} as c cross join runs r where r.customer_id = c.id and r.journey_key in (
      select o.journey_key from ${ids} as d cross join runs o where o.customer_id = d.id and o.status = 'running')
    order by r.entered_at, r.id`.execute(session.db);
  return rows.map((row) => ({
    id: row.id,
    customerId: row.customer_id,
    journeyKey: row.journey_key,
    entryKey: row.entry_key,
    isOpen: row.status === 'running',
    segment: row.segment,
    enteredAt: row.entered_at,
    endedAt: row.ended_at,
  }));
}

/** What the first has sent, the second is not to send again; nor what earlier ones have sent that the first stood for. */
export async function absorbRuns(session: Session, absorbed: readonly { runId: string; by: string }[]): Promise<void> {
  if (absorbed.length === 0) return;
  const rows = absorbed.map(({ runId, by }) => ({ run_id: runId, by_id: by }));
  const table = rowsOf(session.dialect, { run_id: 'text', by_id: 'text' }, rows);
  await sql`
    update runs set absorbed_by = r.by_id from ${table} as r
    where runs.id = r.run_id or runs.absorbed_by = r.run_id`.execute(session.db);
  await sql`
    update runs set absorbs = 1 from ${table} as r where runs.id = r.by_id`.execute(session.db);
}

/** Claims of ended runs that nobody has started: their run would be told that it has reached its goal. */
export async function releaseClaims(session: Session, runIds: readonly string[], now: number): Promise<void> {
  if (runIds.length === 0) return;
  await session.db
    .updateTable('sends')
    .set({ decision: 'suppress', reasons_json: '["goal_reached"]', status: null, updated_at: now })
    .where('run_id', 'in', runIds)
    .where('status', '=', 'claimed')
    .execute();
}

export interface MergeNote {
  detailsJson: string;
  /** Epoch ms. */
  at: number;
  /** false: it was merged into a customer that was itself merged into this one later. */
  isOwn: boolean;
}

/** The audit's latest note of a merge. */
export async function findMergeNote(session: Session, survivor: string, mergedId: string): Promise<MergeNote | null> {
  const { rows } = await sql<{ details_json: string; at: number; origin_id: string | null }>`
    select details_json, at, origin_id from audit where customer_id = ${survivor} and action = 'customer.merged'
    order by id desc`.execute(session.db);
  const note = rows.find((row) => (JSON.parse(row.details_json) as { mergedId?: string }).mergedId === mergedId);
  return note ? { detailsJson: note.details_json, at: note.at, isOwn: note.origin_id === null } : null;
}

/** The alias is a customer again. @returns those of its earlier aliases that it gets back */
export async function restoreAlias(
  session: Session,
  { survivor, merged }: Pair,
  aliases: readonly string[],
  now: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update customers set merged_into = ${merged}, updated_at = ${now}
    where merged_into = ${survivor} and id in (select r.id from ${idsOf(session.dialect, aliases)} as r)
    returning id`.execute(session.db);
  await sql`update customers set merged_into = null, updated_at = ${now} where id = ${merged}`.execute(session.db);
  return rows.map(({ id }) => id);
}

/** Rows that came from these ids go back. */
export async function returnRows(session: Session, { survivor, merged }: Pair, origins: string[]): Promise<void> {
  const { db } = session;
  for (const { name, merge } of CUSTOMER_TABLES) {
    if (merge !== 'returns') continue;
    await sql`
      update ${sql.table(name)} set customer_id = ${merged}, origin_id = nullif(origin_id, ${merged})
      where customer_id = ${survivor} and origin_id in (${sql.join(origins)})`.execute(db);
  }
  for (const table of ['outbox', 'awaited_products'] as const) {
    await sql`
      update ${sql.table(table)} set customer_id = ${merged}
      where customer_id = ${survivor} and run_id in (select id from runs where customer_id = ${merged})`.execute(db);
  }
  // Two people again: what one was sent is no longer what the other was sent.
  await sql`
    update runs set absorbed_by = null where customer_id in (${survivor}, ${merged}) and absorbed_by is not null
      and (select o.customer_id from runs o where o.id = runs.absorbed_by) <> runs.customer_id`.execute(db);
}
