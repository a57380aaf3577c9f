/** What is calculated of one customer, as the API and the items of the canvas have it. */
import type { Affinity } from './affinity/affinities.ts';
import type { ChurnRisk } from './audience.ts';
import type { RfmScore } from './rfm/model.ts';

export interface CustomerScores {
  /** null: no order so far, or not calculated yet. */
  rfm: ShownRfm | null;
  prediction: ShownPrediction | NotEnoughData;
  /** null: nothing is known of what they like. */
  affinities: Affinity | null;
}

export interface ShownRfm extends RfmScore {
  /** Whole UTC days from the last order to `scoredAt`. */
  recencyDays: number;
  orders: number;
  /** Net of refunds, in the currency of the totals. */
  moneyMinor: number;
  averageOrderMinor: number;
  /** RFC 3339 UTC: when the scores were last found to be these. */
  scoredAt: string;
}

export interface ShownPrediction {
  alive: number;
  expectedOrders: number;
  horizonDays: number;
  /** Per order, minor units of `currency`, as all money here. */
  spendMinor: number;
  valueMinor: number;
  currency: string;
  /** RFC 3339 UTC; null: none is likely. */
  nextOrderAt: string | null;
  churn: ChurnRisk;
  predictedAt: string;
}

/** A sentence that begins with "not enough data:". */
export interface NotEnoughData {
  notEnoughData: string;
}

export const noScores = (): CustomerScores => ({
  rfm: null,
  prediction: { notEnoughData: 'not enough data: no order yet' },
  affinities: null,
});
