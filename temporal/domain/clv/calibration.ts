/**
 * How far can the predictions be trusted? The model is fitted as if the last weeks were not known yet, and what it expects of them is
 * held against what came.
 */
import { fitPurchases, MODELS, type NoFit } from './fit.ts';
import { summaryAsOf, type Purchases } from './purchaseLog.ts';
import { TIME_UNITS, type ModelName, type Params, type TimeUnit } from './purchaseModel.ts';
import { historyKey, summariesOf, type CustomerSummary } from './summary.ts';

export interface CalibrationWeek {
  /** Weeks after the model's last day. */
  week: number;
  /** Repeat purchases of everybody in this week. */
  expected: number;
  actual: number;
}

export interface CalibrationClass {
  /** Repeat purchases until the model's last day; the last class is open. */
  repeats: number;
  andMore: boolean;
  customers: number;
  /** Mean purchases of a customer in the weeks held out. */
  expected: number;
  actual: number;
}

export interface Calibration {
  model: ModelName;
  holdoutWeeks: number;
  /** Days since the epoch: the last day that the model knew of. */
  knownUntil: number;
  customers: number;
  params: Params;
  weeks: CalibrationWeek[];
  classes: CalibrationClass[];
  /** Purchases of everybody in all weeks. */
  expected: number;
  actual: number;
  /** expected / actual − 1: 0.1 is 10 % too many; null: there was no purchase. */
  bias: number | null;
  /** Mean absolute error of a customer's number of purchases, and that of the rule "goes on at the same pace". */
  meanError: number;
  meanErrorOfPace: number;
}

/** The open class. */
const MOST_REPEATS = 7;
const MOST_HOLDOUT_WEEKS = 26;
const LEAST_HOLDOUT_WEEKS = 4;

/** A third of the history, at most half a year; null: the history is too short for that. */
export function holdoutWeeksFor(historyDays: number): number | null {
  const weeks = Math.min(MOST_HOLDOUT_WEEKS, Math.floor(historyDays / 21));
  return weeks < LEAST_HOLDOUT_WEEKS ? null : weeks;
}

/** @param everybody walked through several times @param asOf the last day that is known, since the epoch */
export function calibrate(
  name: ModelName,
  unit: TimeUnit,
  everybody: Iterable<Omit<Purchases, 'customer'>>,
  asOf: number,
  holdoutWeeks: number,
): Calibration | NoFit {
  const knownUntil = asOf - 7 * holdoutWeeks;
  const days = TIME_UNITS[unit];
  const known = (): Generator<CustomerSummary> => summariesUntil(everybody, knownUntil);
  const summaries = summariesOf(known(), days);
  const fit = fitPurchases(name, summaries);
  if ('notEnoughData' in fit) return fit;

  const model = MODELS[name];
  const { params, customers } = fit;
  const upTo = new Float64Array(holdoutWeeks + 1);
  const expectedOf = new Map<number | string, number>();
  for (let row = 0; row < summaries.size; row++) {
    const history = { x: summaries.x[row]!, tx: summaries.tx[row]!, T: summaries.T[row]! };
    const alive = model.alive(params, history);
    let expected = 0;
    for (let week = 1; week <= holdoutWeeks; week++) {
      expected = alive * model.expectedIfAlive(params, history, (7 * week) / days);
      upTo[week]! += summaries.weight[row]! * expected;
    }
    expectedOf.set(historyKey(history), expected);
  }

  const actual = new Float64Array(holdoutWeeks);
  const classes = Array.from({ length: MOST_REPEATS + 1 }, () => ({ customers: 0, expected: 0, actual: 0 }));
  let [error, errorOfPace] = [0, 0];
  for (const purchases of everybody) {
    const summary = summaryAsOf(purchases, knownUntil);
    if (summary === null) continue;
    const { x, tx, T } = summary;
    const expected = expectedOf.get(historyKey({ x, tx: tx / days, T: T / days }))!;
    let bought = 0;
    for (const day of purchases.days) {
      if (day <= knownUntil || day > asOf) continue;
      bought++;
      actual[Math.floor((day - knownUntil - 1) / 7)]!++;
    }
    const group = classes[Math.min(x, MOST_REPEATS)]!;
    group.customers++;
    group.expected += expected;
    group.actual += bought;
    error += Math.abs(expected - bought);
    errorOfPace += Math.abs((T > 0 ? (x / T) * 7 * holdoutWeeks : 0) - bought);
  }

  const expected = upTo[holdoutWeeks]!;
  const came = actual.reduce((sum, count) => sum + count, 0);
  return {
    model: name,
    holdoutWeeks,
    knownUntil,
    customers,
    params,
    weeks: Array.from(actual, (count, i) => ({ week: i + 1, expected: upTo[i + 1]! - upTo[i]!, actual: count })),
    classes: classes.flatMap(({ customers: size, ...sums }, repeats) =>
      size === 0
        ? []
        : [
            {
              repeats,
              andMore: repeats === MOST_REPEATS,
              customers: size,
              expected: sums.expected / size,
              actual: sums.actual / size,
            },
          ],
    ),
    expected,
    actual: came,
    bias: came === 0 ? null : expected / came - 1,
    meanError: error / customers,
    meanErrorOfPace: errorOfPace / customers,
  };
}

function* summariesUntil(everybody: Iterable<Omit<Purchases, 'customer'>>, day: number): Generator<CustomerSummary> {
  for (const purchases of everybody) {
    const summary = summaryAsOf(purchases, day);
    if (summary !== null) yield summary;
  }
}
