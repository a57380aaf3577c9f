/**
 * Locations of products and the variances between products, customers and gaps, by moments: what varies within cells, between the
 * cells of one customer, between customers. Products are shrunk towards their category, categories towards all products, each by
 * its own variance and number of witnesses (empirical Bayes, DerSimonian and Laird 1986 for the variance between).
 */
import { PRIOR } from './model.ts';
import type { Sample } from './sample.ts';

export interface Variances {
  /** Of the rest, within cells. */
  rest: number;
  tempo: number;
  habit: number;
}

export interface Locations {
  all: number;
  categories: Float64Array;
  products: Float64Array;
}

export interface Cells {
  /** Weighted number of gaps, and their mean, by cell. */
  count: Float64Array;
  mean: Float64Array;
}

/** How many cells a variance that nothing else is known of counts as. */
const PRIOR_CELLS = 4;
const PRIOR_REST = PRIOR.spread ** 2;

/** @param value log days less what the quantity explains @param weight of each gap */
export function cellsOf(sample: Sample, value: Float64Array, weight: Float64Array): Cells {
  const count = new Float64Array(sample.cellProduct.length);
  const mean = new Float64Array(count.length);
  for (let at = 0; at < sample.length; at += 1) {
    const cell = sample.cell[at] as number;
    const heavy = weight[at] as number;
    count[cell] = (count[cell] as number) + heavy;
    mean[cell] = (mean[cell] as number) + heavy * (value[at] as number);
  }
  for (let cell = 0; cell < count.length; cell += 1) mean[cell] = (mean[cell] as number) / (count[cell] as number);
  return { count, mean };
}

export function variancesOf(
  sample: Sample,
  value: Float64Array,
  weight: Float64Array,
  cells: Cells,
  locations: Locations,
): Variances {
  let within = PRIOR_CELLS * PRIOR_REST;
  let freedom = PRIOR_CELLS;
  for (let at = 0; at < sample.length; at += 1) {
    const difference = (value[at] as number) - (cells.mean[sample.cell[at] as number] as number);
    within += (weight[at] as number) * difference ** 2;
    freedom += weight[at] as number;
  }
  for (const count of cells.count) freedom -= Math.min(1, count);
  const rest = within / Math.max(freedom, PRIOR_CELLS);

  let between = 0;
  let witnesses = PRIOR_CELLS;
  let together = 0;
  let pairs = PRIOR_CELLS;
  for (let customer = 0; customer + 1 < sample.cellStarts.length; customer += 1) {
    const from = sample.cellStarts[customer] as number;
    const to = sample.cellStarts[customer + 1] as number;
    let sum = 0;
    let squares = 0;
    for (let cell = from; cell < to; cell += 1) {
      const product = sample.cellProduct[cell] as number;
      const off = (cells.mean[cell] as number) - (locations.products[product] as number);
      sum += off;
      squares += off ** 2;
      between += off ** 2 - rest / (cells.count[cell] as number);
      witnesses += 1;
    }
    const others = to - from - 1;
    if (others > 0) {
      // Mean product of two different cells, weighted as one witness less than there are cells.
      together += (sum ** 2 - squares) / (others + 1);
      pairs += others;
    }
  }
  const total = Math.max(0, between / witnesses);
  // Where customers buy one product each, tempo and habit cannot be told apart: half and half.
  const tempo = pairs > PRIOR_CELLS ? Math.min(total, Math.max(0, together / pairs)) : total / 2;
  return { rest, tempo, habit: total - tempo };
}

interface Level {
  /** Precision-weighted: Σ w and Σ w × mean of the members. */
  precision: Float64Array;
  pull: Float64Array;
}

/**
 * Locations of products by their cells, each less what its customer's other cells say of the tempo.
 *
 * @param parents for each product the index of its category, -1: none
 */
export function locationsOf(
  sample: Sample,
  cells: Cells,
  variances: Variances,
  before: Locations,
  parents: Int32Array,
): Locations {
  const products: Level = { precision: new Float64Array(sample.products), pull: new Float64Array(sample.products) };
  const { rest, tempo, habit } = variances;
  for (let customer = 0; customer + 1 < sample.cellStarts.length; customer += 1) {
    const from = sample.cellStarts[customer] as number;
    const to = sample.cellStarts[customer + 1] as number;
    let precision = 0;
    let pull = 0;
    for (let cell = from; cell < to; cell += 1) {
      const own = 1 / (habit + rest / (cells.count[cell] as number));
      precision += own;
      pull += own * ((cells.mean[cell] as number) - (before.products[sample.cellProduct[cell] as number] as number));
    }
    for (let cell = from; cell < to; cell += 1) {
      const product = sample.cellProduct[cell] as number;
      const own = 1 / (habit + rest / (cells.count[cell] as number));
      const mean = cells.mean[cell] as number;
      const others = Math.max(0, precision - own) + (tempo > 0 ? 1 / tempo : Infinity);
      const otherPull = pull - own * (mean - (before.products[product] as number));
      const tempoMean = others === Infinity ? 0 : otherPull / others;
      const witness = 1 / (1 / own + 1 / others);
      products.precision[product] = (products.precision[product] as number) + witness;
      products.pull[product] = (products.pull[product] as number) + witness * (mean - tempoMean);
    }
  }
  return shrunk(products, parents, before.categories.length);
}

