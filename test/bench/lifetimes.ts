/** Python's lifetimes, a peer of the bench and no part of the product: fetched on demand, once per user. */
import { join } from 'node:path';
import { installOnce, runToEnd } from '../../host/cache.mjs';

const VERSION = '0.11.3';

/** @returns a Python that can import lifetimes @throws Error when there is no Python, or nothing to get it from */
export async function lifetimesPython(): Promise<string> {
  const folder = await installOnce({
    name: `lifetimes-${VERSION}-${process.platform}-${process.arch}`,
    what: `Python's lifetimes ${VERSION} (about 300 MB with SciPy, once per user)`,
    log: console.error,
    install: async (target) => {
      await runToEnd('python3', ['-m', 'venv', '--copies', target], { cwd: target });
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `lifetimes==${VERSION}`];
      await runToEnd(pythonIn(target), pip, { cwd: target });
    },
  });
  return pythonIn(folder);
}

const pythonIn = (folder: string): string => join(folder, 'bin', 'python3');
