/**
 * Where a likelihood has no highest point, but rises ever less as two parameters grow together (all customers stop at one and the same
 * rate: s and beta) or as one falls to nothing (nobody ever stops: s): the parameters near that limit which are as good as it.
 * Real shops have such data; the predictions at the limit are sound, only those parameters say no more than "very large".
 */
import { maximum, type Maximum, type Smooth } from './maximum.ts';

/** In logarithms: 3,000 times what is usual, or a 3,000th. Beyond it nothing changes any more. */
const LIMIT = 8;
/** Of the logarithm of the likelihood: what may be missing to the best that was found on the way out. */
const AS_GOOD = 0.1;

export interface LimitMaximum extends Maximum {
  /** Variables that were held at the limit. */
  held: number[];
}

/** Shape and scale of a distribution run together: in the same direction, or (−1) in opposite ones. */
export type Pair = readonly [shape: number, scale: number, direction: 1 | -1];

/**
 * @param top that is not certain
 * @param bound as for `maximum`
 * @returns null: nothing near a limit is as good as what was found
 */
export function maximumAtLimit(f: Smooth, top: Maximum, pairs: readonly Pair[], bound: number): LimitMaximum | null {
  const held = new Map<number, number>();
  let current = top;
  // What is held may set free what ran with it, and show what else has no top.
  for (let round = 0; round < pairs.length + 1; round++) {
    const start = Float64Array.from(current.at);
    const before = held.size;
    for (const [shape, scale, direction] of pairs) {
      if (held.has(shape) || held.has(scale)) continue;
      const ran = start[shape]!;
      if (ran > LIMIT) {
        held.set(shape, LIMIT);
        start[scale]! -= direction * (ran - LIMIT);
      } else if (ran < -LIMIT) {
        // Nobody differs from nobody: the scale of it says nothing.
        held.set(shape, -LIMIT).set(scale, 0);
      } else if (Math.abs(start[scale]!) > LIMIT) held.set(scale, Math.sign(start[scale]!) * LIMIT);
    }
    if (held.size === before) return null;
    current = maximumWith(f, start, held, bound);
    if (!(current.value >= top.value - AS_GOOD)) return null;
    if (current.certain) return { ...current, held: [...held.keys()].sort((a, b) => a - b) };
  }
  return null;
}

/** Over the variables that are not held. */
function maximumWith(f: Smooth, start: Float64Array, held: ReadonlyMap<number, number>, bound: number): Maximum {
  const free = [...start.keys()].filter((i) => !held.has(i));
  const whole = (at: ArrayLike<number>): Float64Array => start.map((_, i) => held.get(i) ?? at[free.indexOf(i)] ?? 0);
  const reduced: Smooth = (at, gradient) => {
    const all = new Float64Array(start.length);
    const value = f(whole(at), all);
    free.forEach((i, place) => (gradient[place] = all[i]!));
    return value;
  };
  const found = maximum(
    reduced,
    free.map((i) => start[i]!),
    bound,
  );
  return { ...found, at: whole(found.at) };
}
