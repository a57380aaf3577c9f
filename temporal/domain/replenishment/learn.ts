/** The population's part: learned from gaps between purchases of the same product by the same customer (see model.ts). */
import { cellsOf, locationsOf, variancesOf, type Cells, type Locations, type Variances } from './effects.ts';
import {
  PRIOR,
  type CategoryCentre,
  type Centre,
  type CustomerWeights,
  type PopulationModel,
  type Quartet,
} from './model.ts';
import type { GapTable } from './purchases.ts';
import { quantile, quartet, restOf, scaleOf, shapeOf } from './rest.ts';
import { sampleOf, type Sample } from './sample.ts';
import { shiftOf } from './shift.ts';
import { slopesOf, type Slopes } from './slopes.ts';
import { tuned } from './tuning.ts';
import { walk, type Expected } from './walk.ts';

export interface LearnOptions {
  /** null: none. Without this, products are shrunk towards all products. */
  categoryOf?: (productId: string) => string | null;
}

const ROUNDS = 6;
/** Standard deviations beyond which a gap loses weight (Huber): one missed year does not move a product. */
const HUBER = 2;
/** Variance of log days: where all customers look alike, the next one may yet be 5 % off, and tell by coming again and again. */
const LEAST_HABIT = 0.05 ** 2;
const NO_SHAPE: Quartet = [0, 0, 0, 0];

export function learn(table: GapTable, options: LearnOptions = {}): PopulationModel {
  const sample = sampleOf(table);
  const { categoryIds, parents } = categoriesOf(table, options.categoryOf);
  const fit = effectsOf(sample, parents, categoryIds.length);
  const spread = Math.sqrt(fit.variances.rest);
  const residual = residualsOf(sample, fit);
  const start: CustomerWeights = {
    tempo: fit.variances.tempo / fit.variances.rest,
    habit: fit.variances.habit / fit.variances.rest,
    memory: 1,
    clip: 2.5,
  };
  const spreads = new Float64Array(sample.products).fill(spread);
  const found = tuned(sample, residual, spreads, start);
  const customer = { ...found, habit: Math.max(found.habit, LEAST_HABIT / fit.variances.rest) };
  return described({ table, sample, fit, residual, spread, customer, categoryIds, parents });
}

function categoriesOf(table: GapTable, categoryOf: (productId: string) => string | null = () => null) {
  const places = new Map<string, number>();
  const parents = Int32Array.from(table.productIds, (productId) => {
    const category = categoryOf(productId);
    if (category === null) return -1;
    const place = places.get(category) ?? places.size;
    places.set(category, place);
    return place;
  });
  return { categoryIds: [...places.keys()], parents };
}

interface Fit {
  locations: Locations;
  slopes: Slopes;
  variances: Variances;
}

function effectsOf(sample: Sample, parents: Int32Array, categories: number): Fit {
  const weight = new Float64Array(sample.length).fill(1);
  const start = middleOf(sample.gap);
  let slopes: Slopes = { all: 0, products: new Float64Array(sample.products) };
  let locations: Locations = {
    all: start,
    categories: new Float64Array(categories).fill(start),
    products: new Float64Array(sample.products).fill(start),
  };
  let variances: Variances = { rest: PRIOR.spread ** 2, tempo: 0.1, habit: 0.1 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const value = valuesOf(sample, slopes);
    const cells = cellsOf(sample, value, weight);
    locations = locationsOf(sample, cells, variances, locations, parents);
    variances = variancesOf(sample, value, weight, cells, locations);
    slopes = slopesOf(sample, weight, cells, variances, locations);
    lighten(sample, weight, value, cells, variances, locations);
  }
  return { locations, slopes, variances };
}

function middleOf(values: Float64Array): number {
  return values.length === 0 ? PRIOR.location : quantile(values.slice().sort(), 0.5);
}

/** Log days less what the quantity explains. */
function valuesOf(sample: Sample, slopes: Slopes): Float64Array {
  return sample.gap.map(
    (gap, at) => gap - (slopes.products[sample.product[at] as number] as number) * (sample.amount[at] as number),
  );
}

function lighten(
  sample: Sample,
  weight: Float64Array,
  value: Float64Array,
  cells: Cells,
  { rest, tempo, habit }: Variances,
  locations: Locations,
): void {
  const most = HUBER * Math.sqrt(rest);
  for (let at = 0; at < sample.length; at += 1) {
    const cell = sample.cell[at] as number;
    const trust = (tempo + habit) / (tempo + habit + rest / (cells.count[cell] as number));
    const location = locations.products[sample.product[at] as number] as number;
    const expected = location + trust * ((cells.mean[cell] as number) - location);
    const off = Math.abs((value[at] as number) - expected);
    weight[at] = off > most ? most / off : 1;
  }
}

