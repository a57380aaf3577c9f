/**
 * How customers and products are calculated, as the operator writes it (`PUT /v1/scores/settings`): one document, in which what is
 * left out has its default.
 */
import { eachOnce, listOf, oneOf, orNull, record, value, type Reader } from './documentReading.ts';
import type { FieldProblem } from './identity.ts';

export const PREDICTION_MODELS = ['pareto-nbd', 'bg-nbd', 'mbg-nbd'] as const;
export type PredictionModel = (typeof PREDICTION_MODELS)[number];

/** From which value on a score is one higher: four numbers that rise. */
export type ScoreSteps = [number, number, number, number];

export interface RfmThresholds {
  /** Days since the last order: at most the first scores 5, at most the fourth 2, more 1. */
  recencyDays: ScoreSteps;
  /** At least the first scores 2, at least the fourth 5, fewer than the first 1. */
  orders: ScoreSteps;
  /** Net money in minor units, as `orders`. */
  moneyMinor: ScoreSteps;
}

export interface ScoreSettings {
  rfm: {
    /** null: quintiles of the shop's own customers. */
    thresholds: RfmThresholds | null;
  };
  predictions: {
    model: PredictionModel;
    /** Orders and value are expected within so many days. */
    horizonDays: number;
    /** A year; 0 values all of the horizon alike. */
    discountRate: number;
    /** Churn is no order within so many days. */
    churnDays: number;
  };
  nextProducts: {
    /** Bought within so many days after the first product. */
    withinDays: number;
    /** Fewer buyers of the first product say nothing. */
    minimumBuyers: number;
    /** Of them, the share that has to have bought the second. */
    minimumShare: number;
    /** How much more stock than is sold counts; 0: not at all. */
    overstockWeight: number;
    /** How much the margin counts; 0: not at all. */
    marginWeight: number;
    /** Stock for more days of sales than these is too much. */
    overstockDays: number;
    /** Products that are never offered. */
    excluded: string[];
  };
}

export const DEFAULT_SCORE_SETTINGS: ScoreSettings = {
  rfm: { thresholds: null },
  predictions: { model: 'pareto-nbd', horizonDays: 365, discountRate: 0.1, churnDays: 90 },
  nextProducts: {
    withinDays: 30,
    minimumBuyers: 20,
    minimumShare: 0.02,
    overstockWeight: 0,
    marginWeight: 0,
    overstockDays: 90,
    excluded: [],
  },
};

/** Ten years; more is a slip of the pen. */
const MOST_DAYS = 3650;
const MOST = 1_000_000_000;
const MOST_EXCLUDED = 10_000;
const STEPS = 4;

const whole = (from: number, to: number): Reader<number> =>
  value(
    (given) => Number.isInteger(given) && (given as number) >= from && (given as number) <= to,
    `has to be a whole number from ${from} to ${to.toLocaleString('en')}`,
  );
const number = (from: number, to: number): Reader<number> =>
  value(
    (given) => typeof given === 'number' && given >= from && given <= to,
    `has to be a number from ${from} to ${to}`,
  );
const days = whole(1, MOST_DAYS);
const productId: Reader<string> = value(
  (given) => typeof given === 'string' && given !== '' && given.length <= 200,
  'has to be the id of a product',
);

/** @param lowest of the first */
function steps(lowest: number): Reader<ScoreSteps> {
  const isStep = (given: unknown): given is number =>
    Number.isInteger(given) && (given as number) >= lowest && (given as number) <= MOST;
  return value<ScoreSteps>(
    (given) =>
      Array.isArray(given) &&
      given.length === STEPS &&
      given.every((step, at) => isStep(step) && (at === 0 || step > (given[at - 1] as number))),
    `has to be ${STEPS} whole numbers from ${lowest} on, each above the one before`,
  );
}

const { predictions, nextProducts } = DEFAULT_SCORE_SETTINGS;

const settings = record<ScoreSettings>({
  rfm: {
    read: record<ScoreSettings['rfm']>({
      thresholds: {
        read: orNull(
          record<RfmThresholds>({
            recencyDays: { read: steps(0), needed: true },
            orders: { read: steps(1), needed: true },
            moneyMinor: { read: steps(0), needed: true },
          }),
        ),
        or: null,
      },
    }),
    or: DEFAULT_SCORE_SETTINGS.rfm,
  },
  predictions: {
    read: record<ScoreSettings['predictions']>({
      model: { read: oneOf(PREDICTION_MODELS), or: predictions.model },
      horizonDays: { read: days, or: predictions.horizonDays },
      discountRate: { read: number(0, 1), or: predictions.discountRate },
      churnDays: { read: days, or: predictions.churnDays },
    }),
    or: predictions,
  },
  nextProducts: {
    read: record<ScoreSettings['nextProducts']>({
      withinDays: { read: days, or: nextProducts.withinDays },
      minimumBuyers: { read: whole(1, 1_000_000), or: nextProducts.minimumBuyers },
      minimumShare: { read: number(0, 1), or: nextProducts.minimumShare },
      overstockWeight: { read: number(0, 10), or: nextProducts.overstockWeight },
      marginWeight: { read: number(0, 10), or: nextProducts.marginWeight },
      overstockDays: { read: days, or: nextProducts.overstockDays },
      excluded: { read: eachOnce(listOf(productId, MOST_EXCLUDED)), or: nextProducts.excluded },
    }),
    or: nextProducts,
  },
});

export type ReadScoreSettings =
  { settings: ScoreSettings; problems: null } | { settings: null; problems: FieldProblem[] };

/** @returns the whole document, defaults for what is left out; or all that is wrong with it, by JSON Pointer */
export function readScoreSettingsDocument(document: unknown): ReadScoreSettings {
  const problems: FieldProblem[] = [];
  const read = settings(document, '', problems);
  return read && problems.length === 0 ? { settings: read, problems: null } : { settings: null, problems };
}
