/**
 * "22 % of those who bought X bought Y within 10 days": which product follows which, learned from everybody's orders.
 *
 * A buyer of X counts from their first order of X, once they have had all the days to buy something else; Y counts once, if they
 * ordered it after that (not with it, for then there is nothing left to offer) and within the days. The share has a lower bound
 * by which thin evidence ranks behind thick.
 */
import type { ScoreSettings } from '../scoreSettings.ts';
import type { BoughtProducts } from './boughtProducts.ts';
import { PairCounts } from './pairCounts.ts';
import { lowerBoundOf } from './wilson.ts';

const DAY_S = 86_400;
/** Resellers buy everything after everything, and their pairs grow with the square. */
const MOST_PRODUCTS_OF_A_CUSTOMER = 500;
/** Of one product: more are never offered. */
const MOST_NEXT = 50;
/** 64 MB. */
const MOST_COUNTERS = 2 ** 24;
/** The middle 70 % lie between these. */
const [FROM, TO] = [0.15, 0.85];
/** The window ends where nearly all who buy have bought: the last few may come at any time. */
const WINDOW = 0.95;

export type NextProductRules = Pick<ScoreSettings['nextProducts'], 'withinDays' | 'minimumBuyers' | 'minimumShare'>;

export interface NextProduct {
  /** Indexes in `BoughtProducts.productIds`. */
  product: number;
  next: number;
  /** Of the first. */
  buyers: number;
  /** Of these, bought the second in time. */
  also: number;
  share: number;
  lowerBound: number;
  /** Days between the two orders; the middle 70 % of `also`. */
  fromDays: number;
  toDays: number;
  /** By then 95 % of them had bought; at least 1. */
  windowDays: number;
}

export interface LearnedNextProducts {
  /** Products with enough buyers to say something. */
  products: number;
  /** The strongest of each product first. */
  pairs: NextProduct[];
}

/** @param today UTC day number */
export function learnNextProducts(bought: BoughtProducts, rules: NextProductRules, today: number): LearnedNextProducts {
  const scan = new PairScan(bought, rules.withinDays, today);
  const buyers = scan.buyers();
  const isKnown = (product: number): boolean => (buyers[product] as number) >= rules.minimumBuyers;

  const counts = new PairCounts(bought.productIds.length);
  scan.eachPair(isKnown, (product, next) => counts.add(product, next));
  const pairs = strongestOf(counts, buyers, rules.minimumShare, bought.productIds);

  return {
    products: buyers.reduce((count, of) => count + (of >= rules.minimumBuyers ? 1 : 0), 0),
    pairs: withDays(pairs, scan, isKnown, rules.withinDays, bought.productIds.length),
  };
}

/** In as many scans as it takes, so that memory does not depend on the catalogue. */
function withDays(
  pairs: readonly Counted[],
  scan: PairScan,
  isKnown: (product: number) => boolean,
  withinDays: number,
  products: number,
): NextProduct[] {
  const atOnce = Math.ceil(MOST_COUNTERS / (withinDays + 1));
  const found: NextProduct[] = [];
  for (let from = 0; from < pairs.length; from += atOnce) {
    const some = pairs.slice(from, from + atOnce);
    const places = new PairCounts(products);
    some.forEach(({ product, next }, index) => places.set(product, next, index + 1));
    const counts = new DayCounts(withinDays, some.length);
    scan.eachPair(isKnown, (product, next, days) => {
      const place = places.get(product, next);
      if (place > 0) counts.add(place - 1, days);
    });
    some.forEach((pair, index) => {
      const within = (part: number): number => counts.quantile(index, pair.also * part);
      found.push({ ...pair, fromDays: within(FROM), toDays: within(TO), windowDays: Math.max(1, within(WINDOW)) });
    });
  }
  return found;
}

type Counted = Pick<NextProduct, 'product' | 'next' | 'buyers' | 'also' | 'share' | 'lowerBound'>;

