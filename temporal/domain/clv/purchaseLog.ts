/** Who bought on which days and for how much, in columns: 16 bytes for each customer and day. */
import type { CustomerSummary } from './summary.ts';

/** Of one customer. */
export interface Purchases {
  /** The number that they were added under. */
  customer: number;
  /** Days since the epoch on which they bought, rising, each once. */
  days: Int32Array;
  /** Money of each day. */
  money: Float64Array;
}

const FIRST_ROOM = 1024;

export class PurchaseLog {
  #customers = new Int32Array(FIRST_ROOM);
  #days = new Int32Array(FIRST_ROOM);
  #money = new Float64Array(FIRST_ROOM);
  #size = 0;
  /** Row that each customer's last purchase went to: most files have the lines of an order together. */
  #last = new Int32Array(FIRST_ROOM).fill(-1);
  #customersSize = 0;

  /** @param customer numbered from 0 on @param day since the epoch, whole */
  add(customer: number, day: number, money: number): void {
    if (customer >= this.#last.length) this.#last = grown(this.#last, customer + 1, -1);
    const last = this.#last[customer]!;
    if (last >= 0 && this.#days[last] === day) {
      this.#money[last]! += money;
      return;
    }
    const row = this.#size++;
    if (row === this.#days.length) {
      this.#customers = grown(this.#customers, row + 1);
      this.#days = grown(this.#days, row + 1);
      this.#money = grown(this.#money, row + 1);
    }
    this.#customers[row] = customer;
    this.#days[row] = day;
    this.#money[row] = money;
    this.#last[customer] = row;
    this.#customersSize = Math.max(this.#customersSize, customer + 1);
  }

  /** Everybody with a purchase, in the order of their numbers. What is yielded holds until the next is. */
  *purchases(): Generator<Purchases> {
    const starts = new Int32Array(this.#customersSize + 1);
    for (let row = 0; row < this.#size; row++) starts[this.#customers[row]! + 1]!++;
    for (let customer = 0; customer < this.#customersSize; customer++) starts[customer + 1]! += starts[customer]!;
    const rows = new Int32Array(this.#size);
    const next = starts.slice();
    for (let row = 0; row < this.#size; row++) rows[next[this.#customers[row]!]!++] = row;
    for (let customer = 0; customer < this.#customersSize; customer++) {
      const own = rows.subarray(starts[customer], starts[customer + 1]);
      if (own.length > 0) yield this.#purchasesIn(customer, own);
    }
  }

  #purchasesIn(customer: number, rows: Int32Array): Purchases {
    rows.sort((a, b) => this.#days[a]! - this.#days[b]!);
    const days = new Int32Array(rows.length);
    const money = new Float64Array(rows.length);
    let size = 0;
    for (const row of rows) {
      if (size === 0 || days[size - 1] !== this.#days[row]) days[size++] = this.#days[row]!;
      money[size - 1]! += this.#money[row]!;
    }
    return { customer, days: days.subarray(0, size), money: money.subarray(0, size) };
  }
}

/** As of the end of a day, in days; null: no purchase up to then. */
export function summaryAsOf({ days, money }: Omit<Purchases, 'customer'>, asOf: number): CustomerSummary | null {
  let size = days.length;
  while (size > 0 && days[size - 1]! > asOf) size--;
  if (size === 0) return null;
  let repeat = 0;
  for (let i = 1; i < size; i++) repeat += money[i]!;
  const first = days[0]!;
  return { x: size - 1, tx: days[size - 1]! - first, T: asOf - first, m: size > 1 ? repeat / (size - 1) : 0 };
}

function grown<Column extends Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(
  column: Column,
  needed: number,
  filler = 0,
): Column {
  const make = column.constructor as new (length: number) => Column;
  const larger = new make(Math.max(needed, 2 * column.length));
  larger.set(column);
  if (filler !== 0) larger.fill(filler, column.length);
  return larger;
}
