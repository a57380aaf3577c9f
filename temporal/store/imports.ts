/** How far the import of a file has come: written in the same transaction as the rows, so that it goes on exactly there. */
import { sql } from 'kysely';
import type { Session } from './rows.ts';

export interface ImportProgress {
  rowsDone: number;
  /** Of all that was read up to there. */
  digest: string;
  rejectedBytes: number;
  counts: Record<string, unknown>;
}

export interface KnownImport extends ImportProgress {
  id: number;
}

/** @returns the unfinished import of this very file with these options */
export async function findUnfinishedImport(
  { db }: Session,
  kind: string,
  fileKey: string,
): Promise<KnownImport | null> {
  const row = await db
    .selectFrom('imports')
    .selectAll()
    .where('kind', '=', kind)
    .where('file_key', '=', fileKey)
    .where('finished_at', 'is', null)
    .orderBy('id', 'desc')
    .executeTakeFirst();
  if (!row) return null;
  return {
    id: row.id,
    rowsDone: row.rows_done,
    digest: row.digest,
    rejectedBytes: row.rejected_bytes,
    counts: JSON.parse(row.counts_json) as Record<string, unknown>,
  };
}

/** @returns its id. An earlier, unfinished one of the same file is given up. */
export async function beginImport({ db }: Session, kind: string, fileKey: string, now: number): Promise<number> {
  await db
    .updateTable('imports')
    .set({ finished_at: now })
    .where('kind', '=', kind)
    .where('file_key', '=', fileKey)
    .where('finished_at', 'is', null)
    .execute();
  const { id } = await db
    .insertInto('imports')
    .values({
      kind,
      file_key: fileKey,
      rows_done: 0,
      digest: '',
      rejected_bytes: 0,
      counts_json: '{}',
      started_at: now,
      updated_at: now,
      finished_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/**
 * @param from `rowsDone` before this step
 * @throws Error when another process has moved the same import on meanwhile
 */
export async function saveImport(
  { db }: Session,
  id: number,
  from: number,
  progress: ImportProgress,
  now: number,
  isFinished: boolean,
): Promise<void> {
  const { numAffectedRows } = await sql`
    update imports set rows_done = ${progress.rowsDone}, digest = ${progress.digest},
      rejected_bytes = ${progress.rejectedBytes}, counts_json = ${JSON.stringify(progress.counts)}, updated_at = ${now},
      finished_at = ${isFinished ? now : null}
    where id = ${id} and rows_done = ${from} and finished_at is null`.execute(db);
  if (numAffectedRows !== 1n) {
    throw new Error('Another import of the same file is at work: wait for it, or stop it and run this again.');
  }
}

/** Query plans follow the statistics of tables, which a large import has made wrong. */
export async function analyseTables({ db, dialect }: Session): Promise<void> {
  if (dialect === 'sqlite') {
    // A sample is enough, and the whole would hold the store for long.
    await sql`pragma analysis_limit = 400`.execute(db);
    await sql`analyze`.execute(db);
    return;
  }
  for (const table of [
    'customers',
    'identifiers',
    'orders',
    'order_lines',
    'refunds',
    'totals',
    'events',
    'consents',
  ]) {
    await sql`analyze ${sql.table(table)}`.execute(db);
  }
}
