/** Maximum likelihood: the parameters under which what customers did is most likely; or a sentence that says why there are none. */
import { BG_NBD, MBG_NBD } from './betaGeometric.ts';
import { spendTotal, type SpendParams } from './gammaGamma.ts';
import { maximumAtLimit, type Pair } from './limit.ts';
import { maximum, type Maximum, type Smooth } from './maximum.ts';
import { PARETO_NBD } from './paretoNbd.ts';
import type { Columns, ModelName, Params, PurchaseModel } from './purchaseModel.ts';
import type { SpendSummaries, Summaries } from './summary.ts';

export const MODELS: Readonly<Record<ModelName, PurchaseModel>> = {
  'pareto-nbd': PARETO_NBD,
  'bg-nbd': BG_NBD,
  'mbg-nbd': MBG_NBD,
};

export interface Fit<P> {
  params: P;
  /** Sum over customers. */
  logLikelihood: number;
  customers: number;
  /** Names of parameters that are held near a limit which the likelihood only approaches: usually none. */
  atLimit: string[];
}

/** Why there is no fit: "not enough data: …", or that the estimates found no end. */
export interface NoFit {
  notEnoughData: string;
}

/** Parameters beyond e^±12 of what is usual in the data mean that the likelihood has no top. */
const FURTHEST = 12;
/** Where to start from, as factors of guesses by moments. */
const STARTS: readonly (readonly [number, number, number, number])[] = [
  [1, 1, 1, 1],
  [0.3, 0.3, 0.5, 2],
  [3, 3, 0.5, 0.5],
];
/** Which parameters run together where nobody differs from anybody. */
const PURCHASE_PAIRS: readonly Pair[] = [
  [0, 1, 1],
  [2, 3, 1],
];
const SPEND_PAIRS: readonly Pair[] = [
  [0, 2, -1],
  [1, 2, 1],
];
/** So many different histories are enough to find out roughly where the top is. */
const SAMPLE = 5000;
/** With fewer who bought again, parameters say who these few happened to be. */
const LEAST_REPEATERS = 10;

export function fitPurchases(name: ModelName, summaries: Summaries): Fit<Params> | NoFit {
  const missing = missingFor(summaries);
  if (missing !== null) return { notEnoughData: `not enough data: ${missing}` };
  const model = MODELS[name];

  const means = weightedMeans(summaries);
  // A rate of x per T, and a stop once in as long as customers have been watched.
  const guess = [1, means.T / means.x, 1, model.timeParams[3] ? means.T : 2];
  const unit = guess.map((value, i) => (model.timeParams[i] ? value : 1));
  const paramsAt = (at: Float64Array): Params => at.map((x, i) => unit[i]! * Math.exp(x)) as unknown as Params;
  const over =
    (columns: Columns): Smooth =>
    (at, gradient) =>
      model.total(paramsAt(at), columns, gradient);

  const all = over(summaries);
  const some = over(sampleOf(summaries));
  const starts = STARTS.map((factors) => factors.map((factor, i) => Math.log((factor * guess[i]!) / unit[i]!)));
  const tops = starts.map((start) => maximum(some, start, FURTHEST));
  const best = highest(tops);
  const top = summaries.size > SAMPLE ? maximum(all, [...best.at], FURTHEST) : best;
  const found = top.certain ? { ...top, held: [] } : maximumAtLimit(all, top, PURCHASE_PAIRS, FURTHEST);
  if (found === null) return { notEnoughData: noTop(model.title, model.paramNames, paramsAt(top.at), top.at) };
  // One of the two may be alike for all; with both, everybody is the same, and what is left is a guess from one rate.
  if (PURCHASE_PAIRS.every(([shape, scale]) => found.held.includes(shape) || found.held.includes(scale))) {
    const alike = 'customers do not differ, neither in how often they buy nor in when they stop';
    return { notEnoughData: `not enough data: ${alike}; what differs between them is what is fitted` };
  }
  return {
    params: [...paramsAt(found.at)] as unknown as Params,
    logLikelihood: found.value,
    customers: summaries.customers,
    atLimit: found.held.map((i) => model.paramNames[i]!),
  };
}

