/** What a person or a feed says about a product (`PUT /v1/products`), read field by field: nothing unknown passes unseen. */
import { escapePointer, type FieldProblem } from '../identity.ts';
import { currencyExponent, readMinor } from '../money.ts';
import { readId } from '../textValues.ts';
import type { ProductFields, Replenishment, Stock, VariantFields } from './product.ts';
import type { VariantStatement } from './statement.ts';

type Json = Readonly<Record<string, unknown>>;

export interface SaidProduct {
  /** null: not in the body. */
  productId: string | null;
  fields: Partial<ProductFields>;
  stock?: Stock;
  stockByLocation?: Record<string, Stock>;
  /** The whole list; absent: nothing said about variants. */
  variants?: VariantStatement[];
  isGone?: boolean;
}

const TEXT_MAX = 5000;
const MOST_VARIANTS = 2048;
const MOST_LOCATIONS = 1000;
/** More pieces than anybody has; sums of them stay exact enough. */
const MOST_PIECES = 1e12;
const LONGEST_DAYS = 3650;

const PRODUCT_FIELDS = [
  ...['productId', 'title', 'category', 'priceMinor', 'currency', 'costMinor', 'marginPercent', 'stock'],
  ...['stockByLocation', 'url', 'imageUrl', 'backorder', 'replenishment', 'variants', 'gone'],
];
const VARIANT_FIELDS = [
  ...['variantId', 'title', 'sku', 'priceMinor', 'stock', 'stockByLocation', 'backorder', 'inventoryItemId'],
];
/** They come with what is read, and may be written back. */
const READ_ONLY = ['source', 'availability', 'createdAt', 'updatedAt'];
/** What others call it. */
const MEANT: Readonly<Record<string, string>> = {
  id: 'productId',
  name: 'title',
  price: 'priceMinor, in minor units (9.90 EUR is 990)',
  cost: 'costMinor, in minor units (9.90 EUR is 990)',
  margin: 'marginPercent',
  quantity: 'stock',
  image: 'imageUrl',
  backOrder: 'backorder',
};

