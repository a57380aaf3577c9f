/**
 * How many different orders each customer has: exact, whatever the ids look like and however the lines are sorted. Lines are put
 * down by groups of customers and told apart group by group, because a table of all orders would lie in main memory, one slow
 * look for each line; a group's table lies in the processor's cache.
 */
import { hashOf, IdKey } from './idKey.ts';
import { grown, IdTable } from './idTable.ts';

/** A power of two. */
const GROUPS = 256;
const FIRST_ENTRIES = 64;
/** Numbers of an entry: the customer, and three that are the order's id, or its day. */
const WIDTH = 4;

export class OrderCounts {
  readonly #groups = Array.from({ length: GROUPS }, () => new Group());
  readonly #key = new IdKey();
  readonly #long = new LongOrders();

  /** A line of an order. @throws RangeError with what is wrong with the id */
  add(customer: number, bytes: Uint8Array, from: number, to: number): void {
    const key = this.#key;
    key.read(bytes, from, to);
    const group = this.#groups[customer & (GROUPS - 1)] as Group;
    if (key.isShort) group.add(customer, key.a, key.b, key.c);
    // No id begins with zeros.
    else group.add(customer, 0, 0, 1 + this.#long.numberOf(customer, bytes, from, to));
  }

  /** A line without order id: all of a customer's lines of one day are one order. */
  addDay(customer: number, day: number): void {
    (this.#groups[customer & (GROUPS - 1)] as Group).add(customer, 0, day, 0);
  }

  /** @param customers how many there are @returns orders by customer */
  counts(customers: number): Int32Array {
    const counts = new Int32Array(customers);
    for (const group of this.#groups) group.count(counts);
    return counts;
  }
}

class Group {
  #entries = new Int32Array(FIRST_ENTRIES * WIDTH);
  #end = 0;

  add(customer: number, a: number, b: number, c: number): void {
    if (this.#end === this.#entries.length) this.#makeRoom();
    const entries = this.#entries;
    const at = this.#end;
    entries[at] = customer;
    entries[at + 1] = a;
    entries[at + 2] = b;
    entries[at + 3] = c;
    this.#end = at + WIDTH;
  }

  count(counts: Int32Array): void {
    this.#tellApart();
    for (let at = 0; at < this.#end; at += WIDTH) {
      const customer = this.#entries[at] as number;
      counts[customer] = (counts[customer] as number) + 1;
    }
  }

  /** Memory depends on the number of orders, not on that of their lines. */
  #makeRoom(): void {
    this.#tellApart();
    if (this.#end > this.#entries.length / 2) {
      this.#entries = grown(this.#entries, Int32Array, this.#entries.length * 2);
    }
  }

  /** Each order stays once, in place. */
  #tellApart(): void {
    const entries = this.#entries;
    let size = 2;
    while (size < this.#end / 2) size *= 2;
    const mask = size - 1;
    // Where an entry begins, + 1; 0: free.
    const table = new Int32Array(size);
    let end = 0;
    for (let from = 0; from < this.#end; from += WIDTH) {
      const customer = entries[from] as number;
      const a = entries[from + 1] as number;
      const b = entries[from + 2] as number;
      const c = entries[from + 3] as number;
      let place = hashOf(a ^ Math.imul(customer, 0x27d4eb2f), b, c) & mask;
      let isNew = true;
      for (let found = table[place] as number; found !== 0; found = table[place] as number) {
        const at = found - 1;
        if (entries[at] === customer && entries[at + 1] === a && entries[at + 2] === b && entries[at + 3] === c) {
          isNew = false;
          break;
        }
        place = (place + 1) & mask;
      }
      if (!isNew) continue;
      table[place] = end + 1;
      entries[end] = customer;
      entries[end + 1] = a;
      entries[end + 2] = b;
      entries[end + 3] = c;
      end += WIDTH;
    }
    this.#end = end;
  }
}

/** The customer's number in bytes from 1 to 127, so that it can stand before text. */
const CUSTOMER_BYTES = 5;

/** Numbers for orders whose ids are longer than what stands in an entry. */
class LongOrders {
  readonly #keys = new IdTable();
  #key = new Uint8Array(256);

  numberOf(customer: number, bytes: Uint8Array, from: number, to: number): number {
    const length = CUSTOMER_BYTES + to - from;
    if (length > this.#key.length) this.#key = new Uint8Array(length * 2);
    let left = customer;
    for (let at = 0; at < CUSTOMER_BYTES; at++) {
      this.#key[at] = 1 + (left % 127);
      left = Math.floor(left / 127);
    }
    this.#key.set(bytes.subarray(from, to), CUSTOMER_BYTES);
    return this.#keys.intern(this.#key, 0, length);
  }
}