function strongestOf(counts: PairCounts, buyers: Int32Array, minimumShare: number, ids: readonly string[]): Counted[] {
  const byProduct = new Map<number, Counted[]>();
  counts.each((product, next, also) => {
    const of = buyers[product] as number;
    if (also / of < minimumShare) return;
    const pair = { product, next, buyers: of, also, share: also / of, lowerBound: lowerBoundOf(also, of) };
    const others = byProduct.get(product);
    if (others) others.push(pair);
    else byProduct.set(product, [pair]);
  });
  return [...byProduct.values()].flatMap((pairs) =>
    pairs
      .sort((a, b) => b.lowerBound - a.lowerBound || ((ids[a.next] as string) < (ids[b.next] as string) ? -1 : 1))
      .slice(0, MOST_NEXT),
  );
}

/** Goes through everybody's orders, as often as it is asked to. */
class PairScan {
  readonly #bought: BoughtProducts;
  readonly #withinDays: number;
  /** Who bought later has not had all the days yet. */
  readonly #lastDay: number;
  /** By product: the customer, or the scan, that it was met in last; + 1. */
  readonly #metBy: Int32Array;
  readonly #metIn: Float64Array;
  #scans = 0;

  constructor(bought: BoughtProducts, withinDays: number, today: number) {
    this.#bought = bought;
    this.#withinDays = withinDays;
    this.#lastDay = today - withinDays;
    this.#metBy = new Int32Array(bought.productIds.length);
    this.#metIn = new Float64Array(bought.productIds.length);
  }

  /** @returns by product */
  buyers(): Int32Array {
    const buyers = new Int32Array(this.#bought.productIds.length);
    this.#eachFirst((line) => {
      const product = this.#bought.product[line] as number;
      buyers[product] = (buyers[product] as number) + 1;
    });
    return buyers;
  }

  /** Each customer's pairs of products once. */
  eachPair(isKnown: (product: number) => boolean, visit: (product: number, next: number, days: number) => void): void {
    const { product: products, at: times } = this.#bought;
    this.#eachFirst((line, end) => {
      const product = products[line] as number;
      if (!isKnown(product)) return;
      const at = times[line] as number;
      const day = Math.floor(at / DAY_S);
      const scan = ++this.#scans;
      this.#metIn[product] = scan;
      for (let later = line + 1; later < end; later++) {
        const laterAt = times[later] as number;
        const days = Math.floor(laterAt / DAY_S) - day;
        if (days > this.#withinDays) break;
        const next = products[later] as number;
        if (laterAt === at || this.#metIn[next] === scan) continue;
        this.#metIn[next] = scan;
        visit(product, next, days);
      }
    });
  }

  /** First orders of a product by a customer who has had all the days since. */
  #eachFirst(visit: (line: number, end: number) => void): void {
    const { product: products, at: times, customers } = this.#bought;
    this.#metBy.fill(0);
    for (let customer = 0; customer < customers; customer++) {
      const [from, to] = this.#bought.linesOf(customer);
      if (to - from > MOST_PRODUCTS_OF_A_CUSTOMER && this.#isReseller(from, to)) continue;
      for (let line = from; line < to; line++) {
        const product = products[line] as number;
        if (this.#metBy[product] === customer + 1) continue;
        this.#metBy[product] = customer + 1;
        if (Math.floor((times[line] as number) / DAY_S) <= this.#lastDay) visit(line, to);
      }
    }
  }

  #isReseller(from: number, to: number): boolean {
    return new Set(this.#bought.product.subarray(from, to)).size > MOST_PRODUCTS_OF_A_CUSTOMER;
  }
}

/** How many bought after how many days, for each pair. */
class DayCounts {
  readonly #counts: Int32Array;
  readonly #width: number;

  constructor(withinDays: number, pairs: number) {
    this.#width = withinDays + 1;
    this.#counts = new Int32Array(pairs * this.#width);
  }

  add(pair: number, days: number): void {
    const at = pair * this.#width + days;
    this.#counts[at] = (this.#counts[at] as number) + 1;
  }

  /** @returns the days within which so many of them had bought */
  quantile(pair: number, count: number): number {
    let [days, sum] = [0, this.#counts[pair * this.#width] as number];
    while (sum < count && days < this.#width - 1) sum += this.#counts[pair * this.#width + ++days] as number;
    return days;
  }
}
