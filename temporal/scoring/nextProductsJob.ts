/** Learns from all orders which product is bought after which. */
import { BoughtProducts } from '../domain/nextProduct/boughtProducts.ts';
import { learnNextProducts } from '../domain/nextProduct/learn.ts';
import { offerAfterDays, type Evidence } from '../domain/nextProduct/offer.ts';
import { utcDay } from '../domain/utcDay.ts';
import { deleteOtherNextProducts, nextBuyersLines, writeNextProducts } from '../store/nextProducts.ts';
import type { Session } from '../store/rows.ts';
import { writeModel } from '../store/scoreModels.ts';
import { readScoreSettings } from '../store/scoreSettings.ts';
import type { JobContext } from './job.ts';

const CUSTOMERS_A_PAGE = 1000;
const ROWS_A_WRITE = 500;
/** For whoever looks at the document: all of them stand in `next_products`. */
const STRONGEST = 20;

/** The document `nextProducts` of `score_models`. */
export interface NextProductsDocument {
  /** RFC 3339. */
  learnedAt: string;
  withinDays: number;
  customers: number;
  /** Products with enough buyers, and the pairs that were found with them. */
  products: number;
  pairs: number;
  strongest: (Evidence & { offerAfterDays: number })[];
  /** null: there is enough. */
  notEnoughData: string | null;
}

export async function nextProductsJob({ store, now, isStopping }: JobContext): Promise<void> {
  const session: Session = { db: store.db, dialect: store.dialect };
  const { nextProducts: settings } = await readScoreSettings(store.db);
  const bought = new BoughtProducts(now, settings.overstockDays);
  for (let after = ''; ;) {
    if (isStopping()) return;
    const page = await nextBuyersLines(session, after, CUSTOMERS_A_PAGE);
    if (page === null) break;
    for (const { customerId, productId, orderedAt, quantity } of page.lines) {
      if (orderedAt <= now) bought.add(customerId, productId, orderedAt, quantity);
    }
    after = page.last;
  }
  const { products, pairs } = learnNextProducts(bought, settings, utcDay(now));
  const ids = bought.productIds;
  const evidence = pairs.map(({ product, next, ...numbers }) => ({
    productId: ids[product] as string,
    nextProductId: ids[next] as string,
    ...numbers,
    soldPerDay: bought.soldPerDay(next),
  }));
  for (let from = 0; from < evidence.length; from += ROWS_A_WRITE) {
    if (isStopping()) return;
    const some = evidence.slice(from, from + ROWS_A_WRITE);
    await store.transaction((db) => writeNextProducts({ db, dialect: store.dialect }, some, now));
  }
  for (let deleted = ROWS_A_WRITE; deleted === ROWS_A_WRITE;) {
    if (isStopping()) return;
    deleted = await store.transaction((db) =>
      deleteOtherNextProducts({ db, dialect: store.dialect }, now, ROWS_A_WRITE),
    );
  }
  const strongest = evidence.toSorted(byStrength).slice(0, STRONGEST);
  const document: NextProductsDocument = {
    learnedAt: new Date(now).toISOString(),
    withinDays: settings.withinDays,
    customers: bought.customers,
    products,
    pairs: evidence.length,
    strongest: strongest.map((one) => ({ ...one, offerAfterDays: offerAfterDays(one.windowDays) })),
    notEnoughData:
      products > 0
        ? null
        : `not enough data: no product has ${settings.minimumBuyers} buyers whose order is ${settings.withinDays} days ago.`,
  };
  await writeModel(store.db, 'nextProducts', document, now);
}

/** Of equal ones by their ids, so that the same orders make the same document. */
function byStrength(a: Evidence, b: Evidence): number {
  if (a.lowerBound !== b.lowerBound) return b.lowerBound - a.lowerBound;
  return a.productId + a.nextProductId < b.productId + b.nextProductId ? -1 : 1;
}
