/** Which orders have been seen: exact, whatever their ids look like. An order belongs to one customer. */
import { IdTable } from './idTable.ts';

/** The customer's number in bytes from 1 to 127, so that it can stand before text. */
const CUSTOMER_BYTES = 5;
const ID = 0x02;
const DAY = 0x01;

export class OrderSet {
  readonly #keys = new IdTable();
  #key = new Uint8Array(256);

  get size(): number {
    return this.#keys.size;
  }

  /** @returns whether it is new @throws RangeError with what is wrong with the id */
  add(customer: number, bytes: Uint8Array, from: number, to: number): boolean {
    const length = CUSTOMER_BYTES + 1 + to - from;
    if (length > this.#key.length) this.#key = new Uint8Array(length * 2);
    this.#begin(customer, ID);
    for (let at = from, to_ = CUSTOMER_BYTES + 1; at < to; at++, to_++) this.#key[to_] = bytes[at] as number;
    return this.#isNew(length);
  }

  /** Of a customer's lines without order id on one day. @returns whether it is new */
  addDay(customer: number, day: number): boolean {
    this.#begin(customer, DAY);
    const text = String(day);
    for (let at = 0; at < text.length; at++) this.#key[CUSTOMER_BYTES + 1 + at] = text.charCodeAt(at);
    return this.#isNew(CUSTOMER_BYTES + 1 + text.length);
  }

  #begin(customer: number, kind: number): void {
    let left = customer;
    for (let at = 0; at < CUSTOMER_BYTES; at++) {
      this.#key[at] = 1 + (left % 127);
      left = Math.floor(left / 127);
    }
    this.#key[CUSTOMER_BYTES] = kind;
  }

  #isNew(length: number): boolean {
    const { size } = this.#keys;
    return this.#keys.intern(this.#key, 0, length) === size;
  }
}
