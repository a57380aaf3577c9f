/** RFM of an orders file (CONTRACT section 7): typed arrays by customer, nothing kept of a line. */
import { quintiles, recencyValue, scoreOf } from '../domain/rfm/cutPoints.ts';
import { segmentOf, type RfmSegment, type Score } from '../domain/rfm/segments.ts';
import { ExactSums } from './exactSums.ts';
import { grown, IdTable } from './idTable.ts';
import { type OrderFileOptions, type OrderFileResult, readOrderFile } from './orderFile.ts';
import { OrderCounts } from './orderCounts.ts';

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
  const [ids, money, orderCounts, lastDays] = [new IdTable(), new ExactSums(), new OrderCounts(), new LastDays()];
  const columns: Pick<OrderFileOptions, 'required' | 'optional'> = {
    required: ['customer_id', 'ordered_at', 'revenue'],
    optional: ['order_id', 'quantity'],
  };
  const reading = { ...options, ...columns, untilDay: asOfDay, customers: ids, orders: orderCounts };
  const result = await readOrderFile(reading, (line) => {
    money.add(line.customer, line.revenueMinor, line.revenueRest);
    if (!line.isReturn) lastDays.add(line.customer, line.day);
  });
  const counts = orderCounts.counts(ids.size);
  const customers = ids.inOrder().filter((index) => (counts[index] as number) > 0);
  const count = customers.length;
  const [recency, orders, moneyMinor] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let at = 0; at < count; at++) {
    const index = customers[at] as number;
    recency[at] = recencyValue(asOfDay - lastDays.of(index));
    orders[at] = counts[index] as number;
    moneyMinor[at] = money.rounded(index);
  }
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
/** Before any day. */
const NEVER = -(2 ** 31);

/** The day of each customer's last order. */
class LastDays {
  #days = new Int32Array(FIRST).fill(NEVER);

  add(customer: number, day: number): void {
    if (customer >= this.#days.length) {
      const { length } = this.#days;
      this.#days = grown(this.#days, Int32Array, Math.max(customer + 1, length * 2)).fill(NEVER, length);
    }
    if (day > (this.#days[customer] as number)) this.#days[customer] = day;
  }

  of(customer: number): number {
    return this.#days[customer] as number;
  }
}
