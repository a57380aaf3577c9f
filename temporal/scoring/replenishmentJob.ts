/**
 * Learns from all orders when products run out, and plans each customer's last purchases by it. Waits that are under way keep the
 * date they were given: that moves only when the customer buys again.
 */
import { LearnedWindows, type Population } from '../domain/learnedWindows.ts';
import { evaluate, type EvaluationReport } from '../domain/replenishment/evaluation.ts';
import { learn } from '../domain/replenishment/learn.ts';
import type { ProductCentre } from '../domain/replenishment/model.ts';
import { gapsOf, PurchaseLog, type NamedPurchases, type PurchaseTable } from '../domain/replenishment/purchases.ts';
import type { ProductWindow } from '../domain/replenishmentPlan.ts';
import { utcDay } from '../domain/utcDay.ts';
import {
  readProductWindows,
  REPLENISHMENT_MODEL,
  windowsOf,
  type ProductFacts,
  type WindowReader,
} from '../store/productWindows.ts';
import {
  deleteOlderWindows,
  nextBoughtLines,
  nextCustomers,
  readDescribedProducts,
  writeWindows,
  type WindowRow,
} from '../store/replenishmentLearning.ts';
import { lockCustomers } from '../store/identities.ts';
import { findOutdated, renewReplenishmentsOf } from '../store/replenishments.ts';
import type { Session } from '../store/rows.ts';
import { writeModel } from '../store/scoreModels.ts';
import type { Store } from '../store/store.ts';
import type { JobContext } from './job.ts';

const ORDERS_A_PAGE = 2000;
const ROWS_A_WRITE = 500;
const CUSTOMERS_A_PAGE = 200;
/** Of one transaction: planning takes long, and others who write wait for it. */
const CUSTOMERS_A_WRITE = 10;
/** Forecasts are judged by the purchases of so many, evenly chosen: it takes several learnings, and more would say the same. */
const MOST_JUDGED_CUSTOMERS = 20_000;
/** Where the past is cut to judge the forecasts: parts of the time between the first and the last purchase. */
const ORIGINS = [1 / 2, 2 / 3, 5 / 6];

/** The document `replenishment` of `score_models`. */
export interface ReplenishmentDocument {
  /** RFC 3339. */
  learnedAt: string;
  purchases: number;
  gaps: number;
  customers: number;
  /** How many products there are by what their window rests on. */
  products: Record<ProductWindow['basis'], number>;
  evaluation: EvaluationReport;
  /** Of how many customers the evaluation is. */
  judgedCustomers: number;
  population: Population;
}

export async function replenishmentJob({ store, now, isStopping }: JobContext): Promise<void> {
  const session: Session = { db: store.db, dialect: store.dialect };
  const purchases = await readAll(session, now, isStopping);
  if (purchases === null || isStopping()) return;
  const described = await readDescribedProducts(session);
  const categoryOf = (productId: string) => described.get(productId)?.category ?? null;
  const gaps = gapsOf(purchases);
  const { products, ...population } = learn(gaps, { categoryOf });
  if (isStopping()) return;

  const judged = everyNthCustomer(purchases, Math.ceil(purchases.customerIds.length / MOST_JUDGED_CUSTOMERS));

  const facts = factsOf(purchases, products, described);
  const windows = windowsOf(population, facts);
  await writeAllWindows(store, facts, windows, new LearnedWindows(population, products), now);
  const document: ReplenishmentDocument = {
    learnedAt: new Date(now).toISOString(),
    purchases: purchases.length,
    gaps: gaps.length,
    customers: purchases.customerIds.length,
    products: countByBasis(windows.values()),
    evaluation: evaluate(judged, originsOf(judged), { categoryOf }),
    judgedCustomers: new Set(judged.customer).size,
    population,
  };
  await writeModel(store.db, REPLENISHMENT_MODEL, document, now);
  await planEverybody(store, windows, now, isStopping);
}

/** @returns null when it is to stop; orders of the future are left out */
async function readAll(session: Session, now: number, isStopping: () => boolean): Promise<NamedPurchases | null> {
  const log = new PurchaseLog();
  let after = { source: '', orderId: '' };
  for (;;) {
    if (isStopping()) return null;
    const page = await nextBoughtLines(session, after, ORDERS_A_PAGE);
    if (page === null) return log.purchases();
    for (const { customerId, productId, orderedAt, quantity } of page.lines) {
      if (orderedAt <= now) log.add(customerId, productId, utcDay(orderedAt), quantity);
    }
    after = page.last;
  }
}

