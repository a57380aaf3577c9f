/**
 * Both packages as operators get them: built and packed in a copy of the checkout, then put into an empty folder. n8n's editor unpacks
 * the tarball, drops what is not for running and installs with scripts ignored; the service is found with the modules that it declares
 * and no others.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../e2e/freePorts.ts';
import { until } from '../e2e/until.ts';

const ROOT = join(import.meta.dirname, '../..');
const NOT_COPIED = new Set(['node_modules', 'dist', '.git', '.data', '.artifacts', 'coverage']);
/** As n8n's community packages service has them, but for the network. */
const INSTALL_AS_N8N = [
  '--ignore-scripts=true',
  '--package-lock=false',
  '--install-strategy=shallow',
  '--bin-links=false',
];

const run = promisify(execFile);

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  scripts?: Record<string, string>;
  bin?: Record<string, string>;
  n8n?: { nodes: string[]; credentials: string[] };
}

interface Packed {
  /** Of the unpacked package. */
  folder: string;
  files: string[];
  manifest: Manifest;
}

let work = '';
let n8nPackage: Packed;
let service: Packed;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'journeys-packages-'));
  const copy = join(work, 'checkout');
  cpSync(ROOT, copy, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  // What an operator might have there: nothing of it may get out.
  writeFileSync(join(copy, '.env'), 'JOURNEYS_API_KEY=not-for-others\n');
  mkdirSync(join(copy, '.data'));
  writeFileSync(join(copy, '.data', 'api-key'), 'not-for-others\n');
  await run(process.execPath, [join(copy, 'host', 'build.ts')], { cwd: copy });
  [n8nPackage, service] = await Promise.all([packed(copy, 'n8n-package'), packed(join(copy, 'temporal'), 'service')]);
}, 180_000);

afterAll(() => rmSync(work, { recursive: true, force: true }));

async function packed(folder: string, name: string): Promise<Packed> {
  const target = join(work, name);
  mkdirSync(target);
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', target], {
    cwd: folder,
  });
  const [pack] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  await run('tar', ['-xzf', join(target, pack.filename), '-C', target]);
  const unpacked = join(target, 'package');
  const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as Manifest;
  return { folder: unpacked, files: pack.files.map(({ path }) => path).sort(), manifest };
}

const STRANGERS =
  /(^|\/)(test|tests|host|\.data|\.env.*|node_modules)(\/|$)|\.test\.|api-key|\.sqlite|\.(pem|key)$|\.tsbuildinfo$/;

describe('the n8n package', () => {
  it('lists exactly the nodes and credentials that it holds', () => {
    const { n8n } = n8nPackage.manifest;
    const listed = [...(n8n?.nodes ?? []), ...(n8n?.credentials ?? [])].sort();
    expect(listed.length).toBeGreaterThan(0);
    expect(n8nPackage.files.filter((path) => /\.(node|credentials)\.js$/.test(path))).toEqual(listed);
  });

  it('brings what it needs, and nothing of the checkout that is nobody else’s business', () => {
    expect(Object.keys(n8nPackage.manifest.dependencies ?? {})).toEqual([]);
    expect(n8nPackage.files.filter((path) => STRANGERS.test(path))).toEqual([]);
    expect(n8nPackage.files).toContain('workflows/cart-recovery.json');
  });

  it('loads from an empty folder, installed as from the editor', async () => {
    const user = join(work, 'n8n-user');
    mkdirSync(user);
    const source = join(work, 'source');
    cpSync(n8nPackage.folder, source, { recursive: true });
    const kept = Object.fromEntries(
      Object.entries(n8nPackage.manifest).filter(([field]) => !/^(dev|peer|optional)Dependencies$/.test(field)),
    );
    writeFileSync(join(source, 'package.json'), JSON.stringify(kept));
    writeFileSync(join(user, 'package.json'), '{"name":"installed-nodes","private":true}');
    const offline = ['--offline', '--audit=false', '--fund=false', '--install-links=true'];
    await run('npm', ['install', ...INSTALL_AS_N8N, ...offline, source], { cwd: user });

    const installed = join(user, 'node_modules', n8nPackage.manifest.name);
    // n8n offers its own modules to packages by NODE_PATH.
    const { stdout } = await run(process.execPath, ['-e', LOAD_ALL, installed], {
      cwd: user,
      env: { PATH: process.env['PATH'], NODE_PATH: join(ROOT, 'node_modules') },
    });
    const loaded = JSON.parse(stdout) as { file: string; name: string; icons: string[]; problems: string[] }[];
    const { nodes = [], credentials = [] } = n8nPackage.manifest.n8n ?? {};
    expect(loaded.map(({ file }) => file)).toEqual([...nodes, ...credentials]);
    expect(loaded.flatMap(({ problems }) => problems)).toEqual([]);
    for (const { file, name, icons } of loaded) {
      expect(name, file).toMatch(/^[a-z][A-Za-z0-9]+$/);
      for (const icon of icons) expect(existsSync(join(installed, dirname(file), icon)), `${file}: ${icon}`).toBe(true);
    }
  });
});

