/**
 * What a customer's own gaps say about the next one: their tempo over all products, and their way with each product. The best
 * linear prediction of two nested random effects (customer, and product within customer), kept up to date gap by gap.
 */
import type { CustomerWeights } from './model.ts';

/** For the clip: where everybody is alike to the day, one who is not should still be believed after a while. */
const LEAST_SPREAD = 0.2;

/** Products are slots: 0, 1, 2, … as the caller numbers them. Residuals are log days less what the population expects. */
export class OwnHistory {
  /** Of the product last asked for: what is added to the population's location, and its variance in units of the rest's. */
  mean = 0;
  variance = 0;
  readonly #weights: CustomerWeights;
  #counts = new Float64Array(16);
  #sums = new Float64Array(16);
  #seen = new Int32Array(16);
  #used = 0;
  /** Over products: precision of each mean as a witness of the tempo, and the means weighted with it. */
  #precision = 0;
  #pull = 0;

  constructor(weights: CustomerWeights) {
    this.#weights = weights;
  }

  /** Begins with another customer. */
  clear(): void {
    this.#counts.fill(0, 0, this.#used);
    this.#sums.fill(0, 0, this.#used);
    this.#seen.fill(0, 0, this.#used);
    this.#used = 0;
    this.#precision = 0;
    this.#pull = 0;
  }

  /** Gaps of the product so far. */
  seen(slot: number): number {
    return slot < this.#used ? (this.#seen[slot] as number) : 0;
  }

  get isEmpty(): boolean {
    return this.#precision === 0;
  }

  /** Sets `mean` and `variance`. */
  expect(slot: number): void {
    const { tempo, habit } = this.#weights;
    const tempoVariance = tempo > 0 ? 1 / (this.#precision + 1 / tempo) : 0;
    const tempoMean = this.#pull * tempoVariance;
    const count = slot < this.#used ? (this.#counts[slot] as number) : 0;
    if (count === 0 || habit === 0) {
      this.mean = tempoMean;
      this.variance = habit + tempoVariance;
      return;
    }
    const trust = habit / (habit + 1 / count);
    this.mean = tempoMean * (1 - trust) + (trust * (this.#sums[slot] as number)) / count;
    this.variance = habit * (1 - trust) + (1 - trust) ** 2 * tempoVariance;
  }

  /**
   * @param residual log days of a gap that has ended, less the population's location for its product and quantity
   * @param spread standard deviation of the rest for this product
   */
  observe(slot: number, residual: number, spread: number): void {
    if (slot >= this.#counts.length) this.#grow(slot);
    if (slot >= this.#used) this.#used = slot + 1;
    const { habit, memory, clip } = this.#weights;
    this.expect(slot);
    const most = clip * Math.max(spread, LEAST_SPREAD) * Math.sqrt(1 + this.variance);
    const value = this.mean + Math.min(most, Math.max(-most, residual - this.mean));
    let count = this.#counts[slot] as number;
    let sum = this.#sums[slot] as number;
    if (count > 0) {
      const precision = 1 / (habit + 1 / count);
      this.#precision -= precision;
      this.#pull -= (precision * sum) / count;
    }
    count = count * memory + 1;
    sum = sum * memory + value;
    const precision = 1 / (habit + 1 / count);
    this.#precision += precision;
    this.#pull += (precision * sum) / count;
    this.#counts[slot] = count;
    this.#sums[slot] = sum;
    this.#seen[slot] = (this.#seen[slot] as number) + 1;
  }

  #grow(slot: number): void {
    const room = Math.max(slot + 1, this.#counts.length * 2);
    const [counts, sums, seen] = [new Float64Array(room), new Float64Array(room), new Int32Array(room)];
    counts.set(this.#counts);
    sums.set(this.#sums);
    seen.set(this.#seen);
    this.#counts = counts;
    this.#sums = sums;
    this.#seen = seen;
  }
}

/** Place in ACQUAINTANCES. */
export function acquaintance(history: OwnHistory, slot: number): number {
  const seen = history.seen(slot);
  if (seen === 0) return history.isEmpty ? 0 : 1;
  if (seen === 1) return 2;
  return seen < 5 ? 3 : 4;
}
