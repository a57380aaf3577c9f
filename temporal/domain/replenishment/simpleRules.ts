/**
 * What a shop would do without a model: fixed days, the product's middle gap, the customer's own mean. Forecasts have to be better
 * than the best of them (the report shows all). A rule names one number; its quantiles are that number.
 */
import { PRIOR } from './model.ts';
import type { GapTable } from './purchases.ts';
import { quantile } from './rest.ts';

export const SIMPLE_RULES = ['fixed30', 'fixed45', 'fixed60', 'productMedian', 'ownMean'] as const;
export type SimpleRule = (typeof SIMPLE_RULES)[number];

export class SimpleRules {
  readonly #medians: Map<number, number>;
  readonly #median: number;

  /** @param gaps that had ended by the day of the forecast */
  constructor(gaps: GapTable) {
    const byProduct = new Map<number, number[]>();
    for (let at = 0; at < gaps.length; at += 1) {
      const product = gaps.product[at] as number;
      const days = byProduct.get(product);
      if (days === undefined) byProduct.set(product, [gaps.days[at] as number]);
      else days.push(gaps.days[at] as number);
    }
    const median = (days: Iterable<number>) => quantile(Float64Array.from(days).sort(), 0.5);
    this.#medians = new Map([...byProduct].map(([product, days]) => [product, median(days)]));
    this.#median = gaps.length > 0 ? median(gaps.days) : Math.exp(PRIOR.location);
  }

  /** @param own gaps of this customer and product so far: their sum and number */
  days(rule: SimpleRule, product: number, own: { sum: number; count: number }): number {
    switch (rule) {
      case 'fixed30':
        return 30;
      case 'fixed45':
        return 45;
      case 'fixed60':
        return 60;
      case 'productMedian':
        return this.#medians.get(product) ?? this.#median;
      case 'ownMean':
        return own.count > 0 ? own.sum / own.count : this.days('productMedian', product, own);
    }
  }
}
