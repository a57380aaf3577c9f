/**
 * An id's bytes as three whole numbers, for tables that compare without looking anywhere else: shops' ids are mostly shorter than
 * thirteen bytes. Of a longer one there is a hash only.
 */

/** Longer ids do not fit into three numbers of 32 bits. */
export const SHORT_BYTES = 12;

export class IdKey {
  hash = 0;
  isShort = true;
  /** The bytes of a short id, zeros behind them. */
  a = 0;
  b = 0;
  c = 0;

  /** @throws RangeError with what is wrong with the id */
  read(bytes: Uint8Array, from: number, to: number): void {
    let a = 0;
    let b = 0;
    let c = 0;
    const length = to - from;
    this.isShort = length <= SHORT_BYTES;
    if (this.isShort) {
      for (let i = 0; i < length; i++) {
        const byte = bytes[from + i] as number;
        // It would look like the zeros behind a shorter id.
        if (byte === 0) throw new RangeError('has a NUL character');
        const shifted = byte << ((i & 3) << 3);
        if (i < 4) a |= shifted;
        else if (i < 8) b |= shifted;
        else c |= shifted;
      }
      this.hash = hashOf(a, b, c);
    } else {
      let hash = 0x811c9dc5;
      for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
      this.hash = hashOf(hash, length, 0);
    }
    this.a = a;
    this.b = b;
    this.c = c;
  }
}

/** Every bit of the three changes about half of the lower bits, which are the place in a table. */
export function hashOf(a: number, b: number, c: number): number {
  let hash = Math.imul(a, 0x9e3779b1) + Math.imul(b, 0x85ebca6b) + Math.imul(c, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
  return hash ^ (hash >>> 15);
}
