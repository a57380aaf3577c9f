/**
 * CSV (RFC 4180) as bytes, chunk by chunk, into the places of its fields: no string and no object for a line, so that ten
 * million lines take seconds. One bad record never takes others with it: a quote that is not closed costs its own line only.
 */
import { LONGEST_LINE } from '../import/fileLines.ts';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const BLANKS = new Set([0x20, 0x09, CR]);
/** More fields than any export has; further ones are counted and not kept. */
export const MOST_FIELDS = 1024;
/** A note of an order can have line breaks, but not this many. */
const MOST_LINES_OF_A_RECORD = 1000;
const FIRST_BYTES = 1024 * 1024;

export const RECORD_PROBLEMS = {
  tooLong: `is longer than ${LONGEST_LINE.toLocaleString('en')} bytes`,
  open: 'has a quote that is not closed',
  closed: 'has text after a closing quote',
} as const;

export interface RecordReader {
  /** The fields lie in `bytes` from `starts[i]` to `ends[i]`, until the call returns. */
  record(records: CsvRecords): void;
  problem(problem: string, records: CsvRecords): void;
}

export class CsvRecords {
  bytes = new Uint8Array(FIRST_BYTES);
  readonly starts = new Int32Array(MOST_FIELDS);
  readonly ends = new Int32Array(MOST_FIELDS);
  /** How many fields the record has. */
  fields = 0;
  /** Number of the record's first line, from 1. */
  line = 1;
  readonly #delimiter: number;
  readonly #reader: RecordReader;
  /** What has not been read yet. */
  #from = 0;
  #end = 0;
  /** Within a line that is too long, which has been told of. */
  #isSkipping = false;

