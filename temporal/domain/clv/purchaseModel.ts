/** What the three models of repeat buying have in common. All times in the unit that the parameters were fitted in. */
import type { PurchaseHistory } from './summary.ts';

export const MODEL_NAMES = ['pareto-nbd', 'bg-nbd', 'mbg-nbd'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** In which parameters are fitted, in days: they differ by it, predictions do not. */
export const TIME_UNITS = { day: 1, week: 7 } as const;
export type TimeUnit = keyof typeof TIME_UNITS;

/** All above 0. Pareto/NBD: r, alpha, s, beta; BG/NBD and MBG/NBD: r, alpha, a, b. */
export type Params = readonly [number, number, number, number];

export interface PurchaseModel {
  name: ModelName;
  /** As it is written in papers and sentences. */
  title: string;
  paramNames: readonly [string, string, string, string];
  /** Those that are times: they change with the unit. */
  timeParams: readonly [boolean, boolean, boolean, boolean];
  logLikelihood(params: Params, history: PurchaseHistory): number;
  /**
   * Of many: adds weight × the derivatives by the logarithms of the parameters to `gradient`.
   * @returns the weighted sum of the logarithms of the likelihoods
   */
  total(params: Params, summaries: Columns, gradient: Float64Array): number;
  /** Probability that the customer has not stopped buying by now. */
  alive(params: Params, history: PurchaseHistory): number;
  /** Purchases to be expected within `t` from now on, by a customer who has not stopped by now. */
  expectedIfAlive(params: Params, history: PurchaseHistory, t: number): number;
  /** Probability of at least one purchase within `t` from now on, by a customer who has not stopped by now. */
  anyIfAlive(params: Params, history: PurchaseHistory, t: number): number;
}

/** `Summaries`, or some of them. */
export interface Columns {
  size: number;
  x: Float64Array;
  tx: Float64Array;
  T: Float64Array;
  weight: Float64Array;
}

/** 1 / (1 + e^z), also where e^z is beyond all numbers. */
export const fraction = (z: number): number => 1 / (1 + Math.exp(z));

/** Functions of x alone, worked out once for each x: orders are few beside customers. */
export class ByCount<T = number> {
  readonly #values: T[] = [];
  readonly #beyond = new Map<number, T>();
  readonly #valueOf: (x: number) => T;

  constructor(valueOf: (x: number) => T) {
    this.#valueOf = valueOf;
  }

  at(x: number): T {
    if (Number.isInteger(x) && x < 1000) return (this.#values[x] ??= this.#valueOf(x));
    let value = this.#beyond.get(x);
    if (value === undefined) this.#beyond.set(x, (value = this.#valueOf(x)));
    return value;
  }
}
