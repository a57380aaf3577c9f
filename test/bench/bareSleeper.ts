/** The peer of the Temporal benchmark: a workflow that sleeps and does nothing else. */
import { sleep } from '@temporalio/workflow';

export async function bareSleeper(ms: number): Promise<void> {
  await sleep(ms);
}
