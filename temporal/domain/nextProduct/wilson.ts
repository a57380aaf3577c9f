/** How high a share is at least, going by a sample. */

/** Of the standard normal distribution: 95 % lie within ± this. */
const Z = 1.959963984540054;

/**
 * Lower bound of the 95 % score interval of a binomial proportion (E. B. Wilson, "Probable inference, the law of succession, and
 * statistical inference", 1927): unlike the textbook interval it holds for few cases and for shares near 0.
 *
 * @param hits at most `cases` @param cases at least 1
 */
export function lowerBoundOf(hits: number, cases: number): number {
  if (hits === 0) return 0;
  const share = hits / cases;
  const z2 = Z * Z;
  const centre = share + z2 / (2 * cases);
  const spread = Z * Math.sqrt((share * (1 - share) + z2 / (4 * cases)) / cases);
  return (centre - spread) / (1 + z2 / cases);
}
