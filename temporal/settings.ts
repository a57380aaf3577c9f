/** The settings of CONTRACT section 2, read from the environment. Every wrong value is named in one sentence. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { readDuration } from './domain/isoDuration.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Settings {
  dataDir: string;
  host: string;
  port: number;
  publicUrl: string;
  apiKey: string;
  /** `postgres://…` or the path of the SQLite file. */
  databaseUrl: string;
  /** Base of links to the operator's pages, without trailing slash. */
  operatorUrl: string;
  /** Without trailing slash. */
  n8nBaseUrl: string;
  /** Where a browser finds n8n's editor; without trailing slash. */
  n8nEditorUrl: string;
  /** Where a browser finds the Temporal UI, without trailing slash; null: not known, nothing links to it. */
  temporalUiUrl: string | null;
  temporalNamespace: string;
  /** null: what n8n has published cannot be compared with what the service knows. */
  n8nApiKey: string | null;
  timeScale: number;
  /** On the pages that customers see; '' for none. */
  shopName: string;
  /** What the browser tracker says about wanting messages has to be confirmed by link first. */
  doubleOptIn: boolean;
  /** ms that such a link is good for, before the time scale. */
  optInExpiresInMs: number;
  /** How long raw events are kept, in real ms; null: for ever. */
  eventRetentionMs: number | null;
  /** How long profiles that name nobody are kept after their last event, in real ms; null: for ever. */
  anonymousRetentionMs: number | null;
  /** Fingerprints of people who have agreed are kept, to withhold first-order treatments. */
  fingerprints: boolean;
  /** Whether e-mails notice that they are opened, and that links in them are; a message may say otherwise. */
  trackOpens: boolean;
  trackClicks: boolean;
  logLevel: LogLevel;
  /** Addresses of reverse proxies whose `X-Forwarded-For` is believed; none: nobody's. */
  trustProxy: string[];
}

/** Wrong settings; `problems` has one sentence each, naming the variable. */
export class SettingsError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(problems.join('\n'));
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

type Environment = Record<string, string | undefined>;

/** Reads single values and collects what is wrong with them. */
export class EnvironmentReader {
  readonly problems: string[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  text(name: string, fallback: string): string {
    return this.#env[name]?.trim() || fallback;
  }

  optional(name: string): string | null {
    return this.#env[name]?.trim() || null;
  }

  port(name: string, fallback: number): number {
    const text = this.text(name, String(fallback));
    const port = Number(text);
    if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
    return this.#wrong(name, text, 'a port number from 1 to 65535', fallback);
  }

  /** A number above 0. */
  positive(name: string, fallback: number): number {
    const text = this.text(name, String(fallback));
    const value = Number(text);
    if (Number.isFinite(value) && value > 0) return value;
    return this.#wrong(name, text, 'a number above 0', fallback);
  }

  /** ISO 8601 such as `P7D`. @returns ms */
  duration(name: string, fallback: string): number {
    const text = this.text(name, fallback);
    const ms = readDuration(text);
    if (ms !== null) return ms;
    this.#wrong(name, text, 'a duration such as P7D or PT36H', null);
    return readDuration(fallback) ?? 0;
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const text = this.text(name, fallback);
    const found = choices.find((choice) => choice === text);
    return found ?? this.#wrong(name, text, `one of ${choices.join(', ')}`, fallback);
  }

  /** @returns the URL without trailing slash */
  url(name: string, fallback: string, protocols: readonly string[] = ['http:', 'https:']): string {
    const text = this.text(name, fallback);
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url && protocols.includes(url.protocol) && url.hostname) return text.replace(/\/+$/, '');
    const wanted = `an address such as ${protocols[0]}//host:port`;
    // The value may hold a password: it is not repeated.
    this.problems.push(`${name} is not ${wanted}.`);
    return fallback;
  }

  /** Addresses, networks such as 10.0.0.0/8, or names for some of them; `none` alone for no proxy. */
  proxies(name: string, fallback: string): string[] {
    const text = this.text(name, fallback);
    const parts = text.split(',').map((part) => part.trim());
    if (parts.length === 1 && parts[0] === 'none') return [];
    if (parts.every(isProxy)) return parts;
    const wanted = `a list of addresses, networks such as 10.0.0.0/8, ${PROXY_NAMES.join(', ')}, or none`;
    return this.#wrong(name, text, wanted, [fallback]);
  }

  #wrong<T>(name: string, text: string, wanted: string, fallback: T): T {
    this.problems.push(`${name} is "${text}", but has to be ${wanted}.`);
    return fallback;
  }
}

/** Names that Fastify knows: this machine, and private networks. */
const PROXY_NAMES = ['loopback', 'linklocal', 'uniquelocal'];

function isProxy(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0) return PROXY_NAMES.includes(text);
  if (rest.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128))
  );
}

/** The UI of the dev server that `npm start` runs is known; that of another Temporal has to be told. */
function temporalUi(read: EnvironmentReader): string | null {
  const port = read.port('TEMPORAL_UI_PORT', 8233);
  if (read.optional('TEMPORAL_UI_URL') !== null) return read.url('TEMPORAL_UI_URL', '');
  return read.optional('TEMPORAL_ADDRESS') === null ? `http://127.0.0.1:${port}` : null;
}

/** A port of its own is not needed: the client knows Temporal's. */
const TEMPORAL_HOST = /^(\[[^\]\s]+\]|[^\s/:]+)(:\d{1,5})?$/;
const SWITCHES = ['true', 'false', '1', '0'] as const;
const TEMPORAL_FILES = [
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
] as const;

