/** What is to be expected of one customer, from fitted parameters and what they have bought so far. */
import { MODELS, type Fit, fitPurchases, fitSpend, type NoFit } from './fit.ts';
import { expectedSpend, type SpendParams } from './gammaGamma.ts';
import { TIME_UNITS, type ModelName, type Params, type PurchaseModel, type TimeUnit } from './purchaseModel.ts';
import { integrate } from './quadrature.ts';
import { spendSummariesOf, summariesOf, type CustomerSummary, type PurchaseHistory } from './summary.ts';

export interface FittedValue {
  model: ModelName;
  unit: TimeUnit;
  /** In the unit; names as in `MODELS[model].paramNames`. */
  params: Params;
  logLikelihood: number;
  customers: number;
  /** As in `Fit`, of `params`. */
  atLimit: string[];
  /** Of the money per order, in the unit that the summaries' `m` had. */
  gammaGamma: Fit<SpendParams>;
}

/** @param customers times in days */
export function fitValue(model: ModelName, unit: TimeUnit, customers: Iterable<CustomerSummary>): FittedValue | NoFit {
  const purchases = fitPurchases(model, summariesOf(customers, TIME_UNITS[unit]));
  if ('notEnoughData' in purchases) return purchases;
  const gammaGamma = fitSpend(spendSummariesOf(customers));
  if ('notEnoughData' in gammaGamma) return gammaGamma;
  return { model, unit, ...purchases, gammaGamma };
}

export interface PredictionTerms {
  horizonDays: number;
  /** A year; 0.1 makes 1.00 in a year worth 1/1.1 now. */
  discountRate: number;
}

export interface ValuePrediction {
  /** Probability that the customer still buys. */
  alive: number;
  /** Expected within the horizon. */
  orders: number;
  /** Expected per order. */
  spend: number;
  /** Of all orders within the horizon, each discounted by when it is to be expected. */
  value: number;
}

export type ChurnRisk = 'low' | 'medium' | 'high';

export interface CustomerPrediction extends ValuePrediction {
  /** Days from now by which a next order is as likely as not; null: it is not, within the horizon. */
  nextOrderInDays: number | null;
  /** Probability of no order within the days asked for, and what that is called. */
  noOrder: number;
  churn: ChurnRisk;
}

/** @param summary times in days */
export function predictValue(fitted: FittedValue, summary: CustomerSummary, terms: PredictionTerms): ValuePrediction {
  const { model, history, days } = inUnit(fitted, summary);
  const { params } = fitted;
  const alive = model.alive(params, history);
  const ordersWithin = (time: number): number => alive * model.expectedIfAlive(params, history, time);
  const orders = ordersWithin(terms.horizonDays / days);
  // Whose repeat orders were all free says nothing about what an order brings: the mean of all, as for who has none.
  const spendOrders = summary.m > 0 ? summary.x : 0;
  const spend = expectedSpend(fitted.gammaGamma.params, spendOrders, summary.m);
  const worth = discounted((day) => ordersWithin(day / days), orders, terms, summary.T);
  return { alive, orders, spend, value: worth * spend };
}

/** @param churnDays a customer who does not order within them has gone */
export function predictCustomer(
  fitted: FittedValue,
  summary: CustomerSummary,
  terms: PredictionTerms & { churnDays: number },
): CustomerPrediction {
  const predicted = predictValue(fitted, summary, terms);
  const orderWithin = (day: number): number => orderProbability(fitted, summary, predicted.alive, day);
  const noOrder = 1 - orderWithin(terms.churnDays);
  return {
    ...predicted,
    nextOrderInDays: halfLikely(orderWithin, terms.horizonDays),
    noOrder,
    churn: churnOf(noOrder),
  };
}

/** Klaviyo's bands (FEATURES, expected feature 16): below 33 % low, up to 66 % medium. */
export const churnOf = (noOrder: number): ChurnRisk => (noOrder < 0.33 ? 'low' : noOrder <= 0.66 ? 'medium' : 'high');

function orderProbability(fitted: FittedValue, summary: PurchaseHistory, alive: number, day: number): number {
  const { model, history, days } = inUnit(fitted, summary);
  return alive * model.anyIfAlive(fitted.params, history, day / days);
}

function inUnit(
  { model, unit }: FittedValue,
  { x, tx, T }: PurchaseHistory,
): { model: PurchaseModel; history: PurchaseHistory; days: number } {
  const days = TIME_UNITS[unit];
  return { model: MODELS[model], history: { x, tx: tx / days, T: T / days }, days };
}

const DAYS_A_YEAR = 365;

/**
 * Orders by what they are worth now: ∫ e^(−δ u) dE(u) = e^(−δ H) E(H) + δ ∫ E(u) e^(−δ u) du over the horizon H, with E(u) the orders
 * expected within u days and δ = log(1 + rate) / 365. Continuously, and not by months: an order is discounted by its own day.
 *
 * @param watched days: E grows the more evenly the longer a customer has been watched
 */
function discounted(
  ordersWithin: (day: number) => number,
  orders: number,
  { horizonDays, discountRate }: PredictionTerms,
  watched: number,
): number {
  const perDay = Math.log1p(discountRate) / DAYS_A_YEAR;
  if (perDay === 0) return orders;
  const since = watched + 1;
  const end = Math.log1p(horizonDays / since);
  const held = (log: number): number => {
    const day = since * Math.expm1(log);
    return ordersWithin(day) * Math.exp(log - perDay * day);
  };
  // One panel for each factor of e in time, and for each in what money is worth.
  const panels = Math.ceil(end + Math.abs(perDay) * horizonDays);
  return orders * Math.exp(-perDay * horizonDays) + perDay * since * integrate(held, end, panels);
}

/** When a probability that only rises reaches one half: by the Illinois form of regula falsi. */
function halfLikely(probability: (day: number) => number, horizonDays: number): number | null {
  let [low, high] = [0, horizonDays];
  let [below, above] = [-0.5, probability(horizonDays) - 0.5];
  if (!(above >= 0)) return null;
  let side = 0;
  for (let step = 0; step < 100 && high - low > 1e-4 && above > 0; step++) {
    const day = low - (below * (high - low)) / (above - below);
    const off = probability(day) - 0.5;
    if (Math.abs(off) < 1e-7) return day;
    if (off < 0) {
      [low, below] = [day, off];
      if (side === -1) above /= 2;
      side = -1;
    } else {
      [high, above] = [day, off];
      if (side === 1) below /= 2;
      side = 1;
    }
  }
  return high;
}
