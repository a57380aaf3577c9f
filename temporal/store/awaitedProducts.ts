/** Which products the runs that wait for news of stock or price are about: those that their entry names. */
import { sql } from 'kysely';
import { isNews, namedProducts } from '../domain/catalogue/interests.ts';
import type { WaitSpec } from '../domain/waitSpec.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

export const awaitsNews = (spec: WaitSpec): boolean =>
  spec.kind === 'event' && spec.events.some(({ type }) => isNews(type));

export interface AwaitingRun {
  runId: string;
  customerId: string;
  /** As in `runs`: `{type, eventId?, properties}`. */
  entryJson: string;
}

/** Replaces what was kept for these runs. */
export async function writeAwaited(session: Session, runs: readonly AwaitingRun[]): Promise<void> {
  if (runs.length === 0) return;
  const { db, dialect } = session;
  const rows = runs.flatMap(({ runId, customerId, entryJson }) => {
    const { properties = {} } = JSON.parse(entryJson) as { properties?: Record<string, unknown> };
    return namedProducts(properties).map(({ productId, variantId = '' }) => ({
      run_id: runId,
      product_id: productId,
      variant_id: variantId,
      customer_id: customerId,
    }));
  });
  const ids = runs.map(({ runId }) => runId);
  await sql`delete from awaited_products where run_id in (select id from ${idsOf(dialect, ids)} as r)`.execute(db);
  if (rows.length === 0) return;
  const columns = { run_id: 'text', product_id: 'text', variant_id: 'text', customer_id: 'text' } as const;
  await sql`
    insert into awaited_products (run_id, product_id, variant_id, customer_id)
    select r.run_id, r.product_id, r.variant_id, r.customer_id from ${rowsOf(dialect, columns, rows)} as r where true
    on conflict do nothing`.execute(db);
}

/** The entries of these runs are others now. Runs that await no news are left alone. */
export async function renewAwaited(session: Session, entries: ReadonlyMap<string, string>): Promise<void> {
  if (entries.size === 0) return;
  const { rows } = await sql<{ run_id: string; customer_id: string }>`
    select distinct a.run_id, a.customer_id
    from ${idsOf(session.dialect, entries.keys())} as r cross join awaited_products a where a.run_id = r.id`.execute(
    session.db,
  );
  await writeAwaited(
    session,
    rows.map(({ run_id, customer_id }) => ({
      runId: run_id,
      customerId: customer_id,
      entryJson: entries.get(run_id) ?? '{}',
    })),
  );
}

/**
 * A change that came while the segment before the wait was running has been told to those who waited then: it is told once
 * more, so that a customer who looked a moment too early does not wait for what has happened. The figures of now decide, and
 * whoever has been answered is not told again.
 *
 * @param runs with the time (epoch ms) since which a change counts
 */
export async function repeatMissedChanges(
  session: Session,
  runs: readonly { runId: string; since: number }[],
  now: number,
): Promise<void> {
  if (runs.length === 0) return;
  const rows = runs.map(({ runId, since }) => ({ run_id: runId, since }));
  await sql`
    insert into product_changes (kind, product_id, variant_id, location, stock, previous_stock, price_minor,
      previous_price_minor, currency, at, state, told, told_up_to, available_at)
    select c.kind, c.product_id, c.variant_id, c.location, c.stock, c.previous_stock, c.price_minor,
      c.previous_price_minor, c.currency, c.at, 'new', 0, '', ${now}
    from product_changes c where c.id in (
      select m.id from ${rowsOf(session.dialect, { run_id: 'text', since: 'bigint' }, rows)} as r
      cross join awaited_products a cross join product_changes m
      where a.run_id = r.run_id and m.product_id = a.product_id and m.variant_id in ('', a.variant_id)
        and m.at >= r.since and m.state in ('telling', 'told', 'merged'))
    order by c.id`.execute(session.db);
}
