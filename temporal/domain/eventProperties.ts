/** Properties of an event: required ones per type (CONTRACT "Fine print"), money into minor units, ids as text. */
import { CHANNELS, type EventItem, type EventProperties } from './event.ts';
import type { FieldProblem } from './identity.ts';
import { currencyExponent, readMinor, toMinor, type Amount } from './money.ts';
import { DEEPEST, isTooDeep, readId } from './textValues.ts';

type Json = Record<string, unknown>;

export interface ReadProperties {
  properties: EventProperties;
  problems: FieldProblem[];
  /** Wanted, but not there. */
  underTracked: string[];
}

const IDS = ['orderId', 'cartId', 'checkoutId'] as const;
const ITEM_IDS = ['productId', 'variantId', 'sku'] as const;
const ITEM_TYPES: ReadonlySet<string> = new Set([
  'viewed_product',
  'added_to_cart',
  'started_checkout',
  'completed_purchase',
]);
/** Far more than any order or list of products has; each is looked at and stored. */
export const MAX_ITEMS = 10_000;
/** Money fields of the event, e.g. `value` becomes `valueMinor`. */
const AMOUNTS = ['value', 'discount'] as const;

/** @param type a known event type; '' when it is not, so that the other problems are still found */
export function readProperties(type: string, given: Json): ReadProperties {
  if (isTooDeep(given)) {
    const problems = [{ path: '/properties', message: `is nested more than ${DEEPEST} levels deep` }];
    return { properties: {}, problems, underTracked: [] };
  }
  const reader = new PropertiesReader(given);
  reader.ids();
  reader.money();
  reader.items();
  reader.required(type);
  return { properties: reader.properties, problems: reader.problems, underTracked: reader.underTracked(type) };
}

class PropertiesReader {
  readonly properties: EventProperties;
  readonly problems: FieldProblem[] = [];
  /** Paths of the problems, as far as `#told` has counted them: thousands of items can each have some. */
  readonly #paths = new Set<string>();
  #told = 0;

  constructor(given: Json) {
    this.properties = { ...given };
  }

  ids(): void {
    for (const name of IDS) readIdInto(this.properties, name, '/properties', this.problems);
  }

