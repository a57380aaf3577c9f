/** Which products the runs that wait for news of stock or price are about: those that their entry names. */
import { sql } from 'kysely';
import { isNews, namedProducts } from '../domain/catalogue/interests.ts';
import type { WaitSpec } from '../domain/journey.ts';
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
