/** The plan of the made-up customer of a manual test, who has bought nothing: so that what comes behind can be tried. */
import type { PlanItem, PlannedProduct } from '../transport/contract/replenishment.ts';

const DAY_MS = 86_400_000;

/** @param now epoch ms */
export function madeUpPlan(asked: Pick<PlanItem, 'productId' | 'quantity' | 'orderedAt'>, now: number): PlannedProduct {
  const days = { q40: 40, q50: 45, q60: 48, q80: 60 };
  const { productId = 'p1', quantity = 2, orderedAt = new Date(now).toISOString() } = asked;
  const at = (count: number) => new Date(Date.parse(orderedAt) + count * DAY_MS).toISOString();
  const dates = { startAt: at(days.q40), middleAt: at(days.q60), endAt: at(days.q80) };
  return { productId, quantity, orderedAt, basis: 'product', reason: null, ...dates, days, subscribed: false };
}
