/** PostgreSQL through `pg`, with 64-bit columns read as numbers: all of ours are times or amounts below 2^53. */
import pg from 'pg';
import { PostgresDialect } from 'kysely';

const INT8 = 20;

export function postgresDialect(url: string, onError: (error: Error) => void): PostgresDialect {
  const types = {
    getTypeParser: (oid: number, format?: 'text' | 'binary'): ((text: string) => unknown) =>
      oid === INT8 ? Number : (pg.types.getTypeParser(oid, format) as (text: string) => unknown),
  };
  const pool = new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 5000, types });
  // An idle connection that the server closes is reported here; unheard it would end the process.
  pool.on('error', onError);
  return new PostgresDialect({ pool });
}
