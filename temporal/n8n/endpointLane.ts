/**
 * The queue before one n8n endpoint. An idle endpoint is called at once; while it is busy, customers gather, so that
 * n8n runs few executions with many items each (a call costs it 20–170 ms of CPU, an item hardly anything).
 */
import type { SegmentCall, SegmentResult } from '../workflows/messages.ts';
import type { SegmentInput } from '../store/segments.ts';
import type { PostSegment } from './postSegment.ts';
import { missingEndpoint, storeUnavailable, type SegmentFailure } from './segmentFailure.ts';
import type { SegmentStore } from './segmentStore.ts';
import { postSplitting } from './splitting.ts';

export interface LaneOptions {
  maxItems: number;
  maxBytes: number;
  /** Calls in flight at once to one endpoint. */
  maxInFlight: number;
  /** After a call, the next one waits as long as the last one took, at most this long (unless it is full). */
  maxPauseMs: number;
  /** The fast path keeps away from an endpoint that takes longer than this. */
  slowMs: number;
  /** The fast path keeps away this long after a failure, unless a call has succeeded since. */
  failingMs: number;
  now: () => number;
  /** Told when an endpoint that worked begins to fail: once, not for every customer. */
  onTrouble: (failure: SegmentFailure) => void;
}

export const LANE_DEFAULTS: LaneOptions = {
  maxItems: 200,
  maxBytes: 4_000_000,
  maxInFlight: 1,
  maxPauseMs: 500,
  slowMs: 2_500,
  failingMs: 10_000,
  now: Date.now,
  onTrouble: () => {},
};

export interface LaneEntry {
  call: SegmentCall;
  settle: (result: SegmentResult) => void;
  fail: (failure: SegmentFailure) => void;
}

type PostInput = Extract<SegmentInput, { kind: 'post' }>;
interface Loaded {
  entry: LaneEntry;
  input: PostInput;
  json: string;
}

export class EndpointLane {
  readonly #store: SegmentStore;
  readonly #post: PostSegment;
  readonly #options: LaneOptions;
  readonly #onError: (error: unknown) => void;
  #queue: LaneEntry[] = [];
  /** When the calls in flight began. */
  readonly #inFlight = new Set<{ since: number }>();
  #lastCallMs = 0;
  #lastEndedAt = -Infinity;
  #failedAt = -Infinity;
  #timer: NodeJS.Timeout | null = null;

  constructor(store: SegmentStore, post: PostSegment, options: LaneOptions, onError: (error: unknown) => void) {
    this.#store = store;
    this.#post = post;
    this.#options = options;
    this.#onError = onError;
  }

  /** Whether somebody who cannot wait long should not queue here. */
  get congested(): boolean {
    const { now, slowMs, failingMs, maxItems } = this.#options;
    if (now() - this.#failedAt < failingMs || this.#queue.length >= maxItems) return true;
    if (this.#lastCallMs > slowMs && now() - this.#lastEndedAt < 60_000) return true;
    for (const call of this.#inFlight) if (now() - call.since > slowMs / 2) return true;
    return false;
  }

  /** Nothing queued, nothing under way, and no memory worth keeping. */
  get idle(): boolean {
    return this.#queue.length === 0 && this.#inFlight.size === 0 && this.#options.now() - this.#lastEndedAt > 60_000;
  }

  add(entries: readonly LaneEntry[]): void {
    this.#queue.push(...entries);
    this.#pump();
  }

  #pump(): void {
    const { maxInFlight, maxItems, maxPauseMs, now } = this.#options;
    while (this.#queue.length > 0 && this.#inFlight.size < maxInFlight) {
      const pause = this.#lastEndedAt + Math.min(this.#lastCallMs, maxPauseMs) - now();
      if (pause > 0 && this.#queue.length < maxItems) {
        if (this.#timer === null) {
          this.#timer = setTimeout(() => {
            this.#timer = null;
            this.#pump();
          }, pause);
        }
        return;
      }
      void this.#run(this.#queue.splice(0, maxItems));
    }
  }

  async #run(entries: LaneEntry[]): Promise<void> {
    const { now } = this.#options;
    const flight = { since: now() };
    this.#inFlight.add(flight);
    try {
      const loaded = await this.#load(entries);
      for (const group of byJourney(loaded)) {
        for (const batch of inBatches(group, this.#options.maxBytes)) await this.#call(batch);
      }
    } catch (error) {
      // The store did not answer; its errors may quote values, so they go to the log only.
      this.#onError(error);
      for (const entry of entries) entry.fail(storeUnavailable());
    } finally {
      this.#inFlight.delete(flight);
      this.#lastEndedAt = now();
      this.#lastCallMs = this.#lastEndedAt - flight.since;
      this.#pump();
    }
  }

  async #load(entries: LaneEntry[]): Promise<Loaded[]> {
    const inputs = await this.#store.load(entries.map((entry) => entry.call));
    const loaded: Loaded[] = [];
    entries.forEach((entry, index) => {
      const input = inputs[index];
      if (input?.kind === 'post') loaded.push({ entry, input, json: JSON.stringify(input.item) });
      else if (input?.kind === 'answered') entry.settle(input.result);
      else entry.fail(missingEndpoint(input?.step ?? entry.call.runId));
    });
    return loaded;
  }

  async #call(batch: Loaded[]): Promise<void> {
    const endpoint = batch[0]!.input.endpoint;
    let anySuccess = false;
    await postSplitting(batch, {
      post: (items) =>
        this.#post(
          endpoint,
          items.map((item) => item.json),
        ),
      succeeded: async (items) => {
        anySuccess = true;
        this.#failedAt = -Infinity;
        const results = await this.#store.results(items.map((item) => item.entry.call));
        items.forEach(({ entry }, index) => entry.settle(results[index]!));
      },
      failed: async (items, failure) => {
        // A single bad item says nothing about the endpoint.
        if (failure.concernsAll || !anySuccess) {
          if (this.#failedAt === -Infinity) this.#options.onTrouble(failure);
          this.#failedAt = this.#options.now();
        }
        await this.#failed(items, failure);
      },
    });
  }

  async #failed(items: readonly Loaded[], failure: SegmentFailure): Promise<void> {
    const known = failure.answerLost ? await this.#store.known(items.map((item) => item.entry.call)) : [];
    items.forEach(({ entry }, index) => {
      const result = known[index];
      if (result) entry.settle(result);
      else entry.fail(failure);
    });
    if (!failure.concernsAll) return;
    for (const entry of this.#queue.splice(0)) entry.fail(failure);
  }
}

/** Customers of several journeys are never mixed in one execution, even where journeys share a node. */
function byJourney(items: readonly Loaded[]): Loaded[][] {
  return [...Map.groupBy(items, ({ input }) => `${input.endpoint.id} ${input.item.run.journey}`).values()];
}

/** n8n refuses bodies above its limit; a single item that is larger goes alone. */
export function inBatches<T extends { json: string }>(items: readonly T[], maxBytes: number): T[][] {
  const batches: T[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(item.json) + 1;
    const current = batches.at(-1);
    if (!current || bytes + size > maxBytes) {
      batches.push([item]);
      bytes = size;
    } else {
      current.push(item);
      bytes += size;
    }
  }
  return batches;
}
