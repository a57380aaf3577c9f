/** Made-up shops, each with its own reason why people buy again when they do. Seeded: the same seed is the same shop. */
import { PurchaseLog } from '../../../../temporal/domain/replenishment/purchases.ts';

export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 1013904223) >>> 0;
    for (let turn = 0; turn < 8; turn += 1) this.uniform();
  }

  /** Mulberry32. */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Student's t: heavy tails where `freedom` is small. */
  heavy(freedom: number): number {
    let squares = 0;
    for (let turn = 0; turn < freedom; turn += 1) squares += this.normal() ** 2;
    return this.normal() / Math.sqrt(squares / freedom);
  }

  below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }
}

export interface World {
  customers: number;
  products: number;
  /** Days of history. */
  days: number;
  /** Products that one customer buys. */
  productsEach: number;
  /** Middle gap of a middle product. */
  middle: number;
  /** Standard deviations of log gaps: between products, customers, a customer's products, and the rest. */
  product: number;
  tempo: number;
  habit: number;
  rest: number;
  /** Exponent of the quantity, and how many at most. */
  slope: number;
  units: number;
  /** Degrees of freedom of the rest; 0: normal. */
  tails: number;
  /** Part of the gaps that are two cycles, one having been bought elsewhere. */
  missed: number;
  /** Chance after each purchase of never coming back. */
  lapse: number;
  /** Amplitude of the season in log gaps. */
  season: number;
  /** Change of a customer's tempo from one gap to the next, standard deviation of log. */
  wander: number;
  /** Growth of all gaps, log per year. */
  drift: number;
  /** Gaps are rounded up to the customer's next order day: every so many days. 0: no such rhythm. */
  rhythm: number;
  /** Gaps are memoryless: nothing but the mean can be learned. */
  memoryless: boolean;
}

const MIDDLING: World = {
  customers: 1200,
  products: 30,
  days: 730,
  productsEach: 2,
  middle: 45,
  product: 0.5,
  tempo: 0.25,
  habit: 0.15,
  rest: 0.3,
  slope: 0,
  units: 1,
  tails: 0,
  missed: 0,
  lapse: 0.05,
  season: 0,
  wander: 0,
  drift: 0,
  rhythm: 0,
  memoryless: false,
};

export const WORLDS: Record<string, World> = {
  products: { ...MIDDLING, product: 0.7, tempo: 0.1, habit: 0.1 },
  customers: { ...MIDDLING, product: 0.1, tempo: 0.5, habit: 0.1 },
  habits: { ...MIDDLING, product: 0.1, tempo: 0.05, habit: 0.5 },
  quantity: { ...MIDDLING, middle: 30, product: 0.3, tempo: 0.15, habit: 0.1, rest: 0.25, slope: 1, units: 3 },
  mixture: { ...MIDDLING, slope: 0.7, units: 3, missed: 0.08 },
  seasonal: { ...MIDDLING, season: 0.3 },
  heavyTails: { ...MIDDLING, tails: 2 },
  missedCycles: { ...MIDDLING, missed: 0.2, rest: 0.15 },
  fewGaps: { ...MIDDLING, customers: 150, products: 60, days: 365 },
  drift: { ...MIDDLING, drift: 0.4, wander: 0.1 },
  lapsing: { ...MIDDLING, lapse: 0.35, productsEach: 3 },
  rhythm: { ...MIDDLING, productsEach: 6, rhythm: 21, customers: 400 },
  noise: { ...MIDDLING, product: 0, tempo: 0, habit: 0, rest: 0.6 },
  memoryless: { ...MIDDLING, product: 0, tempo: 0, habit: 0, memoryless: true },
  fixed: { ...MIDDLING, product: 0, tempo: 0, habit: 0, rest: 0.02 },
};

/** Purchases of the world in a log; the first day is 1 January 2024. */
export const FIRST_DAY = 19_723;

export function purchaseLog(world: World, seed: number): PurchaseLog {
  const chance = new Chance(seed);
  const log = new PurchaseLog();
  const products = Array.from({ length: world.products }, () => world.product * chance.normal());
  for (let customer = 0; customer < world.customers; customer += 1) {
    let tempo = world.tempo * chance.normal();
    const phase = chance.below(Math.max(1, world.rhythm));
    for (let turn = 0; turn < world.productsEach; turn += 1) {
      // Some products are bought far more than others.
      const product = Math.floor(world.products * chance.uniform() ** 2);
      const own = world.habit * chance.normal();
      let day = chance.below(Math.ceil(world.days * 0.8));
      for (;;) {
        const quantity = 1 + Math.floor(world.units * chance.uniform() ** 1.5);
        log.add(`c${customer}`, `p${product}`, FIRST_DAY + day, quantity);
        if (chance.uniform() < world.lapse) break;
        tempo += world.wander * chance.normal();
        const off = world.tails > 0 ? chance.heavy(world.tails) : chance.normal();
        const location =
          Math.log(world.middle) +
          (products[product] as number) +
          tempo +
          own +
          world.slope * Math.log(quantity) +
          world.season * Math.sin((2 * Math.PI * day) / 365) +
          world.drift * (day / 365);
        let gap = Math.exp(location + world.rest * off);
        if (world.memoryless) gap = -world.middle * Math.log(1 - chance.uniform());
        if (chance.uniform() < world.missed) gap *= 2;
        let next = day + Math.max(1, Math.round(gap));
        if (world.rhythm > 0) next = Math.max(day + 1, Math.ceil((next - phase) / world.rhythm) * world.rhythm + phase);
        day = next;
        if (day >= world.days) break;
      }
    }
  }
  return log;
}
