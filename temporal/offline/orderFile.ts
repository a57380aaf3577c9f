/**
 * The orders file of the offline commands (CONTRACT sections 6 and 7), line by line in constant memory: columns by their names,
 * ids as dense numbers, money exact. A bad line ends the reading with its number and the reason, or is counted.
 */
import { LONGEST_LINE, nameOf, readingBytes } from '../import/fileLines.ts';
import { delimiterOf } from '../import/records.ts';
import { CsvRecords, MOST_FIELDS, type RecordReader } from './csvRecords.ts';
import { FieldValues, isBlankByte, shown } from './fieldValues.ts';
import type { IdTable } from './idTable.ts';
import type { OrderCounts } from './orderCounts.ts';

export const ORDER_COLUMNS = [
  'customer_id',
  'order_id',
  'ordered_at',
  'product_id',
  'quantity',
  'revenue',
  'event_id',
] as const;
export type OrderColumn = (typeof ORDER_COLUMNS)[number];

/** One object for all lines: take out what is needed before the visit returns. */
export class OrderLine {
  /** Number of the line in the file, from 1 (its first one, where a field has line breaks). */
  line = 0;
  /** Index in the table of customers. */
  customer = 0;
  /** Indexes in the tables of products and events; -1: empty, or no such column. */
  product = -1;
  event = -1;
  /** UTC days since 1970-01-01. */
  day = 0;
  /** Epoch ms; a date is its beginning in UTC. */
  at = 0;
  /** 1 where the line has none. */
  quantity = 1;
  hasQuantity = false;
  /** Whole minor units, and what is left in units of 10^-REST_DIGITS of one, same sign (`ExactSums` adds them); 0 where not read. */
  revenueMinor = 0;
  revenueRest = 0;
  /** Quantity below 0, or revenue below 0 where no quantity is given: it lowers money and is no order. */
  isReturn = false;
}

export interface OrderFileOptions {
  /** Path, or `-`. */
  file: string;
  /** Columns that have to be there. `customer_id` and `ordered_at` have to be filled too, and `revenue` if it is one of them. */
  required: readonly OrderColumn[];
  /** Columns that are read where they are there; all others are not looked at. */
  optional: readonly OrderColumn[];
  /** Ids of products and events that may not be empty either. */
  filled?: readonly OrderColumn[];
  /** UTC day number: later lines are checked and passed over. null: none is. */
  untilDay: number | null;
  /** Digits of minor units after the point. */
  minorDigits: number;
  skipBad: boolean;
  customers: IdTable;
  products?: IdTable;
  events?: IdTable;
  /** Gets every line that is not a return. */
  orders?: OrderCounts;
  /** After each piece of the file, so that it can be shown how far it is. */
  onProgress?: (lines: number) => void;
}

export interface OrderFileResult {
  /** Lines that were visited. */
  lines: number;
  /** Bad lines, passed over. */
  skipped: number;
  /** Lines after `untilDay`, passed over. */
  later: number;
  /** The first bad line in words; null: there was none. */
  firstProblem: string | null;
}

/** @throws Error with a sentence for the operator: line number and reason */
export async function readOrderFile(
  options: OrderFileOptions,
  visit: (line: OrderLine) => void,
): Promise<OrderFileResult> {
  const lines = new OrderLines(options, visit);
  let head: Buffer | null = Buffer.alloc(0);
  let records: CsvRecords | null = null;
  const begin = (bytes: Buffer): CsvRecords => {
    const begun = new CsvRecords(delimiterOf(firstLine(bytes, options.file)), lines);
    begun.push(withoutBom(bytes));
    return begun;
  };
  for await (const chunk of await readingBytes(options.file)) {
    if (records) records.push(chunk);
    else {
      head = head === null ? chunk : Buffer.concat([head, chunk]);
      if (!head.includes(LF) && head.length <= LONGEST_LINE) continue;
      records = begin(head);
      head = null;
    }
    options.onProgress?.(lines.result.lines);
  }
  records ??= begin(head ?? Buffer.alloc(0));
  records.end();
  lines.checkHeader();
  return lines.result;
}

