/** One supervisor for each data folder: a second one is refused, what a killed one left running is ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from './lock.mjs';
import { readPids, stopLeftovers, writePids } from './pids.ts';

const LOOK_EVERY_MS = 200;
/** As long as ending leftovers can take. */
const WAIT_FOR_REAPER_MS = 45_000;

export class AlreadyRunning extends Error {}

/** @returns how to give the folder back. @throws AlreadyRunning */
export async function ownDataDir(dataDir: string, say: (line: string) => void): Promise<() => void> {
  const file = join(dataDir, 'supervisor.lock');
  let lock = tryLock(file);
  for (let waited = 0; !lock.held; waited += LOOK_EVERY_MS) {
    // Else it is held by the reaper of a killed start, which is done soon, or by one that is just starting.
    if (lock.owner === readPids(dataDir).supervisor || waited > WAIT_FOR_REAPER_MS) {
      throw new AlreadyRunning(
        `npm start runs already with the data folder ${dataDir} (process ${lock.owner}). Stop that one first, or set ` +
          'JOURNEYS_DATA_DIR to another folder (and the ports to others) to run a second one beside it.',
      );
    }
    await sleep(LOOK_EVERY_MS);
    lock = tryLock(file);
  }
  await stopLeftovers(dataDir, say);
  writePids(dataDir, { supervisor: process.pid });
  const reaper = startReaper(dataDir);
  const { release } = lock;
  return () => {
    reaper.kill('SIGKILL');
    release();
  };
}

/** A small process that outlives us only to end our parts when we are killed: see reaper.ts. */
function startReaper(dataDir: string): ChildProcess {
  const script = join(import.meta.dirname, 'reaper.ts');
  const reaper = spawn(process.execPath, [script, dataDir], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  reaper.unref();
  return reaper;
}
