/**
 * How far a person's own few observations are believed, against what is usual in the shop: empirical-Bayes shrinkage
 * (Bühlmann, Straub 1970, "Glaubwürdigkeit für Schadensätze"). With n observations of mean x, and m usual in the shop, the estimate is
 *
 *   (n x + k m) / (n + k),   k = (variance within people) / (variance between people),
 *
 * both variances being the usual unbiased estimates from everybody's observations. Where people hardly differ, k is large and all are
 * taken for alike; where they differ, a few observations of one's own suffice.
 */

export interface ShopMean {
  /** 0 to 1; null: nobody has any observations. */
  mean: number | null;
  /** k: how many observations of one's own weigh as much as the shop. */
  strength: number;
  customers: number;
  observations: number;
}

/** Fewer people, or fewer repeated observations, say nothing of how they differ: then k is this. */
const ENOUGH = 30;
export const UNKNOWN_STRENGTH = 10;
/** Estimates of a ratio run away: however alike people seem, a hundred observations of one's own outweigh the shop's. */
const LEAST_STRENGTH = 1;
const MOST_STRENGTH = 100;

/** One person's observations, added up; each is from 0 to 1. */
export interface Observations {
  count: number;
  sum: number;
  sumOfSquares: number;
}

/** Takes everybody's observations, person by person. */
export class CredibilityLearner {
  #customers = 0;
  #count = 0;
  #countSquared = 0;
  #sum = 0;
  #sumOfSquares = 0;
  /** Sum of n x². */
  #ownMeans = 0;

  add({ count, sum, sumOfSquares }: Observations): void {
    if (count === 0) return;
    this.#customers += 1;
    this.#count += count;
    this.#countSquared += count * count;
    this.#sum += sum;
    this.#sumOfSquares += sumOfSquares;
    this.#ownMeans += (sum * sum) / count;
  }

  learned(): ShopMean {
    const mean = this.#count === 0 ? null : this.#sum / this.#count;
    return { mean, strength: this.#strength(), customers: this.#customers, observations: this.#count };
  }

  #strength(): number {
    const repeated = this.#count - this.#customers;
    if (this.#customers < ENOUGH || repeated < ENOUGH) return UNKNOWN_STRENGTH;
    const within = Math.max(0, this.#sumOfSquares - this.#ownMeans) / repeated;
    const spread = this.#ownMeans - (this.#sum * this.#sum) / this.#count - (this.#customers - 1) * within;
    const between = spread / (this.#count - this.#countSquared / this.#count);
    // No more different than chance makes people look.
    if (!(between > 0)) return MOST_STRENGTH;
    return Math.min(Math.max(within / between, LEAST_STRENGTH), MOST_STRENGTH);
  }
}

/** @returns null where neither the person nor the shop has any observations */
export function shrunk(
  { mean, strength }: ShopMean,
  { count, sum }: Pick<Observations, 'count' | 'sum'>,
): number | null {
  if (mean === null) return count === 0 ? null : sum / count;
  return (sum + strength * mean) / (count + strength);
}

export function observationsOf(values: readonly number[]): Observations {
  let [sum, sumOfSquares] = [0, 0];
  for (const value of values) {
    sum += value;
    sumOfSquares += value * value;
  }
  return { count: values.length, sum, sumOfSquares };
}

/** Kept figures: what is smaller is noise, and would be written anew each night. */
export const rounded = (value: number): number => Math.round(value * 1000) / 1000;
