#!/usr/bin/env node
/**
 * The command `commerce-journeys`. In a checkout it runs the sources; as an installed package, what was built. With a Node
 * older than 24 (no `node:sqlite` to rely on, no type stripping) a checkout runs itself under the one that its scripts get.
 */
import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const checkout = path('../../host/with-node24.mjs');

if (existsSync(checkout)) {
  const child = spawn(process.execPath, [checkout, path('../cli.ts'), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal ? 1 : 0);
  });
} else if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import('../dist/cli.js');
} else {
  console.error(`commerce-journeys needs Node.js 24 or newer; this is ${process.versions.node}.`);
  process.exitCode = 2;
}
