/** Columns by name: exports of shops and tools call the same thing differently, and a header is recognised in any of these ways. */
import { parseKeepingDigits } from '../domain/losslessJson.ts';
import type { FileRecord, Row } from './fileRecord.ts';

/** Field → names of its column, the best first. */
export type Fields = Readonly<Record<string, readonly string[]>>;

/** Columns of the file of rejected rows: passed over when that file, mended, is imported. */
export const REJECTED_COLUMNS = ['rejected_line', 'rejected_reason'] as const;
/** What cannot be read as JSON stands there whole. */
export const REJECTED_TEXT = 'rejected_text';
const OF_REJECTED: ReadonlySet<string> = new Set([...REJECTED_COLUMNS, REJECTED_TEXT]);

/** `Customer ID`, `customerId` and `customer-id` are all `customer_id`. */
export const normalName = (name: string): string =>
  name
    .trim()
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');

export class Columns {
  readonly names: readonly string[];
  readonly #fields: [field: string, index: number][] = [];
  readonly #others: [name: string, index: number][] = [];

  private constructor(names: readonly string[], fields: Fields) {
    this.names = names;
    const taken = new Set<number>();
    for (const [field, aliases] of Object.entries(fields)) {
      const alias = aliases.find((name) => names.includes(name));
      if (alias === undefined) continue;
      const index = names.indexOf(alias);
      this.#fields.push([field, index]);
      taken.add(index);
    }
    names.forEach((name, index) => {
      const isKnown = taken.has(index) || OF_REJECTED.has(name);
      if (!isKnown && name !== '') this.#others.push([name, index]);
    });
  }

  /** @param fieldsOf which fields a file with such columns has @throws Error with a sentence for the operator */
  static of(header: readonly string[], fieldsOf: (names: readonly string[]) => Fields): Columns {
    const names = header.map(normalName);
    const columns = new Columns(names, fieldsOf(names));
    const used = [...columns.#fields, ...columns.#others].map(([, index]) => names[index] ?? '');
    const twice = used.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
    if (twice !== undefined) {
      throw new Error(
        `The header has the column "${twice}" more than once: which one counts? Rename or remove the other.`,
      );
    }
    return columns;
  }

  has(field: string): boolean {
    return this.#fields.some(([name]) => name === field);
  }

  row(cells: readonly string[]): Row {
    const fields: Record<string, string> = {};
    const others: Record<string, unknown> = {};
    for (const [field, index] of this.#fields) {
      const cell = cells[index]?.trim();
      if (cell !== undefined && cell !== '') fields[field] = cell;
    }
    for (const [name, index] of this.#others) {
      const cell = cells[index]?.trim();
      if (cell !== undefined && cell !== '') others[name] = cell;
    }
    return { fields, others };
  }
}

/** Rows of NDJSON: objects whose keys are the column names. */
export class JsonRows {
  readonly #fieldOf = new Map<string, { field: string; rank: number }>();

  constructor(fields: Fields) {
    for (const [field, aliases] of Object.entries(fields)) {
      aliases.forEach((alias, rank) => {
        if (!this.#fieldOf.has(alias)) this.#fieldOf.set(alias, { field, rank });
      });
    }
  }

  row(object: Readonly<Record<string, unknown>>): Row {
    const fields: Record<string, string> = {};
    const ranks: Record<string, number> = {};
    const others: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(object)) {
      if (value === null || value === undefined || value === '') continue;
      const name = normalName(key);
      const known = this.#fieldOf.get(name);
      const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      if (known && isText) {
        if ((ranks[known.field] ?? Infinity) <= known.rank) continue;
        fields[known.field] = String(value).trim();
        ranks[known.field] = known.rank;
      } else if (!OF_REJECTED.has(name)) {
        others[name] = value;
      }
    }
    return { fields, others };
  }
}

export function parseJsonObject(
  record: FileRecord,
): { object: Record<string, unknown>; problem?: undefined } | { problem: string } {
  try {
    const value = parseKeepingDigits(record.text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { object: value as Record<string, unknown> };
    }
    return { problem: 'is no JSON object' };
  } catch {
    return { problem: 'is no JSON: one object a line is needed' };
  }
}