/** @param path JSON Pointer of the product in the request, for the problems */
export function readProduct(value: unknown, path: string): { said: SaidProduct; problems: FieldProblem[] } {
  const said: SaidProduct = { productId: null, fields: {} };
  if (!isObject(value)) return { said, problems: [{ path, message: 'has to be an object that describes a product' }] };
  const read = new FieldReader(value, path);
  read.knows(PRODUCT_FIELDS);
  const productId = read.id('productId');
  if (productId !== undefined) said.productId = productId;
  said.fields = defined({
    title: read.text('title'),
    category: read.text('category'),
    currency: read.currency(),
    priceMinor: read.money('priceMinor'),
    costMinor: read.money('costMinor'),
    marginPercent: read.percent('marginPercent'),
    url: read.url('url'),
    imageUrl: read.url('imageUrl'),
    backorder: read.flag('backorder'),
    replenishment: read.replenishment(),
  });
  const gone = read.flag('gone');
  Object.assign(said, read.stocks(), defined({ isGone: gone === null ? undefined : gone, variants: read.variants() }));
  return { said, problems: read.problems };
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Absent is undefined, null takes a value away; what is wrong becomes a problem, and undefined. */
class FieldReader {
  readonly problems: FieldProblem[] = [];
  readonly #given: Json;
  readonly #path: string;

  constructor(given: Json, path: string) {
    this.#given = given;
    this.#path = path;
  }

  knows(fields: readonly string[]): void {
    for (const name of Object.keys(this.#given)) {
      if (fields.includes(name) || READ_ONLY.includes(name)) continue;
      const meant = Object.hasOwn(MEANT, name) ? `; say ${MEANT[name]}` : `: one of ${fields.join(', ')}`;
      this.#problem(escapePointer(name), `is not known${meant}`);
    }
  }

  id(name: string): string | null | undefined {
    return this.#read(name, (value) => {
      const read = readId(value);
      return read.problem === undefined ? { value: read.text } : read;
    });
  }

  text(name: string): string | null | undefined {
    return this.#read(name, (value) => {
      if (typeof value !== 'string') return { problem: 'has to be text' };
      if (value.length > TEXT_MAX) return { problem: `is longer than ${TEXT_MAX} characters` };
      if (value.includes('\0') || !value.isWellFormed()) return { problem: 'has characters that are no text' };
      return { value: value.trim() === '' ? null : value.trim() };
    });
  }

  /** Goes into links of messages: nothing but addresses of pages. */
  url(name: string): string | null | undefined {
    const text = this.text(name);
    if (typeof text !== 'string' || /^(https?:\/\/|\/)\S+$/i.test(text)) return text;
    this.#problem(name, 'has to be an address such as https://shop.example.com/p/1');
    return undefined;
  }

  currency(): string | null | undefined {
    const text = this.text('currency');
    if (typeof text !== 'string') return text;
    const currency = text.toUpperCase();
    if (currencyExponent(currency) !== null) return currency;
    this.#problem('currency', `"${currency.slice(0, 20)}" is no ISO 4217 currency such as EUR`);
    return undefined;
  }

  money(name: string): number | null | undefined {
    return this.#read(name, (value) => {
      const amount = readMinor(value);
      if (amount.problem !== undefined) return { problem: amount.problem };
      return amount.minor < 0 ? { problem: 'must not be negative' } : { value: amount.minor };
    });
  }

  percent(name: string): number | null | undefined {
    return this.#read(name, (value) => {
      const number = numberOf(value);
      if (number === null || number > 100 || number < -1e6) return { problem: 'has to be a number, at most 100' };
      return { value: number };
    });
  }

  flag(name: string): boolean | null | undefined {
    return this.#read(name, (value) =>
      typeof value === 'boolean' ? { value } : { problem: 'has to be true or false' },
    );
  }

  stocks(): { stock?: Stock; stockByLocation?: Record<string, Stock> } {
    const stock = this.#read('stock', readPieces);
    return defined({ stock, stockByLocation: this.#locations() });
  }

  #locations(): Record<string, Stock> | undefined {
    const value = this.#given['stockByLocation'];
    if (value === undefined) return undefined;
    if (value === null) return {};
    if (!isObject(value) || Object.keys(value).length > MOST_LOCATIONS) {
      this.#problem(
        'stockByLocation',
        `has to be an object such as {"Vienna": 3}, of ${MOST_LOCATIONS} places at most`,
      );
      return undefined;
    }
    const places = new FieldReader(value, `${this.#path}/stockByLocation`);
    const stocks = Object.keys(value).flatMap((location): [string, Stock][] => {
      const name = readId(location);
      if (name.problem !== undefined) {
        places.#problem(escapePointer(location.slice(0, 100)), `is no name of a place: it ${name.problem}`);
        return [];
      }
      const stock = places.#read(location, readPieces);
      return stock === undefined ? [] : [[name.text, stock]];
    });
    this.problems.push(...places.problems);
    return Object.fromEntries(stocks);
  }

  replenishment(): Replenishment | null | undefined {
    const value = this.#given['replenishment'];
    if (value === undefined || value === null) return value;
    if (!isObject(value)) {
      this.#problem('replenishment', 'has to be an object with lowDays, highDays and enabled');
      return undefined;
    }
    const read = new FieldReader(value, `${this.#path}/replenishment`);
    read.knows(['lowDays', 'highDays', 'enabled']);
    const lowDays = read.#days('lowDays') ?? null;
    const highDays = read.#days('highDays') ?? null;
    const enabled = read.flag('enabled') ?? true;
    if (read.problems.length === 0 && (lowDays === null) !== (highDays === null)) {
      read.#problem(lowDays === null ? 'lowDays' : 'highDays', 'is missing: a window has two ends');
    }
    if (lowDays !== null && highDays !== null && highDays < lowDays) {
      read.#problem('highDays', `must not be below lowDays (${lowDays})`);
    }
    this.problems.push(...read.problems);
    return { lowDays, highDays, enabled };
  }

  #days(name: string): number | null | undefined {
    return this.#read(name, (value) => {
      const days = numberOf(value);
      return days !== null && days > 0 && days <= LONGEST_DAYS
        ? { value: days }
        : { problem: `has to be a number of days above 0, at most ${LONGEST_DAYS}` };
    });
  }

  variants(): VariantStatement[] | undefined {
    const value = this.#given['variants'];
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.length > MOST_VARIANTS) {
      this.#problem('variants', `has to be a list of at most ${MOST_VARIANTS} variants`);
      return undefined;
    }
    const seen = new Set<string>();
    return value.flatMap((given: unknown, index): VariantStatement[] => {
      const path = `${this.#path}/variants/${index}`;
      if (!isObject(given)) {
        this.problems.push({ path, message: 'has to be an object with a variantId' });
        return [];
      }
      const read = new FieldReader(given, path);
      const variant = readVariant(read);
      if (variant && seen.has(variant.variantId)) read.#problem('variantId', 'is there twice');
      if (variant) seen.add(variant.variantId);
      this.problems.push(...read.problems);
      return variant ? [variant] : [];
    });
  }

  missing(name: string): void {
    if (!this.problems.some(({ path }) => path === `${this.#path}/${name}`)) this.#problem(name, 'is missing');
  }

  #read<T>(name: string, read: (value: unknown) => { value: T } | { problem: string }): T | null | undefined {
    const value = Object.hasOwn(this.#given, name) ? this.#given[name] : undefined;
    if (value === undefined || value === null) return value;
    const result = read(value);
    if ('value' in result) return result.value;
    this.#problem(escapePointer(name), result.problem);
    return undefined;
  }

  #problem(name: string, message: string): void {
    this.problems.push({ path: `${this.#path}/${name}`, message });
  }
}

function readVariant(read: FieldReader): VariantStatement | null {
  read.knows(VARIANT_FIELDS);
  const variantId = read.id('variantId');
  const fields: Partial<VariantFields> = defined({
    title: read.text('title'),
    sku: read.text('sku'),
    priceMinor: read.money('priceMinor'),
    backorder: read.flag('backorder'),
    inventoryItemId: read.id('inventoryItemId'),
  });
  const stocks = read.stocks();
  if (variantId) return { variantId, ...fields, ...stocks };
  read.missing('variantId');
  return null;
}

/** Also as text: feeds are often made from CSV. */
function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function readPieces(value: unknown): { value: number } | { problem: string } {
  const number = numberOf(value);
  if (number !== null && Math.abs(number) <= MOST_PIECES) return { value: number || 0 };
  return { problem: 'has to be a number of pieces, or null where nobody counts' };
}
