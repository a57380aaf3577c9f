/** What became of the messages of one node, of a journey or of all, added up; and the rates that follow from it. */
import type { Channel } from '../event.ts';
import type { SendReason } from '../gate/objection.ts';
import type { GateDecision } from '../gate/sendGate.ts';

/** Each message counts once in each of these, however often it was opened or clicked. */
export const COUNTS = [
  'decided',
  'suppressed',
  'deferred',
  'pending',
  'sent',
  'failed',
  'unknown',
  'delivered',
  'opened',
  'machineOpened',
  'clicked',
  'bouncedHard',
  'bouncedSoft',
  'complained',
  'unsubscribed',
] as const;
export type MessageCounts = Record<(typeof COUNTS)[number], number>;

export interface Revenue {
  currency: string;
  orders: number;
  /** Net of refunds of these orders in the order's currency. */
  revenueMinor: number;
}

/** Messages of one node that were decided alike. */
export interface DecidedMessages extends MessageCounts {
  journey: string | null;
  node: string;
  nodeName: string;
  channel: Channel;
  decision: GateDecision['decision'];
  reasons: readonly SendReason[];
  /** Epoch ms; of several names of a node the latest is shown. */
  newestAt: number;
}

export interface AttributedOrders extends Revenue {
  journey: string | null;
  node: string;
  channel: Channel;
}

export interface MessageRates {
  bounce: number | null;
  open: number | null;
  click: number | null;
  complaint: number | null;
  unsubscribe: number | null;
}

/** Sums to which decided messages and their orders are added. */
export class MessageSums {
  readonly counts = Object.fromEntries(COUNTS.map((name) => [name, 0])) as MessageCounts;
  readonly suppressedBy = new Map<SendReason, number>();
  readonly deferredBy = new Map<SendReason, number>();
  readonly revenue = new Map<string, Revenue>();

  addMessages(messages: DecidedMessages): void {
    for (const name of COUNTS) this.counts[name] += messages[name];
    const by = messages.decision === 'suppress' ? this.suppressedBy : this.deferredBy;
    if (messages.decision === 'send') return;
    for (const reason of messages.reasons) by.set(reason, (by.get(reason) ?? 0) + messages.decided);
  }

  addRevenue({ currency, orders, revenueMinor }: Revenue): void {
    const sum = this.revenue.get(currency) ?? { currency, orders: 0, revenueMinor: 0 };
    sum.orders += orders;
    sum.revenueMinor += revenueMinor;
    this.revenue.set(currency, sum);
  }

  shown() {
    const revenue = [...this.revenue.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
    return {
      ...this.counts,
      suppressedBy: Object.fromEntries(this.suppressedBy),
      deferredBy: Object.fromEntries(this.deferredBy),
      rates: ratesOf(this.counts),
      orders: revenue.reduce((sum, { orders }) => sum + orders, 0),
      revenue,
    };
  }
}

/** As the field counts: bounces of what was sent, all others of what was sent and has not bounced. Null: of nothing. */
function ratesOf(counts: MessageCounts): MessageRates {
  const bounced = counts.bouncedHard + counts.bouncedSoft;
  const arrived = counts.sent - bounced;
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : null);
  return {
    bounce: share(bounced, counts.sent),
    open: share(counts.opened, arrived),
    click: share(counts.clicked, arrived),
    complaint: share(counts.complained, arrived),
    unsubscribe: share(counts.unsubscribed, arrived),
  };
}
