/** `commerce-journeys import`: history out of a file. Progress on stderr, one JSON summary on stdout. */
import { basename } from 'node:path';
import { JOB_NAMES } from '../scoring/job.ts';
import { analyseTables } from '../store/imports.ts';
import { ImportInput, type Format } from '../import/importInput.ts';
import { importFile, type ImportSummary } from '../import/importFile.ts';
import { fileKeyOf, nameOf, STDIN } from '../import/fileLines.ts';
import { IMPORT_KINDS, type ImportKindName } from '../import/importKinds.ts';
import { isShopifyOrders } from '../import/orderRows.ts';
import type { Encoding } from '../import/records.ts';
import type { Settings } from '../settings.ts';
import { listConnections, type Connection } from '../store/connections.ts';
import { makeDue } from '../store/scoreJobs.ts';
import type { Store } from '../store/store.ts';
import { openStoreOrExplain } from './openStoreOrExplain.ts';

export interface ImportCommand {
  kind: ImportKindName;
  /** Path, or `-`. */
  file: string;
  dryRun: boolean;
  source: string | null;
  /** ISO 4217, upper case. */
  currency: string | null;
  format: Format | null;
  encoding: Encoding;
  rejected: string | null;
}

const DEFAULT_SOURCE = 'import';
const ANALYSE_FROM_ROWS = 10_000;
const PROGRESS_MS = 2_000;

/** @returns whether something was imported (or there was nothing to do) @throws Error with a sentence for the operator */
export async function importHistory(settings: Settings, command: ImportCommand): Promise<boolean> {
  const { kind, file, dryRun, currency } = command;
  await fileKeyOf(file, []);
  const store = await openStoreOrExplain(settings);
  try {
    await store.migrate();
    const connections = await listConnections({ db: store.db });
    const begun = performance.now();
    const source = command.source ?? (await sourceOf(command, connections));
    const rejectedFile = command.rejected ?? `${file === STDIN ? 'stdin' : file}.rejected`;
    const progress = new ProgressLine(begun);
    const summary = await importFile({
      ...command,
      store: dryRun ? null : store,
      source,
      externalIdPrefix: connections.find(({ name }) => name === source)?.externalIdPrefix ?? '',
      currency: currency ?? onlyCurrency(connections, source),
      rejectedFile,
      now: () => Date.now(),
      timeScale: settings.timeScale,
      onProgress: (state) => progress.show(state.rows, state.rejected),
    });
    progress.end();
    await analyseAfter(store, dryRun, summary);
    // What was learned did not know of these: a service that runs beside this learns anew.
    if (!dryRun && summary.imported > 0) {
      await makeDue({ db: store.db, dialect: store.dialect }, JOB_NAMES, Date.now());
    }
    const seconds = (performance.now() - begun) / 1000;
    report({ kind, file, source, dryRun, ...summary }, seconds, summary.rejected > 0 ? rejectedFile : null);
    return summary.imported > 0 || summary.rejected === 0;
  } finally {
    await store.close();
  }
}

/** A shop's own export belongs to the one connection of that shop: what has come by webhook already is not counted again. */
async function sourceOf({ kind, file, format, encoding }: ImportCommand, connections: Connection[]): Promise<string> {
  if (kind !== 'orders' || file === STDIN) return DEFAULT_SOURCE;
  const input = await ImportInput.open({ file, format, encoding }, IMPORT_KINDS[kind]);
  await input.close();
  const { names } = input;
  const shops = connections.filter((connection) => connection.kind === 'shopify');
  return names !== null && isShopifyOrders(names) && shops.length === 1
    ? (shops[0]?.name ?? DEFAULT_SOURCE)
    : DEFAULT_SOURCE;
}

/** That of the connection that the rows belong to, or of the only one there is. */
function onlyCurrency(connections: readonly Connection[], source: string): string | null {
  const own = connections.find(({ name }) => name === source);
  if (own) return own.currency;
  const currencies = new Set(connections.flatMap(({ currency }) => currency ?? []));
  return currencies.size === 1 ? ([...currencies][0] ?? null) : null;
}

async function analyseAfter(store: Store, dryRun: boolean, { rows, resumedAfter }: ImportSummary): Promise<void> {
  if (!dryRun && rows - resumedAfter >= ANALYSE_FROM_ROWS)
    await analyseTables({ db: store.db, dialect: store.dialect });
}

function report(
  summary: ImportSummary & Pick<ImportCommand, 'kind' | 'file' | 'dryRun'> & { source: string },
  seconds: number,
  rejectedFile: string | null,
): void {
  const { rows, imported, rejected, ignored, resumedAfter, dryRun } = summary;
  const rowsPerSecond = Math.round((rows - resumedAfter) / Math.max(seconds, 0.001));
  const words = [
    `${imported.toLocaleString('en')} of ${rows.toLocaleString('en')} rows ${dryRun ? 'can be imported (nothing was written)' : 'imported'}`,
  ];
  if (resumedAfter > 0) words.push(`${resumedAfter.toLocaleString('en')} of them by an earlier run`);
  if (ignored > 0) words.push(`${ignored.toLocaleString('en')} passed over`);
  if (rejectedFile !== null) words.push(`${rejected.toLocaleString('en')} rejected: see ${rejectedFile}`);
  console.error(`${basename(nameOf(summary.file))}: ${words.join('; ')}.`);
  console.log(
    JSON.stringify({ ...summary, rejectedFile, seconds: Math.round(seconds * 10) / 10, rowsPerSecond }, null, 2),
  );
}

class ProgressLine {
  readonly #begun: number;
  #shown: number;
  #hasLine = false;

  constructor(begun: number) {
    this.#begun = begun;
    this.#shown = begun;
  }

  show(rows: number, rejected: number): void {
    const now = performance.now();
    if (now - this.#shown < PROGRESS_MS) return;
    this.#shown = now;
    const perSecond = Math.round(rows / ((now - this.#begun) / 1000));
    const words = `${rows.toLocaleString('en')} rows, ${rejected.toLocaleString('en')} rejected, ${perSecond.toLocaleString('en')} rows/s`;
    this.#hasLine = process.stderr.isTTY;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${words}` : `${words}\n`);
  }

  end(): void {
    if (this.#hasLine) process.stderr.write('\r\x1b[K');
  }
}
