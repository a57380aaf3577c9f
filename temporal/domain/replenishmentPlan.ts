/**
 * When a purchase of a product runs out: which window counts for the product, and what it means for one purchase.
 *
 * The order is the contract's: gaps of the product itself, else those of its category, else a window that was set by hand, else
 * none. What is bought once a year or less is none either: for such goods a reminder is only noise.
 */
import type { ConsumptionWindow } from './consumptionWindow.ts';
import { GAPS_FOR_A_WINDOW, ONCE_A_YEAR_DAYS } from './replenishment/forecaster.ts';
import { DAY_MS, utcDay } from './utcDay.ts';

/** Beyond it somebody mistook the unit, or bought for a whole town. */
const LONGEST_DAYS = 36_500;

/** In days after the purchase; `q40`: 40 % of such purchases are followed by the next one by then. */
export interface GapQuantiles {
  q40: number;
  q50: number;
  q60: number;
  q80: number;
}

/** All that a customer bought of a product on one day. */
export interface ProductPurchase {
  productId: string;
  /** Epoch ms. */
  orderedAt: number;
  quantity: number;
}

/**
 * Quantiles for this purchase, by what was learned.
 * @param bought by the same customer up to that day, of all products, in any order
 */
export type LearnedDays = (purchase: ProductPurchase, bought: readonly ProductPurchase[]) => GapQuantiles;

/** What the orders say of a product. */
export type LearnedWindow =
  | { kind: 'window'; basis: 'product' | 'category'; daysOf: LearnedDays }
  | { kind: 'onceAYear'; basis: 'product' | 'category' }
  /** @param gaps of the product and of its category, whichever has more */
  | { kind: 'tooFew'; gaps: number };

/** What a person has said of it, in the catalogue. */
export interface HandSetWindow {
  /** Days that one piece lasts. */
  lowDays: number | null;
  highDays: number | null;
  enabled: boolean;
}

export type ProductWindow =
  | { basis: 'product' | 'category'; daysOf: LearnedDays }
  | { basis: 'byHand'; lowDays: number; highDays: number }
  | { basis: 'none'; reason: string };

export function windowThatCounts(learned: LearnedWindow, byHand: HandSetWindow | null): ProductWindow {
  if (byHand?.enabled === false) return { basis: 'none', reason: 'Reminders are switched off for this product.' };
  if (learned.kind === 'window') return { basis: learned.basis, daysOf: learned.daysOf };
  if (learned.kind === 'onceAYear') {
    const what = learned.basis === 'product' ? 'This product' : 'Its category';
    return { basis: 'none', reason: `${what} is bought once a year or less (median above ${ONCE_A_YEAR_DAYS} days).` };
  }
  const { lowDays, highDays } = byHand ?? { lowDays: null, highDays: null };
  if (lowDays === null || highDays === null) {
    const found = `${learned.gaps} of ${GAPS_FOR_A_WINDOW} gaps between purchases`;
    return { basis: 'none', reason: `not enough data: ${found}, and no window is set by hand.` };
  }
  if ((lowDays + highDays) / 2 > ONCE_A_YEAR_DAYS) {
    return { basis: 'none', reason: `The window set by hand lies above ${ONCE_A_YEAR_DAYS} days: once-a-year goods.` };
  }
  return { basis: 'byHand', lowDays, highDays };
}

export type ReplenishmentPlan =
  | { basis: ConsumptionWindow['basis']; reason: null; window: ConsumptionWindow; days: GapQuantiles | null }
  | { basis: 'none'; reason: string; window: null; days: null };

export const noPlan = (reason: string): ReplenishmentPlan => ({ basis: 'none', reason, window: null, days: null });

/** @param bought all that the customer has bought; later days do not count */
export function planPurchase(
  window: ProductWindow,
  purchase: ProductPurchase,
  bought: readonly ProductPurchase[],
): ReplenishmentPlan {
  if (window.basis === 'none') return noPlan(window.reason);
  const { basis } = window;
  const isKnownThen = ({ orderedAt }: ProductPurchase) => utcDay(orderedAt) <= utcDay(purchase.orderedAt);
  const days = basis === 'byHand' ? null : window.daysOf(purchase, bought.filter(isKnownThen));
  const [start, middle, end] =
    basis === 'byHand'
      ? scaledByHand(window, purchase.quantity)
      : [days?.q40 ?? Number.NaN, days?.q60 ?? Number.NaN, days?.q80 ?? Number.NaN];
  if (!isSensible(start) || !isSensible(middle) || !isSensible(end)) {
    return noPlan('What was bought would last for more than 100 years.');
  }
  const { orderedAt } = purchase;
  const at = (day: number) => Math.round(orderedAt + day * DAY_MS);
  return {
    basis,
    reason: null,
    window: { basis, orderedAt, startAt: at(start), middleAt: at(middle), endAt: at(end) },
    days,
  };
}

/** A window by hand speaks of one piece. */
function scaledByHand(window: { lowDays: number; highDays: number }, quantity: number): [number, number, number] {
  const low = window.lowDays * quantity;
  const high = window.highDays * quantity;
  return [low, (low + high) / 2, high];
}

const isSensible = (days: number): boolean => days >= 0 && days <= LONGEST_DAYS;
