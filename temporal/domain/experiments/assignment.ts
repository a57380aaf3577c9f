/**
 * Which arm of an experiment a customer is in. It follows from the experiment's key and the customer's id alone, so that it is
 * the same in every run, process and order of asking.
 *
 * Arms are drawn by weighted rendezvous hashing (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998;
 * weights as by Schindelhauer and Schomaker, "Weighted distributed hash tables", 2005): each arm gets a number of its own for the
 * customer, and the best wins. A change to one weight moves customers to or from that arm only, and no more than it has to; the
 * order of the arms does not matter. The name is the arm: a renamed one is another one.
 */
import { createHash } from 'node:crypto';

export interface Arm {
  name: string;
  /** Above 0, beside the weights of the other arms: 1 and 1 are halves as 50 and 50 are. */
  weight: number;
}

export interface Experiment {
  key: string;
  arms: readonly Arm[];
  /** Of all customers; 0: nobody. A higher share keeps those who were held out. */
  holdoutPercent: number;
}

/** The arm of those who are held out. */
export const HOLDOUT = 'holdout';

/** @param experiment one without `experimentProblems` @param customerId the surviving one */
export function armOf({ key, arms, holdoutPercent }: Experiment, customerId: string): string {
  if (placeOf([key, customerId]) * 100 < holdoutPercent) return HOLDOUT;
  let winner = HOLDOUT;
  let best = Infinity;
  for (const { name, weight } of arms) {
    // Exponentially distributed with the rate `weight`: the smallest of several is this arm's as often as its weight says.
    const time = -Math.log(placeOf([key, customerId, name])) / weight;
    if (time < best) [winner, best] = [name, time];
  }
  return winner;
}

/** Of 2^48 equally likely places. @returns above 0 and below 1 */
function placeOf(parts: readonly string[]): number {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  return (digest.readUIntBE(0, 6) + 0.5) / 2 ** 48;
}
