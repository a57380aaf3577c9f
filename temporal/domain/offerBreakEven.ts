/**
 * Does a discount pay? Who would have ordered anyway gets it, too: that is what it costs beside the orders that it brings.
 *
 * Of 100 customers p1 order with the offer and p0 without it, at the gross margin m (share of the full price) and the discount d
 * (the same): p1 × (m − d) > p0 × m, so it pays when m > d × p1 / (p1 − p0) (FEATURES, worked numbers: 15 % off that lifts orders
 * from 2 % to 4 % needs more than 30 %). Buyers outside of the audience who get hold of the offer come on top.
 */

/** All in percent: 15 is 15 %. */
export interface Offer {
  /** What is left of the full price after the cost of the goods. */
  marginPercent: number;
  discountPercent: number;
  /** Of those who are asked, how many order when nothing is offered, and when this is. */
  ordersWithoutPercent: number;
  ordersWithPercent: number;
}

export interface OfferVerdict {
  pays: boolean;
  /** The margin has to be above this; more than 100: no margin is enough. */
  breakEvenMarginPercent: number;
  /** In words for people. */
  reason: string;
}

export interface OfferProblem {
  /** JSON Pointer into the offer. */
  path: string;
  message: string;
}

/** What is wrong with the figures, in the order of the fields; empty: nothing. */
export function offerProblems(offer: Offer): OfferProblem[] {
  const { marginPercent, discountPercent, ordersWithoutPercent, ordersWithPercent } = offer;
  const problems: OfferProblem[] = [];
  const add = (field: keyof Offer, message: string) => problems.push({ path: `/${field}`, message });
  if (isFraction(marginPercent)) add('marginPercent', fraction(marginPercent));
  else if (marginPercent < 0 || marginPercent > 100)
    add('marginPercent', 'has to be from 0 to 100 percent of the price');
  if (isFraction(discountPercent)) add('discountPercent', fraction(discountPercent));
  else if (discountPercent <= 0 || discountPercent > 100) {
    add('discountPercent', 'has to be above 0 and at most 100 percent: without a discount there is nothing to check');
  }
  if (ordersWithoutPercent < 0 || ordersWithoutPercent > 100) add('ordersWithoutPercent', 'has to be from 0 to 100');
  if (ordersWithPercent <= 0 || ordersWithPercent > 100) add('ordersWithPercent', 'has to be above 0 and at most 100');
  else if (ordersWithPercent <= ordersWithoutPercent) {
    add(
      'ordersWithPercent',
      `has to be above the ${shown(ordersWithoutPercent)} % who order without the offer: one that brings no further orders never pays`,
    );
  }
  return problems;
}

/** @param offer without problems */
export function judgeOffer(offer: Offer): OfferVerdict {
  const { marginPercent, discountPercent, ordersWithoutPercent, ordersWithPercent } = offer;
  const exact = (discountPercent * ordersWithPercent) / (ordersWithPercent - ordersWithoutPercent);
  // 15 × 0.3 / 0.1 must not pay at 45 because of the last bit.
  const breakEvenMarginPercent = Number(exact.toPrecision(12));
  const pays = marginPercent > breakEvenMarginPercent;
  const lift = `${shown(discountPercent)} % that lifts orders from ${shown(ordersWithoutPercent)} % to ${shown(ordersWithPercent)} %`;
  const needed =
    breakEvenMarginPercent >= 100
      ? 'pays at no margin, for too many would have ordered anyway'
      : `pays above a gross margin of ${shown(breakEvenMarginPercent)} %`;
  const reason = `A discount of ${lift} ${needed}; yours is ${shown(marginPercent)} %.`;
  return { pays, breakEvenMarginPercent, reason };
}

/** A share instead of percent: nobody means a discount or a margin of less than 1 %. */
const isFraction = (percent: number): boolean => percent > 0 && percent < 1;

const fraction = (value: number): string =>
  `is ${shown(value)}, which looks like a fraction: write percent, ${shown(value * 100)} for ${shown(value * 100)} %`;

const shown = (percent: number): string => String(Number(percent.toFixed(1)) || Number(percent.toPrecision(2)));
