/** Temporal's dev server: where its binary comes from, and how it is run. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheRoot, goWayOut, InstallError, installOnce, runToEnd } from '../cache.mjs';
import type { PartSpec } from '../part.ts';
import { answers } from '../reachable.ts';
import type { HostSettings } from '../settings.ts';

const CLI_VERSION = '1.5.1';
const DOWNLOAD_SITE = 'https://temporal.download';
const SITE_WITHIN_MS = 5_000;
const DOWNLOAD_WITHIN_MS = 5 * 60_000;
const MACHINE = `${process.platform}-${process.arch}`;

/** CONTRACT section 4. Given at the start, too, because adding them to a running dev server takes seconds. */
const SEARCH_ATTRIBUTES = ['JourneyKey', 'CustomerId', 'JourneyStep', 'JourneyOutcome'];

/**
 * The `temporal` CLI: on PATH, else downloaded as the Temporal SDK does for tests, else built by Go; the latter two once per user.
 * @throws InstallError that says what to install instead
 */
export async function temporalBinary(log: (line: string) => void = console.log): Promise<string> {
  if (await isTemporal('temporal')) return 'temporal';
  const downloaded = await download(log);
  if (downloaded) return downloaded;
  const folder = await installOnce({
    name: `temporal-cli-${CLI_VERSION}-${MACHINE}`,
    what: `Temporal CLI ${CLI_VERSION}, built by Go from its module proxy (about 5 minutes, once per user)`,
    log,
    install: async (target) => {
      await runToEnd('go', ['install', `github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION}`], {
        cwd: target,
        env: { ...process.env, GOBIN: target, GOFLAGS: '' },
        explain: goWayOut,
      });
      await runToEnd(join(target, 'temporal'), ['--version']);
    },
  });
  return join(folder, 'temporal');
}

async function isTemporal(command: string): Promise<boolean> {
  return runToEnd(command, ['--version']).then(
    (output) => /temporal version/i.test(output),
    () => false,
  );
}

/** @returns null when the download's site is out of reach, or what came did not run */
async function download(log: (line: string) => void): Promise<string | null> {
  const name = `temporal-download-${CLI_VERSION}-${MACHINE}`;
  const built = `temporal-cli-${CLI_VERSION}-${MACHINE}`;
  if (existsSync(join(cacheRoot(), name))) return join(cacheRoot(), name, 'temporal');
  if (existsSync(join(cacheRoot(), built)) || !(await isInReach(DOWNLOAD_SITE))) return null;
  try {
    const folder = await installOnce({
      name,
      what: `Temporal CLI ${CLI_VERSION} from ${DOWNLOAD_SITE} (about 100 MB, once per user)`,
      log,
      install: (target) => downloadInto(target),
    });
    return join(folder, 'temporal');
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    log(`! The download of the Temporal CLI did not work; building it instead. ${error.message.split('\n')[0]}`);
    return null;
  }
}

/** By any answer, also an error page: only a site that cannot be reached is not worth a try. */
async function isInReach(site: string): Promise<boolean> {
  return fetch(site, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(SITE_WITHIN_MS) }).then(
    () => true,
    () => false,
  );
}

/** In a process of its own, since the native download can be given no time limit. It also starts the server once: it works, then. */
async function downloadInto(folder: string): Promise<void> {
  const testing = pathToFileURL(join(import.meta.dirname, '../../node_modules/@temporalio/testing/lib/index.js')).href;
  const script = `
    import testing from ${JSON.stringify(testing)};
    const executable = { type: 'cached-download', downloadDir: ${JSON.stringify(folder)}, version: 'v${CLI_VERSION}' };
    const environment = await testing.TestWorkflowEnvironment.createLocal({ server: { executable } });
    await environment.teardown();`;
  await runToEnd(process.execPath, ['--input-type=module', '-e', script], { timeoutMs: DOWNLOAD_WITHIN_MS });
  const [file, ...others] = readdirSync(folder).filter((entry) => entry.startsWith('temporal'));
  if (!file || others.length > 0) throw new InstallError(`The download left no single binary in ${folder}.`);
  renameSync(join(folder, file), join(folder, 'temporal'));
  for (const entry of readdirSync(folder)) {
    if (entry !== 'temporal') rmSync(join(folder, entry), { recursive: true, force: true });
  }
  await runToEnd(join(folder, 'temporal'), ['--version']);
}

/** Flags of the file-backed dev server; without the two pragmas a file is three times slower (DESIGN section 8). */
function devServerArguments(options: { database: string; port: number; uiPort: number; namespace: string }): string[] {
  return [
    ...[
      'server',
      'start-dev',
      '--ip',
      '127.0.0.1',
      '--port',
      String(options.port),
      '--ui-port',
      String(options.uiPort),
    ],
    ...[
      '--db-filename',
      options.database,
      '--sqlite-pragma',
      'journal_mode=WAL',
      '--sqlite-pragma',
      'synchronous=NORMAL',
    ],
    ...['--log-level', 'error', '--log-format', 'json', '--color', 'never'],
    ...(options.namespace === 'default' ? [] : ['--namespace', options.namespace]),
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

export function temporalPart(
  settings: HostSettings,
  temporal: NonNullable<HostSettings['temporal']>,
  binary: string,
): PartSpec {
  return {
    name: 'temporal',
    command: binary,
    args: devServerArguments({ ...temporal, database: join(settings.dataDir, 'temporal.sqlite') }),
    cwd: settings.dataDir,
    env: process.env,
    logFile: join(settings.dataDir, 'logs', 'temporal.log'),
    // Asked through the UI's own proxy: it answers when the page, the gRPC server and the namespace are all there.
    healthy: () =>
      answers(`http://127.0.0.1:${temporal.uiPort}/api/v1/namespaces/${encodeURIComponent(temporal.namespace)}`),
    healthyWithinMs: 120_000,
    stopWithinMs: 5_000,
  };
}
