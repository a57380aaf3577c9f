/** The pinned n8n: installed once per user by host/package-lock.json, run with our package among its community nodes. */
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { installOnce, npmEnvironment, npmWayOut, runToEnd } from '../cache.mjs';
import { node24Folder, withFirstOnPath } from '../node24.mjs';
import type { PartSpec } from '../part.ts';
import { answers } from '../reachable.ts';
import type { HostSettings } from '../settings.ts';

const HOST = join(import.meta.dirname, '..');
const ROOT = join(HOST, '..');
const MACHINE = `${process.platform}-${process.arch}-node${process.versions.node.split('.')[0]}`;
const BCRYPT_ROUNDS = 10;
/** The same files that `npm publish` would take. */
const PACKAGE_FILES = ['package.json', 'dist', 'workflows', 'LICENSE'];

/** n8n's folder below node_modules, as pinned by host/package-lock.json. @throws InstallError with the way out */
export async function n8nFolder(log: (line: string) => void = console.log): Promise<string> {
  const lockfile = readFileSync(join(HOST, 'package-lock.json'));
  const key = createHash('sha256').update(lockfile).digest('hex').slice(0, 16);
  const { version } = (
    JSON.parse(lockfile.toString('utf8')) as { packages: Record<'node_modules/n8n', { version: string }> }
  ).packages['node_modules/n8n'];
  const folder = await installOnce({
    name: `n8n-${version}-${key}-${MACHINE}`,
    what: `n8n ${version} from the npm registry (2.9 GB, 5 to 10 minutes, once per user)`,
    log,
    install: async (target) => {
      for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(HOST, file), join(target, file));
      await runToEnd('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund'], {
        cwd: target,
        env: {
          ...withFirstOnPath(dirname(process.execPath), npmEnvironment()),
          // n8n's SQLite driver is compiled where its ready-made file cannot be fetched; so that this needs no download of headers.
          npm_config_nodedir: await nodeHeaders(log),
        },
        explain: installWayOut,
      });
      await runToEnd(process.execPath, [join(target, 'node_modules', 'n8n', 'bin', 'n8n'), '--version'], {
        cwd: target,
      });
      // Loads the driver: a build that went wrong is noticed here, and not at every start.
      await runToEnd(process.execPath, ['-e', "require('sqlite3')"], { cwd: target });
    },
  });
  return join(folder, 'node_modules', 'n8n');
}

/** A folder with `include/node`. Any Node's will do: the driver uses Node-API, which is the same in all of them. */
async function nodeHeaders(log: (line: string) => void): Promise<string> {
  const candidates = [dirname(dirname(process.execPath)), '/usr', '/usr/local'];
  const found = candidates.find((prefix) =>
    ['node_api.h', 'common.gypi'].every((file) => existsSync(join(prefix, 'include', 'node', file))),
  );
  return found ?? (await node24Folder(log));
}

function installWayOut(output: string): string | null {
  if (/gyp ERR|find Python|not found: make|g\+\+: not found|No such file or directory.*(cc|g\+\+)/.test(output)) {
    return (
      'n8n’s SQLite driver has no ready-made file that can be fetched here and has to be compiled. That needs python3, make and a C++ compiler: ' +
      '`apt-get install -y python3 make g++` on Debian and Ubuntu, `xcode-select --install` on macOS. Then start again. ' +
      'Or run an n8n of your own and set N8N_BASE_URL.'
    );
  }
  return npmWayOut(output);
}

/** Puts our built package where n8n's editor would have installed it, so that node types carry the package's real name. */
export function placePackage(dataDir: string): void {
  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  const nodes = join(n8nUserFolder(dataDir), '.n8n', 'nodes');
  const target = join(nodes, 'node_modules', name);
  // Not `n8n-nodes-…`: n8n would load a folder of that name, half copied or not.
  const draft = join(nodes, 'node_modules', '.commerce-journeys-new');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  for (const file of PACKAGE_FILES) {
    if (existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(draft, file), { recursive: true });
  }
  rmSync(target, { recursive: true, force: true });
  renameSync(draft, target);
  addDependency(join(nodes, 'package.json'), name, version);
}

interface Manifest {
  name?: string;
  private?: boolean;
  dependencies?: Record<string, string>;
}

