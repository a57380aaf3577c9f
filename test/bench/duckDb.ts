/** DuckDB, a peer of the bench and no part of the product: fetched on demand, once per user. */
import { installOnce, npmEnvironment, npmWayOut, runToEnd } from '../../host/cache.mjs';

const VERSION = '1.5.6-r.1';

/** @returns the folder that `@duckdb/node-api` can be required from */
export async function duckDbFolder(): Promise<string> {
  return await installOnce({
    name: `duckdb-${VERSION}-${process.platform}-${process.arch}`,
    what: `DuckDB ${VERSION} (about 30 MB, once per user)`,
    log: console.error,
    install: async (folder) => {
      const args = [
        'install',
        '--prefix',
        folder,
        '--no-audit',
        '--no-fund',
        '--no-save',
        `@duckdb/node-api@${VERSION}`,
      ];
      await runToEnd('npm', args, { cwd: folder, env: npmEnvironment(), explain: npmWayOut });
    },
  });
}
