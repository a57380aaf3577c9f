/** What `customerJourney` may do to the world. */
import { activityInfo, cancelled, heartbeat } from '@temporalio/activity';
import type { SegmentCaller } from '../n8n/segmentCaller.ts';
import { storeUnavailable, toApplicationFailure } from '../n8n/segmentFailure.ts';
import { endRuns } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import type { FinishRunCall, JourneyActivities, SegmentCall, SegmentResult } from '../workflows/messages.ts';

export interface ActivityDependencies {
  caller: Pick<SegmentCaller, 'run' | 'tryRun'>;
  store: Store;
  /** Epoch ms. */
  now: () => number;
  onError: (error: unknown, call: { runId: string }) => void;
}

/** Well under the heartbeat timeout, so that only a dead worker misses it. */
const HEARTBEAT_MS = 15_000;

export function createActivities(dependencies: ActivityDependencies): JourneyActivities {
  const { caller, store, now, onError } = dependencies;
  return {
    async tryRunSegment(call: SegmentCall): Promise<SegmentResult> {
      return await caller.tryRun(call);
    },

    async runSegment(call: SegmentCall): Promise<SegmentResult> {
      heartbeat();
      const beat = setInterval(
        () => heartbeat(),
        Math.min(HEARTBEAT_MS, (activityInfo().heartbeatTimeoutMs ?? 60_000) / 3),
      );
      try {
        // Cancelled when the run ends meanwhile: the call goes on for the others in its batch.
        return await Promise.race([caller.run(call), cancelled()]);
      } finally {
        clearInterval(beat);
      }
    },

    async finishRun({ runId, status, reason }: FinishRunCall): Promise<void> {
      try {
        await store.transaction((db) =>
          endRuns({ db, dialect: store.dialect }, [{ id: runId, status, reason: reason ?? status }], now()),
        );
      } catch (error) {
        onError(error, { runId });
        throw toApplicationFailure(storeUnavailable());
      }
    },
  };
}
