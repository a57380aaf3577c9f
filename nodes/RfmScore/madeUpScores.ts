/** Scores of the made-up customer of a manual test, who is in no store: so that the branches behind can be tried. */
import type { CustomerScores } from '../transport/contract/scores.ts';

const DAY_MS = 86_400_000;

/** As the service's sample for an entry on a schedule says: at risk. @param now epoch ms */
export function madeUpScores(now: number): CustomerScores {
  const at = new Date(now).toISOString();
  return {
    rfm: {
      ...{ r: 2, f: 4, m: 4, segment: 'at_risk' },
      ...{ recencyDays: 120, orders: 4, moneyMinor: 33_600, averageOrderMinor: 8_400, scoredAt: at },
    },
    prediction: {
      ...{ alive: 0.4, expectedOrders: 0.8, horizonDays: 365, spendMinor: 8_400, valueMinor: 6_500, currency: 'EUR' },
      ...{ nextOrderAt: new Date(now + 150 * DAY_MS).toISOString(), churn: 'high', predictedAt: at },
    },
    affinities: null,
  };
}
