/** Does an event meet a rule of the canvas: its type, and conditions on what it carries. */
import type { CanonicalEvent } from './event.ts';
import type { EventFilter, EventRule } from './eventRule.ts';
import { isRepeated, type LikeEvent } from './repetition.ts';

/** What is known beside the event, for paths that begin with `customer.` or `product.`. */
export interface RuleFacts {
  customer?: Readonly<Record<string, unknown>>;
  /** The catalogue's entries of the products that the event names. */
  product?: readonly object[];
  /** Other events of its type and customer. */
  others?: readonly LikeEvent[];
}

/** What filters look at; a stored event has the same fields. */
export type MatchedEvent = Pick<CanonicalEvent, 'type' | 'properties'> &
  Partial<CanonicalEvent> & { facts?: RuleFacts | null };

export interface FactsNeeded {
  customer: boolean;
  product: boolean;
  /** How far around the event others count, ms before the time scale; 0: nobody asks. */
  othersWithinMs: number;
}

/** Whether a rule for this type of event asks for more than the event itself. */
export function needsFacts(rules: readonly EventRule[], type: string): FactsNeeded {
  const own = rules.filter((rule) => rule.type === type);
  const paths = own.flatMap(({ filters }) => filters.map(({ path }) => path));
  return {
    customer: paths.some(beginsWith('customer')),
    product: paths.some(beginsWith('product')),
    othersWithinMs: Math.max(0, ...own.map(({ repetition }) => repetition?.withinMs ?? 0)),
  };
}

/** Such a rule is decided when its event comes in, by what is known then. */
export const looksBeside = (rule: EventRule): boolean => Object.values(needsFacts([rule], rule.type)).some(Boolean);

const beginsWith = (name: 'customer' | 'product') => (path: string) => path.trim().split('.')[0] === name;

export function matchesAny(rules: readonly EventRule[], event: MatchedEvent): boolean {
  return rules.some((rule) => matches(rule, event));
}

export function matches(rule: EventRule, event: MatchedEvent): boolean {
  if (rule.type !== event.type || !rule.filters.every((filter) => holds(filter, event))) return false;
  const { repetition } = rule;
  if (!repetition) return true;
  // What the customer or the products were like then is not known any more: that is asked of this event alone.
  const ofEvents = rule.filters.filter(({ path }) => !beginsWith('customer')(path) && !beginsWith('product')(path));
  const others = (event.facts?.others ?? []).filter(({ properties }) =>
    ofEvents.every((filter) => holds(filter, { type: event.type, properties })),
  );
  return isRepeated(repetition, event.properties, others);
}

/**
 * Values at the path; a list on the way means each of its elements, so `properties.items.category` has one value an item.
 * A condition holds when one of them meets it; its negation when none does.
 */
function holds(filter: EventFilter, event: MatchedEvent): boolean {
  const values = valuesAt(event, filter.path);
  const wanted = filter.value ?? '';
  switch (filter.operator) {
    case 'equals':
      return values.some((value) => isSame(value, wanted));
    case 'notEquals':
      return !values.some((value) => isSame(value, wanted));
    case 'contains':
      return values.some((value) => textOf(value).toLowerCase().includes(wanted.toLowerCase()));
    case 'greaterThan':
      return compares(values, wanted, (a, b) => a > b);
    case 'lessThan':
      return compares(values, wanted, (a, b) => a < b);
    case 'exists':
      return values.length > 0;
    case 'notExists':
      return values.length === 0;
    case 'isTrue':
      return values.some((value) => value === true || value === 'true');
    case 'isFalse':
      return values.some((value) => value === false || value === 'false');
    case 'oneOf':
      return wanted.split(',').some((one) => values.some((value) => isSame(value, one.trim())));
  }
}

const ENVELOPE: ReadonlySet<string> = new Set(['id', 'type', 'occurredAt', 'source', 'identity', 'properties', 'test']);

/**
 * Values at a dotted path: of what is known of the customer or the products, of the event, or of its properties when the path
 * begins with none of these names.
 */
export function valuesAt(event: MatchedEvent, path: string): unknown[] {
  const steps = path.trim().split('.').filter(Boolean);
  const [first = ''] = steps;
  const isFact = first === 'customer' || first === 'product';
  const start = isFact ? (event.facts ?? {}) : ENVELOPE.has(first) ? event : event.properties;
  let values: unknown[] = [start];
  for (const step of steps) {
    values = values.flatMap((value) => {
      if (Array.isArray(value) && !/^\d+$/.test(step)) return value.map((element) => field(element, step));
      return [field(value, step)];
    });
  }
  return values.flat().filter((value) => value !== undefined && value !== null && value !== '');
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function isSame(value: unknown, wanted: string): boolean {
  if (textOf(value) === wanted) return true;
  // "50.0" is 50, but an id such as "007" is not 7.
  return typeof value === 'number' && wanted.trim() !== '' && value === Number(wanted);
}

function compares(values: unknown[], wanted: string, test: (a: number, b: number) => boolean): boolean {
  const limit = Number(wanted);
  if (wanted.trim() === '' || Number.isNaN(limit)) return false;
  return values.some((value) => {
    const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
    return test(number, limit);
  });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
