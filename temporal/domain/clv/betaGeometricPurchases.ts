/**
 * Purchases to be expected of a customer who stops after each with a probability p of their own. With N purchases in the time ahead if
 * nobody stopped (negative binomial: R, τ) and p from Beta(a, b) they are
 *
 *   E[(1 − (1 − p)^N) / p] = Σₖ P(N = k) (1 + q₁ + … + qₖ₋₁),   qⱼ = E[(1 − p)^j] = (b)ⱼ / (a + b)ⱼ.
 *
 * All terms are positive. The published form, (a + b − 1)/(a − 1) × (1 − … ₂F₁(…)), is 0/0 at a = 1, has poles at a + b = 1 and cancels in
 * short times; where both work they are equal (tests).
 */
const MOST_TERMS = 20_000;

/** @param R r + x @param tau t / (alpha + T) @param a, b of p, as it is after what was seen */
export function purchasesUntilStop(R: number, tau: number, a: number, b: number): number {
  if (tau <= 0) return 0;
  const mean = R * tau;
  const terms = mean + 40 * (1 + tau) + 10 * Math.sqrt(mean * (1 + tau));
  return terms <= MOST_TERMS ? bySeries(R, tau, a, b) : byQuadrature(R, tau, a, b);
}

const SCALED_AT = 1e200;

export function bySeries(R: number, tau: number, a: number, b: number): number {
  const z = tau / (1 + tau);
  // P(N = 0) may be below all numbers: probabilities are kept divided by it, and by what `log` says.
  let log = -R * Math.log1p(tau);
  let probability = 1;
  let sum = 0;
  let purchases = 0;
  let goesOn = 1;
  for (let k = 1; k <= 100 * MOST_TERMS; k++) {
    probability *= (z * (R + (k - 1))) / k;
    purchases += goesOn;
    goesOn *= (b + (k - 1)) / (a + b + (k - 1));
    const term = probability * purchases;
    sum += term;
    // What is left is less than a geometric series whose ratio falls from here on.
    const ratio = (z * (R + k) * (purchases + goesOn)) / ((k + 1) * purchases);
    if (ratio < 1 && (term * ratio) / (1 - ratio) <= 1e-16 * sum) break;
    if (sum > SCALED_AT) {
      probability /= SCALED_AT;
      sum /= SCALED_AT;
      log += Math.log(SCALED_AT);
    }
  }
  return Math.exp(log + Math.log(sum));
}

/**
 * The mean of (1 − (1 + pτ)^−R) / p over p, with p = 1 / (1 + e^−w), w = centre + width × sinh θ: the trapezoidal rule on a function
 * that falls off doubly exponentially on both sides (Takahasi, Mori 1974). Steps are halved until nothing changes.
 */
export function byQuadrature(R: number, tau: number, a: number, b: number): number {
  const centre = Math.log(a) - Math.log(b);
  const width = Math.min(1.5, 1.5 * Math.sqrt(1 / a + 1 / b));
  const reach = Math.asinh(60 / (width * Math.min(a, b))) + 3;
  const highest = logDensity(centre, a, b);
  let mean = NaN;
  for (let step = 1 / 8; step > 1 / 5000; step /= 2) {
    let [sum, mass] = [0, 0];
    for (let i = -Math.ceil(reach / step); i * step <= reach; i++) {
      const w = centre + width * Math.sinh(i * step);
      const density = Math.exp(logDensity(w, a, b) - highest) * Math.cosh(i * step);
      if (density === 0 || !Number.isFinite(density)) continue;
      mass += density;
      sum += density * purchasesWith(1 / (1 + Math.exp(-w)), R, tau);
    }
    const next = sum / mass;
    if (Math.abs(next - mean) <= 1e-13 * next) return next;
    mean = next;
  }
  return mean;
}

/** Of log p − log(1 − p). */
const logDensity = (w: number, a: number, b: number): number =>
  -a * (w < 0 ? Math.log1p(Math.exp(w)) - w : Math.log1p(Math.exp(-w))) -
  b * (w > 0 ? Math.log1p(Math.exp(-w)) + w : Math.log1p(Math.exp(w)));

function purchasesWith(p: number, R: number, tau: number): number {
  if (p < 1e-290) return R * tau;
  return -Math.expm1(-R * Math.log1p(p * tau)) / p;
}