  constructor(delimiter: string, reader: RecordReader) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#reader = reader;
  }

  push(chunk: Uint8Array): void {
    const left = this.#end - this.#from;
    if (left + chunk.length > this.bytes.length) {
      const wider = new Uint8Array(Math.max(left + chunk.length, this.bytes.length * 2));
      wider.set(this.bytes.subarray(this.#from, this.#end));
      this.bytes = wider;
    } else if (left > 0) {
      this.bytes.copyWithin(0, this.#from, this.#end);
    }
    this.bytes.set(chunk, left);
    this.#from = 0;
    this.#end = left + chunk.length;
    this.#scan(false);
  }

  end(): void {
    this.#scan(true);
  }

  #scan(isLast: boolean): void {
    const { bytes, starts, ends } = this;
    const delimiter = this.#delimiter;
    const end = this.#end;
    let from = this.#from;
    if (this.#isSkipping) {
      from = this.#afterLine(from);
      if (from < 0) {
        this.#from = end;
        return;
      }
      this.#isSkipping = false;
      this.line++;
    }
    while (from < end) {
      this.#from = from;
      let field = 0;
      let start = from;
      let at = from;
      let byte = 0;
      for (; at < end; at++) {
        byte = bytes[at] as number;
        if (byte === delimiter) {
          if (field < MOST_FIELDS) {
            starts[field] = start;
            ends[field] = at;
          }
          field++;
          start = at + 1;
        } else if (byte === LF || (byte === QUOTE && at === start)) break;
      }
      if (at < end && byte === QUOTE) {
        const next = this.#quoted(from, isLast);
        if (next < 0) break;
        from = next;
        continue;
      }
      if (at === end && !isLast) break;
      if (field < MOST_FIELDS) {
        starts[field] = start;
        ends[field] = at > start && bytes[at - 1] === CR ? at - 1 : at;
      }
      this.fields = field + 1;
      if (at - from > LONGEST_LINE) this.#reader.problem(RECORD_PROBLEMS.tooLong, this);
      else if (field > 0 || !this.#isBlank(from, at)) this.#reader.record(this);
      this.line++;
      from = at + 1;
    }
    this.#from = Math.min(from, end);
    if (!isLast && end - this.#from > LONGEST_LINE) this.#giveUp();
  }

  #isBlank(from: number, to: number): boolean {
    for (let at = from; at < to; at++) if (!BLANKS.has(this.bytes[at] as number)) return false;
    return true;
  }

  /** The record that has begun is too long to be waited for. */
  #giveUp(): void {
    if (this.bytes.subarray(this.#from, this.#end).indexOf(LF) >= 0) {
      // Its first line is there, so it is a quote that lasts too long.
      this.#reader.problem(RECORD_PROBLEMS.open, this);
      this.line++;
      this.#from = this.#afterLine(this.#from);
      this.#scan(false);
      return;
    }
    this.#reader.problem(RECORD_PROBLEMS.tooLong, this);
    this.#isSkipping = true;
    this.#from = this.#end;
  }

  /** @returns -1: the line is not yet at its end */
  #afterLine(from: number): number {
    const at = this.bytes.subarray(from, this.#end).indexOf(LF);
    return at < 0 ? -1 : from + at + 1;
  }

  /** A record with a quoted field. @returns where the next one begins; -1: the rest of it has not come yet */
  #quoted(from: number, isLast: boolean): number {
    const found = this.#endOfQuoted(from, isLast);
    if (found === 'more') return -1;
    if (found === 'open' || found === 'closed') {
      this.#reader.problem(RECORD_PROBLEMS[found], this);
      this.line++;
      const next = this.#afterLine(from);
      return next < 0 ? this.#end : next;
    }
    this.#cutQuoted(from, found.to);
    if (found.to - from > LONGEST_LINE) this.#reader.problem(RECORD_PROBLEMS.tooLong, this);
    else this.#reader.record(this);
    this.line += found.lines;
    return found.to + 1;
  }

  /** Changes nothing yet: a bad record has to stay as it is, for only its first line is given up. */
  #endOfQuoted(from: number, isLast: boolean): { to: number; lines: number } | 'more' | 'open' | 'closed' {
    const { bytes } = this;
    const end = this.#end;
    let lines = 1;
    let isStart = true;
    let at = from;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === LF) return { to: at, lines };
      if (byte === QUOTE && isStart) {
        for (at++; ; at++) {
          if (at >= end || lines > MOST_LINES_OF_A_RECORD)
            return isLast || lines > MOST_LINES_OF_A_RECORD ? 'open' : 'more';
          if (bytes[at] === LF) lines++;
          if (bytes[at] !== QUOTE) continue;
          if (at + 1 >= end && !isLast) return 'more';
          if (at + 1 < end && bytes[at + 1] === QUOTE) at++;
          else break;
        }
        // The end of the quoted field: only a delimiter or the end of the line may follow.
        if (at + 1 >= end) return { to: end, lines };
        const next = bytes[at + 1] as number;
        if (next === CR && at + 2 >= end && !isLast) return 'more';
        const isEnd = next === LF || (next === CR && (at + 2 >= end || bytes[at + 2] === LF));
        if (next !== this.#delimiter && !isEnd) return lines > 1 ? 'open' : 'closed';
        isStart = false;
      } else isStart = byte === this.#delimiter;
    }
    return isLast ? { to: end, lines } : 'more';
  }

  /** Fields of a good record; doubled quotes become single ones, in place. */
  #cutQuoted(from: number, to: number): void {
    const { bytes, starts, ends } = this;
    let field = 0;
    let at = from;
    for (;;) {
      let start = at;
      let last: number;
      if (at < to && bytes[at] === QUOTE) {
        start = at + 1;
        last = start;
        for (at = start; at < to; at++) {
          // What stands after the record is left over from earlier ones.
          if (bytes[at] === QUOTE && (++at >= to || bytes[at] !== QUOTE)) break;
          bytes[last++] = bytes[at] as number;
        }
        if (at < to && bytes[at] === CR) at++;
      } else {
        while (at < to && bytes[at] !== this.#delimiter) at++;
        last = at === to && at > start && bytes[at - 1] === CR ? at - 1 : at;
      }
      if (field < MOST_FIELDS) {
        starts[field] = start;
        ends[field] = last;
      }
      field++;
      if (at >= to) break;
      at++;
    }
    this.fields = field;
  }
}
