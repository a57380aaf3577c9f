/**
 * Notices what Temporal did behind the service's back: runs that were terminated, cancelled, failed or timed out are
 * ended in the store too, and runs that Temporal does not know (a wiped namespace) are counted for `/ready`.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { endRuns, type EndedRun } from './store/runs.ts';
import type { Store } from './store/store.ts';
import { WORKFLOW_TYPE } from './workflows/messages.ts';

export interface ReconcilerOptions {
  client: Client;
  store: Store;
  now: () => number;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
  everyMs?: number;
}

export interface Reconciler {
  notes(): string[];
  /** One round, at once. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

const EVERY_MS = 5_000;
/** Visibility lags behind, and clocks differ. */
const OVERLAP_MS = 120_000;
const MISSING_EVERY_ROUNDS = 12;
/** A run this young may not have reached Temporal, or its visibility, yet. */
const SETTLED_MS = 60_000;
const SAMPLE = 50;
const CALL_TIMEOUT_MS = 10_000;
const BATCH = 500;

/** How the store calls what Temporal did; a terminated run is `cancelled` to the outside (CONTRACT). */
const ENDS: Record<string, Pick<EndedRun, 'status' | 'reason'>> = {
  TERMINATED: { status: 'cancelled', reason: 'terminated' },
  CANCELLED: { status: 'cancelled', reason: 'cancelled_by_operator' },
  FAILED: { status: 'failed', reason: 'workflow_failed' },
  TIMED_OUT: { status: 'failed', reason: 'workflow_timed_out' },
};

export function startReconciler(options: ReconcilerOptions): Reconciler {
  const { client, store, now, log, everyMs = EVERY_MS } = options;
  const stopping = new AbortController();
  const stopAsked = once(stopping.signal, 'abort');
  let watermark: number | null = null;
  let rounds = 0;
  let missing: { found: number; looked: number } | null = null;

  const bounded = <T>(call: () => Promise<T>) => client.connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, call);

  const endWhatTemporalEnded = async (): Promise<void> => {
    const begun = now();
    const since = watermark ?? (await oldestOpenEntry(store));
    if (since === null) {
      watermark = begun;
      return;
    }
    const query =
      `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus IN ('Terminated', 'Canceled', 'Failed', 'TimedOut') ` +
      `AND CloseTime >= '${new Date(since - OVERLAP_MS).toISOString()}'`;
    let batch: EndedRun[] = [];
    const flush = async () => {
      const open = await stillOpen(store, batch);
      batch = [];
      if (open.length === 0) return;
      await store.transaction((db) => endRuns({ db, dialect: store.dialect }, open, now()));
      log.info({ runs: open.map((run) => run.id) }, 'runs were ended in Temporal, not by the service');
    };
    for await (const execution of client.workflow.list({ query, pageSize: BATCH })) {
      const runId = execution.memo?.['runId'];
      const end = ENDS[execution.status.name];
      if (typeof runId !== 'string' || !end) continue;
      if (batch.push({ id: runId, ...end }) >= BATCH) await flush();
      if (stopping.signal.aborted) return;
    }
    await flush();
    watermark = begun;
  };

  const countMissing = async (): Promise<void> => {
    const settledBefore = now() - SETTLED_MS;
    const { count } = await bounded(() =>
      client.workflow.count(`WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus = 'Running'`),
    );
    const open = await openRuns(store, settledBefore);
    if (open.total <= count) {
      missing = null;
      return;
    }
    let found = 0;
    for (const { workflow_id } of open.sample) {
      try {
        await bounded(() => client.workflow.getHandle(workflow_id).describe());
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        found++;
      }
    }
    if (found > 0 && missing === null)
      log.warn({ found, looked: open.sample.length }, 'Temporal does not know runs of the store');
    missing = found > 0 ? { found, looked: open.sample.length } : null;
  };

  const check = async (): Promise<void> => {
    await endWhatTemporalEnded();
    if (rounds++ % MISSING_EVERY_ROUNDS === 0) await countMissing();
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const round = check();
        // A call to a Temporal that is away goes on for 20 s and more, whatever it is told: a stop does not wait for it.
        round.catch(() => {});
        await Promise.race([round, stopAsked]);
      } catch (error) {
        if (stopping.signal.aborted) return;
        // Temporal or the store is away, which `/ready` says already; the next round looks further back.
        log.info(
          { reason: error instanceof Error ? error.name : 'unknown' },
          'runs could not be compared with Temporal',
        );
      }
      await delay(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
  };
  const ended = loop();

  return {
    check,
    notes: () =>
      missing === null
        ? []
        : [
            `Temporal does not know ${missing.found} of ${missing.looked} running runs that were looked at: was its database or ` +
              'namespace replaced? These customers stand still.',
          ],
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function oldestOpenEntry(store: Store): Promise<number | null> {
  const row = await store.db
    .selectFrom('runs')
    .select((eb) => eb.fn.min('entered_at').as('oldest'))
    .where('status', '=', 'running')
    .executeTakeFirst();
  return row?.oldest ?? null;
}

async function stillOpen(store: Store, ended: readonly EndedRun[]): Promise<EndedRun[]> {
  if (ended.length === 0) return [];
  const ids = ended.map((run) => run.id);
  const rows = await store.db
    .selectFrom('runs')
    .select('id')
    .where('id', 'in', ids)
    .where('status', '=', 'running')
    .execute();
  const open = new Set(rows.map((row) => row.id));
  return ended.filter((run) => open.has(run.id));
}

/** Runs that Temporal should know: entered a while ago, with nothing left in the outbox. */
async function openRuns(
  store: Store,
  enteredBefore: number,
): Promise<{ total: number; sample: { workflow_id: string }[] }> {
  const settled = store.db
    .selectFrom('runs')
    .where('status', '=', 'running')
    .where('entered_at', '<', enteredBefore)
    .where((eb) =>
      eb.not(eb.exists(eb.selectFrom('outbox').select('outbox.id').whereRef('outbox.run_id', '=', 'runs.id'))),
    );
  const { total } = await settled.select((eb) => eb.fn.countAll().as('total')).executeTakeFirstOrThrow();
  const sample = await settled.select('workflow_id').orderBy('entered_at').limit(SAMPLE).execute();
  return { total: Number(total), sample };
}
