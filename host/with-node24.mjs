/**
 * Runs one of our TypeScript scripts under Node 24 with this clone's dependencies in place, whatever Node started it:
 * `node host/with-node24.mjs <script.ts> [arguments]`. This is what makes `npm start` and `npm test` work in a fresh clone.
 */
import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureDependencies, NEEDED_NODE_MAJOR, node24Folder, withFirstOnPath } from './node24.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const [script, ...args] = process.argv.slice(2);
// Progress is for people; what the script itself prints may be data.
const say = (line) => console.error(line);

try {
  if (!script) throw new Error('Which script? node host/with-node24.mjs <script.ts> [arguments]');
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_NODE_MAJOR) {
    await ensureDependencies(join(HERE, '..'), process.execPath, say);
    process.argv = [process.execPath, resolve(script), ...args];
    await import(pathToFileURL(resolve(script)).href);
  } else {
    const node = join(await node24Folder(say), 'bin', 'node');
    await ensureDependencies(join(HERE, '..'), node, say);
    runUnder(node);
  }
} catch (error) {
  console.error(error.name === 'InstallError' ? error.message : error);
  process.exitCode = 1;
}

function runUnder(node) {
  const child = spawn(node, ['--import', join(HERE, 'follow-wrapper.mjs'), script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: withFirstOnPath(dirname(node), process.env),
  });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`Node 24 in ${node} could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    if (!signal) {
      process.exitCode = code ?? 1;
      return;
    }
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
