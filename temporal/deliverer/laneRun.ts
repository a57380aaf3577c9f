/**
 * Delivers to one Commerce Trigger until nothing is due: one call at a time, each with as many events as have gathered
 * (n8n costs 20–170 ms of CPU a call, hardly more for many items), in the order in which they came in.
 */
import { inBatches } from '../n8n/endpointLane.ts';
import type { PostSegment } from '../n8n/postSegment.ts';
import type { SegmentFailure } from '../n8n/segmentFailure.ts';
import { postSplitting } from '../n8n/splitting.ts';
import { delayDeliveries, loadDeliveries, removeDeliveries, type Delivery } from '../store/deliveries.ts';
import { noteDelivered, releaseLane, renewLease, type Lane } from '../store/deliveryLanes.ts';
import { sessionOf } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { backOff, troubleWords } from './deliveryTrouble.ts';

export interface LaneRunOptions {
  store: Store;
  post: PostSegment;
  /** Names this process in leases. */
  holder: string;
  now: () => number;
  /** Asked before each batch; what is under way is finished. */
  isStopping: () => boolean;
}

export const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
const MOST_EVENTS = 100;
/** n8n takes 16 MB by default; the same bound as for segments. */
const MOST_BYTES = 4_000_000;
/** Of an endpoint that cannot be called. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** Of an event whose own execution fails. */
const FIRST_EVENT_RETRY_MS = 10_000;
const LONGEST_EVENT_RETRY_MS = 3_600_000;

interface Loaded {
  delivery: Delivery;
  json: string;
}

/** @returns what is wrong with the endpoint, null when it has got all that was due */
export async function runLane(lane: Lane, options: LaneRunOptions): Promise<string | null> {
  const { store, holder, now, isStopping } = options;
  let held = true;
  const renewing = setInterval(() => {
    void renewLease(store, lane.id, holder, now() + LEASE_MS).then(
      (renewed) => (held &&= renewed),
      () => {},
    );
  }, RENEW_MS);
  let { failures } = lane;
  let trouble: string | null = null;
  let retryAt = 0;
  try {
    while (!isStopping() && held && trouble === null) {
      // After a failure fewer at a time: what took too long as a hundred may work as a dozen.
      const most = Math.max(1, Math.floor(MOST_EVENTS / 2 ** failures));
      const batch = await loadDeliveries(sessionOf(store.db), lane.id, most, now());
      await removeDeliveries(sessionOf(store.db), batch.vanished);
      if (batch.deliveries.length === 0) {
        if (batch.vanished.length === 0) break;
        continue;
      }
      // Nobody else may have taken over, nor the node have been unpublished, while this process stood still.
      held = await renewLease(store, lane.id, holder, now() + LEASE_MS);
      if (!held) break;
      const failure = await deliver(lane, batch.deliveries, options);
      if (failure === null) {
        failures = 0;
        continue;
      }
      failures++;
      trouble = troubleWords(failure);
      retryAt = now() + (failure.retryAfterMs ?? backOff(failures, FIRST_RETRY_MS, LONGEST_RETRY_MS));
    }
  } finally {
    clearInterval(renewing);
  }
  await releaseLane(store, lane.id, holder, trouble === null ? null : { problem: trouble, retryAt, failures });
  return trouble;
}

/** @returns why the endpoint cannot be called now; null while at least some of it went through */
async function deliver(
  lane: Lane,
  deliveries: readonly Delivery[],
  { store, post, holder, now }: LaneRunOptions,
): Promise<SegmentFailure | null> {
  const loaded = deliveries.map((delivery): Loaded => ({ delivery, json: JSON.stringify(delivery.item) }));
  for (const part of inBatches(loaded, MOST_BYTES)) {
    const seen: { trouble: SegmentFailure | null; success: boolean } = { trouble: null, success: false };
    await postSplitting(part, {
      post: (items) =>
        post(
          lane,
          items.map(({ json }) => json),
        ),
      succeeded: async (items) => {
        seen.success = true;
        await store.transaction(async (trx) => {
          await removeDeliveries(sessionOf(trx), idsOfDeliveries(items));
          await noteDelivered({ db: trx }, lane.id, holder, now());
        });
      },
      failed: async (items, failure) => {
        seen.trouble = failure;
        if (!failure.splittable) return;
        const retries = items.map(({ delivery: { id, attempts } }) => ({
          id,
          availableAt: now() + backOff(attempts + 1, FIRST_EVENT_RETRY_MS, LONGEST_EVENT_RETRY_MS),
        }));
        await delayDeliveries(sessionOf(store.db), retries);
      },
    });
    // An event that fails alone says nothing about the endpoint: those behind it are tried at once.
    const failsForAll = !seen.success && part.length > 1;
    if (seen.trouble && (!seen.trouble.splittable || failsForAll)) return seen.trouble;
  }
  return null;
}

const idsOfDeliveries = (items: readonly Loaded[]): number[] => items.map(({ delivery }) => delivery.id);
