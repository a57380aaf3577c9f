/**
 * Ids of a large file as dense numbers, in the order of their first appearance: bytes in one arena and typed arrays beside it,
 * no string for an id until somebody asks for its text.
 */

const FIRST_SLOTS = 1024;
const FIRST_BYTES = 16 * 1024;
/** Offsets are 32 bits wide. */
const MOST_BYTES = 2 ** 32 - 1;
/** Fuller tables are slow, emptier ones waste memory. */
const FULLEST = 0.6;

export class IdTable {
  size = 0;
  /** Index of the id + 1 by its place; 0: free. */
  #slots = new Int32Array(FIRST_SLOTS);
  #hashes = new Int32Array(FIRST_SLOTS);
  /** Where each id begins in the arena; the next one's beginning is its end. */
  #starts = new Uint32Array(FIRST_SLOTS + 1);
  #arena = new Uint8Array(FIRST_BYTES);
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /**
   * @returns the id's number, from 0; a new one is `size` before the call
   * @throws RangeError with what is wrong with a new id
   */
  intern(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0x811c9dc5;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash ^= hash >>> 13;
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = (this.#slots[slot] as number) - 1;
      if (index < 0) return this.#add(bytes, from, to, hash, slot);
      if (this.#hashes[index] === hash && this.#isAt(index, bytes, from, to)) return index;
    }
  }

  textOf(index: number): string {
    return this.#decoder.decode(this.#arena.subarray(this.#starts[index], this.#starts[index + 1]));
  }

  /** All indexes in the order of their ids' bytes: the same order however the file was sorted. */
  inOrder(): Uint32Array {
    const indexes = new Uint32Array(this.size);
    for (let index = 0; index < this.size; index++) indexes[index] = index;
    return indexes.sort((a, b) => this.#compare(a, b));
  }

  #compare(a: number, b: number): number {
    const arena = this.#arena;
    const [startA, endA] = [this.#starts[a] as number, this.#starts[a + 1] as number];
    const [startB, endB] = [this.#starts[b] as number, this.#starts[b + 1] as number];
    for (let i = startA, j = startB; i < endA && j < endB; i++, j++) {
      const difference = (arena[i] as number) - (arena[j] as number);
      if (difference !== 0) return difference;
    }
    return endA - startA - (endB - startB);
  }

  #isAt(index: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts[index] as number;
    if ((this.#starts[index + 1] as number) - start !== to - from) return false;
    for (let i = from, j = start; i < to; i++, j++) if (bytes[i] !== this.#arena[j]) return false;
    return true;
  }

  #add(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    this.#check(bytes, from, to);
    const index = this.size;
    const start = this.#starts[index] as number;
    const end = start + to - from;
    if (end > this.#arena.length) this.#arena = grown(this.#arena, Uint8Array, Math.max(end, this.#arena.length * 2));
    this.#arena.set(bytes.subarray(from, to), start);
    this.#starts[index + 1] = end;
    this.#hashes[index] = hash;
    this.#slots[slot] = index + 1;
    this.size++;
    if (this.size > this.#slots.length * FULLEST) this.#widen();
    return index;
  }

  #check(bytes: Uint8Array, from: number, to: number): void {
    if ((this.#starts[this.size] as number) + to - from > MOST_BYTES) {
      throw new RangeError('is one id too many: all different ids together are longer than 4 GB');
    }
    let isAscii = true;
    for (let i = from; i < to; i++) {
      if (bytes[i] === 0) throw new RangeError('has a NUL character');
      if ((bytes[i] as number) >= 0x80) isAscii = false;
    }
    if (isAscii) return;
    try {
      this.#decoder.decode(bytes.subarray(from, to));
    } catch {
      throw new RangeError('is not valid UTF-8');
    }
  }

  #widen(): void {
    const length = this.#slots.length * 2;
    this.#hashes = grown(this.#hashes, Int32Array, length);
    this.#starts = grown(this.#starts, Uint32Array, length + 1);
    this.#slots = new Int32Array(length);
    for (let index = 0; index < this.size; index++) {
      let slot = (this.#hashes[index] as number) & (length - 1);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (length - 1);
      this.#slots[slot] = index + 1;
    }
  }
}

type Numbers = Uint8Array | Int32Array | Uint32Array | Float64Array;

/** The same numbers with room for more. */
export function grown<T extends Numbers>(numbers: T, Type: new (length: number) => T, length: number): T {
  const more = new Type(length);
  more.set(numbers);
  return more;
}
