/**
 * Ids of a large file as dense numbers, in the order of their first appearance: bytes in one arena and typed arrays beside it,
 * no string for an id until somebody asks for its text.
 */
import { orderOfBytes } from './byteOrder.ts';
import { hashOf, IdKey } from './idKey.ts';

const FIRST_SLOTS = 1024;
const FIRST_BYTES = 16 * 1024;
/** Offsets are 32 bits wide. */
const MOST_BYTES = 2 ** 32 - 1;
/** Fuller tables are slow, emptier ones waste memory. */
const FULLEST = 0.6;
/** Numbers in a slot: they lie in one line of the processor's cache. */
const STRIDE = 4;

export class IdTable {
  size = 0;
  /** Of an id by its place: index + 1 and its bytes; minus (index + 1) and its hash, if it is longer; 0: free. */
  #slots = new Int32Array(FIRST_SLOTS * STRIDE);
  #mask = FIRST_SLOTS - 1;
  /** Where each id begins in the arena; the next one's beginning is its end. */
  #starts = new Uint32Array(FIRST_SLOTS + 1);
  #arena = new Uint8Array(FIRST_BYTES);
  readonly #key = new IdKey();
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /**
   * @returns the id's number, from 0; a new one is `size` before the call
   * @throws RangeError with what is wrong with the id
   */
  intern(bytes: Uint8Array, from: number, to: number): number {
    const key = this.#key;
    key.read(bytes, from, to);
    const slots = this.#slots;
    const mask = this.#mask;
    for (let place = key.hash & mask; ; place = (place + 1) & mask) {
      const at = place * STRIDE;
      const found = slots[at] as number;
      if (found === 0) return this.#add(bytes, from, to, at);
      if (key.isShort) {
        if (found > 0 && slots[at + 1] === key.a && slots[at + 2] === key.b && slots[at + 3] === key.c)
          return found - 1;
      } else if (found < 0 && slots[at + 1] === key.hash && this.#isAt(-found - 1, bytes, from, to)) return -found - 1;
    }
  }

  textOf(index: number): string {
    return this.#decoder.decode(this.#arena.subarray(this.#starts[index], this.#starts[index + 1]));
  }

  /** All indexes in the order of their ids' bytes: the same order however the file was sorted. */
  inOrder(): Uint32Array {
    return orderOfBytes(this.#arena, this.#starts, this.size);
  }

  #isAt(index: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts[index] as number;
    if ((this.#starts[index + 1] as number) - start !== to - from) return false;
    for (let i = from, j = start; i < to; i++, j++) if (bytes[i] !== this.#arena[j]) return false;
    return true;
  }

  #add(bytes: Uint8Array, from: number, to: number, at: number): number {
    this.#check(bytes, from, to);
    const { isShort, hash, a, b, c } = this.#key;
    const index = this.size;
    const start = this.#starts[index] as number;
    const end = start + to - from;
    if (end > this.#arena.length) this.#arena = grown(this.#arena, Uint8Array, Math.max(end, this.#arena.length * 2));
    this.#arena.set(bytes.subarray(from, to), start);
    this.#starts[index + 1] = end;
    this.#slots[at] = isShort ? index + 1 : -(index + 1);
    this.#slots[at + 1] = isShort ? a : hash;
    this.#slots[at + 2] = b;
    this.#slots[at + 3] = c;
    this.size++;
    if (this.size > (this.#mask + 1) * FULLEST) this.#widen();
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
    const length = (this.#mask + 1) * 2;
    this.#starts = grown(this.#starts, Uint32Array, length + 1);
    this.#slots = rehashed(this.#slots, length, (slots, at) =>
      (slots[at] as number) > 0
        ? hashOf(slots[at + 1] as number, slots[at + 2] as number, slots[at + 3] as number)
        : (slots[at + 1] as number),
    );
    this.#mask = length - 1;
  }
}

/** The same slots, four numbers each and the first of them not 0, in a table of `length` places (a power of two). */
export function rehashed(
  slots: Int32Array,
  length: number,
  hashAt: (slots: Int32Array, at: number) => number,
): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(length * STRIDE);
  for (let from = 0; from < slots.length; from += STRIDE) {
    if (slots[from] === 0) continue;
    let place = hashAt(slots, from) & (length - 1);
    while (wider[place * STRIDE] !== 0) place = (place + 1) & (length - 1);
    const to = place * STRIDE;
    wider[to] = slots[from] as number;
    wider[to + 1] = slots[from + 1] as number;
    wider[to + 2] = slots[from + 2] as number;
    wider[to + 3] = slots[from + 3] as number;
  }
  return wider;
}

type Numbers = Uint8Array | Int32Array | Uint32Array | Float64Array;

/** The same numbers with room for more. */
export function grown<T extends Numbers>(numbers: T, Type: new (length: number) => T, length: number): T {
  const more = new Type(length);
  more.set(numbers);
  return more;
}
