/**
 * Products that the message is about have to be there. Held back is what has nothing left to offer: while one of its products
 * can be had, or is not counted, or may be back-ordered, the message is worth sending (a cart of which one of three things is
 * sold out, a newsletter with ten products), and what it says of each product is its text's business.
 *
 * Only products that the caller names count. Those of a run's entry do not: the alternative that a journey offers in place of a
 * sold-out product must get through.
 */
import type { Availability } from '../catalogue/product.ts';
import { when, type Objection } from './objection.ts';

export interface StockFacts {
  /** Of each product that the message is about; none named: empty. */
  availabilities: readonly Availability[];
}

const isMissing = (availability: Availability): boolean => availability === 'out_of_stock' || availability === 'gone';

export function stockObjections({ availabilities }: StockFacts): Objection[] {
  return when(availabilities.length > 0 && availabilities.every(isMissing), 'out_of_stock');
}
