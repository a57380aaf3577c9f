/** Which consumption window counts for a product: what was learned from orders, and what the catalogue says by hand. */
import { sql } from 'kysely';
import type { Replenishment } from '../domain/catalogue/product.ts';
import { LearnedWindows, type Population } from '../domain/learnedWindows.ts';
import type { ProductCentre } from '../domain/replenishment/model.ts';
import { windowThatCounts, type LearnedWindow, type ProductWindow } from '../domain/replenishmentPlan.ts';
import { idsOf, type Session } from './rows.ts';

/** Of `score_models`: what was learned of everybody; what was learned of a product stands in `replenishment_windows`. */
export const REPLENISHMENT_MODEL = 'replenishment';

/** Reads windows of products, and of the others that the customers in question have bought. */
export type WindowReader = (
  session: Session,
  productIds: Iterable<string>,
) => Promise<ReadonlyMap<string, ProductWindow>>;

/** @returns by product, each of those asked for */
export const readProductWindows: WindowReader = async (session, productIds) => {
  const ids = new Set(productIds);
  if (ids.size === 0) return new Map();
  const { rows } = await sql<FactsRow>`
    select r.id as product_id, p.replenishment_json, p.category, w.window_json
    from ${idsOf(session.dialect, ids)} as r
    left join products p on p.product_id = r.id
    left join replenishment_windows w on w.product_id = r.id`.execute(session.db);
  const population = await readPopulation(session);
  const facts = rows.map(({ product_id: productId, replenishment_json, category, window_json }): ProductFacts => {
    const kept = window_json === null ? null : (JSON.parse(window_json) as KeptWindow);
    const byHand = replenishment_json === null ? null : (JSON.parse(replenishment_json) as Replenishment);
    return { productId, byHand, category: category ?? kept?.category ?? null, centre: kept?.centre ?? null };
  });
  return windowsOf(population, facts);
};

interface FactsRow {
  product_id: string;
  replenishment_json: string | null;
  category: string | null;
  window_json: string | null;
}

/** What `replenishment_windows.window_json` holds. */
export interface KeptWindow {
  /** null: it was never bought again. */
  centre: ProductCentre | null;
  /** As the catalogue, or else an order, says. */
  category: string | null;
}

export interface ProductFacts extends KeptWindow {
  productId: string;
  byHand: Replenishment | null;
}

const NOTHING_LEARNED: LearnedWindow = { kind: 'tooFew', gaps: 0 };

export function windowsOf(population: Population | null, facts: readonly ProductFacts[]): Map<string, ProductWindow> {
  const centres = facts.flatMap(({ centre }) => centre ?? []);
  const learned = population && new LearnedWindows(population, centres);
  return new Map(
    facts.map(({ productId, byHand, category }) => [
      productId,
      windowThatCounts(learned?.windowOf(productId, category) ?? NOTHING_LEARNED, byHand),
    ]),
  );
}

/** Parsed once for each version: every order that comes in may ask. As a text it is the same, whoever has learned it. */
let parsed: { text: string; population: Population | null } = { text: '', population: null };

/** @returns null while nothing was learned */
async function readPopulation({ db }: Session): Promise<Population | null> {
  const row = await db
    .selectFrom('score_models')
    .select('model_json')
    .where('name', '=', REPLENISHMENT_MODEL)
    .executeTakeFirst();
  if (!row) return null;
  if (parsed.text !== row.model_json) {
    const { population } = JSON.parse(row.model_json) as { population: Population | null };
    parsed = { text: row.model_json, population };
  }
  return parsed.population;
}
