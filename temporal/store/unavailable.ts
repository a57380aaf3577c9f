/** Tells a store that cannot work right now from a mistake of ours: the first is a 503 with the way out, the second a bug. */

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const SQLITE: Record<number, string> = {
  5: 'The SQLite file is locked by another program. Close it, or use PostgreSQL (DATABASE_URL) for several processes.',
  6: 'The SQLite file is locked by another program. Close it, or use PostgreSQL (DATABASE_URL) for several processes.',
  8: 'The SQLite file cannot be written. Check the owner and permissions of the data folder (JOURNEYS_DATA_DIR).',
  10: 'The disk below the SQLite file reports errors.',
  13: 'The disk is full. Make room on the disk of the data folder (JOURNEYS_DATA_DIR).',
  14: 'The SQLite file cannot be opened. Check the owner and permissions of the data folder (JOURNEYS_DATA_DIR).',
};

const CONNECTION_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
]);
/** `pg` has no codes for these. */
const CONNECTION_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** @returns a sentence for the caller when the store is out of reach, locked or full; null for any other error */
export function storeUnavailable(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code = '', errcode } = error as { code?: string; errcode?: number };
  if (code === 'ERR_SQLITE_ERROR') return SQLITE[(errcode ?? 0) & 0xff] ?? null;
  // Several addresses were tried.
  if (error instanceof AggregateError && error.errors.some((inner) => storeUnavailable(inner) !== null)) return GONE;
  // Classes 08 connection, 53 resources, 57P operator intervention (https://www.postgresql.org/docs/current/errcodes-appendix.html).
  if (/^53/.test(code)) return `PostgreSQL is short of disk, memory or connections (${code}).`;
  if (/^08|^57P/.test(code) || CONNECTION_ERRORS.has(code) || CONNECTION_MESSAGES.test(error.message)) return GONE;
  return null;
}

const GONE = 'PostgreSQL cannot be reached. Check that it runs, and DATABASE_URL.';