/** Precision that a variance between members leaves of a mean with this precision. */
const withBetween = (precision: number, between: number) => (precision > 0 ? 1 / (1 / precision + between) : 0);

function varianceBetween(level: Level, groups: Int32Array | null, groupCount: number): number {
  const sums = { w: new Float64Array(groupCount), wm: new Float64Array(groupCount), ww: new Float64Array(groupCount) };
  const members = new Int32Array(groupCount);
  const group = (index: number) => (groups === null ? 0 : (groups[index] as number) + 1);
  // Big members would decide alone; a precision of a few witnesses is as good as more here.
  const most = cap(level.precision);
  for (let index = 0; index < level.precision.length; index += 1) {
    const w = Math.min(most, level.precision[index] as number);
    if (w === 0) continue;
    const at = group(index);
    sums.w[at] = (sums.w[at] as number) + w;
    sums.wm[at] = (sums.wm[at] as number) + w * meanOf(level, index);
    sums.ww[at] = (sums.ww[at] as number) + w * w;
    members[at] = (members[at] as number) + 1;
  }
  let excess = 0;
  let scale = 0;
  for (let index = 0; index < level.precision.length; index += 1) {
    const precision = level.precision[index] as number;
    const w = Math.min(most, precision);
    const at = group(index);
    if (w === 0 || (members[at] as number) < 2) continue;
    const total = sums.w[at] as number;
    excess += w * (meanOf(level, index) - (sums.wm[at] as number) / total) ** 2 - (w / precision) * (1 - w / total);
  }
  for (let at = 0; at < groupCount; at += 1) {
    if ((members[at] as number) > 1) scale += (sums.w[at] as number) - (sums.ww[at] as number) / (sums.w[at] as number);
  }
  return scale > 0 ? Math.max(0, excess / scale) : PRIOR_REST;
}

const cap = (precisions: Float64Array) => {
  const known = precisions.filter((precision) => precision > 0).sort();
  return known.length === 0 ? 0 : (known[Math.floor(known.length / 2)] as number);
};

const meanOf = (level: Level, index: number) => (level.pull[index] as number) / (level.precision[index] as number);

function shrunk(products: Level, parents: Int32Array, categoryCount: number): Locations {
  const between = varianceBetween(products, parents, categoryCount + 1);
  const categories: Level = { precision: new Float64Array(categoryCount), pull: new Float64Array(categoryCount) };
  const without: Level = { precision: new Float64Array(parents.length), pull: new Float64Array(parents.length) };
  for (let product = 0; product < parents.length; product += 1) {
    if (products.precision[product] === 0) continue;
    const witness = withBetween(products.precision[product] as number, between);
    const parent = parents[product] as number;
    const [level, index] = parent >= 0 ? [categories, parent] : [without, product];
    level.precision[index] = (level.precision[index] as number) + witness;
    level.pull[index] = (level.pull[index] as number) + witness * meanOf(products, product);
  }
  const betweenCategories = categoryCount > 0 ? varianceBetween(categories, null, 1) : 0;
  let precision = PRIOR.weight / PRIOR_REST;
  let pull = precision * PRIOR.location;
  const take = (level: Level, index: number, extra: number) => {
    const witness = withBetween(level.precision[index] as number, extra);
    precision += witness;
    if (witness > 0) pull += witness * meanOf(level, index);
  };
  for (let category = 0; category < categoryCount; category += 1) take(categories, category, betweenCategories);
  for (let product = 0; product < parents.length; product += 1) take(without, product, betweenCategories);
  const all = pull / precision;

  const towards = (level: Level, index: number, parent: number, variance: number) => {
    const own = level.precision[index] as number;
    if (own === 0) return parent;
    const trust = variance / (variance + 1 / own);
    return trust * meanOf(level, index) + (1 - trust) * parent;
  };
  const categoryLocations = new Float64Array(categoryCount).map((_, category) =>
    towards(categories, category, all, betweenCategories),
  );
  const locations = new Float64Array(parents.length);
  for (let product = 0; product < parents.length; product += 1) {
    const parent = parents[product] as number;
    locations[product] = towards(products, product, parent >= 0 ? (categoryLocations[parent] as number) : all, between);
  }
  return { all, categories: categoryLocations, products: locations };
}
