/**
 * What RFM has learned of a shop's buyers, and how one of them is scored by it.
 *
 * Days are UTC calendar days. Money is compared among customers who pay in the same currency, for a sum in yen says nothing beside
 * one in euro; the operator's own thresholds of money are about the currency that most of them pay in.
 */
import { isoDay, utcDay } from '../utcDay.ts';
import { cutPointsOf, quintiles, recencyValue, scoreOf, type CutPoints } from './cutPoints.ts';
import { SEGMENTS, segmentOf, type RfmSegment, type Score } from './segments.ts';
import type { RfmThresholds } from '../scoreSettings.ts';

export interface RfmModel {
  /** The UTC day of the calculation, such as 2026-11-22. */
  asOf: string;
  /** With an order. */
  customers: number;
  by: 'quintiles' | 'thresholds';
  /** Days since the last order: a score is one higher with fewer than each. null: nobody has ordered. */
  recencyDays: CutPoints | null;
  /** A score is one higher with more than each. */
  orders: CutPoints | null;
  /** Net of refunds: a score is one higher with more than each; by currency. */
  moneyMinor: Record<string, CutPoints>;
  /** That most of them pay in; null: nobody has ordered. */
  currency: string | null;
  /** Of all who pay in `currency`, the median of what their orders came to on average. Not rounded. */
  medianAverageOrderMinor: number | null;
  /** The same for each currency. */
  medians: Record<string, number>;
  /** All of them, in their usual order. */
  segments: SegmentShare[];
  /** Not everybody has been scored by it yet; null: they have. `quietly`: nobody is to hear that the segment is another one by it. */
  scoring: 'quietly' | 'aloud' | null;
}

export interface SegmentShare {
  segment: RfmSegment;
  customers: number;
  /** Net of refunds, of those who pay in the model's currency. */
  revenueMinor: number;
  /** Of the revenue of all segments, 0 to 1; null: there is none. */
  share: number | null;
  /** null: nobody in it. Rounded. */
  averageOrderMinor: number | null;
}

export interface RfmScore {
  r: Score;
  f: Score;
  m: Score;
  segment: RfmSegment;
}

/** What one customer has ordered. */
export interface Bought {
  /** At least one. */
  orders: number;
  /** Net of refunds. */
  revenueMinor: number;
  currency: string;
  /** Epoch ms. */
  lastOrderAt: number;
}

/** An order dated ahead is of today. @param day as `utcDay` */
export const recencyDays = (lastOrderAt: number, day: number): number => Math.max(0, day - utcDay(lastOrderAt));

/** Scores one customer as of a day (as `utcDay`). */
export type Scorer = (bought: Bought, day: number) => RfmScore;

/** @returns null while nobody has been there to compare with */
export function scorerBy({ recencyDays: days, orders, moneyMinor }: RfmModel): Scorer | null {
  if (days === null || orders === null) return null;
  const recency = days.map(recencyValue) as CutPoints;
  return (bought, day) => {
    const r = scoreOf(recencyValue(recencyDays(bought.lastOrderAt, day)), recency);
    const f = scoreOf(bought.orders, orders);
    const money = moneyMinor[bought.currency];
    // Nobody has paid in this currency before: there is only this one to compare with.
    const m = money === undefined ? 1 : scoreOf(bought.revenueMinor, money);
    return { r, f, m, segment: segmentOf(r, f) };
  };
}

/** The segment alone, which money has no part in. */
export type Segmenter = (recencyDays: number, orders: number) => RfmSegment;

/** @returns null where there is nobody */
export function segmenterOf(buyers: SegmentedBuyers, thresholds: RfmThresholds | null): Segmenter | null {
  const steps = stepsOf(buyers, thresholds);
  if (steps.recency === null || steps.orders === null) return null;
  const { recency, orders } = steps;
  return (days, count) => segmentOf(scoreOf(recencyValue(days), recency), scoreOf(count, orders));
}

/** Everybody with an order, in columns: a million of them take 25 MB. */
export interface Buyers extends SegmentedBuyers {
  /** Net of refunds, minor units. */
  readonly money: Float64Array;
  /** Place in `currencies`. */
  readonly currency: Uint16Array;
  readonly currencies: readonly string[];
}

