/**
 * Logarithms of the gamma function and of what is made of it, to about 1e-14, also where plain differences of two of them would lose
 * all digits: thousands of orders, parameters from 1e-12 to 1e12.
 *
 * Stirling's series after a shift to arguments of at least 12: Abramowitz & Stegun 6.1.15, 6.1.41 and 6.3.18 (DLMF 5.11.1, 5.11.2).
 */

/** From here on seven terms of Stirling's series are exact to 1e-16. */
const STIRLING_FROM = 12;
const HALF_LOG_TWO_PI = 0.918_938_533_204_672_7;

/** logΓ(x) − ((x − ½) log x − x + ½ log 2π), for x of at least 12. */
function stirlingRest(x: number): number {
  const y = 1 / (x * x);
  return (
    (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - y * (691 / 360_360 - y * (1 / 156))))))) /
    x
  );
}

/** log x − 1/(2x) − ψ(x), for x of at least 12. */
function digammaRest(x: number): number {
  const y = 1 / (x * x);
  return y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132 - y * (691 / 32_760 - y / 12))))));
}

const shiftFor = (x: number): number => (x < STIRLING_FROM ? Math.ceil(STIRLING_FROM - x) : 0);

/** @param x above 0 */
export function logGamma(x: number): number {
  const shift = shiftFor(x);
  let product = 1;
  for (let i = 0; i < shift; i++) product *= x + i;
  const z = x + shift;
  return (z - 0.5) * Math.log(z) - z + HALF_LOG_TWO_PI + stirlingRest(z) - Math.log(product);
}

/** log of x (x + 1) … (x + n − 1), that is logΓ(x + n) − logΓ(x). @param x above 0 @param n 0 or more, not only whole */
export function logRising(x: number, n: number): number {
  if (n <= STIRLING_FROM && Number.isInteger(n)) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.log(x + i);
    return sum;
  }
  const shift = shiftFor(x);
  let shifted = 0;
  for (let i = 0; i < shift; i++) shifted += Math.log1p(n / (x + i));
  const z = x + shift;
  return (z - 0.5) * Math.log1p(n / z) + n * (Math.log(z + n) - 1) + stirlingRest(z + n) - stirlingRest(z) - shifted;
}

/** ψ(x + n) − ψ(x), the derivative of `logRising` by x. */
export function digammaRise(x: number, n: number): number {
  let sum = 0;
  if (n <= STIRLING_FROM && Number.isInteger(n)) {
    for (let i = 0; i < n; i++) sum += 1 / (x + i);
    return sum;
  }
  const shift = shiftFor(x);
  for (let i = 0; i < shift; i++) sum += n / ((x + i) * (x + n + i));
  const z = x + shift;
  return sum + Math.log1p(n / z) + n / (2 * z * (z + n)) - digammaRest(z + n) + digammaRest(z);
}

/**
 * log of θ^a (1 − θ)^b / B(a, b), where θ stands as odds θ / (1 − θ).
 * With both exponents large the three parts are huge and cancel: then they are taken together (Loader 2000, saddle-point form).
 */
export function logBetaKernel(a: number, b: number, odds: number): number {
  if (a < STIRLING_FROM || b < STIRLING_FROM) {
    const logBeta = logGamma(Math.min(a, b)) - logRising(Math.max(a, b), Math.min(a, b));
    return -a * Math.log1p(1 / odds) - b * Math.log1p(odds) - logBeta;
  }
  // θ / π − 1 and (1 − θ) / (1 − π) − 1, with π = a / (a + b) the mean.
  const above = (b * odds - a) / (a * (1 + odds));
  const below = (a - b * odds) / (b * (1 + odds));
  return (
    a * Math.log1p(above) +
    b * Math.log1p(below) +
    0.5 * (Math.log(a) + Math.log(b) - Math.log(a + b)) -
    HALF_LOG_TWO_PI +
    stirlingRest(a + b) -
    stirlingRest(a) -
    stirlingRest(b)
  );
}