/** The manifest that the editor's own installs go by: packages that an operator has installed beside ours stay. */
function addDependency(file: string, name: string, version: string): void {
  const fresh: Manifest = { name: 'installed-nodes', private: true };
  const manifest = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : fresh;
  writeFileSync(
    file,
    JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, [name]: version } }, null, 2),
  );
}

export const n8nUserFolder = (dataDir: string) => join(dataDir, 'n8n');

export function n8nPart(settings: HostSettings, n8n: NonNullable<HostSettings['n8n']>, folder: string): PartSpec {
  const userFolder = n8nUserFolder(settings.dataDir);
  mkdirSync(userFolder, { recursive: true });
  return {
    name: 'n8n',
    command: process.execPath,
    args: [join(folder, 'bin', 'n8n'), 'start'],
    // n8n reads a .env file from where it is started: its own folder, not a clone's.
    cwd: userFolder,
    env: {
      ...withFirstOnPath(dirname(process.execPath), withoutSecrets(process.env)),
      ...n8nEnvironment(n8n, userFolder),
      N8N_INSTANCE_OWNER_PASSWORD_HASH: passwordHash(settings.dataDir, n8n.ownerPassword, folder),
    },
    logFile: join(settings.dataDir, 'logs', 'n8n.log'),
    healthy: () => answers(`http://127.0.0.1:${n8n.port}/healthz/readiness`),
    healthyWithinMs: 300_000,
    stopWithinMs: 10_000,
  };
}

/** What only the service and the supervisor need must not be readable from a workflow. */
function withoutSecrets(env: Record<string, string | undefined>): Record<string, string | undefined> {
  const secret = /^(JOURNEYS_|DATABASE_URL$|N8N_API_KEY$|N8N_OWNER_|N8N_BASE_URL$|TEMPORAL_|SMTP_URL$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.test(name)));
}

function n8nEnvironment(n8n: NonNullable<HostSettings['n8n']>, userFolder: string): Record<string, string> {
  return {
    N8N_USER_FOLDER: userFolder,
    N8N_PORT: String(n8n.port),
    N8N_LISTEN_ADDRESS: '127.0.0.1',
    N8N_RUNNERS_BROKER_PORT: String(n8n.brokerPort),
    // Plain http on this machine: with the secure cookie a browser would not stay logged in.
    N8N_SECURE_COOKIE: 'false',
    N8N_INSTANCE_OWNER_MANAGED_BY_ENV: 'true',
    N8N_INSTANCE_OWNER_EMAIL: n8n.ownerEmail,
    N8N_INSTANCE_OWNER_FIRST_NAME: 'Journeys',
    N8N_INSTANCE_OWNER_LAST_NAME: 'Owner',
    N8N_PUBLIC_API_DISABLED: 'false',
    // A segment's call may carry up to 4 MB of items; n8n's own limit is in MB.
    N8N_PAYLOAD_SIZE_MAX: '16',
    EXECUTIONS_DATA_PRUNE: 'true',
    EXECUTIONS_DATA_MAX_AGE: '168',
    N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '8',
    // No calls to the outside that nobody asked for.
    N8N_DIAGNOSTICS_ENABLED: 'false',
    N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
    N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
    N8N_TEMPLATES_ENABLED: 'false',
    N8N_DYNAMIC_BANNERS_ENABLED: 'false',
    N8N_HIRING_BANNER_ENABLED: 'false',
    N8N_PERSONALIZATION_ENABLED: 'false',
    N8N_VERIFIED_PACKAGES_ENABLED: 'false',
    N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
    N8N_DISABLED_MODULES: process.env['N8N_DISABLED_MODULES'] ?? 'mcp-registry',
    // Said at every start otherwise; this is n8n's default today.
    N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
  };
}

/** Kept as long as the password stays the same: a new hash would log every browser out. */
function passwordHash(dataDir: string, password: string, folder: string): string {
  const bcrypt = createRequire(join(folder, 'package.json'))('bcryptjs') as {
    hashSync(text: string, rounds: number): string;
    compareSync(text: string, hash: string): boolean;
  };
  const file = join(dataDir, '.n8n-owner-password-hash');
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (kept && bcrypt.compareSync(password, kept)) return kept;
  const hash = bcrypt.hashSync(password, BCRYPT_ROUNDS);
  writeFileSync(file, `${hash}\n`, { mode: 0o600 });
  return hash;
}
