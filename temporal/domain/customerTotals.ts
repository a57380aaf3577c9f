/** What a customer has ordered. */
export interface CustomerTotals {
  orders: number;
  refunds: number;
  /** Net of refunds, minor units of `currency`. */
  revenueMinor: number;
  /** Of the first order. */
  currency: string | null;
  /** RFC 3339 UTC. */
  firstOrderAt: string | null;
  lastOrderAt: string | null;
  averageOrderMinor: number | null;
  /** Of `orders`, those made in a shop one can walk into. */
  offlineOrders: number;
  lastOfflineOrderAt: string | null;
}

export const noTotals = (): CustomerTotals => ({
  orders: 0,
  refunds: 0,
  revenueMinor: 0,
  currency: null,
  firstOrderAt: null,
  lastOrderAt: null,
  averageOrderMinor: null,
  offlineOrders: 0,
  lastOfflineOrderAt: null,
});
