/**
 * Installs big things once per user: keyed folders in a per-user cache, safe against two at once and against a half-finished install.
 * Plain JavaScript without dependencies, because host/with-node24.mjs runs it on Node 20 before anything is installed.
 */
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { clearInterval, setInterval, setTimeout } from 'node:timers';
import { isAlive, tryLock } from './lock.mjs';

const PROGRESS_EVERY_MS = 15_000;
const LOOK_AGAIN_AFTER_MS = 500;
/** As much of a failed command's output as a person wants to see. */
const TAIL_LINES = 15;

/** Where big downloads live, shared by all clones of this user. */
export function cacheRoot(env = process.env) {
  return join(env.XDG_CACHE_HOME?.trim() || join(homedir(), '.cache'), 'commerce-journeys');
}

/** Something could not be fetched or built; the message says what, why, and the way out. */
export class InstallError extends Error {
  constructor(message) {
    super(message);
    this.name = 'InstallError';
  }
}

/**
 * `<root>/<name>`, made by `install(folder)` if it is not there yet. The install works in a folder beside it that is renamed when
 * it has ended well, so a folder with the right name is always whole.
 */
export async function installOnce({ name, what, install, root = cacheRoot(), log = console.log }) {
  const target = join(root, name);
  if (existsSync(target)) return target;
  mkdirSync(root, { recursive: true });
  return withLock({ file: `${target}.lock`, what, log }, async () => {
    if (existsSync(target)) return target;
    removeAbandoned(target);
    const unfinished = mkdtempSync(`${target}.unfinished-${process.pid}-`);
    try {
      await withProgress(what, log, () => install(unfinished));
      renameSync(unfinished, target);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(target)) throw error;
    }
    return target;
  });
}

/** Folders of installs whose process has died. */
function removeAbandoned(target) {
  const prefix = `${basename(target)}.unfinished-`;
  for (const entry of readdirSync(dirname(target))) {
    if (!entry.startsWith(prefix)) continue;
    const pid = Number(entry.slice(prefix.length).split('-')[0]);
    if (pid !== process.pid && !isAlive(pid)) rmSync(join(dirname(target), entry), { recursive: true, force: true });
  }
}

/** Runs `work` while no other process of this user does the same; says for whom it waits. */
export async function withLock({ file, what, log = console.log }, work) {
  let lock = tryLock(file);
  let saidAt = 0;
  while (!lock.held) {
    if (Date.now() - saidAt >= PROGRESS_EVERY_MS) {
      log(`… waiting for process ${lock.owner ?? 'of another start'}, which is at it already: ${what}`);
      saidAt = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_AFTER_MS));
    lock = tryLock(file);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** Says what is being waited for, at once and then every 15 s. */
export async function withProgress(what, log, work) {
  const begun = Date.now();
  const seconds = () => Math.round((Date.now() - begun) / 1000);
  log(`… ${what}`);
  const timer = setInterval(() => log(`… still at it after ${seconds()} s: ${what}`), PROGRESS_EVERY_MS);
  try {
    const result = await work();
    log(`✓ ${what} (${seconds()} s)`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/**
 * Runs a command to its end. A failure throws an InstallError with the end of the output, after the way out when `explain` knows
 * one. @returns the output
 */
export async function runToEnd(command, args, { cwd, env = process.env, explain = () => null, timeoutMs } = {}) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
  // An npm or Go that goes on without us would fill a folder that nobody wants any more.
  const endWithUs = () => child.kill();
  process.once('exit', endWithUs);
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const failure = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.code === 'ENOENT' ? `${command} is not installed` : error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? null : `exit code ${code ?? signal}`));
  });
  process.removeListener('exit', endWithUs);
  const output = Buffer.concat(chunks).toString('utf8');
  if (failure === null) return output;
  const tail = tellingLines(output).join('\n');
  const wayOut = explain(`${output}\n${failure}`);
  throw new InstallError([wayOut, `${command} ${args.join(' ')}: ${failure}`, tail].filter(Boolean).join('\n'));
}

/** The end of the output; but npm says first what is wrong, and then a page about its options. */
function tellingLines(output) {
  const lines = output.trim().split('\n');
  const errors = lines.filter((line) => /^npm (error|ERR!) \S/.test(line));
  return errors.length > 0 ? errors.slice(0, TAIL_LINES) : lines.slice(-TAIL_LINES);
}

const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|socket hang up|network request to|CERT_|certificate|self.signed|\b(401|403|407|502|503)\b|dial tcp|no such host|i\/o timeout|proxyconnect|connection refused|TLS handshake|x509/i;

/** The way out when npm could not reach its registry, else null. */
export function npmWayOut(output) {
  if (!UNREACHABLE.test(output)) return null;
  return (
    'The npm registry could not be reached. Set npm_config_registry to one that can be (a mirror or your company’s proxy; ' +
    'NODE_EXTRA_CA_CERTS for its certificate), check with `npm ping`, and start again: what is complete is kept.'
  );
}

/** The way out when Go could not fetch a module, or is not there; else null. */
export function goWayOut(output) {
  if (/is not installed/.test(output)) {
    return 'Install Go 1.24 or newer, or put the `temporal` CLI on PATH (https://docs.temporal.io/cli), or set TEMPORAL_ADDRESS.';
  }
  if (!UNREACHABLE.test(output)) return null;
  return (
    'The Go module proxy could not be reached. Set GOPROXY to one that can be, or put the `temporal` CLI on PATH ' +
    '(https://docs.temporal.io/cli), or set TEMPORAL_ADDRESS to a server that runs already.'
  );
}

/** The environment for an npm of our own: what the npm around us says about its own run would mislead it. */
export function npmEnvironment(env = process.env) {
  const own =
    /^npm_(lifecycle_|package_|command$|execpath$|node_execpath$|config_(local_prefix|prefix|global_prefix|node_gyp|noproxy|omit|include|workspace|workspaces)$)/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)));
}
