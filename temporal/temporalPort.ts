/** How the dispatcher tells Temporal what the outbox says. Every call may be repeated after a crash and then changes nothing. */
import { Client, Connection, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import type { DeliveryAnswer, StartAnswer, TemporalPort } from './dispatcher/temporalPort.ts';
import type { TemporalAddress } from './temporalConnection.ts';
import {
  TASK_QUEUE,
  WORKFLOW_TYPE,
  type CustomerJourneyInput,
  type EventSignal,
  type RestartSignal,
} from './workflows/messages.ts';
import { eventSignal, pauseSignal, restartSignal, resumeSignal } from './workflows/signals.ts';
import { staticDetails, staticSummary } from './workflows/wording.ts';

const JOURNEY_KEY = defineSearchAttributeKey('JourneyKey', SearchAttributeType.KEYWORD);
const CUSTOMER_ID = defineSearchAttributeKey('CustomerId', SearchAttributeType.KEYWORD);

const GRPC_RESOURCE_EXHAUSTED = 8;
/** A call that gets no answer is tried again by the dispatcher. */
const CALL_TIMEOUT_MS = 10_000;

export class TemporalClientPort implements TemporalPort {
  readonly client: Client;
  readonly #connection: Connection;
  readonly #taskQueue: string;
  readonly #runPage: (runId: string) => string | null;

  /**
   * Does not connect yet: Temporal may be away when the service starts.
   * @param runPage address of the run's page, for who looks at it in the Temporal UI
   */
  constructor(
    address: TemporalAddress,
    runPage: (runId: string) => string | null = () => null,
    taskQueue: string = TASK_QUEUE,
  ) {
    const { address: host, tls, apiKey, metadata } = address.connectionOptions;
    this.#connection = Connection.lazy({
      ...(host === undefined ? {} : { address: host }),
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata: metadata }),
    });
    this.client = new Client({ connection: this.#connection, namespace: address.namespace });
    this.#taskQueue = taskQueue;
    this.#runPage = runPage;
  }

  async start(input: CustomerJourneyInput, workflowId: string): Promise<StartAnswer> {
    try {
      await this.#bounded(() =>
        this.client.workflow.start(WORKFLOW_TYPE, {
          workflowId,
          taskQueue: this.#taskQueue,
          args: [input],
          workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
          memo: { runId: input.runId },
          typedSearchAttributes: new TypedSearchAttributes([
            { key: JOURNEY_KEY, value: input.journeyKey },
            { key: CUSTOMER_ID, value: input.customerId },
          ]),
          staticSummary: staticSummary(input),
          staticDetails: staticDetails(input, this.#runPage(input.runId)),
        }),
      );
      return 'started';
    } catch (error) {
      // The server refuses a second start of one id within a second.
      if (isGrpcServiceError(error) && (error.code as number) === GRPC_RESOURCE_EXHAUSTED) return 'busy';
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const current = await this.#current(workflowId);
      return current?.runId === input.runId ? 'alreadyStarted' : 'busy';
    }
  }

  /** Tells the run of an event that ends it or its wait. */
  event(workflowId: string, runId: string, signal: EventSignal): Promise<DeliveryAnswer> {
    return this.#deliver(() => this.client.workflow.getHandle(workflowId).signal(eventSignal, { ...signal, runId }));
  }

  restart(workflowId: string, runId: string, signal: RestartSignal): Promise<DeliveryAnswer> {
    return this.#deliver(() => this.client.workflow.getHandle(workflowId).signal(restartSignal, { ...signal, runId }));
  }

  pause(workflowId: string, runId: string): Promise<DeliveryAnswer> {
    return this.#deliver(() => this.client.workflow.getHandle(workflowId).signal(pauseSignal, { runId }));
  }

  resume(workflowId: string, runId: string): Promise<DeliveryAnswer> {
    return this.#deliver(() => this.client.workflow.getHandle(workflowId).signal(resumeSignal, { runId }));
  }

  async cancel(workflowId: string, runId: string): Promise<DeliveryAnswer> {
    return await this.#deliver(async () => {
      const current = await this.#current(workflowId);
      // Not the customer's next run, which has the same id.
      if (current?.runId !== runId) throw new WorkflowNotFoundError('Another run.', workflowId, undefined);
      await this.client.workflow
        .getHandle(workflowId, undefined, { firstExecutionRunId: current.firstExecution })
        .cancel();
    });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #current(workflowId: string): Promise<{ runId: unknown; firstExecution: string } | null> {
    try {
      const description = await this.#bounded(() => this.client.workflow.getHandle(workflowId).describe());
      const first = description.raw.workflowExecutionInfo?.firstRunId;
      return { runId: description.memo?.['runId'], firstExecution: first || description.runId };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  async #deliver(call: () => Promise<void>): Promise<DeliveryAnswer> {
    try {
      await this.#bounded(call);
      return 'delivered';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'gone';
      throw error;
    }
  }

  #bounded<T>(call: () => Promise<T>): Promise<T> {
    return this.#connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, call);
  }
}
