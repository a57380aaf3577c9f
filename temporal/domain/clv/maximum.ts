/** The highest point of a smooth function of a few variables: BFGS with derivatives, certain of what it found. Deterministic. */

/** Adds the derivatives at `at` to `gradient` (zeroed before). @returns the value */
export type Smooth = (at: Float64Array, gradient: Float64Array) => number;

export interface Maximum {
  at: Float64Array;
  value: number;
  /** Within a thousandth of a standard error of a point with no slope that is curved downwards in every direction. */
  certain: boolean;
}

/** Of all variables, in either direction: they are logarithms, and a step of 2 is a factor of 7. */
const LONGEST_STEP = 2;
/** So many steps in a row that win next to nothing: it is flat here, or as near as it gets before Newton's method. */
const MOST_IDLE_STEPS = 3;
const IDLE = 1e-10;
/** Of g'H⁻¹g, the squared distance to the top in standard errors. */
const NEAR_ENOUGH = 1e-10;

/** @param bound how far from 0 a variable may go */
export function maximum(f: Smooth, start: readonly number[], bound: number, mostSteps = 200): Maximum {
  const n = start.length;
  let at = Float64Array.from(start);
  let { value, gradient } = evaluated(f, at);
  let inverse = identity(n);
  let fresh = true;
  let idle = 0;
  for (let step = 0; step < mostSteps && idle < MOST_IDLE_STEPS; step++) {
    let direction = times(inverse, gradient);
    let slope = dot(direction, gradient);
    if (!(slope > 0)) {
      [inverse, fresh] = [identity(n), true];
      direction = gradient.slice();
      slope = dot(gradient, gradient);
    }
    if (!fresh && slope < NEAR_ENOUGH) break;
    const longest = Math.max(...direction.map(Math.abs));
    if (!(longest > 0)) break;
    let length = Math.min(1, LONGEST_STEP / longest);
    if (fresh) length = Math.min(length, 0.5 / longest);
    let next: Float64Array<ArrayBuffer> | null = null;
    let found = { value, gradient };
    for (let tries = 0; tries < 20; tries++, length /= 2) {
      const candidate = at.map((x, i) => Math.max(-bound, Math.min(bound, x + length * direction[i]!)));
      found = evaluated(f, candidate);
      if (found.value >= value + 1e-4 * length * slope - 1e-13 * Math.abs(value)) {
        next = candidate;
        break;
      }
    }
    if (next === null) {
      if (fresh) break;
      [inverse, fresh] = [identity(n), true];
      continue;
    }
    const moved = next.map((x, i) => x - at[i]!);
    const turned = gradient.map((g, i) => g - found.gradient[i]!);
    inverse = updated(fresh ? null : inverse, moved, turned) ?? inverse;
    fresh = false;
    idle = found.value - value <= IDLE * Math.abs(value) ? idle + 1 : 0;
    [at, value, gradient] = [next, found.value, found.gradient];
    if (!moved.some((x) => x !== 0)) break;
  }
  return polished(f, at, value, bound);
}

/** Newton's method from close by, with the curvature itself: it also says whether this is a top at all. */
function polished(f: Smooth, start: Float64Array, startValue: number, bound: number): Maximum {
  let [at, value] = [start, startValue];
  for (let step = 0; step < 5; step++) {
    const { gradient } = evaluated(f, at);
    const change = solvedDownwards(curvature(f, at), gradient);
    if (change === null || at.some((x) => Math.abs(x) > bound - 0.5)) return { at, value, certain: false };
    if (dot(change, gradient) < 1e-6 && Math.max(...change.map(Math.abs)) < 1e-7) return { at, value, certain: true };
    const longest = Math.max(1, ...change.map(Math.abs));
    const next = at.map((x, i) => x + change[i]! / longest);
    const found = evaluated(f, next);
    if (!(found.value >= value - 1e-12 * Math.abs(value))) {
      return { at, value, certain: dot(change, gradient) < 1e-6 };
    }
    [at, value] = [next, found.value];
  }
  const { gradient } = evaluated(f, at);
  const change = solvedDownwards(curvature(f, at), gradient);
  return { at, value, certain: change !== null && dot(change, gradient) < 1e-6 };
}

function evaluated(f: Smooth, at: Float64Array): { value: number; gradient: Float64Array } {
  const gradient = new Float64Array(at.length);
  const value = f(at, gradient);
  return Number.isFinite(value) && gradient.every(Number.isFinite)
    ? { value, gradient }
    : { value: -Infinity, gradient: gradient.fill(0) };
}

/** Second derivatives, negated, by differences of the first. */
function curvature(f: Smooth, at: Float64Array): Float64Array[] {
  const h = 1e-4;
  const rows = [...at.keys()].map((i) => {
    const gradients = [h, -h].map(
      (shift) =>
        evaluated(
          f,
          at.map((x, j) => (j === i ? x + shift : x)),
        ).gradient,
    );
    return gradients[0]!.map((up, j) => (gradients[1]![j]! - up) / (2 * h));
  });
  return rows.map((row, i) => row.map((x, j) => (x + rows[j]![i]!) / 2));
}

/** Solves C y = g by Cholesky's decomposition; null: C is not positive, beyond the noise of differences. */
function solvedDownwards(C: Float64Array[], g: Float64Array): Float64Array | null {
  const n = g.length;
  const L = C.map((row) => row.slice());
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = L[i]![j]!;
      for (let k = 0; k < j; k++) sum -= L[i]![k]! * L[j]![k]!;
      if (i === j) {
        if (!(sum > 1e-9 * C[j]![j]!) || !(sum > 1e-6)) return null;
        L[j]![j] = Math.sqrt(sum);
      } else L[i]![j] = sum / L[j]![j]!;
    }
  }
  const y = g.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) y[i]! -= L[i]![k]! * y[k]!;
    y[i]! /= L[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) y[i]! -= L[k]![i]! * y[k]!;
    y[i]! /= L[i]![i]!;
  }
  return y;
}

/** The BFGS formula for the inverse (Nocedal, Wright 2006, 6.17); null: the step says nothing about the curvature. */
function updated(inverse: Float64Array[] | null, moved: Float64Array, turned: Float64Array): Float64Array[] | null {
  const along = dot(moved, turned);
  if (!(along > 1e-14 * Math.sqrt(dot(moved, moved) * dot(turned, turned)))) return null;
  const n = moved.length;
  const H = inverse ?? identity(n, along / dot(turned, turned));
  const Hy = times(H, turned);
  const factor = (1 + dot(turned, Hy) / along) / along;
  return H.map((row, i) =>
    row.map((x, j) => x + factor * moved[i]! * moved[j]! - (Hy[i]! * moved[j]! + moved[i]! * Hy[j]!) / along),
  );
}

const identity = (n: number, value = 1): Float64Array[] =>
  Array.from({ length: n }, (_, i) => new Float64Array(n).map((_, j) => (i === j ? value : 0)));
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const times = (M: Float64Array[], v: Float64Array): Float64Array => Float64Array.from(M, (row) => dot(row, v));
