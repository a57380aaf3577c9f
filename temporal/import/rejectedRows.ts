/**
 * The file of rejected rows: as the input, with line number and reason in front, so that it can be mended and imported. It is
 * written before each commit and cut back to what was committed when an import goes on.
 */
import { closeSync, existsSync, ftruncateSync, fstatSync, openSync, rmSync, writeSync } from 'node:fs';
import { parseJsonObject, REJECTED_COLUMNS, REJECTED_TEXT } from './columns.ts';
import type { FileRecord } from './fileRecord.ts';
import { csvCell } from './records.ts';

export interface RejectedRow {
  record: FileRecord;
  reason: string;
}

export class RejectedRows {
  readonly file: string;
  readonly #headerOf: string | null;
  readonly #delimiter: string;
  #descriptor: number | null = null;

  /** @param header of the CSV, as it stands in the file; null for NDJSON */
  constructor(file: string, header: string | null, delimiter: string) {
    this.file = file;
    this.#headerOf = header;
    this.#delimiter = delimiter;
  }

  /** What was written after that length belongs to rows that will be read again. */
  cutBack(bytes: number): void {
    if (bytes === 0) rmSync(this.file, { force: true });
    else if (existsSync(this.file)) ftruncateSync(this.#open(), Math.min(bytes, fstatSync(this.#open()).size));
  }

  /** @returns length of the file afterwards */
  append(rows: readonly RejectedRow[], from: number): number {
    if (rows.length === 0) return from;
    const lines = rows.map(({ record, reason }) => this.#lineOf(record, reason));
    if (from === 0 && this.#headerOf !== null) {
      lines.unshift([...REJECTED_COLUMNS, this.#headerOf].join(this.#delimiter));
    }
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.#open(), bytes, done, bytes.length - done, from + done);
    }
    return from + bytes.length;
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #lineOf(record: FileRecord, reason: string): string {
    const [lineColumn, reasonColumn] = REJECTED_COLUMNS;
    if (this.#headerOf !== null) {
      return [String(record.line), csvCell(reason, this.#delimiter), record.text].join(this.#delimiter);
    }
    const parsed = parseJsonObject(record);
    const content = parsed.problem === undefined ? parsed.object : { [REJECTED_TEXT]: record.text };
    return JSON.stringify({ [lineColumn]: record.line, [reasonColumn]: reason, ...content });
  }

  #open(): number {
    if (this.#descriptor !== null) return this.#descriptor;
    try {
      this.#descriptor = openSync(this.file, existsSync(this.file) ? 'r+' : 'w+', 0o600);
      return this.#descriptor;
    } catch (error) {
      throw new Error(
        `Rejected rows cannot be written to ${this.file}: ${(error as Error).message}. Say --rejected FILE for another place.`,
        { cause: error },
      );
    }
  }
}