/** Loads each class as n8n does: the file's name is the class's. Nodes are given to n8n-workflow, as at a workflow's start. */
const LOAD_ALL = `
const { readFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const { NodeHelpers } = require('n8n-workflow');
const folder = process.argv[1];
const { n8n } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const iconsOf = (icon) => (typeof icon === 'string' ? [icon] : Object.values(icon ?? {})).map((one) => one.replace(/^file:/, ''));
const facts = [...n8n.nodes, ...n8n.credentials].map((file) => {
  const made = new (require(join(folder, file))[basename(file).split('.')[0]])();
  const about = made.description ?? made;
  const problems = [];
  if (!about.displayName) problems.push(file + ' has no displayName');
  if (!Array.isArray(about.properties)) problems.push(file + ' has no properties');
  if (made.description && !NodeHelpers.getNodeParameters(about.properties, {}, true, false, null, about)) {
    problems.push(file + ': no default parameters');
  }
  return { file, name: about.name, icons: iconsOf(about.icon), problems };
});
console.log(JSON.stringify(facts));
`;

describe('the service package', () => {
  let home = '';
  let bin = '';
  const children: ChildProcess[] = [];

  beforeAll(() => {
    home = join(work, 'installed');
    const modules = join(home, 'node_modules');
    const installed = join(modules, service.manifest.name);
    mkdirSync(modules, { recursive: true });
    cpSync(service.folder, installed, { recursive: true });
    for (const name of Object.keys(service.manifest.dependencies ?? {})) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(moduleFolder(name), join(modules, name));
    }
    bin = join(installed, service.manifest.bin?.['commerce-journeys'] ?? '');
  });

  afterAll(async () => {
    for (const child of children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
  });

  it('holds what was built, and nothing of the checkout that is nobody else’s business', () => {
    expect(service.files).toContain('bin/commerce-journeys.mjs');
    expect(service.files).toContain('dist/workflow-bundle.js');
    expect(service.files).toContain('dist/tracker.min.js');
    expect(service.files.filter((path) => STRANGERS.test(path))).toEqual([]);
    expect(service.manifest.scripts ?? {}).toEqual({});
  });

  it('answers --help', async () => {
    const { stdout } = await run(process.execPath, [bin, '--help'], { cwd: home });
    for (const command of ['serve', 'migrate', 'doctor', 'import']) expect(stdout).toContain(command);
  });

  it('serves from an empty folder, with SQLite and before Temporal is there, and stops when told', async () => {
    const [port = 0, nobody = 0] = await freePorts(2);
    const data = join(home, 'data');
    const child = spawn(process.execPath, [bin, 'serve'], {
      cwd: home,
      env: {
        PATH: process.env['PATH'],
        NODE_OPTIONS: '--max-semi-space-size=8',
        JOURNEYS_DATA_DIR: data,
        JOURNEYS_PORT: String(port),
        N8N_BASE_URL: `http://127.0.0.1:${nobody}`,
        TEMPORAL_ADDRESS: `127.0.0.1:${nobody}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const base = `http://127.0.0.1:${port}`;
    await until('the service', async () => {
      if (child.exitCode !== null) return true;
      return (await fetch(`${base}/health`)).ok;
    });
    expect(child.exitCode, log).toBeNull();
    const ready = (await (await fetch(`${base}/ready`)).json()) as { parts: Record<string, string> };
    expect(ready.parts['store']).toBe('up');
    expect((await fetch(`${base}/t.js`)).status, log).toBe(200);
    expect(existsSync(join(data, 'journeys.sqlite'))).toBe(true);
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await gone, log).toEqual([0, null]);
  });
});

function moduleFolder(name: string): string {
  const from = createRequire(join(ROOT, 'temporal', 'package.json'));
  const found = (from.resolve.paths(name) ?? []).find((folder) => existsSync(join(folder, name)));
  if (found === undefined) throw new Error(`${name} is declared by the service, but not installed`);
  return join(found, name);
}
