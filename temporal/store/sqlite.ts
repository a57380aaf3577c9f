/** Lets Kysely's SQLite dialect run on Node's own `node:sqlite`, so that nothing native has to be installed. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { SqliteDialect, type SqliteDatabase, type SqliteStatement } from 'kysely';

/** Batch statements come in many lengths; beyond this many the oldest prepared one is dropped. */
const PREPARED_LIMIT = 500;

/**
 * Pages of indexes are written again and again: copied into the file every 32 MB instead of SQLite's 4, each costs less, and the
 * disk is waited for less often.
 */
const CHECKPOINT_PAGES = 8000;

/** @param file path, or `:memory:` */
export function sqliteDialect(file: string): SqliteDialect {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma secure_delete = on;
    pragma foreign_keys = on;
    pragma cache_size = -65536;
    pragma wal_autocheckpoint = ${CHECKPOINT_PAGES};
    pragma temp_store = memory;
  `);
  return new SqliteDialect({ database: new NodeSqlite(database) });
}

class NodeSqlite implements SqliteDatabase {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, SqliteStatement>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  prepare(sql: string): SqliteStatement {
    // A deferred transaction that turns into a writer fails at once when another process has written meanwhile.
    const text = sql === 'begin' ? 'begin immediate' : sql;
    let statement = this.#prepared.get(text);
    if (statement) {
      this.#prepared.delete(text);
    } else {
      statement = statementOf(this.#database.prepare(text));
      if (this.#prepared.size >= PREPARED_LIMIT) {
        const oldest = this.#prepared.keys().next().value;
        if (oldest !== undefined) this.#prepared.delete(oldest);
      }
    }
    this.#prepared.set(text, statement);
    return statement;
  }

  close(): void {
    this.#prepared.clear();
    this.#database.close();
  }
}

function statementOf(statement: StatementSync): SqliteStatement {
  const bind = (parameters: ReadonlyArray<unknown>) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bind(parameters)),
    run: (parameters) => statement.run(...bind(parameters)),
    iterate: (parameters) => statement.iterate(...bind(parameters)),
  };
}
