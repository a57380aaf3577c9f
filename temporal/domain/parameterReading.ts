/** Reads n8n's raw node parameters, in which defaults are missing and which may hold expressions. Collects what is wrong. */
import { PRODUCT_FACTS } from './catalogue/productFacts.ts';
import { CORE_EVENT_TYPES, CUSTOM_TYPE, FURTHER_EVENT_TYPES, type EventType } from './event.ts';
import { CART_IS_EMPTY, FILTER_OPERATORS, type EventFilter, type EventRule, type FilterOperator } from './eventRule.ts';
import type { IsoWeekday } from './waitSpec.ts';
import { SEGMENTS } from './rfm/segments.ts';
import { isTimeOfDay, isZone } from './wait.ts';

export interface ParameterProblem {
  /** JSON Pointer into the request, e.g. `/parameters/entryEvents/event/0/type`. */
  path: string;
  message: string;
}

export const UNIT_MS = { minutes: 60_000, hours: 3_600_000, days: 86_400_000, weeks: 604_800_000 } as const;
export type DurationUnit = keyof typeof UNIT_MS;

/** Of one event: more often is no sign of interest any more, and all of them are read whenever one more comes. */
const MOST_TIMES = 50;
const LONGEST_LOOK_BACK_MS = 90 * UNIT_MS.days;

/** Of the canvas only: products were removed and the cart is empty now. */
const CART_EMPTIED = 'cart_emptied';
const CUSTOM = 'custom';
const EVENT_TYPES: ReadonlySet<string> = new Set([...CORE_EVENT_TYPES, ...FURTHER_EVENT_TYPES]);
const WITHOUT_VALUE: ReadonlySet<FilterOperator> = new Set(['exists', 'notExists', 'isTrue', 'isFalse']);

/** Of an event rule for `segment_changed`, with the properties that they are about. */
const SEGMENT_FIELDS = [
  { field: 'fromSegments', path: 'properties.from' },
  { field: 'toSegments', path: 'properties.to' },
] as const;

export type RawParameters = Readonly<Record<string, unknown>>;

export const isExpression = (value: unknown): boolean => typeof value === 'string' && value.startsWith('=');
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface ReaderOptions {
  /**
   * Expressions are read for each item in n8n (Journey Wait): they are left alone here. Otherwise (Journey Trigger, read
   * once when it is published) they are a problem.
   */
  expressions: 'allowed' | 'refused';
}

export class ParameterReader {
  readonly problems: ParameterProblem[] = [];
  readonly #raw: RawParameters;
  readonly #options: ReaderOptions;
  readonly #path: string;

  constructor(raw: RawParameters, options: ReaderOptions, path = '/parameters') {
    this.#raw = raw;
    this.#options = options;
    this.#path = path;
  }

  problem(name: string, message: string): void {
    this.problems.push({ path: `${this.#path}/${name}`, message });
  }

