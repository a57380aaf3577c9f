/**
 * Carries events to the Commerce Triggers of n8n: at once after a commit, again after a failure or a crash, many endpoints at
 * the same time. Several processes share the work by leases.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostSegment } from '../n8n/postSegment.ts';
import { dropForgottenDeliveries, listWaitingDeliveries } from '../store/deliveries.ts';
import { claimLanes, type Lane } from '../store/deliveryLanes.ts';
import { sessionOf } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { LEASE_MS, runLane } from './laneRun.ts';

export interface DelivererOptions {
  store: Store;
  post: PostSegment;
  /** Epoch ms. */
  now?: () => number;
  /** How often it looks when nobody wakes it: for retries, and for what another process has taken in. */
  pollMs?: number;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
}

/** Endpoints delivered to at the same time. */
const CONCURRENCY = 8;
const POLL_MS = 1_000;
const STOP_WITHIN_MS = 4_000;
const SWEEP_MS = 3_600_000;
/** What waits for a node that nobody publishes again is given up. */
const FORGOTTEN_AFTER_MS = 30 * 86_400_000;

export class Deliverer {
  readonly #options: Required<DelivererOptions>;
  readonly #holder = randomUUID();
  readonly #inFlight = new Map<string, Promise<void>>();
  /** By endpoint: told once, not at every retry. */
  readonly #troubles = new Map<string, string>();
  #isRunning = false;
  #timer: NodeJS.Timeout | null = null;
  #claiming: Promise<void> | null = null;
  #claimAgain = false;
  #sweptAt = 0;

  constructor(options: DelivererOptions) {
    this.#options = { now: Date.now, pollMs: POLL_MS, ...options };
  }

  start(): void {
    this.#isRunning = true;
    this.wake();
  }

  /** There may be something to deliver. */
  wake(): void {
    if (!this.#isRunning) return;
    if (this.#claiming) {
      this.#claimAgain = true;
      return;
    }
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#claiming = this.#claim().finally(() => {
      this.#claiming = null;
      if (this.#claimAgain) {
        this.#claimAgain = false;
        this.wake();
      } else if (this.#isRunning) {
        this.#timer = setTimeout(() => this.wake(), this.#options.pollMs);
      }
    });
  }

  /** Begins nothing new; gives n8n a few seconds to answer what is under way. What it has not answered comes again. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#claiming;
    await Promise.race([Promise.all(this.#inFlight.values()), delay(STOP_WITHIN_MS, undefined, { ref: false })]);
  }

  /** Sentences for `/ready`: what waits although it should not. */
  async notes(): Promise<string[]> {
    const waiting = await listWaitingDeliveries(sessionOf(this.#options.store.db)).catch(() => []);
    return waiting.flatMap(({ nodeName, workflowName, published, problem, rows, failing }) => {
      const node = `node "${nodeName}" of the n8n workflow "${workflowName}"`;
      if (!published) return [`${rows} shop events wait for ${node}, which is not published.`];
      if (problem !== null) return [`${rows} shop events wait for ${node}: ${problem}. They are tried again.`];
      if (failing === 0) return [];
      return [`${failing} shop events fail in ${node}: see its executions in n8n. They are tried again.`];
    });
  }

  async #claim(): Promise<void> {
    const { store, now, log } = this.#options;
    try {
      await this.#sweep();
      const free = CONCURRENCY - this.#inFlight.size;
      if (free <= 0) return;
      const lanes = await claimLanes(store, this.#holder, free, now(), now() + LEASE_MS);
      for (const lane of lanes) {
        const work = this.#work(lane).finally(() => {
          this.#inFlight.delete(lane.id);
          this.wake();
        });
        this.#inFlight.set(lane.id, work);
      }
    } catch (error) {
      // The store is away; the rows are safe in it.
      log.warn({ err: error }, 'events for n8n cannot be read from the store');
    }
  }

  async #work(lane: Lane): Promise<void> {
    const { store, post, now, log } = this.#options;
    try {
      const isStopping = () => !this.#isRunning;
      const trouble = await runLane(lane, { store, post, holder: this.#holder, now, isStopping });
      if (trouble === this.#troubles.get(lane.id)) return;
      const place = { node: lane.nodeName, workflow: lane.workflowName };
      if (trouble !== null) {
        this.#troubles.set(lane.id, trouble);
        log.warn(place, `events cannot be delivered to n8n: ${trouble}`);
      } else if (this.#troubles.delete(lane.id)) log.info(place, 'events are delivered to n8n again');
    } catch (error) {
      log.warn({ err: error, node: lane.nodeName }, 'the delivery of events to n8n was interrupted; it goes on');
    }
  }

  async #sweep(): Promise<void> {
    const { store, now, log } = this.#options;
    if (now() - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now();
    const dropped = await dropForgottenDeliveries(sessionOf(store.db), now() - FORGOTTEN_AFTER_MS);
    if (dropped > 0) log.warn({ dropped }, 'events waited for 30 days for nodes that are not published: given up');
  }
}
