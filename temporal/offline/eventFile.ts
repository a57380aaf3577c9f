/** The events file of `replenish`: purchases, each to be followed by another of the same product, by the columns of the contract. */
import { nameOf } from '../import/fileLines.ts';
import type { IdTable } from './idTable.ts';
import { readOrderFile, type OrderFileResult } from './orderFile.ts';

export interface PurchaseEvents {
  /** Numbers of the ids, in the order of the file. */
  customer: number[];
  product: number[];
  /** UTC days since 1970-01-01. */
  day: number[];
  quantity: number[];
  result: OrderFileResult;
}

export interface EventFileOptions {
  /** Path, or `-`. */
  file: string;
  skipBad: boolean;
  customers: IdTable;
  products: IdTable;
  /** Afterwards the number of each event is its place in the result. */
  events: IdTable;
  onProgress: (lines: number) => void;
}

/** @throws Error with a sentence for the operator: line number and reason */
export async function readEventFile(options: EventFileOptions): Promise<PurchaseEvents> {
  const { file, skipBad, customers, products, events, onProgress } = options;
  const found: Omit<PurchaseEvents, 'result'> = { customer: [], product: [], day: [], quantity: [] };
  let [twice, firstTwice] = [0, null as string | null];
  const result = await readOrderFile(
    {
      file,
      required: ['event_id', 'customer_id', 'product_id', 'ordered_at'],
      optional: ['quantity'],
      filled: ['event_id', 'product_id'],
      untilDay: null,
      minorDigits: 0,
      skipBad,
      customers,
      products,
      events,
      onProgress,
    },
    ({ line, event, customer, product, day, quantity }) => {
      if (event === found.day.length) {
        found.customer.push(customer);
        found.product.push(product);
        found.day.push(day);
        found.quantity.push(quantity);
        return;
      }
      // The same line again is the same event; an id that stands for two cannot have two answers.
      const isSame =
        found.customer[event] === customer &&
        found.product[event] === product &&
        found.day[event] === day &&
        found.quantity[event] === quantity;
      if (isSame) return;
      const sentence = `${nameOf(file)}, line ${line}: event_id ${JSON.stringify(events.textOf(event))} stands for another purchase above.`;
      if (!skipBad) throw new Error(`${sentence} Mend it, or pass over bad lines with --skip-bad.`);
      twice += 1;
      firstTwice ??= sentence;
    },
  );
  result.skipped += twice;
  result.firstProblem ??= firstTwice;
  return { ...found, result };
}
