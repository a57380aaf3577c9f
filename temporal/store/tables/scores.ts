/** What is known of customers and products by calculation, the models behind it, and the jobs that bring it up to date. */

/** One row (id 1): the document of `/v1/scores/settings`. */
export interface ScoreSettingsTable {
  id: number;
  settings_json: string;
  updated_at: number;
}

/** What was learned from everybody, by name: cut points, fitted parameters, calibration, movement between segments. */
export interface ScoreModelsTable {
  name: string;
  model_json: string;
  learned_at: number;
}

/** One for each job; a lease keeps two processes from doing it at once. */
export interface ScoreJobsTable {
  name: string;
  due_at: number;
  lease_until: number;
  started_at: number | null;
  finished_at: number | null;
  /** Why the last run failed, in words; null: it did not. */
  failure: string | null;
}

/** Customers with an order. */
export interface RfmScoresTable {
  customer_id: string;
  r: number;
  f: number;
  m: number;
  segment: string;
  scored_at: number;
  /** The segment that `segment_changed` last told of; null: never told. At most one is told a (UTC) day. */
  told_segment: string | null;
  told_at: number | null;
}

/** Customers with an order, while there is enough data. Money in whole minor units of the shop's main currency. */
export interface PredictionsTable {
  customer_id: string;
  /** Probability, 0 to 1. */
  alive: number;
  /** Within the horizon of the settings. */
  expected_orders: number;
  /** Per order. */
  spend_minor: number;
  /** Discounted, within the horizon. */
  value_minor: number;
  /** Expected date of the next order; null: none is to be expected. */
  next_order_at: number | null;
  churn: 'low' | 'medium' | 'high';
  predicted_at: number;
}

export interface AffinitiesTable {
  customer_id: string;
  /** The channel that they answer best; null: not known. */
  channel: string | null;
  /** Of the customer's clock, 0 to 23; null: not known. */
  preferred_hour: number | null;
  /** 0 (never waits for discounts) to 1; null: no order. */
  price_sensitivity: number | null;
  affinity_json: string;
  computed_at: number;
}

/** Consumption windows as learned, for products that have been bought. Days. */
export interface ReplenishmentWindowsTable {
  product_id: string;
  basis: 'product' | 'category' | 'byHand' | 'none';
  /** Of `none`: why. */
  reason: string | null;
  /** How many gaps between purchases it was learned from. */
  gaps: number;
  q40: number | null;
  q50: number | null;
  q60: number | null;
  q80: number | null;
  window_json: string;
  learned_at: number;
}

/** The last purchase of each product by each customer that is expected to run out. Primary key customer and product. */
export interface ReplenishmentsTable {
  customer_id: string;
  product_id: string;
  source: string;
  order_id: string;
  ordered_at: number;
  quantity: number;
  basis: 'product' | 'category' | 'byHand';
  /** Epoch ms, not scaled: start, middle and end of the window. */
  start_at: number;
  middle_at: number;
  end_at: number;
  window_json: string;
  computed_at: number;
}

/** Who gets a product by a subscription of the shop: no reminders. Primary key customer and product. */
export interface ProductSubscriptionsTable {
  customer_id: string;
  product_id: string;
  active: number;
  /** When the shop last said so. */
  at: number;
}

/** Of those who bought a product, how many bought the other one within the days of the settings. Primary key both products. */
export interface NextProductsTable {
  product_id: string;
  next_product_id: string;
  buyers: number;
  also: number;
  share: number;
  /** Lower confidence bound of the share. */
  lower_bound: number;
  /** Days after the first purchase between which the middle 70 % of them bought. */
  from_days: number;
  to_days: number;
  /** By then nearly all of them had. */
  window_days: number;
  /** Pieces of the other product, of everybody, within the last `overstockDays` of the settings. */
  sold_per_day: number;
  learned_at: number;
}

/** Scheduled entries of a whole audience. Primary key journey and due time. */
export interface AudiencePassesTable {
  journey_key: string;
  due_at: number;
  /** `left`: broken off, for the next one was due before it could go on. */
  state: 'running' | 'done' | 'left';
  /** The last customer who has been looked at; they come in the order of their ids. */
  reached: string;
  entered: number;
  /** How many did not enter, by SkipReason. */
  skipped_json: string;
  /** Not before (epoch ms); the lease of the process that works on it. */
  available_at: number;
  finished_at: number | null;
}
