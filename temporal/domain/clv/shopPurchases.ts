/**
 * Orders as a shop has them → what the models need of a customer (CONTRACT section 7): orders of one UTC day are one purchase, and what
 * was given back later changes none. Each purchase counts for when it was, whatever it was paid in; how much was spent is known of those
 * in the shop's main currency alone, for there are no rates of exchange here.
 */
import { utcDay } from '../utcDay.ts';
import type { CustomerSummary } from './summary.ts';

export interface ShopOrder {
  /** Epoch ms. */
  at: number;
  valueMinor: number;
  currency: string;
}

export interface ShopPurchases {
  /** As `utcDay`, rising, each once. */
  days: number[];
  /** Of each day, minor units of the main currency; null: nothing was paid in it. */
  money: (number | null)[];
  /** All of them, also several of one day. */
  orders: number;
}

/** @param today the last day that counts, as `utcDay` @returns null without an order until then */
export function purchasesOf(orders: readonly ShopOrder[], currency: string, today: number): ShopPurchases | null {
  const byDay = new Map<number, number | null>();
  let count = 0;
  for (const { at, valueMinor, currency: paidIn } of orders) {
    const day = utcDay(at);
    if (day > today) continue;
    count++;
    const before = byDay.get(day) ?? null;
    byDay.set(day, paidIn === currency ? (before ?? 0) + valueMinor : before);
  }
  if (count === 0) return null;
  const days = [...byDay.keys()].sort((a, b) => a - b);
  return { days, money: days.map((day) => byDay.get(day) ?? null), orders: count };
}

/** In days; money in minor units. */
export function summaryOf({ days, money }: Pick<ShopPurchases, 'days' | 'money'>, today: number): CustomerSummary {
  const first = days[0] ?? today;
  const repeats = money.slice(1).filter((paid) => paid !== null);
  const spent = repeats.reduce((sum, paid) => sum + paid, 0);
  return {
    x: days.length - 1,
    tx: (days.at(-1) ?? first) - first,
    T: today - first,
    m: repeats.length === 0 ? 0 : spent / repeats.length,
  };
}
