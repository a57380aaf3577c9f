/** Brings the parts of `npm start` up in the right order, and down again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.ts';
import { withLock } from './cache.mjs';
import { unknownTemplates } from './journeysKnown.ts';
import { makeApiKey, N8nApi } from './n8nApi.ts';
import { Part, type PartSpec } from './part.ts';
import { inboxPart } from './parts/inbox.ts';
import { n8nFolder, n8nPart, placePackage } from './parts/n8n.ts';
import { localAddress, servicePart } from './parts/service.ts';
import { temporalBinary, temporalPart } from './parts/temporal.ts';
import { STOP_ORDER, writePids, type PartName, type Pids } from './pids.ts';
import { demoCredentials, makeDemoShop, provision } from './provision.ts';
import { accepts, whyNotFree } from './reachable.ts';
import type { HostSettings } from './settings.ts';

const ROOT = join(import.meta.dirname, '..');

type Say = (line: string) => void;

export class Stack {
  readonly settings: HostSettings;
  readonly #say: Say;
  readonly #parts = new Map<PartName, Part>();
  #stopping = false;

  constructor(settings: HostSettings, say: Say) {
    this.settings = settings;
    this.#say = say;
  }

  /** Everything up and filled. @throws Error with a sentence for people */
  async start(): Promise<void> {
    const { settings } = this;
    await this.#checkPorts();
    await buildAndPlace(settings, this.#say);
    // One after the other: each says what it waits for, and two big downloads at once are no quicker.
    const binary = settings.temporal ? await temporalBinary(this.#say) : null;
    const folder = settings.n8n ? await n8nFolder(this.#say) : null;

    const infrastructure: Promise<void>[] = [
      settings.temporal && binary
        ? this.#begin('temporal', temporalPart(settings, settings.temporal, binary))
        : this.#lookFor('Temporal', settings.temporalAddress),
      settings.inbox ? this.#begin('inbox', inboxPart(settings, settings.inbox)) : Promise.resolve(),
    ];
    const keptKey = settings.service.n8nApiKey ?? (settings.n8n ? readKey(settings.dataDir) : null);
    const n8nUp = settings.n8n && folder ? this.#begin('n8n', n8nPart(settings, settings.n8n, folder)) : null;
    // With a key from an earlier start, or somebody else's n8n, the service need not wait for n8n.
    const early = keptKey !== null || !n8nUp;
    const service = early ? this.#beginService(infrastructure, keptKey) : Promise.resolve();
    await Promise.all([...infrastructure, service, n8nUp ?? Promise.resolve()]);
    if (!n8nUp) return;
    const key = await this.#n8nKey(keptKey);
    if (!early) await this.#beginService([], key);
    else if (key !== keptKey) await this.#replaceService(key);
    if (key) await this.#provision(key);
  }

  /** In order, within 30 s altogether. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const name of STOP_ORDER) await this.#parts.get(name)?.stop();
  }

  /** For `npm run dev`. */
  async restart(name: PartName): Promise<void> {
    if (name === 'n8n') await buildAndPlace(this.settings, this.#say);
    await this.#parts.get(name)?.restart();
    if (!this.#stopping) this.#say(`✓ ${name} restarted`);
  }

  async #begin(name: PartName, spec: PartSpec): Promise<void> {
    if (this.#stopping) return;
    const part = new Part(spec, this.#say, () => this.#writePids());
    this.#parts.set(name, part);
    const begun = Date.now();
    await part.start();
    if (!this.#stopping) this.#say(`✓ ${name} is up (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  }

  async #beginService(after: Promise<void>[], key: string | null): Promise<void> {
    await Promise.all(after);
    await this.#begin('service', servicePart(this.settings, key));
  }

  async #replaceService(key: string | null): Promise<void> {
    await this.#parts.get('service')?.stop();
    await this.#beginService([], key);
  }

  /** The key we have when n8n takes it, else a new one, kept for the next start. */
  async #n8nKey(kept: string | null): Promise<string | null> {
    const { n8n, service, dataDir } = this.settings;
    if (!n8n || (kept && (await new N8nApi(service.n8nBaseUrl, kept).accepts()))) return kept;
    const key = await makeApiKey(service.n8nBaseUrl, n8n.ownerEmail, n8n.ownerPassword);
    writeFileSync(keyFile(dataDir), `${key}\n`, { mode: 0o600 });
    return key;
  }

  async #provision(key: string): Promise<void> {
    const { service, dataDir, smtpUrl } = this.settings;
    const ours = { address: localAddress(service.host, service.port), apiKey: service.apiKey };
    await makeDemoShop(ours, dataDir).catch((error: Error) => this.#say(`! ${error.message}`));
    const { problems, published } = await provision(new N8nApi(service.n8nBaseUrl, key), {
      dataDir,
      credentials: demoCredentials(ours, smtpUrl),
      say: this.#say,
    });
    for (const problem of problems) this.#say(`! ${problem}`);
    for (const name of await unknownTemplates(ours, published)) {
      this.#say(`! The service has not heard of ${name} yet: see its log, or publish the workflow again.`);
    }
  }

  async #lookFor(what: string, address: string): Promise<void> {
    const separator = address.lastIndexOf(':');
    const isThere = await accepts(
      address.slice(0, separator).replace(/^\[|\]$/g, ''),
      Number(address.slice(separator + 1)),
    );
    this.#say(
      isThere
        ? `✓ ${what} answers at ${address}`
        : `! ${what} does not answer at ${address} yet; the service goes on trying`,
    );
  }

  async #checkPorts(): Promise<void> {
    const { service, n8n, temporal, inbox } = this.settings;
    const ports: [string, string, number][] = [
      ['JOURNEYS_PORT', service.host, service.port],
      ...(n8n ? [own('N8N_PORT', n8n.port), own('N8N_RUNNERS_BROKER_PORT', n8n.brokerPort)] : []),
      ...(temporal ? [own('TEMPORAL_PORT', temporal.port), own('TEMPORAL_UI_PORT', temporal.uiPort)] : []),
      ...(inbox ? [own('INBOX_SMTP_PORT', inbox.smtpPort), own('INBOX_PORT', inbox.port)] : []),
    ];
    const problems: string[] = [];
    for (const [name, host, port] of ports) {
      const why = await whyNotFree(host, port);
      if (why === 'EADDRINUSE')
        problems.push(`Port ${port} on ${host} is taken by another program: set ${name} to a free one.`);
      else if (why === 'EACCES')
        problems.push(`Port ${port} may not be used by this user: set ${name} to one above 1023.`);
      else if (why) problems.push(`Nothing can listen on ${host}:${port} (${why}): check ${name}, and JOURNEYS_HOST.`);
    }
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  #writePids(): void {
    const pids: Pids = { supervisor: process.pid };
    for (const [name, part] of this.#parts) if (part.pid) pids[name] = part.pid;
    writePids(this.settings.dataDir, pids);
  }
}

const own = (name: string, port: number): [string, string, number] => [name, '127.0.0.1', port];

const keyFile = (dataDir: string) => join(dataDir, 'n8n-api-key');

function readKey(dataDir: string): string | null {
  try {
    return readFileSync(keyFile(dataDir), 'utf8').trim() || null;
  } catch {
    return null;
  }
}

/** Under a lock: two starts in one clone must not copy what the other is just writing. */
async function buildAndPlace(settings: HostSettings, say: Say): Promise<void> {
  const begun = Date.now();
  await withLock(
    { file: join(ROOT, 'node_modules', '.commerce-journeys-build.lock'), what: 'building the nodes', log: say },
    async () => {
      await build();
      if (settings.n8n) placePackage(settings.dataDir);
    },
  );
  say(`✓ nodes built (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
}