export interface SegmentedBuyers {
  readonly count: number;
  /** Days since the last order. */
  readonly recencyDays: Int32Array;
  readonly orders: Int32Array;
}

function stepsOf({ count, recencyDays: days, orders }: SegmentedBuyers, thresholds: RfmThresholds | null) {
  if (thresholds !== null) return cutPointsOf(thresholds);
  if (count === 0) return { recency: null, orders: null };
  return {
    recency: quintiles(days.slice(0, count).map(recencyValue).sort()),
    orders: quintiles(orders.slice(0, count).sort()),
  };
}

/** @param now epoch ms @returns the model without its segments: who is in which is known only by it */
export function learn(buyers: Buyers, thresholds: RfmThresholds | null, now: number): RfmModel {
  const { count, currencies } = buyers;
  const currency = mainCurrency(buyers);
  const own = thresholds === null ? null : cutPointsOf(thresholds);
  const medians: Record<string, number> = {};
  const moneyMinor: Record<string, CutPoints> = {};
  currencies.forEach((code, place) => {
    const { money, averages } = paidIn(buyers, place);
    if (money.length === 0) return;
    moneyMinor[code] = own !== null && code === currency ? own.money : quintiles(money.sort());
    medians[code] = median(averages.sort());
  });
  const { recency, orders } = stepsOf(buyers, thresholds);
  return {
    asOf: isoDay(utcDay(now)),
    customers: count,
    by: own === null ? 'quintiles' : 'thresholds',
    // Minus the value; never minus zero.
    recencyDays: recency === null ? null : (recency.map((value) => 0 - value) as CutPoints),
    orders,
    moneyMinor,
    currency,
    medianAverageOrderMinor: currency === null ? null : (medians[currency] ?? null),
    medians,
    segments: [],
    scoring: 'aloud',
  };
}

/** Of the currency that most customers pay in; of several, the first by its code. */
function mainCurrency({ count, currency, currencies }: Buyers): string | null {
  const counts = new Float64Array(currencies.length);
  for (let index = 0; index < count; index++) counts[currency[index] as number]! += 1;
  let main: number | null = null;
  currencies.forEach((code, place) => {
    const most = main === null ? -1 : (counts[main] as number);
    const own = counts[place] as number;
    if (own === 0) return;
    if (own > most || (own === most && code < (currencies[main ?? 0] as string))) main = place;
  });
  return main === null ? null : (currencies[main] as string);
}

function paidIn({ count, currency, money, orders }: Buyers, place: number) {
  let size = 0;
  for (let index = 0; index < count; index++) if (currency[index] === place) size++;
  const own = { money: new Float64Array(size), averages: new Float64Array(size) };
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (currency[index] !== place) continue;
    own.money[at] = money[index] as number;
    own.averages[at++] = (money[index] as number) / (orders[index] as number);
  }
  return own;
}

/** @param sorted rising, at least one */
function median(sorted: Float64Array): number {
  const upper = sorted.length >> 1;
  const at = (place: number) => sorted[place] as number;
  return sorted.length % 2 === 1 ? at(upper) : (at(upper - 1) + at(upper)) / 2;
}

/** Adds up who is in which segment. */
export class SegmentShares {
  readonly #currency: string | null;
  readonly #sums = new Map(SEGMENTS.map((segment) => [segment, { customers: 0, revenueMinor: 0, orders: 0 }]));

  /** @param currency that revenue is added up in */
  constructor(currency: string | null) {
    this.#currency = currency;
  }

  add(segment: RfmSegment, { orders, revenueMinor, currency }: Omit<Bought, 'lastOrderAt'>): void {
    const sum = this.#sums.get(segment);
    if (!sum) return;
    sum.customers++;
    if (currency !== this.#currency) return;
    sum.orders += orders;
    sum.revenueMinor += revenueMinor;
  }

  result(): SegmentShare[] {
    let all = 0;
    for (const { revenueMinor } of this.#sums.values()) all += revenueMinor;
    return [...this.#sums].map(([segment, { customers, revenueMinor, orders }]) => ({
      segment,
      customers,
      revenueMinor,
      share: all > 0 ? revenueMinor / all : null,
      averageOrderMinor: orders === 0 ? null : Math.round(revenueMinor / orders),
    }));
  }
}
