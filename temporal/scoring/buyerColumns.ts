/** Everybody with an order in columns that grow: a million of them take some 80 MB outside of JavaScript's own heap, ids included. */
import type { Buyers } from '../domain/rfm/model.ts';
import type { BuyersPage } from '../store/buyers.ts';

const FIRST_ROOM = 8192;

export class BuyerColumns implements Buyers {
  count = 0;
  recencyDays = new Int32Array(FIRST_ROOM);
  orders = new Int32Array(FIRST_ROOM);
  money = new Float64Array(FIRST_ROOM);
  /** Place in `currencies`; the usual one is the first. */
  currency = new Uint16Array(FIRST_ROOM);
  readonly currencies: string[];
  /** Their scores when they were read, as three digits; 0: none. */
  before = new Uint16Array(FIRST_ROOM);
  /** How it was on the earlier day; 0: had not ordered. */
  ordersThen = new Int32Array(FIRST_ROOM);
  recencyDaysThen = new Int32Array(FIRST_ROOM);
  readonly #pageSize: number;
  readonly #day: number;
  readonly #then: number;
  /** JSON text of each page. */
  readonly #ids: Buffer[] = [];
  #parsed: { page: number; ids: string[] } = { page: -1, ids: [] };

  /**
   * @param pageSize of all pages but the last
   * @param days as `utcDay`: of the calculation, and the earlier one
   */
  constructor(pageSize: number, usualCurrency: string, days: { now: number; then: number }) {
    this.#pageSize = pageSize;
    this.currencies = [usualCurrency];
    this.#day = days.now;
    this.#then = days.then;
  }

  add(page: BuyersPage): void {
    const start = this.count;
    this.count += page.count;
    while (this.count > this.orders.length) this.#grow();
    this.#ids.push(Buffer.from(page.idsJson));
    this.orders.set(page.orders, start);
    this.money.set(page.money, start);
    this.before.set(page.scores, start);
    page.currencies?.forEach((currency, index) => {
      if (currency !== null) this.currency[start + index] = this.#placeOf(currency);
    });
    for (let index = 0; index < page.count; index++) {
      const last = page.lastDays[index] as number;
      // An order dated ahead is of today.
      this.recencyDays[start + index] = Math.max(0, this.#day - last);
      this.ordersThen[start + index] = page.ordersThen[index] ?? (page.orders[index] as number);
      this.recencyDaysThen[start + index] = Math.max(0, this.#then - (page.lastDaysThen[index] ?? last));
    }
  }

  /** Cheap when asked in order. */
  idOf(index: number): string {
    const page = Math.floor(index / this.#pageSize);
    if (this.#parsed.page !== page) {
      this.#parsed = { page, ids: JSON.parse(this.#ids[page]?.toString() ?? '[]') as string[] };
    }
    return this.#parsed.ids[index % this.#pageSize] as string;
  }

  #placeOf(currency: string): number {
    const known = this.currencies.indexOf(currency);
    return known >= 0 ? known : this.currencies.push(currency) - 1;
  }

  #grow(): void {
    this.recencyDays = grown(this.recencyDays);
    this.orders = grown(this.orders);
    this.money = grown(this.money);
    this.currency = grown(this.currency);
    this.before = grown(this.before);
    this.ordersThen = grown(this.ordersThen);
    this.recencyDaysThen = grown(this.recencyDaysThen);
  }
}

function grown<T extends Int32Array | Float64Array | Uint16Array>(before: T): T {
  const larger = new (before.constructor as new (length: number) => T)(before.length * 2);
  larger.set(before);
  return larger;
}