const LF = 0x0a;
const BOM = Buffer.from('\ufeff');
const UTF16 = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])] as const;

const withoutBom = (bytes: Buffer): Buffer =>
  bytes.subarray(0, BOM.length).equals(BOM) ? bytes.subarray(BOM.length) : bytes;

function firstLine(bytes: Buffer, file: string): string {
  if (bytes.length === 0) throw new Error(`${nameOf(file)} is empty: a header and at least one line are needed.`);
  if (UTF16.some((mark) => bytes.subarray(0, 2).equals(mark))) {
    throw new Error(`${nameOf(file)} is UTF-16 text: save it as "CSV UTF-8".`);
  }
  const end = bytes.indexOf(LF);
  if (end > LONGEST_LINE || (end < 0 && bytes.length > LONGEST_LINE)) {
    throw new Error(
      `${nameOf(file)} is no CSV file: its first line is longer than ${LONGEST_LINE.toLocaleString('en')} bytes.`,
    );
  }
  return bytes.subarray(0, end < 0 ? bytes.length : end).toString('utf8');
}

/** Where a column stands among the fields; -1: it is not there, or not wanted. */
type Places = Record<OrderColumn, number>;

class OrderLines implements RecordReader {
  readonly result: OrderFileResult = { lines: 0, skipped: 0, later: 0, firstProblem: null };
  readonly #options: OrderFileOptions;
  readonly #visit: (line: OrderLine) => void;
  readonly #line = new OrderLine();
  readonly #values: FieldValues;
  #places: Places | null = null;
  #columns = 0;
  readonly #needsRevenue: boolean;
  /** Of the field that is looked at, without the blanks around it. */
  #from = 0;
  #to = 0;

  constructor(options: OrderFileOptions, visit: (line: OrderLine) => void) {
    this.#options = options;
    this.#visit = visit;
    this.#needsRevenue = options.required.includes('revenue');
    this.#values = new FieldValues(options.minorDigits);
  }

