/**
 * Whether a person buys when there is a discount (FEATURES 38): the share of their orders that were bought at one, shrunk towards the
 * shop's share, from 0 (always at the full price) to 1 (never). How deep the discounts were stands beside it, shrunk alike.
 * Only what the shop calls a discount of the order is one: a lowered price on the shelf is not seen. Orders of which nothing is said of
 * discounts do not count at all.
 */
import { CredibilityLearner, observationsOf, rounded, shrunk, type ShopMean } from './credibility.ts';

export interface PricedOrder {
  /** What was to be paid, minor units. */
  valueMinor: number;
  /** Minor units of the same currency; null: nothing was said. */
  discountMinor: number | null;
  currency: string;
}

/** Less than this is a rounding or a friendly gesture at the till, not a price at which somebody waited. */
const LEAST_DEPTH = 0.01;

export interface PriceEvidence {
  /** Of each order, the discount's share of what it would have cost without. */
  depths: number[];
  /** Of what they bought, in the currency of most of their orders, the share bought at a discount. */
  moneyShare: number | null;
}

export function priceEvidence(orders: readonly PricedOrder[]): PriceEvidence {
  const depths: number[] = [];
  const money = new Map<string, { orders: number; all: number; discounted: number }>();
  for (const { valueMinor, discountMinor, currency } of orders) {
    if (discountMinor === null) continue;
    const full = valueMinor + discountMinor;
    // A present costs nothing: there was no price to be sensitive to.
    if (!(full > 0)) continue;
    const depth = Math.min(1, Math.max(0, discountMinor / full));
    depths.push(depth);
    const of = money.get(currency) ?? { orders: 0, all: 0, discounted: 0 };
    of.orders += 1;
    of.all += full;
    if (depth >= LEAST_DEPTH) of.discounted += full;
    money.set(currency, of);
  }
  const [main] = [...money].sort(([a, x], [b, y]) => y.orders - x.orders || (a < b ? -1 : 1));
  return { depths, moneyShare: main ? main[1].discounted / main[1].all : null };
}

const discountedOf = ({ depths }: PriceEvidence): number[] => depths.filter((depth) => depth >= LEAST_DEPTH);
const sharesOf = ({ depths }: PriceEvidence): number[] => depths.map((depth) => (depth >= LEAST_DEPTH ? 1 : 0));

export interface ShopPrices {
  /** Share of orders bought at a discount. */
  share: ShopMean;
  /** Of those, how deep it was. */
  depth: ShopMean;
}

export class PricesLearner {
  readonly #share = new CredibilityLearner();
  readonly #depth = new CredibilityLearner();

  add(evidence: PriceEvidence): void {
    this.#share.add(observationsOf(sharesOf(evidence)));
    this.#depth.add(observationsOf(discountedOf(evidence)));
  }

  learned(): ShopPrices {
    return { share: this.#share.learned(), depth: this.#depth.learned() };
  }
}

export interface PriceSensitivity {
  /** 0 to 1, shrunk. */
  score: number;
  /** Of which it is known whether there was a discount. */
  orders: number;
  discountedOrders: number;
  /** Not shrunk. */
  moneyShare: number;
  /** 0 to 1, shrunk: how deep the discounts were; null: there were none in the whole shop. */
  depth: number | null;
}

/** @returns null without orders that say anything */
export function priceSensitivity(evidence: PriceEvidence, shop: ShopPrices): PriceSensitivity | null {
  if (evidence.depths.length === 0) return null;
  const shares = observationsOf(sharesOf(evidence));
  const depth = shrunk(shop.depth, observationsOf(discountedOf(evidence)));
  return {
    score: rounded(shrunk(shop.share, shares) ?? 0),
    orders: shares.count,
    discountedOrders: shares.sum,
    moneyShare: rounded(evidence.moneyShare ?? 0),
    depth: depth === null ? null : rounded(depth),
  };
}
