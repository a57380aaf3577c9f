/**
 * The Temporal worker of the service. It survives Temporal being away, at start and later: it tries again with back-off
 * and says how it is for `/ready`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { PartState } from './api/context.ts';
import { registerSearchAttributes } from './searchAttributes.ts';
import type { TemporalAddress } from './temporalConnection.ts';
import { workflowCode } from './workflowCode.ts';
import { TASK_QUEUE, type JourneyActivities } from './workflows/messages.ts';

export interface WorkerLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface JourneyWorkerOptions {
  address: TemporalAddress;
  activities: JourneyActivities;
  log: WorkerLog;
  /** For tests. */
  taskQueue?: string;
  workerOptions?: Partial<WorkerOptions>;
}

export interface JourneyWorker {
  /** How Temporal and the worker on it are. */
  state(): { temporal: PartState; worker: PartState; notes: string[] };
  /** Resolves once the worker polls for the first time; tests and the bench use it. */
  readonly started: Promise<void>;
  /** Lets what is under way finish, for a few seconds. */
  stop(): Promise<void>;
}

/**
 * For two cores and thousands due at once. A workflow task stays open while its local activity runs, so as many as one
 * call to n8n takes may be open; local activities never queue behind each other.
 */
const CAPACITY = {
  maxConcurrentWorkflowTaskExecutions: 160,
  maxConcurrentLocalActivityExecutions: 1000,
  maxConcurrentActivityTaskExecutions: 1000,
  maxCachedWorkflows: 1000,
} as const;

const SHUTDOWN_GRACE_MS = 4_000;
const SHUTDOWN_FORCE_MS = 7_000;
const HEALTH_CHECK_MS = 5_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

let runtimeInstalled = false;

/**
 * The SDK's own words go where ours go, from warnings on; and `serve` decides when to stop. Once in a process: the SDK
 * allows no second. Failed attempts are seen in Temporal, one by one; a log line for each would drown the rest.
 */
function installRuntime(log: WorkerLog): void {
  if (runtimeInstalled) return;
  runtimeInstalled = true;
  // That Temporal is away is said once, by `watch`.
  const expected = /^(Activity (failed|not found on completion)|gRPC call \w+ retried)/;
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', ({ message, meta }) => {
      if (!expected.test(message)) log.warn({ ...meta }, message);
    }),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
    },
  });
}

export function startJourneyWorker(options: JourneyWorkerOptions): JourneyWorker {
  installRuntime(options.log);
  const stopping = new AbortController();
  const started = Promise.withResolvers<void>();
  let temporal: PartState = 'starting';
  let running: Worker | null = null;
  let note: string | null = null;
  let workflowBundle: WorkerOptions['workflowBundle'];

  const runOnce = async (): Promise<void> => {
    const { address, activities, taskQueue = TASK_QUEUE, workerOptions } = options;
    const connection = await NativeConnection.connect(address.connectionOptions);
    const checks = new AbortController();
    try {
      const added = await registerSearchAttributes(connection, address.namespace);
      if (added.length > 0) options.log.info({ searchAttributes: added }, 'registered search attributes with Temporal');
      workflowBundle ??= await workflowCode(stopping.signal);
      const worker = await Worker.create({
        connection,
        namespace: address.namespace,
        taskQueue,
        workflowBundle,
        activities,
        ...CAPACITY,
        shutdownGraceTime: SHUTDOWN_GRACE_MS,
        shutdownForceTime: SHUTDOWN_FORCE_MS,
        ...workerOptions,
      });
      if (stopping.signal.aborted) return;
      const run = worker.run();
      running = worker;
      temporal = 'up';
      note = null;
      options.log.info({ address: address.connectionOptions.address, taskQueue }, 'the Temporal worker runs');
      started.resolve();
      void watch(connection, checks.signal);
      await run;
    } finally {
      running = null;
      checks.abort();
      await connection.close().catch(() => {});
    }
  };

  /** The worker itself polls on for ever while Temporal is away, without a word. */
  const watch = async (connection: NativeConnection, signal: AbortSignal): Promise<void> => {
    while (await sleptFor(HEALTH_CHECK_MS, signal)) {
      const before = temporal;
      try {
        await connection.withDeadline(Date.now() + HEALTH_CHECK_MS, () => connection.workflowService.getSystemInfo({}));
        temporal = 'up';
        note = null;
      } catch (error) {
        if (signal.aborted) return;
        temporal = 'down';
        note = `Temporal does not answer at ${options.address.connectionOptions.address}: waits and runs stand still until it does.`;
        if (before === 'up') options.log.warn({ reason: reasonOf(error) }, note);
      }
    }
  };

  const loop = async (): Promise<void> => {
    for (let pause = FIRST_RETRY_MS; !stopping.signal.aborted; pause = Math.min(pause * 2, LONGEST_RETRY_MS)) {
      const since = Date.now();
      try {
        await runOnce();
      } catch (error) {
        if (stopping.signal.aborted) return;
        temporal = 'down';
        note =
          `Temporal cannot be used at ${options.address.connectionOptions.address}, namespace ${options.address.namespace} ` +
          `(${reasonOf(error)}). Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the keys; it is tried again.`;
        options.log.warn({ retryInMs: pause }, note);
      }
      if (Date.now() - since > 60_000) pause = FIRST_RETRY_MS;
      await sleptFor(pause, stopping.signal);
    }
  };
  const ended = loop();

  return {
    started: started.promise,
    state: () => ({
      temporal,
      worker: running && temporal === 'up' ? 'up' : temporal === 'starting' ? 'starting' : 'down',
      notes: note ? [note] : [],
    }),
    async stop() {
      stopping.abort();
      if (running?.getState() === 'RUNNING') running.shutdown();
      await ended;
    },
  };
}

/** @returns false when it was woken by the signal */
async function sleptFor(ms: number, signal: AbortSignal): Promise<boolean> {
  return await delay(ms, true, { signal, ref: false }).catch(() => false);
}

function reasonOf(error: unknown): string {
  const whole = error instanceof Error ? error.message : String(error);
  // The native client prints its structs; what the system said stands in the middle.
  const text = /\bOs \{[^}]*message: "([^"]+)"/.exec(whole)?.[1] ?? whole;
  return text.split('\n')[0]!.slice(0, 300);
}
