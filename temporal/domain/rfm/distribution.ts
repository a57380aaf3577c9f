/** How many customers have which score, and what those of each place in the grid of recency and frequency have spent. */
import type { Bought, RfmScore } from './model.ts';
import { segmentOf, type RfmSegment, type Score } from './segments.ts';

export const SCORES: readonly Score[] = [1, 2, 3, 4, 5];

export interface GridCell {
  r: Score;
  f: Score;
  segment: RfmSegment;
  customers: number;
  /** Net of refunds, of those who pay in the currency. */
  revenueMinor: number;
}

/** The document `distribution` of `score_models`. */
export interface RfmDistribution {
  /** UTC day. */
  asOf: string;
  /** Revenue is added up in it; null: nobody has ordered. */
  currency: string | null;
  customers: number;
  /** Customers with the scores 1 to 5. */
  r: number[];
  f: number[];
  m: number[];
  /** Of all 25 places: R1 F1, R1 F2, …. */
  cells: GridCell[];
}

export class Distribution {
  readonly #currency: string | null;
  readonly #counts = { r: [0, 0, 0, 0, 0], f: [0, 0, 0, 0, 0], m: [0, 0, 0, 0, 0] };
  readonly #cells: GridCell[] = SCORES.flatMap((r) =>
    SCORES.map((f) => ({ r, f, segment: segmentOf(r, f), customers: 0, revenueMinor: 0 })),
  );
  #customers = 0;

  /** @param currency that revenue is added up in */
  constructor(currency: string | null) {
    this.#currency = currency;
  }

  add(
    { r, f, m }: Pick<RfmScore, 'r' | 'f' | 'm'>,
    { revenueMinor, currency }: Pick<Bought, 'revenueMinor' | 'currency'>,
  ) {
    this.#customers++;
    this.#counts.r[r - 1]!++;
    this.#counts.f[f - 1]!++;
    this.#counts.m[m - 1]!++;
    const cell = this.#cells[(r - 1) * SCORES.length + f - 1]!;
    cell.customers++;
    if (currency === this.#currency) cell.revenueMinor += revenueMinor;
  }

  /** @param asOf such as 2026-11-22 */
  result(asOf: string): RfmDistribution {
    return { asOf, currency: this.#currency, customers: this.#customers, ...this.#counts, cells: this.#cells };
  }
}
