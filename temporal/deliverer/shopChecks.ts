/**
 * Has each Commerce Trigger look at its shop every few hours, and once after the service has started: shops remove or switch
 * off webhooks that fail a few times, and n8n lets a node act only when it is published. The node mends what is missing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ShopCheck } from '../domain/commerceTrigger.ts';
import type { PostCheck } from '../n8n/postCheck.ts';
import { listCommerceTriggers } from '../store/commerceTriggers.ts';
import { claimChecks, hastenChecks, writeCheck, type LaneEndpoint } from '../store/deliveryLanes.ts';
import type { Store } from '../store/store.ts';
import { troubleWords } from './deliveryTrouble.ts';

export interface ShopChecksOptions {
  store: Store;
  post: PostCheck;
  timeScale: number;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
  now?: () => number;
  /** How often it looks whether something is due. */
  pollMs?: number;
  /** After the start; later ones follow every few hours. */
  firstMs?: number;
}

export interface ShopChecks {
  /** Sentences for `/ready`. */
  notes(): Promise<string[]>;
  stop(): Promise<void>;
}

const EVERY_MS = 4 * 3_600_000;
/** Something is wrong: the operator should not have to wait for hours after mending it. */
const AGAIN_MS = 10 * 60_000;
/** n8n was away. */
const NOT_ASKED_MS = 20_000;
/** n8n often starts beside the service. */
const FIRST_MS = 15_000;
/** However fast time runs: a shop's API is not to be hammered. */
const SHORTEST_MS = 10_000;
/** Longer than a check takes: another process goes on after this one has died. */
const LEASE_MS = 180_000;
const POLL_MS = 2_000;
const STOP_WITHIN_MS = 4_000;
/** Asked at the same time. */
const AT_ONCE = 4;

export function startShopChecks(options: ShopChecksOptions): ShopChecks {
  const { store, post, log, timeScale, now = Date.now, pollMs = POLL_MS, firstMs = FIRST_MS } = options;
  const stopping = new AbortController();
  const scaled = (ms: number) => Math.max(ms / timeScale, Math.min(SHORTEST_MS, ms));

  const check = async (endpoint: LaneEndpoint): Promise<void> => {
    const outcome = await post(endpoint);
    const report: ShopCheck =
      'check' in outcome
        ? outcome.check
        : { ...NOTHING_DONE, problems: [`It was not asked: ${troubleWords(outcome.failure)}.`] };
    const place = { node: endpoint.nodeName, workflow: endpoint.workflowName, connection: report.connection };
    const { created, reactivated, removed, problems } = report;
    if (created.length + reactivated.length + removed.length > 0) {
      log.info({ ...place, created, reactivated, removed }, "a shop's webhooks were mended");
    }
    for (const problem of problems) log.warn(place, `a shop's webhooks: ${problem}`);
    const pause = 'failure' in outcome ? NOT_ASKED_MS : problems.length > 0 ? AGAIN_MS : EVERY_MS;
    const nextAt = now() + Math.round(scaled(pause));
    await writeCheck(store, endpoint.id, report, { checkedAt: now(), nextAt });
  };

  const loop = async (): Promise<void> => {
    let isHastened = false;
    while (!stopping.signal.aborted) {
      try {
        if (!isHastened) await hastenChecks(store, now() + firstMs);
        isHastened = true;
        const due = await claimChecks(store, AT_ONCE, now(), now() + LEASE_MS);
        await Promise.all(due.map(check));
        if (due.length === AT_ONCE) continue;
      } catch (error) {
        log.warn({ err: error }, "the check of the shops' webhooks was interrupted; it goes on");
      }
      await delay(pollMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
  };
  const ended = loop();

  return {
    async notes() {
      const triggers = await listCommerceTriggers(store.db).catch(() => []);
      return triggers.flatMap(({ nodeName, workflowName, check }) =>
        (check?.problems ?? []).map(
          (problem) => `Node "${nodeName}" of the n8n workflow "${workflowName}": ${problem}`,
        ),
      );
    },
    async stop() {
      stopping.abort();
      await Promise.race([ended, delay(STOP_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}

const NOTHING_DONE = { connection: '', topics: [], kept: 0, created: [], reactivated: [], removed: [] };
