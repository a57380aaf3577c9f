/** Gauss–Legendre quadrature, and the one integral behind Pareto/NBD, whose integrand is positive: nothing cancels. */

/** Nodes and weights on 0 to 1: zeros of the Legendre polynomial by Newton's method (Abramowitz & Stegun 25.4.30). */
export function gaussLegendre(count: number): { nodes: Float64Array; weights: Float64Array } {
  const nodes = new Float64Array(count);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      let [before, value] = [1, x];
      for (let k = 2; k <= count; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
      slope = (count * (x * value - before)) / (x * x - 1);
      const change = value / slope;
      x -= change;
      if (Math.abs(change) < 1e-16) break;
    }
    nodes[i] = (1 - x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

const { nodes: NODES, weights: WEIGHTS } = gaussLegendre(12);

/** ∫ of a smooth function from 0 to `end`, in as many equal panels. */
export function integrate(f: (x: number) => number, end: number, panels: number): number {
  const width = end / panels;
  let sum = 0;
  for (let panel = 0; panel < panels; panel++) {
    for (let i = 0; i < NODES.length; i++) sum += WEIGHTS[i]! * f((panel + NODES[i]!) * width);
  }
  return sum * width;
}

/** With 12 nodes, a panel in which the logarithm changes by up to 8 is exact to 1e-15; so is one of width 2.5 (its poles are π away). */
const LOG_CHANGE = 8;
const WIDEST = 2.5;
/** e^-40 is nothing beside 1. */
const NEGLIGIBLE = 40;

/** What `survivalIntegral` answers: all divided by e^scale. */
export interface SurvivalIntegral {
  scale: number;
  integral: number;
  /** The same with log(1 + u/a) and log(1 + u/b), with u/(a + u) and u/(b + u), as a further factor: the derivatives need them. */
  logA: number;
  logB: number;
  partA: number;
  partB: number;
}

/**
 * ∫₀ˢᵖᵃⁿ (1 + u/a)^−k (1 + u/b)^−l du.
 *
 * With v = log(1 + u / min(a, b)) the logarithm of the integrand is concave and its poles are π away: panels as wide as it allows.
 *
 * @param a, b above 0 @param k, l 0 or more @param span 0 or more
 */
export function survivalIntegral(
  a: number,
  k: number,
  b: number,
  l: number,
  span: number,
  into: SurvivalIntegral,
): SurvivalIntegral {
  const aIsNearer = a <= b;
  const near = aIsNearer ? a : b;
  const nearPower = aIsNearer ? k : l;
  const farPower = aIsNearer ? l : k;
  const ratio = near / (aIsNearer ? b : a);
  // Where 1 + u/far and its slope are needed for v: far = near / ratio.
  const growth = 1 - nearPower;
  const logAt = (v: number): number => growth * v - farPower * Math.log1p(ratio * Math.expm1(v));
  const slopeAt = (v: number): number => {
    const grown = ratio * Math.exp(v);
    return growth - (farPower * grown) / (1 - ratio + grown);
  };

  const whole = Math.log1p(span / near);
  const [from, to, peak] = stretch(whole, logAt, slopeAt);
  const scale = logAt(peak);
  const steepest = Math.max(Math.abs(slopeAt(from)), Math.abs(slopeAt(to)));
  const panels = Math.max(1, Math.ceil(Math.max((steepest * (to - from)) / LOG_CHANGE, (to - from) / WIDEST)));
  const width = (to - from) / panels;

  let [integral, logNear, logFar, partNear, partFar] = [0, 0, 0, 0, 0];
  for (let panel = 0; panel < panels; panel++) {
    for (let i = 0; i < NODES.length; i++) {
      const v = from + (panel + NODES[i]!) * width;
      const grown = Math.expm1(v);
      const far = ratio * grown;
      const logOfFar = Math.log1p(far);
      const value = WEIGHTS[i]! * Math.exp(growth * v - farPower * logOfFar - scale);
      integral += value;
      logNear += value * v;
      logFar += value * logOfFar;
      partNear += (value * grown) / (1 + grown);
      partFar += (value * far) / (1 + far);
    }
  }
  const unit = width * near;
  into.scale = scale;
  into.integral = integral * unit;
  into.logA = (aIsNearer ? logNear : logFar) * unit;
  into.logB = (aIsNearer ? logFar : logNear) * unit;
  into.partA = (aIsNearer ? partNear : partFar) * unit;
  into.partB = (aIsNearer ? partFar : partNear) * unit;
  return into;
}

/** The part of 0 to `whole` that counts under a concave logarithm, and where it is highest. */
function stretch(
  whole: number,
  logAt: (v: number) => number,
  slopeAt: (v: number) => number,
): [from: number, to: number, peak: number] {
  let peak = 0;
  if (slopeAt(0) > 0) {
    let [low, high] = [0, whole];
    if (slopeAt(whole) >= 0) low = whole;
    else for (let step = 0; step < 60 && high - low > 1e-3; step++) [low, high] = halved(low, high, slopeAt);
    peak = low;
  }
  const floor = logAt(peak) - NEGLIGIBLE;
  return [edge(peak, 0, floor, logAt), edge(peak, whole, floor, logAt), peak];
}

function halved(low: number, high: number, slopeAt: (v: number) => number): [number, number] {
  const middle = (low + high) / 2;
  return slopeAt(middle) > 0 ? [middle, high] : [low, middle];
}

/** Between the peak and the end, where the logarithm falls below the floor: not before, and at most a quarter later. */
function edge(peak: number, end: number, floor: number, logAt: (v: number) => number): number {
  if (logAt(end) >= floor) return end;
  let [inside, outside] = [peak, end];
  for (let step = 0; step < 1100 && Math.abs(outside - peak) > 1.25 * Math.abs(inside - peak); step++) {
    const middle = (inside + outside) / 2;
    if (logAt(middle) >= floor) inside = middle;
    else outside = middle;
  }
  return outside;
}
