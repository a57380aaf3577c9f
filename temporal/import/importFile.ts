/**
 * One file of history into the store, chunk by chunk: each chunk is one short transaction together with how far the file has
 * come, so that a live service gets its turns in between, memory does not grow with the file, and a second run goes on where
 * the first one stopped.
 */
import { JOB_NAMES } from '../scoring/job.ts';
import { CommerceTriggerReader } from '../store/commerceTriggers.ts';
import { JourneyReader } from '../store/journeys.ts';
import { analyseTables, beginImport, findUnfinishedImport, saveImport, type KnownImport } from '../store/imports.ts';
import { insertAudit } from '../store/audit.ts';
import { makeDue } from '../store/scoreJobs.ts';
import type { Store } from '../store/store.ts';
import { storeUnavailable } from '../store/unavailable.ts';
import { parseJsonObject } from './columns.ts';
import { fileKeyOf } from './fileLines.ts';
import { ImportInput, type InputOptions } from './importInput.ts';
import { IMPORT_KINDS, type ImportKind, type ImportKindName, type ReadRow } from './importKinds.ts';
import type { FileRecord } from './fileRecord.ts';
import { RejectedRows, type RejectedRow } from './rejectedRows.ts';

export interface ImportOptions extends InputOptions {
  kind: ImportKindName;
  /** null: nothing is written, and nothing looked up. */
  store: Store | null;
  source: string;
  /** Of the connection that `source` names. */
  externalIdPrefix: string;
  /** Where rows name none. */
  currency: string | null;
  rejectedFile: string;
  /** Rows of a transaction. */
  chunkRows?: number;
  /** Epoch ms. */
  now: () => number;
  timeScale: number;
  onProgress?: (progress: Progress) => void;
}

export interface Progress {
  rows: number;
  rejected: number;
}

export interface ImportSummary {
  rows: number;
  imported: number;
  rejected: number;
  /** Rows that are meant to be passed over, such as cancelled orders. */
  ignored: number;
  /** Reason → rows; what differs from row to row is left out. */
  reasons: Record<string, number>;
  /** What became of the rows: customers and orders made, … */
  counts: Record<string, number>;
  /** Rows that an earlier run had done. */
  resumedAfter: number;
}

/** Short enough that a service beside it does not notice, long enough that the disk is not the limit. */
const CHUNK_ROWS = { sqlite: 2000, postgres: 5000 } as const;
/** Lines of one order are kept together up to this many chunks. */
const LONGEST_CHUNK = 4;
/** Tables that have just begun to fill have no statistics yet: without them PostgreSQL reads the whole of them again and again. */
const ANALYSED_AT = [5_000, 20_000, 100_000];
const ATTEMPTS = 20;
const UNIQUE_VIOLATION = '23505';
const MOST_REASONS = 50;

/** The file is no longer what an earlier run has read: it is read from its beginning. */
class FileHasChanged extends Error {}

export async function importFile(options: ImportOptions): Promise<ImportSummary> {
  const kind = IMPORT_KINDS[options.kind] as ImportKind<unknown>;
  try {
    return await new FileImport(kind, options).run(true);
  } catch (error) {
    if (!(error instanceof FileHasChanged)) throw error;
    return await new FileImport(kind, options).run(false);
  }
}

interface ReadValue<T> {
  record: FileRecord;
  value: T;
}

