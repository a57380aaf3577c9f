/**
 * The service with nothing else of the stack, beside whose requests scores are calculated: what it calls is away, what it answers is
 * the same.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { SERVICE_ARGS } from '../../host/parts/service.ts';
import type { JobName } from '../../temporal/scoring/job.ts';
import { freePorts } from '../e2e/freePorts.ts';
import { memoryOf } from './memory.ts';
import { FIRST_CUSTOMER } from './ordersFile.ts';

/** DESIGN section 9. */
export const MEMORY_BUDGET_MB = 512;
/** Of two cores, one is the job's. */
export const LATENCY_BUDGET = 2;
const KEY = 'bench';
const WARM_UP = 500;
const IDLE_REQUESTS = 3000;

/** Of requests, in ms. */
export interface Latency {
  p95: number;
  longest: number;
}

export interface MeasuredJob {
  seconds: number;
  /** Of the requests meanwhile. */
  busy: Latency;
  /** MB of the service: before, and at most meanwhile. */
  beforeMb: number;
  peakMb: number;
}

export class ScoringService {
  readonly #child: ChildProcess;
  readonly #base: string;
  readonly #location: string;
  /** So many of the first ones: they buy most, so that all of them are in the store. */
  readonly #regulars: number;
  #views = 0;

  private constructor(child: ChildProcess, base: string, location: string, customers: number) {
    this.#child = child;
    this.#base = base;
    this.#location = location;
    this.#regulars = Math.ceil(customers / 4);
  }

  /**
   * @param location of the SQLite file, `journeys.sqlite` in the data folder; as `fillStore` leaves it, no job is due
   * @param customers as in the file of its orders
   */
  static async start(location: string, customers: number): Promise<ScoringService> {
    const [port = 0] = await freePorts(1);
    const child = spawn(process.execPath, SERVICE_ARGS, {
      env: {
        ...process.env,
        ...{ JOURNEYS_DATA_DIR: dirname(location), JOURNEYS_PORT: String(port), JOURNEYS_API_KEY: KEY },
        ...{ N8N_BASE_URL: 'http://127.0.0.1:1', TEMPORAL_ADDRESS: '127.0.0.1:1', JOURNEYS_LOG_LEVEL: 'fatal' },
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const base = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${base}/health`)).ok);
    return new ScoringService(child, base, location, customers);
  }

  async idle(): Promise<Latency> {
    await this.#requests(() => false, WARM_UP);
    return await this.#requests(() => false, IDLE_REQUESTS);
  }

  /** Has a job done now, and asks the service for other things until it is. @throws Error when it fails */
  async measure(name: JobName): Promise<MeasuredJob> {
    const pid = this.#child.pid ?? 0;
    // The highest mark begins anew.
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    const beforeMb = memoryOf(pid, 'VmRSS');
    const begun = performance.now();
    this.#makeDue(name);
    let isDone = false;
    const done = until(() => Promise.resolve(this.#isFinished(name))).finally(() => (isDone = true));
    const [busy] = await Promise.all([this.#requests(() => isDone, Infinity), done]);
    return { seconds: (performance.now() - begun) / 1000, busy, beforeMb, peakMb: memoryOf(pid, 'VmHWM') };
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  #makeDue(name: JobName): void {
    const db = new DatabaseSync(this.#location, { timeout: 5000 });
    db.prepare('update score_jobs set due_at = 0, finished_at = null where name = ?').run(name);
    db.close();
  }

  #isFinished(name: JobName): boolean {
    const db = new DatabaseSync(this.#location, { timeout: 5000 });
    const row = db.prepare('select finished_at, failure from score_jobs where name = ?').get(name) as {
      finished_at: number | null;
      failure: string | null;
    };
    db.close();
    if (row.failure !== null) throw new Error(row.failure);
    return row.finished_at !== null;
  }

  /** One after the other: a customer is read, then told of. */
  async #requests(isEnough: () => boolean, most: number): Promise<Latency> {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const took: number[] = [];
    for (let index = 0; index < most && !isEnough(); index++) {
      const id = `c${FIRST_CUSTOMER + ((index * 7919) % this.#regulars)}`;
      const begun = performance.now();
      const response =
        index % 2 === 0
          ? await fetch(`${this.#base}/v1/customers?externalId=${id}`, { headers })
          : await fetch(`${this.#base}/v1/events`, { method: 'POST', headers, body: this.#pageView(id) });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${response.status} of ${response.url}`);
      took.push(performance.now() - begun);
      await delay(2);
    }
    took.sort((one, other) => one - other);
    return { p95: took[Math.floor(took.length * 0.95)] ?? 0, longest: took.at(-1) ?? 0 };
  }

  #pageView(externalId: string): string {
    const view = ++this.#views;
    return JSON.stringify({
      ...{ id: `view-${view}`, type: 'viewed_page', source: 'bench', occurredAt: new Date().toISOString() },
      identity: { externalId },
      properties: { url: `https://shop.example.com/${view}` },
    });
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (;;) {
    const so = await isSo().catch((error: unknown) => {
      if ((error as { cause?: { code?: string } }).cause?.code !== 'ECONNREFUSED') throw error;
      return false;
    });
    if (so) return;
    await delay(100);
  }
}
