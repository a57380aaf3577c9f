/** Which events bring customers in, take them out or end a wait: a type with conditions, as plain data. */
import type { EventType } from './event.ts';
import type { Repetition } from './repetition.ts';

export const FILTER_OPERATORS = [
  'equals',
  'notEquals',
  'contains',
  'greaterThan',
  'lessThan',
  'exists',
  'notExists',
  'isTrue',
  'isFalse',
  'oneOf',
] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** One condition on an event, e.g. `{ path: 'properties.valueMinor', operator: 'greaterThan', value: '5000' }`. */
export interface EventFilter {
  path: string;
  operator: FilterOperator;
  /** Of `oneOf` several, with commas between them. */
  value?: string;
}

/** An event type with conditions that all have to hold. */
export interface EventRule {
  type: EventType;
  filters: EventFilter[];
  /** Left out: the first one counts already. */
  repetition?: Repetition;
}

/** Of the canvas: products were removed and the cart is empty now; kept as `removed_from_cart` with this condition. */
export const CART_IS_EMPTY: EventFilter = { path: 'properties.cartEmpty', operator: 'isTrue' };

/** A rule in the operator's words; values are left out, for they may come from a customer's item. */
export function ruleLabel({ type, filters, repetition }: EventRule): string {
  const others = filters.filter((filter) => filter.path !== CART_IS_EMPTY.path);
  const name = others.length < filters.length ? `${type} (cart emptied)` : type;
  const often = repetition ? `${name} ${repetition.times} times` : name;
  return others.length > 0 ? `${often} with conditions` : often;
}
