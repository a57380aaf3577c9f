/**
 * Many rows as one parameter, so that a batch of any size is one statement with one text: `insert … select … from rows`,
 * `update … from rows`. SQLite reads them from JSON, PostgreSQL from arrays, one for each column.
 */
import { PostgresAdapter, sql, type RawBuilder } from 'kysely';
import type { DialectName, Queryable } from './store.ts';

/** What set-based queries need: where to run, and in which dialect. */
export interface Session {
  readonly db: Queryable;
  readonly dialect: DialectName;
}

export function sessionOf(db: Queryable): Session {
  return { db, dialect: db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite' };
}

/** What was read has changed before it could be locked: the store runs the transaction again (PostgreSQL only). */
export class StaleRead extends Error {
  /** PostgreSQL's own word for it, serialization_failure. */
  readonly code = '40001';

  constructor() {
    super('A customer was merged or erased while this transaction waited for it.');
  }
}

export type ColumnType = 'text' | 'bigint' | 'double precision';
export type Columns = Readonly<Record<string, ColumnType>>;
export type RowOf<C extends Columns> = { readonly [K in keyof C]: string | number | null };

/** A table expression to be used as `${rowsOf(…)} as r`, with the columns in the order given. */
export function rowsOf<C extends Columns>(
  dialect: DialectName,
  columns: C,
  rows: readonly RowOf<C>[],
): RawBuilder<unknown> {
  const names = Object.keys(columns);
  if (dialect === 'sqlite') {
    const json = JSON.stringify(rows.map((row) => names.map((name) => row[name])));
    const fields = names.map((name, index) => sql`json_extract(value, ${sql.lit(`$[${index}]`)}) as ${sql.ref(name)}`);
    return sql`(select ${sql.join(fields)} from json_each(${json}))`;
  }
  const arrays = names.map((name) => sql`${rows.map((row) => row[name])}::${sql.raw(`${columns[name]}[]`)}`);
  return sql`(select * from unnest(${sql.join(arrays)}) as u(${sql.join(names.map((name) => sql.ref(name)))}))`;
}

/** The names of `columns`, for `insert into … (…)`, and with `of` for the `select` beside it. */
export const columnList = (columns: object, of?: string): RawBuilder<unknown> =>
  sql.join(Object.keys(columns).map((name) => sql.ref(of === undefined ? name : `${of}.${name}`)));

/** For `on conflict … do update set`: every column but those of the key is as it was to be inserted. */
export const replaced = (columns: object, key: readonly string[]): RawBuilder<unknown> =>
  sql.join(
    Object.keys(columns)
      .filter((name) => !key.includes(name))
      .map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`),
  );

/** One column of texts, named `id`. */
export function idsOf(dialect: DialectName, ids: Iterable<string>): RawBuilder<unknown> {
  return rowsOf(
    dialect,
    { id: 'text' },
    Array.from(ids, (id) => ({ id })),
  );
}
