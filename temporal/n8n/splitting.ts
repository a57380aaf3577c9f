/**
 * A batch that failed in n8n is tried again in halves, so that one bad item does not hold up the others. When nothing
 * succeeds, the workflow is probably broken for everybody: then a random sample of single items decides, so that a broken
 * workflow costs some 35 calls a batch and not 400, and yet no good item waits for ever behind bad ones.
 */
import type { SegmentFailure } from './segmentFailure.ts';

/** Calls without any success before single items are sampled. */
const HALVING_CALLS = 15;
const SAMPLED_ITEMS = 20;

export interface Splitting<T> {
  /** @returns null when the items went through */
  post: (items: readonly T[]) => Promise<SegmentFailure | null>;
  succeeded: (items: readonly T[]) => Promise<void>;
  failed: (items: readonly T[], failure: SegmentFailure) => Promise<void>;
  random?: () => number;
}

export async function postSplitting<T>(items: readonly T[], splitting: Splitting<T>): Promise<void> {
  const pieces: (readonly T[])[] = [items];
  let calls = 0;
  let anySuccess = false;
  let samples = 0;
  for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
    const failure = await splitting.post(piece);
    calls++;
    if (failure === null) {
      anySuccess = true;
      await splitting.succeeded(piece);
      continue;
    }
    if (!failure.splittable) {
      // n8n went away, or the like: what is left would fail in the same way.
      await splitting.failed([piece, ...pieces].flat(), failure);
      return;
    }
    if (piece.length === 1) {
      await splitting.failed(piece, failure);
      samples += calls > HALVING_CALLS ? 1 : 0;
    } else {
      const middle = Math.ceil(piece.length / 2);
      pieces.push(piece.slice(0, middle), piece.slice(middle));
    }
    if (anySuccess || calls < HALVING_CALLS) continue;
    if (calls === HALVING_CALLS) {
      const singles = shuffled(pieces.splice(0).flat(), splitting.random ?? Math.random);
      pieces.push(...singles.map((single) => [single]));
    } else if (samples >= SAMPLED_ITEMS && pieces.length > 0) {
      await splitting.failed(pieces.flat(), failure);
      return;
    }
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
