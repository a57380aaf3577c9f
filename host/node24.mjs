/** Gets Node 24 and the repository's own dependencies from the npm registry. Plain JavaScript: see cache.mjs. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { installOnce, npmEnvironment, npmWayOut, runToEnd, withLock, withProgress } from './cache.mjs';

const NODE_VERSION = '24.21.0';
export const NEEDED_NODE_MAJOR = 24;

/** The package with the binary itself: the npm package `node` only installs this one, by a script that npm 12 would not run unasked. */
function nodePackage() {
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

/** @returns the folder of a Node 24 distribution: `bin/node`, and `include/node` for building native modules */
export async function node24Folder(log = console.log) {
  const name = nodePackage();
  const folder = await installOnce({
    name: `${name}-${NODE_VERSION}`,
    what: `Node ${NODE_VERSION} from the npm registry (about 60 MB, once per user)`,
    log,
    install: async (target) => {
      writeFileSync(join(target, 'package.json'), JSON.stringify({ name: 'node24', private: true }));
      await runToEnd('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${NODE_VERSION}`], {
        cwd: target,
        env: npmEnvironment(),
        explain: (output) =>
          npmWayOut(output) ?? `Install Node ${NEEDED_NODE_MAJOR} yourself (https://nodejs.org) and start again.`,
      });
      await runToEnd(join(target, 'node_modules', name, 'bin', 'node'), ['--version']);
    },
  });
  return join(folder, 'node_modules', name);
}

/** `npm ci` in a clone that has not had it, or whose package-lock.json has changed since. */
export async function ensureDependencies(root, nodeBin, log = console.log) {
  const stamp = join(root, 'node_modules', '.commerce-journeys-lock');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const isThere = () => existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === wanted;
  if (isThere()) return;
  await withLock({ file: join(root, '.npm-ci.lock'), what: 'npm ci', log }, async () => {
    if (isThere()) return;
    if (!(await isInstalledAsLocked(root))) {
      await withProgress('npm ci: the dependencies of this clone, some minutes', log, () =>
        runToEnd('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {
          cwd: root,
          env: withFirstOnPath(dirname(nodeBin), npmEnvironment()),
          explain: npmWayOut,
        }),
      );
    }
    writeFileSync(stamp, `${wanted}\n`);
  });
}

/** Somebody's own `npm install` is as good as ours, if every package is there in the locked version. */
async function isInstalledAsLocked(root) {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  try {
    const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const there = JSON.parse(readFileSync(installed, 'utf8')).packages;
    return Object.entries(locked).every(
      ([path, entry]) =>
        path === '' ||
        entry.link ||
        entry.optional ||
        !path.startsWith('node_modules/') ||
        there[path]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

export function withFirstOnPath(folder, env) {
  return { ...env, PATH: `${folder}${process.platform === 'win32' ? ';' : ':'}${env.PATH ?? ''}` };
}
