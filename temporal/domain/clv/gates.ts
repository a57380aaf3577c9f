/** Before anything is predicted for a shop: is there enough to learn from? FEATURES, expected feature 16 (Klaviyo's conditions). */
export interface ShopHistory {
  /** Customers with an order. */
  customers: number;
  /** From the first order of all until now. */
  historyDays: number;
  /** Since the last order of all; null: there is none. */
  daysSinceLastOrder: number | null;
  /** Customers with three orders or more. */
  withThreeOrders: number;
}

export const LEAST_CUSTOMERS = 500;
export const LEAST_HISTORY_DAYS = 180;
export const LAST_ORDER_WITHIN_DAYS = 30;

/** @returns "not enough data: …" with everything that is missing, have and need; null: there is enough */
export function dataGate({ customers, historyDays, daysSinceLastOrder, withThreeOrders }: ShopHistory): string | null {
  const missing: string[] = [];
  if (customers < LEAST_CUSTOMERS) {
    missing.push(`${customers} of ${LEAST_CUSTOMERS} customers with an order`);
  }
  if (historyDays < LEAST_HISTORY_DAYS) {
    missing.push(`${Math.floor(historyDays)} of ${LEAST_HISTORY_DAYS} days of history`);
  }
  if (daysSinceLastOrder === null || daysSinceLastOrder > LAST_ORDER_WITHIN_DAYS) {
    const last =
      daysSinceLastOrder === null ? 'no order' : `the last order is ${Math.floor(daysSinceLastOrder)} days old`;
    missing.push(`${last}, and one within the last ${LAST_ORDER_WITHIN_DAYS} days is needed`);
  }
  if (withThreeOrders < 1) missing.push('nobody with 3 or more orders, and some are needed');
  return missing.length === 0 ? null : `not enough data: ${missing.join('; ')}`;
}
