/** Sorts pieces of an arena by their bytes without comparing them in pairs: a million ids in a fraction of a second. */

/** A bucket for each byte, and one for what has ended. */
const BUCKETS = 257;
/** Smaller heaps are sorted faster in pairs. */
const SMALL = 24;

/** @param starts of each piece; the next one's is its end @returns indexes in the order of the bytes */
export function orderOfBytes(arena: Uint8Array, starts: Uint32Array, count: number): Uint32Array {
  const indexes = new Uint32Array(count);
  for (let index = 0; index < count; index++) indexes[index] = index;
  const sorter = new ByteSorter(arena, starts, indexes);
  sorter.sort(0, count, 0);
  return indexes;
}

class ByteSorter {
  readonly #arena: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #indexes: Uint32Array;
  readonly #moved: Uint32Array;

  constructor(arena: Uint8Array, starts: Uint32Array, indexes: Uint32Array) {
    this.#arena = arena;
    this.#starts = starts;
    this.#indexes = indexes;
    this.#moved = new Uint32Array(indexes.length);
  }

  /** Indexes from `begin` to `end`, whose pieces are alike in their first `depth` bytes. */
  sort(begin: number, end: number, depth: number): void {
    let [from, to] = [begin, end];
    for (let level = depth; ; level++) {
      if (to - from <= SMALL) {
        this.#inPairs(from, to, level);
        return;
      }
      const ends = this.#bucketEnds(from, to, level);
      // Ids often begin alike: then there is nothing to move.
      if (ends !== null) [from, to] = this.#sortBuckets(from, to, level, ends);
    }
  }

  /** All buckets but the largest, which is left to the loop, so that calls are never nested deeply. @returns the largest */
  #sortBuckets(from: number, to: number, level: number, ends: Uint32Array): [number, number] {
    this.#move(from, to, level, ends);
    // What were the ends are the beginnings now. Pieces that have ended are all alike.
    const beginOf = (bucket: number): number => (bucket < BUCKETS ? (ends[bucket] as number) : to);
    let largest = 1;
    for (let bucket = 2; bucket < BUCKETS; bucket++) {
      if (beginOf(bucket + 1) - beginOf(bucket) > beginOf(largest + 1) - beginOf(largest)) largest = bucket;
    }
    for (let bucket = 1; bucket < BUCKETS; bucket++) {
      const count = beginOf(bucket + 1) - beginOf(bucket);
      if (bucket !== largest && count > 1) this.sort(beginOf(bucket), beginOf(bucket + 1), level + 1);
    }
    return [beginOf(largest), beginOf(largest + 1)];
  }

  /** @returns 0: it has ended; else its byte + 1 */
  #bucket(index: number, depth: number): number {
    const at = (this.#starts[index] as number) + depth;
    return at < (this.#starts[index + 1] as number) ? (this.#arena[at] as number) + 1 : 0;
  }

  /** Null: all of them have the same byte there. */
  #bucketEnds(from: number, to: number, depth: number): Uint32Array | null {
    const ends = new Uint32Array(BUCKETS);
    for (let at = from; at < to; at++) {
      const bucket = this.#bucket(this.#indexes[at] as number, depth);
      ends[bucket] = (ends[bucket] as number) + 1;
    }
    const first = this.#bucket(this.#indexes[from] as number, depth);
    if (first > 0 && ends[first] === to - from) return null;
    let end = from;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      end += ends[bucket] as number;
      ends[bucket] = end;
    }
    return ends;
  }

  #move(from: number, to: number, depth: number, ends: Uint32Array): void {
    for (let at = to - 1; at >= from; at--) {
      const index = this.#indexes[at] as number;
      const bucket = this.#bucket(index, depth);
      const place = (ends[bucket] as number) - 1;
      ends[bucket] = place;
      this.#moved[place] = index;
    }
    this.#indexes.set(this.#moved.subarray(from, to), from);
  }

  #inPairs(from: number, to: number, depth: number): void {
    for (let at = from + 1; at < to; at++) {
      const index = this.#indexes[at] as number;
      let place = at;
      for (; place > from && this.#compare(this.#indexes[place - 1] as number, index, depth) > 0; place--) {
        this.#indexes[place] = this.#indexes[place - 1] as number;
      }
      this.#indexes[place] = index;
    }
  }

  #compare(a: number, b: number, depth: number): number {
    for (let at = depth; ; at++) {
      const [byteA, byteB] = [this.#bucket(a, at), this.#bucket(b, at)];
      if (byteA !== byteB) return byteA - byteB;
      if (byteA === 0) return 0;
    }
  }
}
