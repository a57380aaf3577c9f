/**
 * Started beside the supervisor, does nothing until that one's end of the pipe closes. When it was killed, nobody else would end the
 * parts: this does, so that no n8n or Temporal goes on unseen. An orderly stop kills the reaper first.
 */
import { join } from 'node:path';
import { tryLock } from './lock.mjs';
import { stopLeftovers } from './pids.ts';

const [dataDir] = process.argv.slice(2);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

process.stdin.resume();
process.stdin.once('close', () => {
  void (async () => {
    if (!dataDir) return;
    const lock = tryLock(join(dataDir, 'supervisor.lock'));
    // Held: a next start has been quicker, and ends them itself.
    if (!lock.held) return;
    try {
      await stopLeftovers(dataDir, () => {});
    } finally {
      lock.release();
    }
  })();
});