class FileImport<T> {
  readonly #kind: ImportKind<T>;
  readonly #options: ImportOptions;
  readonly #published = { journeys: new JourneyReader(), triggers: new CommerceTriggerReader() };
  readonly #summary: ImportSummary = {
    rows: 0,
    imported: 0,
    rejected: 0,
    ignored: 0,
    reasons: {},
    counts: {},
    resumedAfter: 0,
  };
  #values: ReadValue<T>[] = [];
  #rejected: RejectedRow[] = [];
  #importId = 0;
  #rowsSaved = 0;
  #rejectedBytes = 0;

  constructor(kind: ImportKind<T>, options: ImportOptions) {
    this.#kind = kind;
    this.#options = options;
  }

  async run(mayResume: boolean): Promise<ImportSummary> {
    const { store, source, externalIdPrefix, currency, now, rejectedFile } = this.#options;
    const input = await ImportInput.open(this.#options, this.#kind);
    const rejects = new RejectedRows(rejectedFile, input.header, input.delimiter);
    const reader = this.#kind.reader({ source, externalIdPrefix, currency, now: now() }, input.names);
    const earlier = store === null ? null : await this.#begin(store, mayResume);
    rejects.cutBack(this.#rejectedBytes);
    try {
      const limit = this.#options.chunkRows ?? CHUNK_ROWS[store?.dialect ?? 'sqlite'];
      let chunkRows = 0;
      let group: string | null = null;
      let digest = '';
      for (;;) {
        // Until a record has been read, all that was read belongs to the chunk.
        if (chunkRows >= limit) digest = input.digest();
        const record = await input.next();
        if (record === null) break;
        const read = this.#read(record, reader, input.isJson);
        if (earlier !== null && this.#summary.rows < earlier.rowsDone) {
          this.#skip(earlier, input);
          continue;
        }
        const nextGroup = 'value' in read ? this.#kind.groupOf(read.value) : null;
        if (chunkRows >= limit && (nextGroup === null || nextGroup !== group || chunkRows >= LONGEST_CHUNK * limit)) {
          await this.#commit(rejects, digest, false);
          chunkRows = 0;
        }
        group = nextGroup;
        chunkRows++;
        this.#summary.rows++;
        this.#add(record, read);
      }
      if (earlier !== null && this.#summary.rows < earlier.rowsDone) throw new FileHasChanged();
      await this.#commit(rejects, input.digest(), true);
    } finally {
      rejects.close();
      await input.close();
    }
    return this.#summary;
  }

  async #begin(store: Store, mayResume: boolean): Promise<KnownImport | null> {
    const { kind, file, source, externalIdPrefix, currency, format, encoding, now } = this.#options;
    const key = await fileKeyOf(file, [source, externalIdPrefix, currency ?? '', format ?? '', encoding]);
    // Standard input cannot be told from another: it is always read as a whole.
    const fileKey = key?.key ?? `stdin ${now()} ${process.pid}`;
    return await store.transaction(async (db) => {
      const session = { db, dialect: store.dialect };
      const found = mayResume ? await findUnfinishedImport(session, kind, fileKey) : null;
      if (found === null) {
        this.#importId = await beginImport(session, kind, fileKey, now());
        return null;
      }
      this.#importId = found.id;
      this.#rowsSaved = found.rowsDone;
      this.#rejectedBytes = found.rejectedBytes;
      return found.rowsDone > 0 ? found : null;
    });
  }

  /** A row that an earlier run has done; at the last of them it shows whether the file is still the same. */
  #skip(earlier: KnownImport, input: ImportInput): void {
    this.#summary.rows++;
    this.#options.onProgress?.(this.#summary);
    if (this.#summary.rows < earlier.rowsDone) return;
    if (input.digest() !== earlier.digest) throw new FileHasChanged();
    Object.assign(this.#summary, earlier.counts, { rows: earlier.rowsDone, resumedAfter: earlier.rowsDone });
  }

  /** Rows that are passed over are read as well: what one says can hold for those after it. */
  #read(record: FileRecord, reader: ReturnType<ImportKind<T>['reader']>, isJson: boolean): ReadRow<T> {
    if (record.problem !== undefined) return { problem: record.problem };
    if (!isJson) return reader.row(record.row ?? { fields: {}, others: {} });
    const parsed = parseJsonObject(record);
    return parsed.problem === undefined ? reader.object(parsed.object) : parsed;
  }

  #add(record: FileRecord, read: ReadRow<T>): void {
    if ('value' in read) {
      this.#values.push({ record, value: read.value });
    } else if ('ignored' in read) {
      this.#summary.ignored++;
      this.#count(read.ignored);
    } else {
      this.#rejected.push({ record, reason: read.problem });
    }
  }

  #count(reason: string): void {
    const { reasons } = this.#summary;
    // The values in quotes, so that a million bad rows are still a few reasons.
    const general = reason.replaceAll(/"[^"]*"/g, '"…"');
    const word = general in reasons || Object.keys(reasons).length < MOST_REASONS ? general : 'other reasons';
    reasons[word] = (reasons[word] ?? 0) + 1;
  }

  async #commit(rejects: RejectedRows, digest: string, isLast: boolean): Promise<void> {
    const values = this.#values;
    const before = structuredClone(this.#summary);
    const { store } = this.#options;
    if (store === null) {
      this.#account(this.#rejected, values.length, {});
      this.#rejectedBytes = rejects.append(this.#rejected, this.#rejectedBytes);
    } else {
      await this.#inTransaction(store, async (session) => {
        Object.assign(this.#summary, structuredClone(before));
        const now = this.#options.now();
        const { source, timeScale } = this.#options;
        const written =
          values.length === 0
            ? { rejected: [], counts: {} }
            : await this.#kind.write(
                session,
                values.map(({ value }) => value),
                { source, importId: this.#importId, published: this.#published, time: { now, timeScale } },
              );
        const refused = written.rejected.flatMap(({ index, reason }) => {
          const record = values[index]?.record;
          return record ? [{ record, reason }] : [];
        });
        const rejected = [...this.#rejected, ...refused].sort((a, b) => a.record.line - b.record.line);
        this.#account(rejected, values.length - refused.length, written.counts);
        const rejectedBytes = rejects.append(rejected, this.#rejectedBytes);
        const { rows: rowsDone, ...counts } = this.#summary;
        const progress = { rowsDone, digest, rejectedBytes, counts };
        await saveImport(session, this.#importId, this.#rowsSaved, progress, now, isLast);
        if (isLast) await this.#audit(session, now);
        // Most scores follow from a history once it is there as a whole.
        if (isLast && this.#summary.imported > 0) await makeDue(session, JOB_NAMES, now);
        return rejectedBytes;
      });
    }
    if (store?.dialect === 'postgres' && ANALYSED_AT.some((rows) => this.#passes(rows))) {
      await analyseTables({ db: store.db, dialect: store.dialect });
    }
    this.#rowsSaved = this.#summary.rows;
    this.#values = [];
    this.#rejected = [];
    this.#options.onProgress?.(this.#summary);
  }

  /** @param rows of this run */
  #passes(rows: number): boolean {
    const { resumedAfter } = this.#summary;
    return this.#rowsSaved - resumedAfter < rows && this.#summary.rows - resumedAfter >= rows;
  }

  #account(rejected: readonly RejectedRow[], imported: number, counts: Readonly<Record<string, number>>): void {
    const summary = this.#summary;
    summary.rejected += rejected.length;
    for (const { reason } of rejected) this.#count(reason);
    summary.imported += imported;
    for (const [word, count] of Object.entries(counts)) summary.counts[word] = (summary.counts[word] ?? 0) + count;
  }

  async #audit(session: Parameters<ImportKind<T>['write']>[0], now: number): Promise<void> {
    const { kind, source } = this.#options;
    const { rows, imported, rejected } = this.#summary;
    const details = { kind, source, rows, imported, rejected };
    await insertAudit(session, [{ customerId: null, actor: 'cli', action: 'history.imported', details }], now);
  }

  /** Again while another process holds the SQLite file, or has stored the same at the same moment. */
  async #inTransaction(
    store: Store,
    work: (session: Parameters<ImportKind<T>['write']>[0]) => Promise<number>,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#rejectedBytes = await store.transaction((db) => work({ db, dialect: store.dialect }));
        return;
      } catch (error) {
        const isLocked = store.dialect === 'sqlite' && /locked/.test(storeUnavailable(error) ?? '');
        const isTaken = (error as { code?: string }).code === UNIQUE_VIOLATION;
        if (attempt >= ATTEMPTS || (!isLocked && !isTaken)) throw error;
      }
    }
  }
}
