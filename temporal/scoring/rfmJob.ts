/** RFM of everybody as of now (CONTRACT section 7). */
import type { JobContext } from './job.ts';

export async function rfmJob({ store }: JobContext): Promise<void> {
  await store.ping();
}