/** The Temporal client reads these itself, takes what it does not know for "no", and names no variable. */
function checkTemporal(read: EnvironmentReader): void {
  read.port('TEMPORAL_PORT', 7233);
  const address = read.optional('TEMPORAL_ADDRESS');
  if (address !== null && !TEMPORAL_HOST.test(address)) {
    read.problems.push(`TEMPORAL_ADDRESS is "${address}", but has to be host:port, such as 127.0.0.1:7233.`);
  }
  read.choice('TEMPORAL_TLS', SWITCHES, 'false');
  read.choice('TEMPORAL_TLS_DISABLE_HOST_VERIFICATION', SWITCHES, 'false');
  for (const name of TEMPORAL_FILES) {
    const file = read.optional(name);
    if (file !== null && !existsSync(file)) read.problems.push(`${name} names the file ${file}, which is not there.`);
  }
}

const DAY_MS = 86_400_000;
/** Shorter than this, repeated deliveries would not be known any more. */
const SHORTEST_EVENT_RETENTION_MS = 30 * DAY_MS;
/** A visit and its repeated deliveries lie within it. */
const SHORTEST_ANONYMOUS_RETENTION_MS = DAY_MS;

/** @returns ms; null for `forever` */
function retention(
  read: EnvironmentReader,
  name: string,
  { fallback, shortestMs, wanted }: { fallback: string; shortestMs: number; wanted: string },
): number | null {
  const text = read.text(name, fallback);
  if (text.toLowerCase() === 'forever') return null;
  const ms = readDuration(text);
  if (ms !== null && ms >= shortestMs) return ms;
  read.problems.push(`${name} is "${text}", but has to be forever, or ${wanted}.`);
  return null;
}

/** @throws SettingsError */
export function readSettings(env: Environment): Settings {
  const read = new EnvironmentReader(env);
  const dataDir = resolve(read.text('JOURNEYS_DATA_DIR', './.data'));
  const host = read.text('JOURNEYS_HOST', '127.0.0.1');
  const port = read.port('JOURNEYS_PORT', 4600);
  const n8nPort = read.port('N8N_PORT', 5678);
  const ownUrl = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(ownUrl)) {
    read.problems.push(
      `JOURNEYS_HOST is "${host}", but has to be a name or address of this machine, such as 127.0.0.1.`,
    );
  }
  checkTemporal(read);
  const publicUrl = read.url('JOURNEYS_PUBLIC_URL', URL.canParse(ownUrl) ? ownUrl : `http://127.0.0.1:${port}`);
  const n8nBaseUrl = read.url('N8N_BASE_URL', `http://127.0.0.1:${n8nPort}`);
  const settings: Settings = {
    dataDir,
    host,
    port,
    publicUrl,
    operatorUrl: read.url('JOURNEYS_OPERATOR_URL', publicUrl),
    apiKey: '',
    databaseUrl: env['DATABASE_URL']?.trim()
      ? read.url('DATABASE_URL', '', ['postgres:', 'postgresql:'])
      : join(dataDir, 'journeys.sqlite'),
    n8nBaseUrl,
    n8nEditorUrl: read.url('N8N_EDITOR_BASE_URL', n8nBaseUrl),
    temporalUiUrl: temporalUi(read),
    temporalNamespace: read.text('TEMPORAL_NAMESPACE', 'default'),
    n8nApiKey: read.optional('N8N_API_KEY'),
    timeScale: read.positive('JOURNEYS_TIME_SCALE', 1),
    shopName: read.text('JOURNEYS_SHOP_NAME', ''),
    doubleOptIn: read.choice('JOURNEYS_DOUBLE_OPT_IN', ['on', 'off'], 'on') === 'on',
    optInExpiresInMs: read.duration('JOURNEYS_OPT_IN_EXPIRY', 'P7D'),
    eventRetentionMs: retention(read, 'JOURNEYS_EVENT_RETENTION', {
      fallback: 'forever',
      shortestMs: SHORTEST_EVENT_RETENTION_MS,
      wanted: 'at least 30 days, such as P730D',
    }),
    anonymousRetentionMs: retention(read, 'JOURNEYS_ANONYMOUS_RETENTION', {
      fallback: 'P90D',
      shortestMs: SHORTEST_ANONYMOUS_RETENTION_MS,
      wanted: 'at least 1 day, such as P90D',
    }),
    fingerprints: read.choice('JOURNEYS_FINGERPRINTS', ['off', 'on'], 'off') === 'on',
    trackOpens: read.choice('JOURNEYS_TRACK_OPENS', ['on', 'off'], 'on') === 'on',
    trackClicks: read.choice('JOURNEYS_TRACK_CLICKS', ['on', 'off'], 'on') === 'on',
    logLevel: read.choice('JOURNEYS_LOG_LEVEL', LOG_LEVELS, 'info'),
    trustProxy: read.proxies('JOURNEYS_TRUST_PROXY', 'loopback'),
  };
  if (read.problems.length > 0) throw new SettingsError(read.problems);
  try {
    settings.apiKey = read.optional('JOURNEYS_API_KEY') ?? keptSecret(dataDir, 'api-key');
  } catch (error) {
    throw new SettingsError([`JOURNEYS_DATA_DIR ${dataDir} cannot be written: ${(error as Error).message}.`]);
  }
  return settings;
}

/** A secret made once and kept in the data folder, readable by its owner only. */
export function keptSecret(dataDir: string, name: string, make = () => randomBytes(24).toString('base64url')): string {
  const file = join(dataDir, name);
  if (existsSync(file)) {
    const kept = readFileSync(file, 'utf8').trim();
    if (kept) return kept;
  }
  mkdirSync(dataDir, { recursive: true });
  const secret = make();
  try {
    writeFileSync(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    return secret;
  } catch (error) {
    // Somebody else made it at the same moment.
    if ((error as { code?: string }).code === 'EEXIST') return readFileSync(file, 'utf8').trim();
    throw error;
  }
}
