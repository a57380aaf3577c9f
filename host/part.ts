/** One process that `npm start` runs: started, watched until healthy, restarted with back-off when it dies, stopped in time. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PartSpec {
  name: string;
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string | undefined>;
  logFile: string;
  healthy(): Promise<boolean>;
  /** How long a start may take before it counts as failed. */
  healthyWithinMs: number;
  /** From SIGTERM to SIGKILL. */
  stopWithinMs: number;
}

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;
/** A part that ran this long was well: the next death begins again with the short delay. */
const RAN_WELL_MS = 60_000;
const LOOK_EVERY_MS = 200;
const PROGRESS_EVERY_MS = 15_000;
/** A part that dies this often before it was ever healthy is wrongly set up: better to say so than to go on trying. */
const TRIES_BEFORE_FIRST_HEALTH = 3;
const LOG_LIMIT_BYTES = 20 * 1024 * 1024;
const TAIL_LINES = 6;

/** @returns how long to wait before the `attempt`-th restart in a row (1 is the first) */
export function restartDelay(attempt: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
}

export class Part {
  readonly spec: PartSpec;
  readonly #say: (line: string) => void;
  readonly #onPid: () => void;
  #child: ChildProcess | null = null;
  #exited: Promise<void> = Promise.resolve();
  #stopping = false;
  #startedAt = 0;
  #restarts = 0;
  #deaths = 0;
  #hasBeenHealthy = false;
  #restartTimer: NodeJS.Timeout | null = null;

  constructor(spec: PartSpec, say: (line: string) => void, onPid: () => void) {
    this.spec = spec;
    this.#say = say;
    this.#onPid = onPid;
  }

  /** null while it is not running. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Starts it and waits until it can do its work. @throws when it cannot be brought up, with the end of its log */
  async start(): Promise<void> {
    const begun = Date.now();
    this.#deaths = 0;
    this.#spawn();
    let saidAt = begun;
    while (!this.#stopping) {
      if (this.#child && (await this.spec.healthy().catch(() => false))) {
        this.#hasBeenHealthy = true;
        return;
      }
      const waited = Date.now() - begun;
      if (this.#deaths >= TRIES_BEFORE_FIRST_HEALTH) {
        throw new Error(`${this.spec.name} ended ${this.#deaths} times instead of starting. ${this.tail()}`);
      }
      if (waited > this.spec.healthyWithinMs) {
        throw new Error(`${this.spec.name} was not ready after ${Math.round(waited / 1000)} s. ${this.tail()}`);
      }
      if (Date.now() - saidAt >= PROGRESS_EVERY_MS) {
        this.#say(`… waiting for ${this.spec.name} to be ready (${Math.round(waited / 1000)} s)`);
        saidAt = Date.now();
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** SIGTERM, and SIGKILL to its whole process group when that was not enough. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#restartTimer) clearTimeout(this.#restartTimer);
    await this.#end();
  }

  /** Stops it and starts it again, on purpose. */
  async restart(): Promise<void> {
    await this.stop();
    this.#stopping = false;
    this.#restarts = 0;
    await this.start();
  }

  tail(): string {
    const lines = existsSync(this.spec.logFile) ? readFileSync(this.spec.logFile, 'utf8').trimEnd().split('\n') : [];
    return `The end of ${this.spec.logFile}:\n${lines.slice(-TAIL_LINES).join('\n')}`;
  }

  #spawn(): void {
    const { command, args, cwd, env, logFile } = this.spec;
    // The file itself and not a pipe through us: parts must not die of a broken pipe when the supervisor does.
    const log = openLog(logFile);
    // A process group of its own: Ctrl-C in a terminal reaches the supervisor alone, which then stops the parts in order.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    this.#child = child;
    this.#startedAt = Date.now();
    this.#onPid();
    this.#exited = new Promise((resolve) => {
      const ended = (how: string) => {
        if (this.#child !== child) return;
        this.#child = null;
        // What it had started itself (n8n's task runner) would otherwise live on beside its successor's.
        if (child.pid) killGroup(child.pid);
        resolve();
        this.#onPid();
        if (!this.#stopping) this.#died(how);
      };
      child.once('error', (error) => ended(error.message));
      child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
    });
  }

  #died(how: string): void {
    this.#deaths += 1;
    if (Date.now() - this.#startedAt >= RAN_WELL_MS) this.#restarts = 0;
    this.#restarts += 1;
    if (!this.#hasBeenHealthy && this.#deaths >= TRIES_BEFORE_FIRST_HEALTH) return;
    const delay = restartDelay(this.#restarts);
    this.#say(`! ${this.spec.name} ended (${how}); starting it again in ${delay / 1000} s. ${this.tail()}`);
    this.#restartTimer = setTimeout(() => {
      this.#spawn();
      void this.#sayWhenBack();
    }, delay);
  }

  async #sayWhenBack(): Promise<void> {
    const child = this.#child;
    while (child && this.#child === child && !this.#stopping) {
      if (await this.spec.healthy().catch(() => false)) {
        if (this.#hasBeenHealthy) this.#say(`✓ ${this.spec.name} is back`);
        return;
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (!child?.pid) return;
    child.kill('SIGTERM');
    const inTime = await Promise.race([
      this.#exited.then(() => true),
      sleep(this.spec.stopWithinMs, false, { ref: false }),
    ]);
    if (inTime) return;
    this.#say(`! ${this.spec.name} did not end within ${this.spec.stopWithinMs / 1000} s and is killed`);
    killGroup(child.pid);
    await this.#exited;
  }
}

/** SIGKILL to a process group, if anything of it is left. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing left.
  }
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}