export function fitSpend(summaries: SpendSummaries): Fit<SpendParams> | NoFit {
  const { size, m } = summaries;
  const title = 'Gamma-Gamma';
  const missing = missingForSpend(summaries);
  if (missing !== null) return { notEnoughData: `not enough data: ${title} ${missing}` };
  let mean = 0;
  for (const money of m) mean += money / size;
  const over =
    (some: SpendSummaries): Smooth =>
    (at, gradient) =>
      spendTotal(spendParams(at, mean), some, gradient);
  const all = over(summaries);
  const starts = [
    [1.5, 1.2, 0.7],
    [0, 0.7, 0],
    [2.5, 2.5, 1],
  ];
  const some = over(spendSampleOf(summaries));
  const best = highest(starts.map((start) => maximum(some, start, FURTHEST)));
  const top = size > SAMPLE ? maximum(all, [...best.at], FURTHEST) : best;
  const names = ['p', 'q', 'v'];
  const found = top.certain ? { ...top, held: [] } : maximumAtLimit(all, top, SPEND_PAIRS, FURTHEST);
  if (found === null) return { notEnoughData: noTop(title, names, spendParams(top.at, mean), top.at) };
  const params = spendParams(found.at, mean);
  if (params[1] <= 1) {
    const why = `the amounts are spread so widely (q ${digits(params[1])}, not above 1) that their mean has no expectation`;
    return { notEnoughData: `not enough data: ${title} cannot say what new customers spend: ${why}` };
  }
  return { params, logLikelihood: found.value, customers: size, atLimit: found.held.map((i) => names[i]!) };
}

const spendParams = (at: Float64Array, mean: number): SpendParams => [
  Math.exp(at[0]!),
  Math.exp(at[1]!),
  mean * Math.exp(at[2]!),
];

/** A top that is certain goes before a higher point that is none; then the highest. */
const highest = (tops: Maximum[]): Maximum =>
  tops.reduce((best, top) => (top.value > best.value + 1e-9 * Math.abs(best.value) ? top : best));

/** What no model could do without; null: nothing. */
function missingFor({ size, customers, x, T, weight }: Summaries): string | null {
  if (customers === 0) return 'nobody has ordered';
  if (T.every((span) => span === 0)) return 'all orders are of one day; a longer history is needed';
  if (x.every((count) => count === 0)) return 'nobody has bought a second time';
  if (customers === 1) return 'one customer is too few; what differs between customers is what is fitted';
  if (size === 1) return 'all customers have the same history; what differs between them is what is fitted';
  if (size < 5) return `customers have only ${size} different histories, fewer than a fit of 4 parameters needs (5)`;
  let repeaters = 0;
  for (let i = 0; i < size; i++) if (x[i]! > 0) repeaters += weight[i]!;
  if (repeaters >= LEAST_REPEATERS) return null;
  const who = repeaters === 1 ? 'customer has' : 'customers have';
  return `only ${repeaters} ${who} bought a second time, and a fit needs at least ${LEAST_REPEATERS}`;
}

function missingForSpend({ size, m }: SpendSummaries): string | null {
  if (size < LEAST_REPEATERS) {
    return `needs at least ${LEAST_REPEATERS} customers with a repeat purchase that was paid, and there are ${size}`;
  }
  const amounts = new Set(m).size;
  if (amounts === 1) return 'needs customers who spend differently per order, and all spend the same';
  if (amounts < 4)
    return `needs customers who spend differently per order, and there are only ${amounts} different amounts`;
  return null;
}

function noTop(title: string, names: readonly string[], params: readonly number[], at: Float64Array): string {
  const ran = names
    .filter((_, i) => Math.abs(at[i]!) > 6)
    .map((name) => `${name} ${digits(params[names.indexOf(name)]!)}`);
  const where = ran.length > 0 ? ` (${ran.join(', ')})` : '';
  return `not enough data: the fit of ${title} does not converge; its parameters find no best values${where}. Another model or a longer history may do`;
}

const digits = (value: number): string => value.toPrecision(3);

function weightedMeans({ size, x, T, weight, customers }: Summaries): { x: number; T: number } {
  let [sumX, sumT] = [0, 0];
  for (let i = 0; i < size; i++) {
    sumX += weight[i]! * x[i]!;
    sumT += weight[i]! * T[i]!;
  }
  return { x: sumX / customers, T: sumT / customers };
}

function sampleOf(summaries: Summaries): Columns {
  const { size, x, tx, T, weight } = summaries;
  if (size <= SAMPLE) return summaries;
  return { size: SAMPLE, x: everySo(x), tx: everySo(tx), T: everySo(T), weight: everySo(weight) };
}

const spendSampleOf = (summaries: SpendSummaries): SpendSummaries =>
  summaries.size <= SAMPLE ? summaries : { size: SAMPLE, x: everySo(summaries.x), m: everySo(summaries.m) };

/** Every so many rows. */
const everySo = (column: Float64Array): Float64Array =>
  Float64Array.from({ length: SAMPLE }, (_, i) => column[Math.floor((i * column.length) / SAMPLE)]!);
