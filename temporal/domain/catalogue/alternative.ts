/** What can stand in for products that cannot be had: of the same kind, and at about the same price. */

/** A product by what makes another one like it. */
export interface Kind {
  category: string;
  /** null: of any currency. */
  currency: string | null;
  /** Minor units; null: no price is nearer than another. */
  priceMinor: number | null;
}

interface Described {
  category: string | null;
  currency: string | null;
}

/** @param priceMinor what it is sold for @returns null for what nobody has put into a category: nothing is known to be like it */
export function kindOf({ category, currency }: Described, priceMinor: number | null): Kind | null {
  return category === null ? null : { category, currency: priceMinor === null ? null : currency, priceMinor };
}

export const kindKey = ({ category, currency, priceMinor }: Kind): string =>
  JSON.stringify([category, currency, priceMinor]);