  /** The same over a nested collection; its problems are added to this one's when read. */
  nested(name: string): ParameterReader {
    const value = this.#raw[name];
    const reader = new ParameterReader(isObject(value) ? value : {}, this.#options, `${this.#path}/${name}`);
    if (value !== undefined && !isObject(value)) this.problem(name, 'has to be an object');
    return reader;
  }

  text(name: string, fallback: string): string {
    const value = this.#value(name, fallback);
    if (typeof value === 'string') return value.trim();
    if (typeof value === 'number') return String(value);
    this.problem(name, 'has to be text');
    return fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#value(name, fallback);
    if (typeof value === 'boolean') return value;
    this.problem(name, 'has to be on or off');
    return fallback;
  }

  number(name: string, fallback: number, least = 0): number {
    const value = this.#value(name, fallback);
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number) && number >= least) return number;
    this.problem(name, least === -Infinity ? 'has to be a number' : `has to be a number from ${least} up`);
    return fallback;
  }

  /** A whole number. */
  whole(name: string, fallback: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const before = this.problems.length;
    const number = this.number(name, fallback, least);
    if (this.problems.length > before || (Number.isInteger(number) && number <= most)) return number;
    const wanted = most === Number.MAX_SAFE_INTEGER ? `from ${least} up` : `from ${least} to ${most}`;
    this.problem(name, `has to be a whole number ${wanted}`);
    return fallback;
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.#value(name, fallback);
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    this.problem(name, `is ${shown(value)}, but has to be one of ${choices.join(', ')}`);
    return fallback;
  }

  /** @returns ms */
  duration(amountName: string, unitName: string, fallback: { amount: number; unit: DurationUnit }): number {
    const amount = this.number(amountName, fallback.amount);
    const unit = this.choice(unitName, Object.keys(UNIT_MS) as DurationUnit[], fallback.unit);
    return Math.round(amount * UNIT_MS[unit]);
  }

  /** Whether n8n works it out for each item: nothing can be said of it here. */
  holdsExpression(name: string): boolean {
    return isExpression(this.#raw[name]);
  }

  list(name: string): unknown[] {
    const value = this.#value(name, []);
    if (Array.isArray(value)) return value;
    this.problem(name, 'has to be a list');
    return [];
  }

  /** Any number of them. */
  choices<T extends string>(name: string, choices: readonly T[]): T[] {
    const values = this.list(name);
    const found = choices.filter((choice) => values.includes(choice));
    const unknown = values.find((value) => !choices.some((choice) => choice === value));
    if (unknown !== undefined && !this.#refusesExpression(unknown, name)) {
      this.problem(name, `has ${shown(unknown)}, but may only have ${choices.join(', ')}`);
    }
    return found;
  }

  /** Hours and minutes. */
  time(name: string, fallback: string): string {
    const time = this.text(name, fallback);
    if (!isTimeOfDay(time)) this.problem(name, `is "${time}". Use hours and minutes, e.g. ${fallback}`);
    return time;
  }

  /** '' when there is none. */
  zone(name: string): string {
    const zone = this.text(name, '');
    if (zone !== '' && !isZone(zone)) {
      this.problem(name, `is "${zone}", which is no time zone. Use a name such as Europe/Vienna, or leave it empty`);
    }
    return zone;
  }

  weekdays(name: string): IsoWeekday[] {
    const days = this.list(name);
    if (days.every(isWeekday)) return [...new Set(days)].sort((one, other) => one - other);
    this.problem(name, 'has to hold numbers from 1 (Monday) to 7');
    return [];
  }

  /** A fixedCollection of events. @param fallback type of the one event that is there when nothing was ever entered */
  events(name: string, fallback: EventType | null): EventRule[] {
    const value = this.#value(name, fallback === null ? {} : { event: [{ type: fallback }] });
    const entries = isObject(value) ? (value['event'] ?? []) : null;
    if (Array.isArray(entries)) return entries.flatMap((entry, index) => this.#rule(entry, `${name}/event/${index}`));
    this.problem(name, 'has to be a list of events');
    return [];
  }

  #rule(entry: unknown, at: string): EventRule[] {
    if (!isObject(entry)) {
      this.problem(at, 'has to be an event');
      return [];
    }
    const filters = this.#filters(entry['filters'], `${at}/filters/filter`);
    const often = this.#repetition(entry, at);
    const type = entry['type'] ?? 'added_to_cart';
    if (type === CART_EMPTIED) {
      return [{ type: 'removed_from_cart', filters: [CART_IS_EMPTY, ...filters], ...often }];
    }
    if (type === CUSTOM) {
      const name = typeof entry['customType'] === 'string' ? entry['customType'].trim().replace(/^custom:/, '') : '';
      if (this.#refusesExpression(name, `${at}/customType`)) return [];
      const ownType: EventType = `custom:${name}`;
      if (!isExpression(name) && !CUSTOM_TYPE.test(ownType)) {
        const found = name === '' ? 'is empty' : `is "${name}", and no event can have that name`;
        this.problem(
          `${at}/customType`,
          `${found}. Use letters (a to z), digits, "_", "-", "." or ":", at most 100, as the shop sends it, e.g. booked_fitting`,
        );
        return [];
      }
      return [{ type: ownType, filters, ...often }];
    }
    if (type === 'segment_changed') filters.unshift(...this.#segmentFilters(entry, at));
    if (typeof type === 'string' && (EVENT_TYPES.has(type) || CUSTOM_TYPE.test(type))) {
      return [{ type: type as EventType, filters, ...often }];
    }
    if (!this.#refusesExpression(type, `${at}/type`)) {
      this.problem(
        `${at}/type`,
        `is ${shown(type)}, which is no event type. Choose one from the list, or "Custom Event"`,
      );
    }
    return [];
  }

  /** How often it has to come, where once is not enough. */
  #repetition(entry: Record<string, unknown>, at: string): Pick<EventRule, 'repetition'> {
    const read = new ParameterReader(entry, this.#options, `${this.#path}/${at}`);
    const times = read.whole('times', 1, 1, MOST_TIMES);
    const withinMs = times > 1 ? read.duration('withinAmount', 'withinUnit', { amount: 7, unit: 'days' }) : 0;
    const sameProduct = read.flag('sameProduct', true);
    if (times > 1 && withinMs > LONGEST_LOOK_BACK_MS)
      read.problem('withinAmount', 'is more than 90 days. Choose fewer');
    this.problems.push(...read.problems);
    return times > 1 ? { repetition: { times, withinMs, sameProduct } } : {};
  }

  /** Which segment a customer has left, and which one has become theirs. */
  #segmentFilters(entry: Record<string, unknown>, at: string): EventFilter[] {
    return SEGMENT_FIELDS.flatMap(({ field, path }): EventFilter[] => {
      const chosen = entry[field] ?? [];
      if (this.#refusesExpression(chosen, `${at}/${field}`) || isExpression(chosen)) return [];
      if (!Array.isArray(chosen)) {
        this.problem(`${at}/${field}`, 'has to be a list of segments');
        return [];
      }
      const unknown = (chosen as unknown[]).find((one) => !SEGMENTS.some((segment) => segment === one));
      if (unknown !== undefined) {
        this.problem(`${at}/${field}`, `has ${shown(unknown)}, but may only have ${SEGMENTS.join(', ')}`);
        return [];
      }
      return chosen.length === 0 ? [] : [{ path, operator: 'oneOf', value: chosen.join(',') }];
    });
  }

  #filters(value: unknown, at: string): EventFilter[] {
    const entries = isObject(value) ? (value['filter'] ?? []) : [];
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((entry: unknown, index): EventFilter[] => {
      const raw = isObject(entry) ? entry : {};
      const path = typeof raw['path'] === 'string' ? raw['path'].trim() : '';
      const operator = FILTER_OPERATORS.find((name) => name === (raw['operator'] ?? 'equals'));
      const wanted = raw['value'] ?? '';
      if (
        this.#refusesExpression(path, `${at}/${index}/path`) ||
        this.#refusesExpression(wanted, `${at}/${index}/value`)
      ) {
        return [];
      }
      if (path === '') {
        this.problem(`${at}/${index}/path`, 'is empty. Name the property to look at, e.g. properties.valueMinor');
        return [];
      }
      const unknown = factProblem(path);
      if (unknown !== null) {
        this.problem(`${at}/${index}/path`, unknown);
        return [];
      }
      if (!operator) {
        this.problem(
          `${at}/${index}/operator`,
          `is ${shown(raw['operator'])}, but has to be one of ${FILTER_OPERATORS.join(', ')}`,
        );
        return [];
      }
      if (WITHOUT_VALUE.has(operator)) return [{ path, operator }];
      const text = typeof wanted === 'string' ? wanted : JSON.stringify(wanted);
      const isNumeric = text.trim() !== '' && Number.isFinite(Number(text));
      if ((operator === 'greaterThan' || operator === 'lessThan') && !isNumeric && !isExpression(text)) {
        this.problem(
          `${at}/${index}/value`,
          'has to be a number, to compare with. Money is in minor units: 50.00 is 5000',
        );
        return [];
      }
      return [{ path, operator, value: text }];
    });
  }

  #value(name: string, fallback: unknown): unknown {
    const value = this.#raw[name];
    if (value === undefined || value === null) return fallback;
    if (!isExpression(value)) return value;
    this.#refusesExpression(value, name);
    return fallback;
  }

  #refusesExpression(value: unknown, at: string): boolean {
    if (this.#options.expressions === 'allowed' || !isExpression(value)) return false;
    this.problem(at, 'is an expression, but it is read only once, when the journey is published. Switch it to "Fixed"');
    return true;
  }
}

/** A field of a product that does not exist would never be met; customers have whatever properties the shop gives them. */
function factProblem(path: string): string | null {
  const [first, second = ''] = path.split('.').filter(Boolean);
  if (first === 'customer' && second === '') return 'needs a field of the customer, e.g. customer.totals.orders';
  if (first !== 'product' || isExpression(path)) return null;
  if ((PRODUCT_FACTS as readonly string[]).includes(second)) return null;
  return `names no field of a product. Use one of ${PRODUCT_FACTS.map((name) => `product.${name}`).join(', ')}`;
}

const isWeekday = (day: unknown): day is IsoWeekday => Number.isInteger(day) && Number(day) >= 1 && Number(day) <= 7;

const shown = (value: unknown): string =>
  typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? 'missing');
