/** `doctor` on the store: whether it can be written, and whether its schema is the one that this version works with. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Settings } from '../../settings.ts';
import { schemaState, type Store } from '../../store/store.ts';
import { fine, wrong, type Verdict } from './finding.ts';

const GIB = 1024 ** 3;
const LITTLE_BYTES = GIB;
/** Of a large disk little is more; from 10 GiB on there is time to act. */
const LITTLE_SHARE = 0.05;
const PLENTY_BYTES = 10 * GIB;

export const isPostgres = (settings: Pick<Settings, 'databaseUrl'>): boolean => /^postgres/.test(settings.databaseUrl);

/** @returns what keeps SQLite from writing; null: nothing. Nothing is made or changed. */
export function sqliteObstacle(file: string): Verdict | null {
  const folder = dirname(file);
  const way = 'Make JOURNEYS_DATA_DIR a folder that the user of the service may write, or set DATABASE_URL.';
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    return wrong(`${folder} is not there, or no folder. ${way}`);
  try {
    accessSync(folder, constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
  } catch {
    return wrong(`${existsSync(file) ? file : folder} cannot be written by this user. ${way}`);
  }
  if (!existsSync(file))
    return wrong(`${file} is not there yet: "commerce-journeys serve" or "commerce-journeys migrate" makes it.`);
  return null;
}

export async function schemaVerdict(store: Store): Promise<Verdict> {
  const { pending, unknown } = await schemaState(store);
  if (unknown.length > 0) {
    return wrong(
      `Its schema is newer than this version (${unknown.join(', ')}): install the version of the service that has migrated it.`,
    );
  }
  if (pending.length > 0) {
    return wrong(
      `Its schema is older than this version (not applied: ${pending.join(', ')}): make a backup, then run "commerce-journeys migrate".`,
    );
  }
  return fine(`${store.dialect === 'postgres' ? 'PostgreSQL' : 'SQLite'} answers, and its schema is up to date.`);
}

/** @param folder where the data folder is, whatever the store */
export async function diskVerdict(folder: string): Promise<Verdict> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return spaceVerdict({ freeBytes: bavail * bsize, totalBytes: blocks * bsize, folder });
}

export function spaceVerdict(space: { freeBytes: number; totalBytes: number; folder: string }): Verdict {
  const { freeBytes, totalBytes, folder } = space;
  const words = `${(freeBytes / GIB).toFixed(1)} GiB are free where ${folder} is.`;
  const isLittle = freeBytes < LITTLE_BYTES || (freeBytes < PLENTY_BYTES && freeBytes < totalBytes * LITTLE_SHARE);
  if (!isLittle) return fine(words);
  return wrong(`Only ${words} Make room, or shorten JOURNEYS_EVENT_RETENTION: a full disk stops store and journeys.`);
}
