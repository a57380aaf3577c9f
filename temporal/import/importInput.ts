/** A file to import, opened: CSV or NDJSON, its header read, its records one after the other. */
import { Columns } from './columns.ts';
import { linesOf, nameOf, readingBytes } from './fileLines.ts';
import type { ImportKind } from './importKinds.ts';
import type { FileRecord } from './fileRecord.ts';
import { delimiterOf, LineSource, nextCsvRecord, nextJsonRecord, type Encoding } from './records.ts';

export const FORMATS = ['csv', 'ndjson'] as const;
export type Format = (typeof FORMATS)[number];

export interface InputOptions {
  /** Path, or `-`. */
  file: string;
  /** null: as the file begins. */
  format: Format | null;
  encoding: Encoding;
}

const BOM = '\ufeff';

export class ImportInput {
  /** CSV: normalised names of its columns. */
  readonly names: readonly string[] | null;
  /** As it stands in the file. */
  readonly header: string | null;
  readonly delimiter: string;
  readonly #source: LineSource;
  readonly #columns: Columns | null;

  private constructor(source: LineSource, header: string | null, delimiter: string, columns: Columns | null) {
    this.#source = source;
    this.header = header;
    this.delimiter = delimiter;
    this.#columns = columns;
    this.names = columns?.names ?? null;
  }

  /** @throws Error with a sentence for the operator */
  static async open({ file, format, encoding }: InputOptions, kind: ImportKind<unknown>): Promise<ImportInput> {
    const source = new LineSource(linesOf(await readingBytes(file)), encoding);
    const line = await source.next();
    if (line === undefined) throw new Error(`${nameOf(file)} is empty.`);
    if (line && (line.subarray(0, 2).equals(UTF16[0]) || line.subarray(0, 2).equals(UTF16[1]))) {
      throw new Error(`${nameOf(file)} is UTF-16 text: save it as "CSV UTF-8".`);
    }
    const { text, problem } = source.textOf(line);
    const isJson = format === null ? /^\s*[{[]/.test(text.replace(BOM, '')) : format === 'ndjson';
    if (isJson) {
      if (/^\s*\[/.test(text)) {
        throw new Error(`${nameOf(file)} is a JSON list: NDJSON is needed, one object a line (jq -c '.[]' makes it).`);
      }
      source.putBack([withoutBom(line)]);
      return new ImportInput(source, null, '', null);
    }
    if (problem !== undefined) throw new Error(`The header of ${nameOf(file)} ${problem}.`);
    source.putBack([withoutBom(line)]);
    const delimiter = delimiterOf(text);
    const header = await nextCsvRecord(source, delimiter);
    if (!header?.cells) throw new Error(`The header of ${nameOf(file)} ${header?.problem ?? 'is missing'}.`);
    const names = header.cells;
    const columns = Columns.of(names, (normal) => kind.fields(normal));
    kind.check(columns.names, (field) => columns.has(field));
    return new ImportInput(source, header.text, delimiter, columns);
  }

  get isJson(): boolean {
    return this.#columns === null;
  }

  async next(): Promise<FileRecord | null> {
    if (this.#columns === null) return await nextJsonRecord(this.#source);
    const record = await nextCsvRecord(this.#source, this.delimiter);
    if (record?.cells === undefined) return record;
    const { length } = this.#columns.names;
    if (record.cells.length > length && record.cells.slice(length).some((cell) => cell.trim() !== '')) {
      return {
        ...record,
        problem: `has ${record.cells.length} cells, but the header has ${length} (is a quote missing?)`,
      };
    }
    return { ...record, row: this.#columns.row(record.cells) };
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  /** Of all that has been read so far. */
  digest(): string {
    return this.#source.digest();
  }
}

const UTF16 = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])] as const;

function withoutBom<L extends Buffer | null>(line: L): L {
  const bom = Buffer.from(BOM);
  return (line?.subarray(0, bom.length).equals(bom) ? line.subarray(bom.length) : line) as L;
}
