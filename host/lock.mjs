/**
 * A lock file that one live process holds. A lock whose process has died counts for nothing, also when its number has been given to
 * another process since. Plain JavaScript: see cache.mjs.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync, linkSync } from 'node:fs';
import process from 'node:process';

/** A breaker that stands longer than this belongs to a process that died in between two system calls. */
const BREAKER_STALE_MS = 10_000;

/** Whether a process with this number runs (its parent may not have collected it yet: a zombie does not run). */
export function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return processState(pid) !== 'Z';
}

function processState(pid) {
  return statFields(pid)?.[0] ?? null;
}

/** Fields of /proc/<pid>/stat after the command, which may itself hold blanks and brackets; null where there is no /proc. */
function statFields(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** When the process began, in whatever the system counts; the same number at another time is another process. '' when unknown. */
export function beginningOf(pid) {
  const START_TIME = 19; // field 22 of proc(5), counted after the command
  const ticks = statFields(pid)?.[START_TIME];
  if (ticks) return `${bootId()}:${ticks}`;
  if (process.platform === 'linux') return '';
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

function bootId() {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** Whether the process that wrote `{pid, began}` still runs. */
export function stillRuns({ pid, began }) {
  return isAlive(pid) && (!began || beginningOf(pid) === began);
}

/** @returns `{held: true, release()}`, or `{held: false, owner}` with the number of the process that holds it */
export function tryLock(file) {
  const mine = JSON.stringify({ pid: process.pid, began: beginningOf(process.pid) });
  if (create(file, mine)) return { held: true, release: () => release(file, mine) };
  const owner = read(file);
  if (owner && stillRuns(owner)) return { held: false, owner: owner.pid };
  if (!breakStale(file)) return { held: false, owner: null };
  if (create(file, mine)) return { held: true, release: () => release(file, mine) };
  return { held: false, owner: read(file)?.pid ?? null };
}

/** The file appears with its content or not at all: a reader never sees it empty. */
function create(file, content) {
  const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

function release(file, mine) {
  try {
    if (readFileSync(file, 'utf8') === mine) rmSync(file, { force: true });
  } catch {
    // Gone already.
  }
}

/** Removes a dead process's lock. Under a lock of its own: else two could each remove, and the second would remove the first one's. */
function breakStale(file) {
  const breaker = `${file}.breaking`;
  if (!create(breaker, String(process.pid))) {
    if (ageMs(breaker) > BREAKER_STALE_MS) rmSync(breaker, { force: true });
    return false;
  }
  try {
    const owner = read(file);
    if (!owner || !stillRuns(owner)) {
      const dead = `${file}.dead-${process.pid}`;
      renameSync(file, dead);
      rmSync(dead, { force: true });
    }
    return true;
  } catch (error) {
    if (error.code === 'ENOENT') return true;
    throw error;
  } finally {
    rmSync(breaker, { force: true });
  }
}

function ageMs(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