  money(): void {
    const { properties } = this;
    if (isNothing(properties['currency'])) {
      delete properties.currency;
    } else {
      const given: unknown = properties['currency'];
      // An object can have anything for its text, also nothing that is one.
      const currency = typeof given === 'string' ? given.trim().toUpperCase() : '';
      properties.currency = currency;
      if (currencyExponent(currency) === null) {
        this.#problem(
          'currency',
          `${currency === '' ? 'this' : `"${currency.slice(0, 20)}"`} is no ISO 4217 currency such as EUR`,
        );
      }
    }
    for (const name of AMOUNTS) readAmountInto(properties, name, properties.currency, '/properties', this.problems);
  }

  items(): void {
    const { items } = this.properties as { items?: unknown };
    if (isNothing(items)) {
      delete this.properties.items;
      return;
    }
    if (!Array.isArray(items)) {
      this.#problem('items', 'has to be a list of items');
      delete this.properties.items;
      return;
    }
    if (items.length > MAX_ITEMS) {
      this.#problem('items', `has ${items.length} items: at most ${MAX_ITEMS} fit into one event`);
      delete this.properties.items;
      return;
    }
    this.properties.items = items.map((item: unknown, index) => this.#item(item, `/properties/items/${index}`));
  }

  #item(given: unknown, path: string): EventItem {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      this.problems.push({ path, message: 'has to be an object' });
      return {};
    }
    const item = { ...given } as EventItem;
    for (const name of ITEM_IDS) readIdInto(item, name, path, this.problems);
    if (isNothing(item['quantity'])) {
      delete item.quantity;
    } else {
      const quantity: unknown = item['quantity'];
      item.quantity = typeof quantity === 'string' && quantity.trim() !== '' ? Number(quantity) : (quantity as number);
      if (typeof item.quantity !== 'number' || !Number.isFinite(item.quantity) || item.quantity <= 0) {
        this.problems.push({ path: `${path}/quantity`, message: 'has to be a number above 0' });
      }
    }
    readAmountInto(item, 'price', this.properties.currency, path, this.problems);
    return item;
  }

  required(type: string): void {
    switch (type) {
      case 'viewed_product':
        return this.#needItems(['productId']);
      case 'searched':
        return this.#needText('query');
      case 'added_to_cart':
        return this.#needItems(['productId', 'quantity']);
      case 'started_checkout':
        this.#needItems([]);
        if (isNothing(this.properties.cartId) && isNothing(this.properties.checkoutId)) {
          this.#problem('checkoutId', 'is missing: give checkoutId or cartId');
        }
        return this.#needMoney('value');
      case 'completed_purchase':
        this.#needText('orderId');
        this.#needMoney('value');
        return this.#needItems([]);
      case 'refunded':
        this.#needText('orderId');
        this.#needMoney('value');
        if (this.properties.valueMinor === 0) this.#problem('value', 'has to be above 0: what was given back');
        return;
      case 'subscribed':
      case 'unsubscribed':
        this.properties['channel'] = isNothing(this.properties['channel']) ? 'email' : this.properties['channel'];
        return this.#needChannel();
      case 'message_bounced':
        this.#needChannel();
        this.#needText('address');
        if (!['hard', 'soft'].includes(this.properties['bounceType'] as string)) {
          this.#problem('bounceType', 'has to be hard or soft');
        }
    }
  }

  #needItems(fields: readonly ('productId' | 'quantity')[]): void {
    const { items } = this.properties;
    if (!items || items.length === 0) {
      this.#problem(
        'items',
        `is missing: at least one item${fields.length > 0 ? ` with ${fields.join(' and ')}` : ''}`,
      );
      return;
    }
    items.forEach((item, index) => {
      for (const field of fields) {
        if (isNothing(item[field])) this.#missing(`items/${index}/${field}`);
      }
    });
  }

  #needMoney(name: 'value'): void {
    if (this.properties.currency === undefined) this.#missing('currency');
    const minor = this.properties[`${name}Minor`];
    if (minor === undefined && isNothing(this.properties[name])) this.#missing(name);
    else if (minor !== undefined && minor < 0) this.#problem(name, 'must not be negative');
  }

  #needText(name: string): void {
    if (isNothing(this.properties[name])) return this.#missing(name);
    if (typeof this.properties[name] !== 'string') this.#problem(name, 'has to be text');
  }

  #needChannel(): void {
    const channel = this.properties['channel'];
    if (isNothing(channel)) this.#missing('channel');
    else if (!(CHANNELS as readonly unknown[]).includes(channel)) {
      this.#problem('channel', `has to be one of ${CHANNELS.join(', ')}`);
    }
  }

  underTracked(type: string): string[] {
    const { items = [], campaign, discountMinor } = this.properties;
    const missing: string[] = [];
    if (ITEM_TYPES.has(type)) {
      if (items.some((item) => item.priceMinor === undefined)) missing.push('price');
      if (items.some((item) => isNothing(item.category))) missing.push('category');
      if (discountMinor === undefined) missing.push('discount');
    }
    if ((ITEM_TYPES.has(type) || type === 'searched' || type === 'subscribed') && isNothing(campaign)) {
      missing.push('campaign');
    }
    return missing;
  }

  #missing(name: string): void {
    this.#problem(name, 'is missing');
  }

  #problem(name: string, message: string): void {
    const path = `/properties/${name}`;
    // One problem a field: an id that is no text is not missing on top.
    for (; this.#told < this.problems.length; this.#told += 1) this.#paths.add(this.problems[this.#told]?.path ?? '');
    if (!this.#paths.has(path)) this.problems.push({ path, message });
  }
}

function readIdInto(target: Json, name: string, path: string, problems: FieldProblem[]): void {
  if (isNothing(target[name])) {
    delete target[name];
    return;
  }
  const read = readId(target[name]);
  if (read.problem === undefined) target[name] = read.text;
  else problems.push({ path: `${path}/${name}`, message: read.problem });
}

/**
 * `price` becomes `priceMinor`. Without any currency an amount means nothing: it stays as it came, and the event counts as
 * under-tracked.
 */
function readAmountInto(
  target: Json,
  name: string,
  currency: string | undefined,
  path: string,
  problems: FieldProblem[],
): void {
  const minorName = `${name}Minor`;
  let amount: Amount | null = null;
  let at = name;
  if (!isNothing(target[minorName])) {
    amount = readMinor(target[minorName]);
    at = minorName;
  } else if (!isNothing(target[name])) {
    // An unknown currency is a problem of its own, said once.
    if (currency === undefined || currencyExponent(currency) === null) return;
    amount = toMinor(target[name], currency);
  }
  delete target[minorName];
  if (amount === null) {
    delete target[name];
  } else if (amount.problem !== undefined) {
    problems.push({ path: `${path}/${at}`, message: amount.problem });
  } else if (amount.minor < 0) {
    problems.push({ path: `${path}/${at}`, message: 'must not be negative' });
  } else {
    delete target[name];
    target[minorName] = amount.minor;
  }
}

const isNothing = (value: unknown): value is null | undefined | '' =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