/** Products that were bought, and those that somebody has set a window for by hand. */
function factsOf(
  purchases: PurchaseTable,
  centres: readonly ProductCentre[],
  described: Awaited<ReturnType<typeof readDescribedProducts>>,
): ProductFacts[] {
  const centreOf = new Map(centres.map((centre) => [centre.productId, centre]));
  const byHand = [...described].flatMap(([productId, product]) => (product.byHand ? [productId] : []));
  return Array.from(new Set([...purchases.productIds, ...byHand]), (productId) => ({
    productId,
    category: described.get(productId)?.category ?? null,
    byHand: described.get(productId)?.byHand ?? null,
    centre: centreOf.get(productId) ?? null,
  }));
}

async function writeAllWindows(
  store: Store,
  facts: readonly ProductFacts[],
  windows: ReadonlyMap<string, ProductWindow>,
  learned: LearnedWindows,
  now: number,
): Promise<void> {
  const rows = facts.map(({ productId, category, centre }): WindowRow => {
    const window = windows.get(productId);
    const from = learned.centreOf(productId, category);
    const isLearned = window?.basis === 'product' || window?.basis === 'category';
    const [q40, q50, q60, q80] = isLearned && from ? from.days : [null, null, null, null];
    return {
      product_id: productId,
      basis: window?.basis ?? 'none',
      reason: window?.basis === 'none' ? window.reason : null,
      gaps: from?.gaps ?? 0,
      ...{ q40, q50, q60, q80 },
      window_json: JSON.stringify({ centre, category }),
      learned_at: now,
    };
  });
  for (let from = 0; from < rows.length; from += ROWS_A_WRITE) {
    const some = rows.slice(from, from + ROWS_A_WRITE);
    await store.transaction((db) => writeWindows({ db, dialect: store.dialect }, some));
  }
  await store.transaction((db) => deleteOlderWindows({ db, dialect: store.dialect }, now));
}

function countByBasis(windows: Iterable<ProductWindow>): ReplenishmentDocument['products'] {
  const counts = { product: 0, category: 0, byHand: 0, none: 0 };
  for (const { basis } of windows) counts[basis]++;
  return counts;
}

export function everyNthCustomer(purchases: PurchaseTable, nth: number): PurchaseTable {
  if (nth <= 1) return purchases;
  const places = Array.from(purchases.customer.keys()).filter((at) => (purchases.customer[at] as number) % nth === 0);
  const pick = (column: Int32Array) => Int32Array.from(places, (at) => column[at] as number);
  return {
    ...purchases,
    length: places.length,
    customer: pick(purchases.customer),
    product: pick(purchases.product),
    day: pick(purchases.day),
    quantity: Float64Array.from(places, (at) => purchases.quantity[at] as number),
  };
}

function originsOf({ day, length }: PurchaseTable): number[] {
  if (length === 0) return [];
  const [first, last] = day.reduce(([least, most], one) => [Math.min(least, one), Math.max(most, one)], [
    Infinity,
    -Infinity,
  ] as [number, number]);
  return [...new Set(ORIGINS.map((part) => Math.floor(first + part * (last - first))))];
}

/** Also takes out what does not run out any more. */
async function planEverybody(
  store: Store,
  windows: ReadonlyMap<string, ProductWindow>,
  now: number,
  isStopping: () => boolean,
): Promise<void> {
  const readWindows: WindowReader = async (session, productIds) => {
    const ids = [...productIds];
    // Bought for the first time since everything was read.
    const missing = ids.filter((id) => !windows.has(id));
    return missing.length === 0 ? windows : new Map([...windows, ...(await readProductWindows(session, missing))]);
  };
  let after = '';
  while (!isStopping()) {
    const outside: Session = { db: store.db, dialect: store.dialect };
    const ids = await nextCustomers(outside, after, CUSTOMERS_A_PAGE);
    const last = ids.at(-1);
    if (last === undefined) return;
    // Looked for without keeping others from writing.
    const outdated = await findOutdated(outside, ids, now, readWindows);
    for (let from = 0; from < outdated.length && !isStopping(); from += CUSTOMERS_A_WRITE) {
      const some = outdated.slice(from, from + CUSTOMERS_A_WRITE);
      await store.transaction(async (db) => {
        const session: Session = { db, dialect: store.dialect };
        // Planned once more: what has come since counts, and those of merged and erased customers have moved.
        const locked = [...(await lockCustomers(session, some))];
        const present = locked.flatMap(([id, survivor]) => (id === survivor ? [id] : []));
        await renewReplenishmentsOf(session, present, now, readWindows);
      });
    }
    after = last;
  }
}
