/**
 * Runs segments in n8n for the activities: finds each one's endpoint, gathers those of one endpoint and journey, joins
 * callers who ask for the same run and segment, and lets the fast path go when it would have to wait.
 */
import type { SegmentCall, SegmentResult } from '../workflows/messages.ts';
import { segmentKey, type SegmentEndpoint } from '../store/segments.ts';
import { EndpointLane, LANE_DEFAULTS, type LaneEntry, type LaneOptions } from './endpointLane.ts';
import type { PostSegment } from './postSegment.ts';
import { storeUnavailable, toApplicationFailure } from './segmentFailure.ts';
import type { SegmentStore } from './segmentStore.ts';

export interface SegmentCallerOptions extends Partial<LaneOptions> {
  store: SegmentStore;
  post: PostSegment;
  /** A local activity holds its workflow task open; past this it lets go, and the ordinary activity joins the call. */
  fastMs?: number;
  onError?: (error: unknown) => void;
}

const FAST_MS = 3_000;
/** How long a result is kept for the ordinary activity that comes after a fast path which let go. */
const KEPT_MS = 60_000;
const LANES_BEFORE_CLEANING = 50;

interface Flight extends LaneEntry {
  readonly key: string;
  readonly promise: Promise<SegmentResult>;
  /** Nobody is there who could wait for its turn. */
  fastOnly: boolean;
  /** The fast path has let go and nobody has joined since. */
  abandoned: boolean;
}

export class SegmentCaller {
  readonly #options: SegmentCallerOptions;
  readonly #lanes = new Map<string, EndpointLane>();
  readonly #flights = new Map<string, Flight>();
  readonly #kept = new Map<string, { result: SegmentResult; timer: NodeJS.Timeout }>();
  #arriving: Flight[] = [];

  constructor(options: SegmentCallerOptions) {
    this.#options = options;
  }

  /**
   * For the ordinary activity: waits for its turn.
   * @throws ApplicationFailure with a type of SEGMENT_FAILURES
   */
  async run(call: SegmentCall): Promise<SegmentResult> {
    const kept = this.#kept.get(segmentKey(call));
    if (kept) {
      clearTimeout(kept.timer);
      this.#kept.delete(segmentKey(call));
      return kept.result;
    }
    const flight = this.#flightOf(call, false);
    flight.abandoned = false;
    flight.fastOnly = false;
    return await flight.promise;
  }

  /** For the local activity: never throws, never waits long. */
  async tryRun(call: SegmentCall): Promise<SegmentResult> {
    const flight = this.#flightOf(call, true);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<SegmentResult>((resolve) => {
      timer = setTimeout(() => {
        flight.abandoned = true;
        resolve({ kind: 'notNow' });
      }, this.#options.fastMs ?? FAST_MS);
    });
    try {
      return await Promise.race([flight.promise, late]);
    } catch {
      return { kind: 'notNow' };
    } finally {
      clearTimeout(timer);
    }
  }

  #flightOf(call: SegmentCall, fastOnly: boolean): Flight {
    const key = segmentKey(call);
    const joined = this.#flights.get(key);
    if (joined) return joined;
    const { promise, resolve, reject } = Promise.withResolvers<SegmentResult>();
    // Whoever let go does not hear of a failure; the next attempt does.
    promise.catch(() => {});
    // After a quick end the same segment may already run again: only its own entry is removed.
    const leave = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    const flight: Flight = {
      key,
      call,
      promise,
      fastOnly,
      abandoned: false,
      settle: (result) => {
        leave();
        if (flight.abandoned && result.kind !== 'notNow') this.#keep(key, result);
        resolve(result);
      },
      fail: (failure) => {
        leave();
        reject(toApplicationFailure(failure));
      },
    };
    this.#flights.set(key, flight);
    if (this.#arriving.push(flight) === 1) setImmediate(() => void this.#route(this.#arriving.splice(0)));
    return flight;
  }

  async #route(flights: Flight[]): Promise<void> {
    let located: Map<string, SegmentEndpoint>;
    try {
      located = await this.#options.store.locate(flights.map((flight) => flight.call));
    } catch (error) {
      this.#options.onError?.(error);
      for (const flight of flights) flight.fail(storeUnavailable());
      return;
    }
    const byLane = new Map<string, Flight[]>();
    for (const flight of flights) {
      const laneKey = located.get(flight.key)?.id ?? '';
      const members = byLane.get(laneKey) ?? [];
      if (members.push(flight) === 1) byLane.set(laneKey, members);
    }
    for (const [laneKey, members] of byLane) this.#enqueue(laneKey, members);
  }

  #enqueue(laneKey: string, flights: Flight[]): void {
    const lane = this.#lane(laneKey);
    const admitted: Flight[] = [];
    for (const flight of flights) {
      if (flight.fastOnly && lane.congested) flight.settle({ kind: 'notNow' });
      else admitted.push(flight);
    }
    if (admitted.length > 0) lane.add(admitted);
  }

  #lane(laneKey: string): EndpointLane {
    let lane = this.#lanes.get(laneKey);
    if (!lane) {
      if (this.#lanes.size >= LANES_BEFORE_CLEANING) {
        for (const [key, old] of this.#lanes) if (old.idle) this.#lanes.delete(key);
      }
      const { store, post, onError = () => {} } = this.#options;
      lane = new EndpointLane(store, post, { ...LANE_DEFAULTS, ...this.#options }, onError);
      this.#lanes.set(laneKey, lane);
    }
    return lane;
  }

  #keep(key: string, result: SegmentResult): void {
    const timer = setTimeout(() => this.#kept.delete(key), KEPT_MS);
    timer.unref();
    this.#kept.set(key, { result, timer });
  }
}
