/** Which of the products that follow others is offered to a customer, and when. */
import type { Availability } from '../catalogue/product.ts';
import type { ScoreSettings } from '../scoreSettings.ts';

export interface Evidence {
  /** The one that was bought, and the one that follows. */
  productId: string;
  nextProductId: string;
  buyers: number;
  also: number;
  share: number;
  lowerBound: number;
  fromDays: number;
  toDays: number;
  windowDays: number;
  /** Pieces of the second one. */
  soldPerDay: number;
}

export interface OfferFacts {
  availability: Availability;
  /** Pieces; null: not counted, or not known. */
  stock: number | null;
  marginPercent: number | null;
  /** They have it, and it does not run out. */
  isOwned: boolean;
}

export type Weights = Pick<ScoreSettings['nextProducts'], 'overstockWeight' | 'marginWeight' | 'overstockDays'>;

/** Part of the window after which it is offered: 22 % buy within 10 days, so on day 7 (FEATURES 60). */
const OFFER_AT = 0.7;

/** Days after the first product; at least one. */
export const offerAfterDays = (windowDays: number): number => Math.max(1, Math.round(OFFER_AT * windowDays));

/** From 0 (sold within `overstockDays`) to nearly 1 (many times as much); 1 where nothing of it is sold. */
export function overstockOf(stock: number | null, soldPerDay: number, overstockDays: number): number {
  if (stock === null || stock <= 0) return 0;
  return Math.max(0, 1 - (overstockDays * soldPerDay) / stock);
}

/** What is at least to be expected of the offer, times what the shop would like to sell. */
export function scoreOf(
  { lowerBound, soldPerDay }: Pick<Evidence, 'lowerBound' | 'soldPerDay'>,
  { stock, marginPercent }: Pick<OfferFacts, 'stock' | 'marginPercent'>,
  { overstockWeight, marginWeight, overstockDays }: Weights,
): number {
  const margin = Math.min(1, Math.max(0, (marginPercent ?? 0) / 100));
  const overstock = overstockOf(stock, soldPerDay, overstockDays);
  return lowerBound * (1 + overstockWeight * overstock) * (1 + marginWeight * margin);
}

export interface Offer extends Evidence {
  score: number;
  offerAfterDays: number;
}

/**
 * The best first, each product once: of several that it follows, the one after which it is bought most surely.
 *
 * @param factsOf of a product that follows
 */
export function offersOf(
  evidence: readonly Evidence[],
  factsOf: (productId: string) => OfferFacts,
  excluded: ReadonlySet<string>,
  weights: Weights,
  limit: number,
): { offers: Offer[]; reason: string | null } {
  const best = new Map<string, Offer>();
  const heldBack = new Set<string>();
  for (const one of evidence) {
    const facts = factsOf(one.nextProductId);
    const problem = problemOf(facts, excluded.has(one.nextProductId));
    if (problem !== null) {
      heldBack.add(problem);
      continue;
    }
    const offer = { ...one, score: scoreOf(one, facts, weights), offerAfterDays: offerAfterDays(one.windowDays) };
    const other = best.get(one.nextProductId);
    if (!other || offer.score > other.score) best.set(one.nextProductId, offer);
  }
  const offers = [...best.values()]
    .sort((a, b) => b.score - a.score || b.also - a.also || (a.nextProductId < b.nextProductId ? -1 : 1))
    .slice(0, limit);
  if (offers.length > 0) return { offers, reason: null };
  if (heldBack.size > 0) return { offers, reason: `What is bought after it is ${[...heldBack].sort().join(', or ')}.` };
  return { offers, reason: 'not enough data: no other product follows it often enough.' };
}

function problemOf({ availability, isOwned }: OfferFacts, isExcluded: boolean): string | null {
  if (isExcluded) return 'excluded by the settings';
  if (availability === 'gone') return 'no longer sold';
  if (availability === 'out_of_stock') return 'out of stock';
  return isOwned ? 'owned already' : null;
}
