/**
 * At which hour of their own clock a person is there for the shop: opens and clicks messages, visits, orders. What counts is in how many
 * different hours (of different days) they were there, not how much they did in one. A clock is a circle: an hour is thought of together
 * with its neighbours, 23 and 0 among them.
 */

export const HOURS = 24;
const HOUR_MS = 3600_000;

/** Weight of an hour for itself and for those one and two hours away. */
const NEIGHBOURS = [3, 2, 1] as const;
const NEIGHBOURS_SUM = 3 + 2 * (2 + 1);

/** Below this nothing is said: two evenings are no habit. */
const LEAST_HOURS = 5;
const LEAST_DAYS = 3;
/** So many hours of one's own weigh as much as everybody's habits: where somebody is only just known, half and half. */
const STRENGTH = 5;

export interface HourEvidence {
  /** By hour of the clock, in how many different hours they were there. */
  counts: number[];
  hours: number;
  days: number;
}

/** @param localTimes ms since 1970 as the person's clock shows them */
export function hourEvidence(localTimes: readonly number[]): HourEvidence {
  const hours = new Set(localTimes.map((at) => Math.floor(at / HOUR_MS)));
  const counts = new Array<number>(HOURS).fill(0);
  for (const hour of hours) counts[modulo(hour)]! += 1;
  return { counts, hours: hours.size, days: new Set([...hours].map((hour) => Math.floor(hour / HOURS))).size };
}

const modulo = (hour: number): number => ((hour % HOURS) + HOURS) % HOURS;

export interface PreferredHour {
  /** 0 to 23. */
  hour: number;
  /** Of the clock that shows it. */
  zone: string;
}

/** What is usual in the shop: shares of the 24 hours, each person weighing the same. */
export type ShopHours = readonly number[];

export class HoursLearner {
  readonly #shares = new Array<number>(HOURS).fill(0);
  #customers = 0;

  add({ counts, hours }: HourEvidence): void {
    if (hours === 0) return;
    this.#customers += 1;
    counts.forEach((count, hour) => (this.#shares[hour]! += count / hours));
  }

  learned(): { customers: number; shares: ShopHours } {
    const customers = this.#customers;
    const shares = this.#shares.map((share) => (customers === 0 ? 1 / HOURS : share / customers));
    return { customers, shares };
  }
}

/** @returns 0 to 23; null: too little is known */
export function preferredHour({ counts, hours, days }: HourEvidence, shop: ShopHours): number | null {
  if (hours < LEAST_HOURS || days < LEAST_DAYS) return null;
  const wanted = smoothed(counts.map((count, hour) => (count + STRENGTH * shop[hour]!) / (hours + STRENGTH)));
  let best = 0;
  // Of hours that are alike the first: sums of the same parts differ by a hair, which is not to decide.
  for (let hour = 1; hour < HOURS; hour++) if (wanted[hour]! > wanted[best]! + 1e-9) best = hour;
  return best;
}

export function smoothed(shares: readonly number[]): number[] {
  return shares.map((_, hour) => {
    let sum = 0;
    for (let away = 1 - NEIGHBOURS.length; away < NEIGHBOURS.length; away++) {
      sum += (NEIGHBOURS[Math.abs(away)]! * shares[modulo(hour + away)]!) / NEIGHBOURS_SUM;
    }
    return sum;
  });
}
