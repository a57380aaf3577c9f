/** Gaps as the fit works on them: logarithms, and cells: the gaps of one customer and product. */
import type { GapTable } from './purchases.ts';

export interface Sample {
  length: number;
  /** Log days, at least of one day. */
  gap: Float64Array;
  /** Log quantity. */
  amount: Float64Array;
  startDay: Int32Array;
  endDay: Int32Array;
  /** Index of the cell, rising from customer to customer. */
  cell: Int32Array;
  product: Int32Array;
  /** The first gap of each customer who has any, and one behind the last. */
  customerStarts: Int32Array;
  /** Their first cell, and one behind the last. */
  cellStarts: Int32Array;
  cellProduct: Int32Array;
  products: number;
}

export function sampleOf(table: GapTable): Sample {
  const { length } = table;
  const sample: Sample = {
    length,
    gap: new Float64Array(length),
    amount: new Float64Array(length),
    startDay: table.startDay,
    endDay: new Int32Array(length),
    cell: new Int32Array(length),
    product: table.product,
    customerStarts: new Int32Array(0),
    cellStarts: new Int32Array(0),
    cellProduct: new Int32Array(length),
    products: table.productIds.length,
  };
  const customerStarts: number[] = [];
  const cellStarts: number[] = [];
  // The cell of each product, as of the customer who was last seen with it.
  const cellOf = new Int32Array(table.productIds.length);
  const seenBy = new Int32Array(table.productIds.length).fill(-1);
  let cells = 0;
  for (let at = 0; at < length; at += 1) {
    const customer = table.customer[at] as number;
    if (at === 0 || table.customer[at - 1] !== customer) {
      customerStarts.push(at);
      cellStarts.push(cells);
    }
    const product = table.product[at] as number;
    if (seenBy[product] !== customer) {
      seenBy[product] = customer;
      cellOf[product] = cells;
      sample.cellProduct[cells] = product;
      cells += 1;
    }
    sample.cell[at] = cellOf[product] as number;
    sample.gap[at] = Math.log(table.days[at] as number);
    sample.amount[at] = Math.log(table.quantity[at] as number);
    sample.endDay[at] = (table.startDay[at] as number) + (table.days[at] as number);
  }
  sample.customerStarts = Int32Array.from([...customerStarts, length]);
  sample.cellStarts = Int32Array.from([...cellStarts, cells]);
  sample.cellProduct = sample.cellProduct.subarray(0, cells);
  return sample;
}
