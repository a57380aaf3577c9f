/** What is to be expected of a shop's customers: as it was learned of all, and of each one by it. */
import { DAY_MS } from '../utcDay.ts';
import { MODELS, type NoFit } from './fit.ts';
import { predictCustomer, type ChurnRisk, type FittedValue } from './predict.ts';
import { summaryOf, type ShopPurchases } from './shopPurchases.ts';

export interface PredictionTerms {
  horizonDays: number;
  /** A year. */
  discountRate: number;
  /** A customer who does not order within them has gone. */
  churnDays: number;
}

/** The document of `score_models`. */
export interface LearnedPredictions extends FittedValue, PredictionTerms {
  /** The UTC day of the calculation, such as 2026-11-22. */
  asOf: string;
  /** Of all money in it; Gamma-Gamma's parameters are about its minor units. */
  currency: string;
  paramNames: readonly string[];
}
export type PredictionsModel = LearnedPredictions | NoFit;

export const learnedPredictions = (
  fitted: FittedValue,
  more: PredictionTerms & { asOf: string; currency: string },
): LearnedPredictions => ({
  ...fitted,
  paramNames: MODELS[fitted.model].paramNames,
  ...more,
});

/** Probabilities and orders to four digits, money in whole minor units, times in days: more would be noise. */
export interface Prediction {
  alive: number;
  expectedOrders: number;
  spendMinor: number;
  valueMinor: number;
  /** Epoch ms, the beginning of a UTC day; null: within the horizon no order is likely. */
  nextOrderAt: number | null;
  churn: ChurnRisk;
}

/** Beyond it amounts are not exact any more; no customer is worth it. */
const MOST_MINOR = Number.MAX_SAFE_INTEGER;

/** Predicts one customer after the other. */
export class Predictor {
  readonly #learned: LearnedPredictions;
  readonly #today: number;
  /** Most customers have bought once, and of them the day alone tells them apart. */
  readonly #once = new Map<number, Prediction | null>();

  /** @param today as `utcDay` */
  constructor(learned: LearnedPredictions, today: number) {
    this.#learned = learned;
    this.#today = today;
  }

  /** @returns null where the model has no number for them */
  predict(purchases: ShopPurchases): Prediction | null {
    const [first] = purchases.days;
    if (purchases.days.length > 1 || first === undefined) return this.#predict(purchases);
    let known = this.#once.get(first);
    if (known === undefined) this.#once.set(first, (known = this.#predict(purchases)));
    return known;
  }

  #predict(purchases: ShopPurchases): Prediction | null {
    const { alive, orders, spend, value, nextOrderInDays, churn } = predictCustomer(
      this.#learned,
      summaryOf(purchases, this.#today),
      this.#learned,
    );
    const numbers = [alive, orders, spend, value];
    if (!numbers.every((number) => Number.isFinite(number) && number >= 0 && number <= MOST_MINOR)) return null;
    return {
      alive: fourDigits(alive),
      expectedOrders: fourDigits(orders),
      spendMinor: Math.round(spend),
      valueMinor: Math.round(value),
      nextOrderAt: nextOrderInDays === null ? null : (this.#today + Math.ceil(nextOrderInDays)) * DAY_MS,
      churn,
    };
  }
}

const fourDigits = (value: number): number => Math.round(value * 10_000) / 10_000;