  checkHeader(): void {
    if (this.#places === null) throw new Error(`${nameOf(this.#options.file)} has no header.`);
  }

  problem(problem: string, records: CsvRecords): void {
    if (this.#places === null) throw new Error(`The header of ${nameOf(this.#options.file)} ${problem}.`);
    this.#bad(records, problem);
  }

  record(records: CsvRecords): void {
    const places = this.#places;
    if (places === null) {
      this.#readHeader(records);
      return;
    }
    if (records.fields !== this.#columns) {
      const hint = records.fields > this.#columns ? 'is a quote missing?' : 'is it cut off?';
      this.#bad(records, `has ${records.fields} fields, but the header has ${this.#columns} (${hint})`);
      return;
    }
    const { bytes } = records;
    const line = this.#line;
    const values = this.#values;
    const { untilDay, customers, products, events, orders } = this.#options;
    this.#at(records, places.ordered_at);
    let problem = values.readMoment(bytes, this.#from, this.#to);
    if (problem !== null) {
      this.#badField(records, 'ordered_at', problem);
      return;
    }
    line.line = records.line;
    line.day = values.day;
    line.at = values.at;
    line.quantity = 1;
    line.hasQuantity = false;
    if (places.quantity >= 0 && this.#at(records, places.quantity)) {
      problem = values.readNumber(bytes, this.#from, this.#to);
      if (problem !== null) {
        this.#badField(records, 'quantity', problem);
        return;
      }
      line.quantity = values.number;
      line.hasQuantity = true;
    }
    line.revenueMinor = 0;
    line.revenueRest = 0;
    if (places.revenue >= 0 && (this.#at(records, places.revenue) || this.#needsRevenue)) {
      problem = values.readAmount(bytes, this.#from, this.#to);
      if (problem !== null) {
        this.#badField(records, 'revenue', problem);
        return;
      }
      line.revenueMinor = values.minor;
      line.revenueRest = values.rest;
    }
    line.isReturn = line.hasQuantity ? line.quantity < 0 : line.revenueMinor < 0 || line.revenueRest < 0;
    const isLater = untilDay !== null && line.day > untilDay;
    if (!this.#at(records, places.customer_id)) {
      this.#badField(records, 'customer_id', 'is empty: every line needs the customer who ordered');
      return;
    }
    if (isLater) {
      this.result.later++;
      return;
    }
    let column: OrderColumn = 'customer_id';
    try {
      line.customer = customers.intern(bytes, this.#from, this.#to);
      column = 'product_id';
      line.product = products ? this.#id(records, column, places.product_id, products) : -1;
      column = 'event_id';
      line.event = events ? this.#id(records, column, places.event_id, events) : -1;
      if (orders && !line.isReturn) {
        column = 'order_id';
        if (places.order_id >= 0 && this.#at(records, places.order_id)) {
          orders.add(line.customer, bytes, this.#from, this.#to);
        } else orders.addDay(line.customer, line.day);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#badField(records, column, error.message);
      return;
    }
    this.result.lines++;
    this.#visit(line);
  }

  #id(records: CsvRecords, column: OrderColumn, place: number, table: IdTable): number {
    if (place >= 0 && this.#at(records, place)) return table.intern(records.bytes, this.#from, this.#to);
    if (this.#options.filled?.includes(column)) throw new RangeError('is empty');
    return -1;
  }

  /** Looks at a field. @returns whether there is something in it */
  #at(records: CsvRecords, place: number): boolean {
    const { bytes } = records;
    let from = records.starts[place] as number;
    let to = records.ends[place] as number;
    while (from < to && isBlankByte(bytes[from])) from++;
    while (from < to && isBlankByte(bytes[to - 1])) to--;
    this.#from = from;
    this.#to = to;
    return from < to;
  }

  #readHeader(records: CsvRecords): void {
    const { file, required, optional } = this.#options;
    if (records.fields > MOST_FIELDS)
      throw new Error(`The header of ${nameOf(file)} has more than ${MOST_FIELDS} columns.`);
    const decoder = new TextDecoder();
    const names = Array.from({ length: records.fields }, (_, place) => {
      this.#at(records, place);
      return decoder.decode(records.bytes.subarray(this.#from, this.#to)).toLowerCase();
    });
    const missing = required.filter((column) => !names.includes(column));
    if (missing.length > 0) {
      throw new Error(
        `${nameOf(file)} has no column ${missing.join(', ')}: its first line has to name its columns, such as ` +
          `${[...required, ...optional].join(',')} (it is ${shown(records.bytes, records.starts[0] as number, records.ends[names.length - 1] as number)}).`,
      );
    }
    const wanted: readonly string[] = [...required, ...optional];
    const twice = names.find((name, place) => wanted.includes(name) && names.indexOf(name) !== place);
    if (twice !== undefined)
      throw new Error(`${nameOf(file)} has the column ${twice} twice: rename the one that is not meant.`);
    this.#columns = names.length;
    const places = ORDER_COLUMNS.map((column) => [column, wanted.includes(column) ? names.indexOf(column) : -1]);
    this.#places = Object.fromEntries(places) as Places;
  }

  #badField(records: CsvRecords, column: OrderColumn, problem: string): void {
    const value = this.#from < this.#to ? ` ${shown(records.bytes, this.#from, this.#to)}` : '';
    // What identifies a customer is not written into logs.
    this.#bad(records, column === 'customer_id' ? `${column} ${problem}` : `${column}${value} ${problem}`);
  }

  #bad(records: CsvRecords, problem: string): void {
    const { file, skipBad } = this.#options;
    const sentence = `${nameOf(file)}, line ${records.line}: ${problem}.`;
    if (!skipBad) throw new Error(`${sentence} Mend it, or pass over bad lines with --skip-bad.`);
    this.result.skipped++;
    this.result.firstProblem ??= sentence;
  }
}
