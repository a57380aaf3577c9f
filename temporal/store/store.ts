/** Opens the store (a SQLite file, or PostgreSQL by URL), brings its schema up to date and runs transactions on it. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, sql, type Transaction } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, Migrator, type Migration } from 'kysely/migration';
import type { Database } from './database.ts';
import * as initial from './migrations/001_initial.ts';
import * as dataPlane from './migrations/002_data_plane.ts';
import * as connections from './migrations/003_connections.ts';
import * as identity from './migrations/004_identity.ts';
import * as consent from './migrations/005_consent.ts';
import * as products from './migrations/006_products.ts';
import * as deliveries from './migrations/007_deliveries.ts';
import * as privacy from './migrations/008_privacy.ts';
import * as history from './migrations/009_import.ts';
import * as sendPlane from './migrations/010_send_plane.ts';
import * as givenAgain from './migrations/011_given_again.ts';
import * as meaning from './migrations/012_meaning.ts';
import * as messageEvents from './migrations/014_message_events.ts';
import * as reports from './migrations/015_reports.ts';
import * as scores from './migrations/016_scores.ts';
import * as orderDiscounts from './migrations/018_order_discounts.ts';
import * as endedSessions from './migrations/019_ended_sessions.ts';
import * as operatorPages from './migrations/024_operator_pages.ts';
import * as experiments from './migrations/025_experiments.ts';
import { postgresDialect } from './postgres.ts';
import { sqliteDialect } from './sqlite.ts';

export type DialectName = 'sqlite' | 'postgres';
/** The store itself or a transaction on it: what query functions take. */
export type Queryable = Kysely<Database> | Transaction<Database>;

export interface Store {
  readonly db: Kysely<Database>;
  readonly dialect: DialectName;
  /** Runs `work` in one transaction, again when PostgreSQL asks for it (serialization failure, deadlock). */
  transaction<T>(work: (trx: Transaction<Database>) => Promise<T>): Promise<T>;
  migrate(): Promise<string[]>;
  /** Throws when the store does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const RETRIED_POSTGRES_ERRORS = new Set(['40001', '40P01']);
/** Each means that somebody else has got on. */
const ATTEMPTS = 10;

/**
 * @param location `postgres://…` or the path of a SQLite file (its folder is made)
 * @param onError told of connection errors outside of any query
 */
export function openStore(location: string, onError: (error: Error) => void = () => {}): Store {
  const dialect: DialectName = /^postgres(ql)?:\/\//.test(location) ? 'postgres' : 'sqlite';
  if (dialect === 'sqlite' && location !== ':memory:') mkdirSync(dirname(location), { recursive: true });
  const db = new Kysely<Database>({
    dialect: dialect === 'postgres' ? postgresDialect(location, onError) : sqliteDialect(location),
  });

  return {
    db,
    dialect,
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await db.transaction().execute(work);
        } catch (error) {
          const code = (error as { code?: string }).code ?? '';
          if (attempt >= ATTEMPTS || !RETRIED_POSTGRES_ERRORS.has(code)) throw error;
        }
      }
    },
    async migrate() {
      const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations(dialect)) } });
      const { error, results } = await migrator.migrateToLatest();
      if (error) throw error instanceof Error ? error : new Error('The migration failed.', { cause: error });
      return (results ?? []).map((result) => result.migrationName);
    },
    async ping() {
      await sql`select 1`.execute(db);
    },
    async close() {
      await db.destroy();
    },
  };
}

/**
 * How the store's schema compares with what this version works with; changes nothing.
 * @returns names of migrations: `pending` not applied yet, `unknown` applied by a newer version
 */
export async function schemaState({
  db,
  dialect,
}: Pick<Store, 'db' | 'dialect'>): Promise<{ pending: string[]; unknown: string[] }> {
  const known = Object.keys(migrations(dialect));
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  const isNew = !tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE);
  const applied = isNew
    ? []
    : (await sql<{ name: string }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db)).rows;
  const names = new Set(applied.map(({ name }) => name));
  return {
    pending: known.filter((name) => !names.has(name)),
    unknown: [...names].filter((name) => !known.includes(name)).sort(),
  };
}

function migrations(dialect: DialectName): Record<string, Migration> {
  return {
    '001_initial': { up: (db) => initial.up(db, dialect) },
    '002_data_plane': { up: (db) => dataPlane.up(db, dialect) },
    '003_connections': { up: (db) => connections.up(db) },
    '004_identity': { up: (db) => identity.up(db, dialect) },
    '005_consent': { up: (db) => consent.up(db) },
    '006_products': { up: (db) => products.up(db, dialect) },
    '007_deliveries': { up: (db) => deliveries.up(db, dialect) },
    '008_privacy': { up: (db) => privacy.up(db) },
    '009_import': { up: (db) => history.up(db, dialect) },
    '010_send_plane': { up: (db) => sendPlane.up(db) },
    '011_given_again': { up: (db) => givenAgain.up(db) },
    '012_meaning': { up: (db) => meaning.up(db) },
    '014_message_events': { up: (db) => messageEvents.up(db) },
    '015_reports': { up: (db) => reports.up(db) },
    '016_scores': { up: (db) => scores.up(db) },
    '018_order_discounts': { up: (db) => orderDiscounts.up(db, dialect) },
    '019_ended_sessions': { up: (db) => endedSessions.up(db) },
    '024_operator_pages': { up: (db) => operatorPages.up(db) },
    '025_experiments': { up: (db) => experiments.up(db, dialect) },
  };
}
