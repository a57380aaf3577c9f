/** What customers did, and what it adds up to: events, orders, refunds, totals, carts. */
import type { Generated } from 'kysely';

export interface EventsTable {
  /** Order of receipt. */
  seq: Generated<number>;
  source: string;
  /** Dedupe key within `source`. */
  id: string;
  type: string;
  customer_id: string;
  occurred_at: number;
  received_at: number;
  identity_json: string;
  properties_json: string;
  test: number;
  /** 1 for a purchase whose order was counted by an earlier event: it starts and ends nothing. */
  repeats_order: number;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}

/** One order is one purchase per source and order id, whatever delivery it came by. */
export interface OrdersTable {
  source: string;
  order_id: string;
  customer_id: string;
  value_minor: number;
  currency: string;
  occurred_at: number;
  /** `pos` for an order made in a shop one can walk into; null where nothing was said. */
  sales_channel: Generated<string | null>;
  /** 1: cancelled, and not paid since, so that it brings no revenue. */
  voided: Generated<number>;
  /** Epoch ms, where a shop tells. */
  paid_at: Generated<number | null>;
  /** Epoch ms; of a cancellation that takes the revenue away. */
  cancelled_at: Generated<number | null>;
  /** Of an imported order: its value is the sum of its `lines`, or the `total` that the file states. Null: told by an event. */
  value_from: Generated<'lines' | 'total' | null>;
  /** The event that holds: the earliest, of several at one time the smallest id. null: an imported order, or its cancellation alone. */
  event_id: Generated<string | null>;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
  /** How much less than the full price, in the order's currency; null: nothing was said of it. */
  discount_minor: Generated<number | null>;
}

/** What an order consisted of; whose it is stands in `orders`. */
export interface OrderLinesTable {
  source: string;
  order_id: string;
  line: number;
  product_id: string | null;
  variant_id: string | null;
  sku: string | null;
  category: string | null;
  quantity: number;
  /** Unit price in the order's currency. */
  price_minor: number | null;
  /** Imported lines: what the line brought in altogether, exactly. */
  value_minor: Generated<number | null>;
  import_id: Generated<number | null>;
  import_seen: Generated<number | null>;
  copies: Generated<number | null>;
}

/** What was given back; an order can have several. Primary key source and event id. */
export interface RefundsTable {
  source: string;
  event_id: string;
  order_id: string;
  customer_id: string;
  value_minor: number;
  currency: string;
  occurred_at: number;
  /** As in `imports`. */
  import_id: Generated<number | null>;
  import_seen: Generated<number | null>;
  copies: Generated<number | null>;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}

/**
 * Sums of `orders` and `refunds`, made anew whenever one is added, so that the order of arrival does not matter.
 * `currency` is that of the earliest order; `revenue_minor` is net of refunds and adds up only what is in it.
 */
export interface TotalsTable {
  customer_id: string;
  orders: number;
  refunds: number;
  revenue_minor: number;
  currency: string | null;
  first_order_at: number | null;
  last_order_at: number | null;
  /** Of `orders`, those made in a shop one can walk into. */
  offline_orders: Generated<number>;
  last_offline_order_at: Generated<number | null>;
}

/** Added minus removed quantities of a cart, to notice an emptied one. */
export interface CartsTable {
  customer_id: string;
  cart_id: string;
  quantity: number;
}
