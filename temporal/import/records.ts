/**
 * Lines → records, of CSV (RFC 4180; comma, semicolon, tab or bar, as its header shows) and of NDJSON. One bad record never
 * takes others with it: a quote that is not closed costs its own line only. Every record knows its line and its text, for the
 * file of rejected rows.
 */
import { createHash, type Hash } from 'node:crypto';
import { TextDecoder } from 'node:util';
import { LONGEST_LINE, type Line } from './fileLines.ts';
import type { FileRecord } from './fileRecord.ts';

export const ENCODINGS = ['utf-8', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const QUOTE = 0x22;
const DELIMITERS = [',', ';', '\t', '|'] as const;
/** A note of an order can have line breaks, but not this many. */
const MOST_LINES_OF_A_RECORD = 1000;
const PROBLEMS = {
  tooLong: `is longer than ${LONGEST_LINE.toLocaleString('en')} bytes`,
  encoding: 'is not valid UTF-8 (a file that Excel saved as plain CSV needs --encoding windows-1252)',
  nul: 'has a NUL character',
  open: 'has a quote that is not closed',
  closed: 'has text after a closing quote',
} as const;

/** Takes lines out one by one, and back in. */
export class LineSource {
  /** Number of the line taken last. */
  line = 0;
  readonly #hash: Hash = createHash('sha256');
  readonly #batches: AsyncIterator<Line[]>;
  readonly #decoder: TextDecoder;
  #lines: Line[] = [];
  #next = 0;
  #back: Line[] = [];

  constructor(batches: AsyncIterable<Line[]>, encoding: Encoding) {
    this.#batches = batches[Symbol.asyncIterator]();
    this.#decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  }

  /** @returns undefined at the end of the file */
  async next(): Promise<Line | undefined> {
    const line = this.#take();
    if (line !== undefined) return line;
    return (await this.#fill()) ? this.#take() : undefined;
  }

  async #fill(): Promise<boolean> {
    while (this.#back.length === 0 && this.#next >= this.#lines.length) {
      const next = await this.#batches.next();
      if (next.done) return false;
      this.#lines = next.value;
      this.#next = 0;
    }
    return true;
  }

  /** Of what is there already. */
  #take(): Line | undefined {
    let line = this.#back.pop();
    if (line === undefined && this.#next < this.#lines.length) {
      line = this.#lines[this.#next++];
      this.#hash.update(line ?? 'too long').update('\n');
    }
    if (line !== undefined) this.line++;
    return line;
  }

  /** @param lines in the order of the file */
  putBack(lines: readonly Line[]): void {
    this.#back.push(...[...lines].reverse());
    this.line -= lines.length;
  }

  /** Text without its carriage return, or what is wrong with it. */
  textOf(line: Line): { text: string; problem?: string } {
    if (line === null) return { text: '', problem: PROBLEMS.tooLong };
    const end = line.length > 0 && line[line.length - 1] === 0x0d ? line.length - 1 : line.length;
    const bytes = line.subarray(0, end);
    try {
      const text = this.#decoder.decode(bytes);
      return text.includes('\0') ? { text, problem: PROBLEMS.nul } : { text };
    } catch {
      return { text: bytes.toString('latin1'), problem: PROBLEMS.encoding };
    }
  }

  async close(): Promise<void> {
    await this.#batches.return?.();
  }

  /** Of all that has been taken so far. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}

/** The character that separates the cells of a header. */
export function delimiterOf(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: bare.split(delimiter).length }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).delimiter;
}

/** Next record of a CSV file; blank lines are passed over. @returns null at the end */
export async function nextCsvRecord(source: LineSource, delimiter: string): Promise<FileRecord | null> {
  for (;;) {
    const line = await source.next();
    if (line === undefined) return null;
    const number = source.line;
    const { text, problem } = source.textOf(line);
    if (problem !== undefined) return { line: number, text, problem };
    if (text.trim() === '') continue;
    if (line?.indexOf(QUOTE) === -1) return { line: number, text, cells: text.split(delimiter) };
    return await quotedRecord(source, text, number, delimiter);
  }
}

async function quotedRecord(source: LineSource, first: string, number: number, delimiter: string): Promise<FileRecord> {
  const further: Line[] = [];
  const parts = [first];
  let length = first.length;
  for (;;) {
    const parsed = parseCells(parts.join('\n'), delimiter);
    if (parsed !== 'open') {
      const text = parts.join('\n');
      if (parsed !== 'closed') return { line: number, text, cells: parsed };
      source.putBack(further);
      return { line: number, text: first, problem: further.length > 0 ? PROBLEMS.open : PROBLEMS.closed };
    }
    // The quote can only be closed by a line that has one: others are added without reading all of it again.
    for (let closes = false; !closes;) {
      const line = await source.next();
      if (line !== undefined) further.push(line);
      const next = line === undefined ? null : source.textOf(line);
      length += next?.text.length ?? 0;
      const isSane = next !== null && next.problem === undefined;
      if (!isSane || length > LONGEST_LINE || further.length > MOST_LINES_OF_A_RECORD) {
        source.putBack(further);
        return { line: number, text: first, problem: PROBLEMS.open };
      }
      parts.push(next.text);
      closes = next.text.includes('"');
    }
  }
}

/** @returns cells, or why there are none */
function parseCells(text: string, delimiter: string): string[] | 'open' | 'closed' {
  const cells: string[] = [];
  let from = 0;
  for (;;) {
    if (text[from] !== '"') {
      const end = text.indexOf(delimiter, from);
      if (end < 0) {
        cells.push(text.slice(from));
        return cells;
      }
      cells.push(text.slice(from, end));
      from = end + 1;
      continue;
    }
    let end = from + 1;
    for (;;) {
      end = text.indexOf('"', end);
      if (end < 0) return 'open';
      if (text[end + 1] !== '"') break;
      end += 2;
    }
    cells.push(text.slice(from + 1, end).replaceAll('""', '"'));
    if (end + 1 >= text.length) return cells;
    if (text[end + 1] !== delimiter) return 'closed';
    from = end + 2;
  }
}

/** Next line of an NDJSON file; blank ones are passed over. @returns null at the end */
export async function nextJsonRecord(source: LineSource): Promise<FileRecord | null> {
  for (;;) {
    const line = await source.next();
    if (line === undefined) return null;
    const { text, problem } = source.textOf(line);
    if (problem !== undefined) return { line: source.line, text, problem };
    if (text.trim() !== '') return { line: source.line, text };
  }
}

/** A cell that needs it is put into quotes. */
export const csvCell = (text: string, delimiter: string): string =>
  /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
