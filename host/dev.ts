/** `npm run dev`: rebuilds and reloads the nodes, or restarts the service, when their source changes. */
import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { PartName } from './pids.ts';
import type { Stack } from './stack.ts';

const ROOT = join(import.meta.dirname, '..');
/** Editors write a file in several steps. */
const SETTLE_MS = 300;
const WATCHED: Record<'n8n' | 'service', string[]> = { n8n: ['nodes', 'credentials'], service: ['temporal'] };

/** @returns how to end it */
export function reloadOnChange(stack: Stack, say: (line: string) => void): () => void {
  const endings = Object.entries(WATCHED).flatMap(([part, folders]) => watchFor(part as PartName, folders, stack, say));
  say('… watching nodes, credentials and temporal for changes');
  return () => endings.forEach((end) => end());
}

function watchFor(part: PartName, folders: string[], stack: Stack, say: (line: string) => void): (() => void)[] {
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();
  const changed = (file: string | null) => {
    if (file === null || /(^|\/)(node_modules|dist|\.)/.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      say(`… ${file} changed: reloading ${part}`);
      working = working
        .then(() => stack.restart(part))
        .catch((error: unknown) => say(`! ${part} was not reloaded: ${(error as Error).message}`));
    }, SETTLE_MS);
  };
  return folders
    .map((folder) => join(ROOT, folder))
    .filter((folder) => existsSync(folder))
    .map((folder) => {
      const watcher = watch(folder, { recursive: true }, (_event, file) => changed(file));
      return () => {
        clearTimeout(timer);
        watcher.close();
      };
    });
}
