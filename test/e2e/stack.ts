/** The whole product as a user starts it (`npm start`), on free ports and a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { freePorts } from './freePorts.ts';
import { until } from './until.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** A first start installs n8n and Temporal when the cache is empty. */
const READY_DEADLINE_MS = 25 * 60_000;

export type Part = 'temporal' | 'n8n' | 'service' | 'inbox' | 'supervisor';

export interface Addresses {
  service: string;
  n8n: string;
  temporalUi: string;
  temporal: string;
  inbox: string;
  smtp: string;
}

export interface Mail {
  id: string;
  subject: string;
  to: string;
  html: string;
  text: string;
  messageId: string;
}

export class Stack {
  readonly dataDir: string;
  readonly addresses: Addresses;
  readonly env: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;
  #client: Client | undefined;
  #output = '';

  private constructor(dataDir: string, addresses: Addresses, env: NodeJS.ProcessEnv) {
    this.dataDir = dataDir;
    this.addresses = addresses;
    this.env = env;
  }

  /** Starts everything and waits for `ready`. */
  static async start(env: Record<string, string> = {}): Promise<Stack> {
    const dataDir = mkdtempSync(join(tmpdir(), 'journeys-e2e-'));
    const ports = await freePorts(7);
    const [service, n8n, broker, temporal, ui, smtp, inbox] = ports.map(String) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const local = (port: string) => `http://127.0.0.1:${port}`;
    const stack = new Stack(
      dataDir,
      {
        service: local(service),
        n8n: local(n8n),
        temporalUi: local(ui),
        temporal: `127.0.0.1:${temporal}`,
        inbox: local(inbox),
        smtp: `smtp://127.0.0.1:${smtp}`,
      },
      {
        ...userEnvironment(),
        JOURNEYS_DATA_DIR: dataDir,
        JOURNEYS_PORT: service,
        N8N_PORT: n8n,
        N8N_RUNNERS_BROKER_PORT: broker,
        TEMPORAL_PORT: temporal,
        TEMPORAL_UI_PORT: ui,
        INBOX_SMTP_PORT: smtp,
        INBOX_PORT: inbox,
        ...env,
      },
    );
    await stack.run();
    return stack;
  }

  /** Runs `npm start` on this stack's data folder, the first time or again. */
  async run(): Promise<void> {
    const artifacts = join(ROOT, '.artifacts');
    mkdirSync(artifacts, { recursive: true });
    const log = createWriteStream(join(artifacts, 'npm-start.log'), { flags: 'a' });
    // A group of its own, so that whatever is left of it can be ended with it.
    const child = spawn('npm', ['start'], {
      cwd: ROOT,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#process = child;
    this.#output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
        log.write(chunk);
      });
    }
    await until(
      '"ready" from npm start',
      () => {
        if (/^ready$/m.test(this.#output)) return true;
        if (child.exitCode !== null) return true;
        return undefined;
      },
      READY_DEADLINE_MS,
    );
    if (child.exitCode !== null)
      throw new Error(`npm start ended with ${child.exitCode}:\n${this.#output.slice(-3000)}`);
  }

  /** What `npm start` has printed. */
  get output(): string {
    return this.#output;
  }

  get apiKey(): string {
    return readFileSync(join(this.dataDir, 'api-key'), 'utf8').trim();
  }

  /** Key of n8n's public API, made by `npm start`. */
  get n8nApiKey(): string {
    return readFileSync(join(this.dataDir, 'n8n-api-key'), 'utf8').trim();
  }

  /** undefined while the part is down. */
  pid(part: Part): number | undefined {
    return (JSON.parse(readFileSync(join(this.dataDir, 'pids.json'), 'utf8')) as Partial<Record<Part, number>>)[part];
  }

  /** @throws when the part is down */
  running(part: Part): number {
    const pid = this.pid(part);
    if (pid === undefined) throw new Error(`${part} is not running`);
    return pid;
  }

  /** kill -9 of a part; the supervisor starts it again. @returns the pid that was killed */
  kill(part: Part): number {
    const pid = this.running(part);
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.addresses.service}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** All items of a list of the service. */
  async list<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const query = `limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
      const page: { items: T[]; nextCursor: string | null } = await this.api(
        'GET',
        `${path}${path.includes('?') ? '&' : '?'}${query}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return items;
  }

  /** n8n's public API. */
  async n8n<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.addresses.n8n}/api/v1${path}`, {
      method,
      headers: { 'X-N8N-API-KEY': this.n8nApiKey, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`n8n ${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }

  get ownerPassword(): string {
    return readFileSync(join(this.dataDir, 'n8n-owner-password'), 'utf8').trim();
  }

  async ready(): Promise<boolean> {
    const response = await fetch(`${this.addresses.service}/ready`);
    return response.status === 200;
  }

  async temporal(): Promise<Client> {
    this.#client ??= new Client({ connection: await Connection.connect({ address: this.addresses.temporal }) });
    return this.#client;
  }

  /** What the own inbox holds, oldest first. */
  async mails(): Promise<Mail[]> {
    const response = await fetch(`${this.addresses.inbox}/api/email`);
    const list = (await response.json()) as RawMail[];
    return list.map((mail) => ({
      id: mail.id,
      subject: mail.subject,
      to: mail.to[0]?.address ?? '',
      html: mail.html ?? '',
      text: mail.text ?? '',
      messageId: (mail.headers['message-id'] ?? '').replace(/^<|>$/g, ''),
    }));
  }

  /** A mail as it was sent, with all of its headers. */
  async mailSource({ id }: Mail): Promise<string> {
    const response = await fetch(`${this.addresses.inbox}/api/email/${id}/source`);
    return await response.text();
  }

  /** Ends `npm start` in order. @returns its exit code */
  async stop(): Promise<number | null> {
    await this.#client?.connection.close();
    this.#client = undefined;
    const child = this.#process;
    if (!child || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill('SIGTERM');
    return ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** As in a user's shell: with what Vitest sets (`NODE_ENV=test` above all), n8n would not start. */
function userEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(NODE_ENV|VITEST|VITE_|TEST$)/.test(name)),
  );
}

interface RawMail {
  id: string;
  subject: string;
  to: { address: string }[];
  html?: string;
  text?: string;
  headers: Record<string, string>;
}
