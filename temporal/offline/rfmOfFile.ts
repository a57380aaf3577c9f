/** RFM of an orders file (CONTRACT section 7): typed arrays by customer, nothing kept of a line. */
import { quintiles, recencyValue, scoreOf } from '../domain/rfm/cutPoints.ts';
import { segmentOf, type RfmSegment, type Score } from '../domain/rfm/segments.ts';
import { ExactSums } from './exactSums.ts';
import { grown, IdTable } from './idTable.ts';
import { type OrderFileOptions, type OrderFileResult, readOrderFile } from './orderFile.ts';
import { OrderSet } from './orderSet.ts';

export interface RfmFileOptions extends Pick<OrderFileOptions, 'file' | 'minorDigits' | 'skipBad' | 'onProgress'> {
  /** UTC day number. */
  asOfDay: number;
}

export interface RfmRow {
  customerId: string;
  recencyDays: number;
  orders: number;
  moneyMinor: number;
  r: Score;
  f: Score;
  m: Score;
  segment: RfmSegment;
}

export interface RfmOfFile {
  result: OrderFileResult;
  /** Customers with an order. */
  customers: number;
  /** In the order of the customers' ids. */
  rows: () => Generator<RfmRow>;
}

/** @throws Error with a sentence for the operator */
export async function rfmOfFile({ asOfDay, ...options }: RfmFileOptions): Promise<RfmOfFile> {
  const [ids, money, buyers] = [new IdTable(), new ExactSums(), new Buyers()];
  const columns: Pick<OrderFileOptions, 'required' | 'optional'> = {
    required: ['customer_id', 'ordered_at', 'revenue'],
    optional: ['order_id', 'quantity'],
  };
  const reading = { ...options, ...columns, untilDay: asOfDay, customers: ids, orders: new OrderSet() };
  const result = await readOrderFile(reading, (line) => {
    money.add(line.customer, line.revenueMinor, line.revenueRest);
    if (!line.isReturn) buyers.add(line.customer, line.day, line.startsOrder);
  });
  const customers = buyers.indexesOf(ids);
  const count = customers.length;
  const recency = Float64Array.from(customers, (index) => recencyValue(asOfDay - buyers.lastDayOf(index)));
  const orders = Float64Array.from(customers, (index) => buyers.ordersOf(index));
  const moneyMinor = Float64Array.from(customers, (index) => money.rounded(index));
  const rows = function* (): Generator<RfmRow> {
    if (count === 0) return;
    const cuts = [recency, orders, moneyMinor].map((values) => quintiles(values.toSorted()));
    const [recencyCuts, ordersCuts, moneyCuts] = cuts as [(typeof cuts)[0], (typeof cuts)[0], (typeof cuts)[0]];
    for (let at = 0; at < count; at++) {
      const r = scoreOf(recency[at] as number, recencyCuts);
      const f = scoreOf(orders[at] as number, ordersCuts);
      yield {
        customerId: ids.textOf(customers[at] as number),
        // Minus zero is zero.
        recencyDays: 0 - (recency[at] as number),
        orders: orders[at] as number,
        moneyMinor: moneyMinor[at] as number,
        r,
        f,
        m: scoreOf(moneyMinor[at] as number, moneyCuts),
        segment: segmentOf(r, f),
      };
    }
  };
  return { result, customers: count, rows };
}

const FIRST = 1024;

/** How many orders each customer has, and the day of the last. */
class Buyers {
  #orders = new Int32Array(FIRST);
  #lastDay = new Int32Array(FIRST);

  add(customer: number, day: number, startsOrder: boolean): void {
    if (customer >= this.#orders.length) {
      const length = Math.max(customer + 1, this.#orders.length * 2);
      this.#orders = grown(this.#orders, Int32Array, length);
      this.#lastDay = grown(this.#lastDay, Int32Array, length);
    }
    const orders = this.#orders[customer] as number;
    if (orders === 0 || day > (this.#lastDay[customer] as number)) this.#lastDay[customer] = day;
    if (startsOrder) this.#orders[customer] = orders + 1;
  }

  /** In the order of their ids; only those with an order. */
  indexesOf(ids: IdTable): Uint32Array {
    return ids.inOrder().filter((index) => this.ordersOf(index) > 0);
  }

  ordersOf(customer: number): number {
    return this.#orders[customer] ?? 0;
  }

  lastDayOf(customer: number): number {
    return this.#lastDay[customer] as number;
  }
}
