/** Whether anybody works on our task queue, asked of Temporal itself. */
import type { Client } from '@temporalio/client';
import { TASK_QUEUE } from './workflows/messages.ts';

const WITHIN_MS = 5_000;
/** TASK_QUEUE_TYPE_WORKFLOW of temporal.api.enums.v1.TaskQueueType. */
const WORKFLOW_QUEUE = 1;

/** @returns the number of workers that polled lately, null when Temporal does not answer */
export async function workersOn(client: Client): Promise<number | null> {
  const { connection, options } = client;
  try {
    const queue = await connection.withDeadline(Date.now() + WITHIN_MS, () =>
      connection.workflowService.describeTaskQueue({
        namespace: options.namespace,
        taskQueue: { name: TASK_QUEUE },
        taskQueueType: WORKFLOW_QUEUE,
      }),
    );
    return queue.pollers?.length ?? 0;
  } catch {
    return null;
  }
}
