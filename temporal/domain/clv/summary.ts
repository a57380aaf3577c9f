/** What the models need of a customer: how often they bought again, when last, and how long they have been watched. */

/** Times from the customer's first purchase on, in one unit for all (days or weeks). */
export interface PurchaseHistory {
  /** Purchases after the first; several on one day are one. */
  x: number;
  /** When the last of them was; 0 without any. */
  tx: number;
  /** How long the customer has been watched. */
  T: number;
}

export interface CustomerSummary extends PurchaseHistory {
  /** Mean money of the purchases after the first, in any unit; 0 without any. */
  m: number;
}

/** Equal histories once, with their number: what a likelihood is summed over. */
export interface Summaries {
  /** Of different histories. */
  size: number;
  customers: number;
  x: Float64Array;
  tx: Float64Array;
  T: Float64Array;
  weight: Float64Array;
}

/** @param scale what times are divided by: 7 makes weeks of days */
export function summariesOf(customers: Iterable<PurchaseHistory>, scale = 1): Summaries {
  const rows = new Map<number | string, number>();
  const [x, tx, T, weight]: number[][] = [[], [], [], []];
  let count = 0;
  for (const customer of customers) {
    count++;
    const key = historyKey(customer);
    const row = rows.get(key);
    if (row !== undefined) {
      weight![row]!++;
      continue;
    }
    rows.set(key, rows.size);
    x!.push(customer.x);
    tx!.push(customer.tx / scale);
    T!.push(customer.T / scale);
    weight!.push(1);
  }
  return {
    size: rows.size,
    customers: count,
    x: Float64Array.from(x!),
    tx: Float64Array.from(tx!),
    T: Float64Array.from(T!),
    weight: Float64Array.from(weight!),
  };
}

/** Money of the repeat purchases: customers with at least one, whose mean is above 0. */
export interface SpendSummaries {
  size: number;
  x: Float64Array;
  m: Float64Array;
}

export function spendSummariesOf(customers: Iterable<{ x: number; m: number }>): SpendSummaries {
  const [x, m]: number[][] = [[], []];
  for (const customer of customers) {
    if (customer.x < 1 || !(customer.m > 0)) continue;
    x!.push(customer.x);
    m!.push(customer.m);
  }
  return { size: x!.length, x: Float64Array.from(x!), m: Float64Array.from(m!) };
}

/** Equal for equal histories only. Whole days fit into one number, which takes less room than text. */
export function historyKey({ x, tx, T }: PurchaseHistory): number | string {
  const fits = Number.isInteger(tx) && Number.isInteger(T) && x < 2 ** 19 && T < 2 ** 16 && tx < 2 ** 16;
  return fits ? (x * 2 ** 16 + tx) * 2 ** 16 + T : `${x} ${tx} ${T}`;
}
