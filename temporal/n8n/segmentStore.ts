/** What the segment caller asks of the store, bound to one store. Tests of the caller bring their own. */
import {
  loadSegmentInputs,
  locateSegments,
  readKnownResults,
  readSegmentResults,
  type SegmentEndpoint,
  type SegmentInput,
} from '../store/segments.ts';
import type { Store } from '../store/store.ts';
import type { SegmentCall, SegmentResult } from '../workflows/messages.ts';

export interface SegmentStore {
  /** By `segmentKey`; calls whose endpoint is unknown are left out. */
  locate(calls: SegmentCall[]): Promise<Map<string, SegmentEndpoint>>;
  /** Just before the post, in the order of the calls. */
  load(calls: SegmentCall[]): Promise<SegmentInput[]>;
  /** After n8n has run them to their end, in the order of the calls. */
  results(calls: SegmentCall[]): Promise<SegmentResult[]>;
  /** After n8n's answer was lost; null where nothing can be said. */
  known(calls: SegmentCall[]): Promise<(SegmentResult | null)[]>;
}

/** @param now epoch ms */
export function segmentStore(store: Store, now: () => number): SegmentStore {
  return {
    locate: (calls) => locateSegments(store.db, calls),
    load: (calls) => store.transaction((trx) => loadSegmentInputs(trx, calls, now())),
    results: (calls) => store.transaction((trx) => readSegmentResults(trx, calls, now())),
    known: (calls) => readKnownResults(store.db, calls),
  };
}
