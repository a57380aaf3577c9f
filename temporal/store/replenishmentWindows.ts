/** The list of consumption windows, as they were learned last. */
import { sql, type Selectable } from 'kysely';
import type { GapQuantiles } from '../domain/replenishmentPlan.ts';
import { beyond, pageOf, type Page, type PageRequest } from './lists.ts';
import type { Queryable } from './store.ts';
import type { ReplenishmentWindowsTable } from './tables/scores.ts';

export interface WindowView {
  productId: string;
  title: string | null;
  basis: ReplenishmentWindowsTable['basis'];
  reason: string | null;
  gaps: number;
  days: GapQuantiles | null;
  /** Epoch ms. */
  learnedAt: number;
}

/** Those learned from the most gaps first. */
export async function listWindows(db: Queryable, page: PageRequest): Promise<Page<WindowView>> {
  const { rows } = await sql<Selectable<ReplenishmentWindowsTable> & { title: string | null }>`
    select w.*, p.title from replenishment_windows w left join products p on p.product_id = w.product_id
    where ${beyond(page, sql`w.gaps`, sql`w.product_id`)}
    order by w.gaps desc, w.product_id desc limit ${page.limit + 1}`.execute(db);
  return pageOf(
    rows,
    page.limit,
    (row) => ({ at: row.gaps, id: row.product_id }),
    ({ q40, q50, q60, q80, ...row }) => ({
      productId: row.product_id,
      title: row.title,
      basis: row.basis,
      reason: row.reason,
      gaps: row.gaps,
      days: q40 === null || q50 === null || q60 === null || q80 === null ? null : { q40, q50, q60, q80 },
      learnedAt: row.learned_at,
    }),
  );
}
