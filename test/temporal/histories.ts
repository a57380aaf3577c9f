/**
 * Histories of finished runs. With `KEEP_HISTORIES=1` they are written to `histories/`, where the replay test finds them:
 * code that can no longer replay them would break runs that are under way at an upgrade.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { temporal } from '@temporalio/proto';
import { PLANTED_EMAIL } from './journeyWorld.ts';

const FOLDER = fileURLToPath(new URL('./histories/', import.meta.url));

/** @throws Error when something personal is in the history */
export async function takeHistory(name: string, handle: WorkflowHandle): Promise<temporal.api.history.v1.IHistory> {
  const history = await handle.fetchHistory();
  const bytes = Buffer.from(temporal.api.history.v1.History.encode(history).finish());
  for (const personal of [PLANTED_EMAIL, 'Planted']) {
    if (bytes.includes(personal)) throw new Error(`The history of ${name} holds ${personal}.`);
  }
  if (process.env['KEEP_HISTORIES']) {
    await mkdir(FOLDER, { recursive: true });
    await writeFile(`${FOLDER}${name}.json`, `${JSON.stringify(JSON.parse(historyToJSON(history)), null, 1)}\n`);
  }
  return history;
}

export async function keptHistories(): Promise<{ name: string; history: unknown }[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.json'));
  return await Promise.all(
    files.map(async (file) => ({
      name: file.replace('.json', ''),
      history: JSON.parse(await readFile(`${FOLDER}${file}`, 'utf8')) as unknown,
    })),
  );
}
