/**
 * `<data dir>/pids.json`, and what a killed supervisor leaves behind: parts that still run are found by it at the next start and stopped.
 * The marks beside it (when each process began) keep us from killing a stranger that has got the same number since.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beginningOf, stillRuns, type ProcessMark } from './lock.mjs';
import { killGroup } from './part.ts';

/** Stopped in this order: who calls goes before who is called. */
export const STOP_ORDER = ['n8n', 'service', 'temporal', 'inbox'] as const;
export type PartName = (typeof STOP_ORDER)[number];
export type Pids = Partial<Record<PartName | 'supervisor', number>>;

const LOOK_EVERY_MS = 100;
const LEFTOVER_STOP_MS = 8_000;

const pidsFile = (dataDir: string) => join(dataDir, 'pids.json');
const marksFile = (dataDir: string) => join(dataDir, '.process-marks.json');

export function writePids(dataDir: string, pids: Pids): void {
  const marks = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, { pid, began: beginningOf(pid) }]));
  writeWhole(marksFile(dataDir), marks);
  writeWhole(pidsFile(dataDir), pids);
}

export function removePids(dataDir: string): void {
  rmSync(pidsFile(dataDir), { force: true });
  rmSync(marksFile(dataDir), { force: true });
}

/** Ends the parts that a dead supervisor of this data folder left running. */
export async function stopLeftovers(dataDir: string, say: (line: string) => void): Promise<void> {
  const marks = readMarks(dataDir);
  for (const name of STOP_ORDER) {
    const mark = marks[name];
    if (!mark?.began) continue;
    if (stillRuns(mark)) {
      say(`… ${name} (process ${mark.pid}) still runs from an earlier start that was killed: stopping it`);
      process.kill(mark.pid, 'SIGTERM');
      for (let waited = 0; waited < LEFTOVER_STOP_MS && stillRuns(mark); waited += LOOK_EVERY_MS)
        await sleep(LOOK_EVERY_MS);
      if (stillRuns(mark)) killGroup(mark.pid);
      while (stillRuns(mark)) await sleep(LOOK_EVERY_MS);
      killGroup(mark.pid);
    }
  }
  removePids(dataDir);
}

/** @returns what the file says; nothing when there is none */
export function readPids(dataDir: string): Pids {
  try {
    return JSON.parse(readFileSync(pidsFile(dataDir), 'utf8')) as Pids;
  } catch {
    return {};
  }
}

function readMarks(dataDir: string): Partial<Record<string, ProcessMark>> {
  try {
    return JSON.parse(readFileSync(marksFile(dataDir), 'utf8')) as Record<string, ProcessMark>;
  } catch {
    return {};
  }
}

/** Readers see the old content or the new, never half of it. */
function writeWhole(file: string, value: unknown): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}
