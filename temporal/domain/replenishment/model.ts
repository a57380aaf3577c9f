/**
 * What is learned of everybody about the time to the next purchase. Times are natural logarithms of days: gaps multiply rather
 * than add (twice the quantity, a customer half as fast), and their spread grows with their length.
 *
 *   log(gap) = location of the product + slope × log(quantity) + the customer's tempo + their way with this product + rest
 *
 * Each part is shrunk as far as its evidence is thin: a product towards its category, that towards all products; a slope and a
 * customer towards 0. The model is plain JSON.
 */

/** The quantiles that are given. */
export const LEVELS = [0.4, 0.5, 0.6, 0.8] as const;
export type Quartet = [number, number, number, number];

/** Of a product, a category, or all products. */
export interface Centre {
  /** How many gaps it was learned from. */
  gaps: number;
  /** Middle of log days, for one unit bought. */
  location: number;
  /** Exponent of the quantity: 0 for no influence, 1 where twice as much lasts twice as long. */
  slope: number;
  /** Of the rest, against that of all products. */
  scale: number;
  /** What is added to the quantiles of the rest, in units of its spread. */
  shape: Quartet;
  /** Quantiles of its gaps as they were, in days, whatever the quantity and whoever bought. */
  days: Quartet;
}

export interface ProductCentre extends Centre {
  productId: string;
  category: string | null;
}

export interface CategoryCentre extends Centre {
  category: string;
}

/** How far a customer's own gaps count; variances are in units of the rest's. */
export interface CustomerWeights {
  /** Variance between customers over all products. */
  tempo: number;
  /** Variance between the products of one customer. */
  habit: number;
  /** Weight of a gap against that of the next one of the same product, up to 1. */
  memory: number;
  /** A gap counts no more than this many standard deviations off what was expected: a missed cycle is no new habit. */
  clip: number;
}

/** What is known of the customer when something is forecast, from least to most. */
export const ACQUAINTANCES = ['stranger', 'otherProducts', 'oneGap', 'fewGaps', 'manyGaps'] as const;

export interface PopulationModel {
  /** The gaps of all products together. */
  gaps: number;
  all: Centre;
  categories: CategoryCentre[];
  products: ProductCentre[];
  customer: CustomerWeights;
  /** Standard deviation of the rest, log days. */
  spread: number;
  /** By ACQUAINTANCES: the quantiles of the rest in units of its standard deviation. */
  rest: Quartet[];
  /** Logarithms of the quantities that were seen; beyond them nothing is extrapolated. */
  quantities: [least: number, most: number];
}

/**
 * Where nobody has ever bought anything twice: around 45 days, the middle of the customary fixed 30, 45 and 60, and as wide as these
 * apart. It counts as half a gap, so that the first real ones decide.
 */
export const PRIOR = { location: Math.log(45), spread: 0.6, weight: 0.5 };

/** Standard normal quantiles of LEVELS. */
export const NORMAL: Quartet = [-0.253347, 0, 0.253347, 0.841621];