function residualsOf(sample: Sample, { locations, slopes }: Fit): Float64Array {
  return valuesOf(sample, slopes).map(
    (value, at) => value - (locations.products[sample.product[at] as number] as number),
  );
}

interface Learned {
  table: GapTable;
  sample: Sample;
  fit: Fit;
  residual: Float64Array;
  spread: number;
  customer: CustomerWeights;
  categoryIds: string[];
  parents: Int32Array;
}

function described(learned: Learned): PopulationModel {
  const { table, sample, residual, spread, customer, categoryIds, parents } = learned;
  const expected = walk(sample, residual, new Float64Array(sample.products).fill(spread), customer);
  const unscaled = residual.map(
    (value, at) =>
      (value - (expected.mean[at] as number)) / (spread * Math.sqrt(1 + (expected.variance[at] as number))),
  );
  const members = grouped(sample.product, sample.products);
  const mean = unscaled.reduce((sum, value) => sum + Math.abs(value), 0) / Math.max(1, sample.length);
  const scales = Float64Array.from(members, (gaps) => scaleOf(pick(unscaled, gaps), mean));
  const scaled = unscaled.map((value, at) => value / (scales[sample.product[at] as number] as number));
  const { common, rest } = restOf(scaled, expected.acquaintance);
  const fit = shifted(learned, expected, unscaled);
  const centre = (gaps: Int32Array, location: number, slope: number, scale: number, parent: Quartet): Centre => ({
    gaps: gaps.length,
    location,
    slope,
    scale,
    shape: gaps.length === 0 ? parent : shapeOf(pick(scaled, gaps), common, parent),
    days: daysOf(table, gaps),
  });
  const ofCategory = grouped(
    sample.product.map((product) => parents[product] as number),
    categoryIds.length,
  );
  const categories = categoryIds.map<CategoryCentre>((category, index) => ({
    category,
    ...centre(ofCategory[index] as Int32Array, fit.locations.categories[index] as number, fit.slopes.all, 1, NO_SHAPE),
  }));
  const products = table.productIds.flatMap((productId, index) => {
    const gaps = members[index] as Int32Array;
    if (gaps.length === 0) return [];
    const parent = categories[parents[index] as number];
    const slope = fit.slopes.products[index] as number;
    const location = fit.locations.products[index] as number;
    const own = centre(gaps, location, slope, scales[index] as number, parent?.shape ?? NO_SHAPE);
    return [{ productId, category: parent?.category ?? null, ...own }];
  });
  const everything = Int32Array.from({ length: sample.length }, (_, at) => at);
  let [least, most] = [0, 0];
  for (const amount of sample.amount) [least, most] = [Math.min(least, amount), Math.max(most, amount)];
  return {
    gaps: sample.length,
    all: { ...centre(everything, fit.locations.all, fit.slopes.all, 1, NO_SHAPE), shape: NO_SHAPE },
    categories,
    products,
    customer,
    spread,
    rest,
    quantities: [least, most],
  };
}

/** Locations as of late. */
function shifted({ sample, fit, spread }: Learned, expected: Expected, unscaled: Float64Array): Fit {
  const { rest } = restOf(unscaled, expected.acquaintance);
  const error = unscaled.map((value, at) => {
    const middle = (rest[expected.acquaintance[at] as number] as Quartet)[1];
    return spread * Math.sqrt(1 + (expected.variance[at] as number)) * (value - middle);
  });
  const shift = shiftOf(sample.endDay, error);
  const { all, categories, products } = fit.locations;
  const locations: Locations = {
    all: all + shift,
    categories: categories.map((location) => location + shift),
    products: products.map((location) => location + shift),
  };
  return { ...fit, locations };
}

const pick = (values: Float64Array, places: Int32Array) =>
  Float64Array.from(places, (place) => values[place] as number);

/** Places of the values by group; negative groups are left out. */
function grouped(groups: Int32Array, count: number): Int32Array[] {
  const sizes = new Int32Array(count);
  for (const group of groups) if (group >= 0) sizes[group] = (sizes[group] as number) + 1;
  const members = Array.from(sizes, (size) => new Int32Array(size));
  sizes.fill(0);
  groups.forEach((group, at) => {
    if (group < 0) return;
    (members[group] as Int32Array)[sizes[group] as number] = at;
    sizes[group] = (sizes[group] as number) + 1;
  });
  return members;
}

function daysOf(table: GapTable, gaps: Int32Array): Quartet {
  if (gaps.length === 0) return quartet(() => Math.exp(PRIOR.location));
  const days = Float64Array.from(gaps, (gap) => table.days[gap] as number).sort();
  return quartet((level) => quantile(days, level));
}
