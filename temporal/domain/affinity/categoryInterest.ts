/**
 * What kinds of goods a person is interested in, from what they did: the more it cost them, the more it says, and the longer ago, the
 * less. Interests are shares of all that a person did, so that they stand still while nothing new happens.
 */
import { rounded } from './credibility.ts';

/** Our own choice. What was put back, or searched for in words, says too little of a category. */
export const INTEREST_WEIGHTS = {
  viewed_product: 1,
  wishlisted: 3,
  joined_waitlist: 4,
  back_in_stock_requested: 4,
  added_to_cart: 4,
  completed_purchase: 8,
} as const satisfies Record<string, number>;
export type InterestSign = keyof typeof INTEREST_WEIGHTS;

/** Follows the time scale, like all look-backs. */
export const HALF_LIFE_MS = 90 * 86_400_000;
/** More is no help to whoever writes a message. */
const MOST_CATEGORIES = 5;
const LEAST_SHARE = 0.01;
const DAY_MS = 86_400_000;

export interface Interest {
  sign: InterestSign;
  productId: string | null;
  category: string;
  /** Epoch ms. */
  at: number;
}

export interface CategoryInterest {
  category: string;
  /** Share of all their interest, 0 to 1. */
  interest: number;
  /** RFC 3339 day of the last sign. */
  lastOn: string;
}

/** @param halfLifeMs scaled @returns the strongest first */
export function categoryInterests(interests: readonly Interest[], now: number, halfLifeMs: number): CategoryInterest[] {
  const byCategory = new Map<string, { weight: number; lastAt: number }>();
  let total = 0;
  for (const { sign, category, at } of oncePerDay(interests)) {
    const weight = INTEREST_WEIGHTS[sign] * 2 ** (-Math.max(0, now - at) / halfLifeMs);
    const of = byCategory.get(category) ?? { weight: 0, lastAt: at };
    of.weight += weight;
    of.lastAt = Math.max(of.lastAt, at);
    byCategory.set(category, of);
    total += weight;
  }
  if (!(total > 0)) return [];
  return [...byCategory]
    .map(([category, { weight, lastAt }]) => ({ category, interest: rounded(weight / total), lastOn: dayOf(lastAt) }))
    .filter(({ interest }) => interest >= LEAST_SHARE)
    .sort((a, b) => b.interest - a.interest || (a.category < b.category ? -1 : 1))
    .slice(0, MOST_CATEGORIES);
}

/** Whoever loads a page ten times wants it no more than whoever loads it once: of a day the last sign of each kind and product. */
function oncePerDay(interests: readonly Interest[]): Iterable<Interest> {
  const last = new Map<string, Interest>();
  for (const interest of interests) {
    const { sign, productId, category, at } = interest;
    const key = `${sign}\0${Math.floor(at / DAY_MS)}\0${productId ?? ''}\0${category}`;
    const known = last.get(key);
    if (!known || known.at < at) last.set(key, interest);
  }
  return last.values();
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
