/** Everybody with an order in columns that grow: a million of them take some 70 MB outside of JavaScript's own heap, ids included. */
import type { BuyerRow } from '../store/buyers.ts';
import { recencyDays, type Buyers } from '../domain/rfm/model.ts';

const FIRST_ROOM = 4096;
/** More than ours have; longer ones make the room grow. */
const USUAL_ID = 32;

type Numbers = Int32Array | Float64Array | Uint16Array | Uint32Array;

export class BuyerColumns implements Buyers {
  count = 0;
  recencyDays = new Int32Array(FIRST_ROOM);
  orders = new Int32Array(FIRST_ROOM);
  money = new Float64Array(FIRST_ROOM);
  currency = new Uint16Array(FIRST_ROOM);
  readonly currencies: string[] = [];
  readonly #places = new Map<string, number>();

  /** @param day of the calculation, as `utcDay` @returns the place of the row */
  add({ currency, orders, revenue_minor, last_order_at }: BuyerRow, day: number): number {
    const index = this.count++;
    if (index === this.orders.length) this.#grow();
    this.recencyDays[index] = recencyDays(last_order_at, day);
    this.orders[index] = orders;
    this.money[index] = revenue_minor;
    this.currency[index] = this.#placeOf(currency);
    return index;
  }

  #placeOf(currency: string): number {
    let place = this.#places.get(currency);
    if (place === undefined) {
      place = this.currencies.push(currency) - 1;
      this.#places.set(currency, place);
    }
    return place;
  }

  #grow(): void {
    this.recencyDays = grown(this.recencyDays);
    this.orders = grown(this.orders);
    this.money = grown(this.money);
    this.currency = grown(this.currency);
  }
}

export class IdColumn {
  #ids = Buffer.allocUnsafeSlow(FIRST_ROOM * USUAL_ID);
  /** Where each ends. */
  #ends = new Uint32Array(FIRST_ROOM);
  #count = 0;

  add(id: string): void {
    const start = this.#startOf(this.#count);
    // UTF-8 takes at most 3 bytes for each unit of a JavaScript string.
    while (this.#ids.length - start < id.length * 3) {
      const larger = Buffer.allocUnsafeSlow(this.#ids.length * 2);
      this.#ids.copy(larger, 0, 0, start);
      this.#ids = larger;
    }
    if (this.#count === this.#ends.length) this.#ends = grown(this.#ends);
    this.#ends[this.#count++] = start + this.#ids.write(id, start, 'utf8');
  }

  at(index: number): string {
    return this.#ids.toString('utf8', this.#startOf(index), this.#ends[index]);
  }

  #startOf = (index: number): number => (index === 0 ? 0 : (this.#ends[index - 1] as number));
}

/** One number for each buyer. */
export class NumberColumn {
  #values = new Int32Array(FIRST_ROOM);

  set(index: number, value: number): void {
    if (index >= this.#values.length) this.#values = grown(this.#values);
    this.#values[index] = value;
  }

  at = (index: number): number => this.#values[index] as number;
}

function grown<T extends Numbers>(before: T): T {
  const larger = new (before.constructor as new (length: number) => T)(before.length * 2);
  larger.set(before);
  return larger;
}
