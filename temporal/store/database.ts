/**
 * The one source of column types. The same on SQLite and PostgreSQL: times are epoch ms (UTC), money is minor units,
 * flags are 0 or 1, and columns ending in `_json` hold JSON text.
 */
import type { Generated, Insertable, Selectable } from 'kysely';
import type { ConnectionKind } from '../domain/connection.ts';
import type { Channel, ConsentState } from '../domain/event.ts';
import type { RunStatus } from '../domain/journey.ts';
import type { StoredOptInState } from '../domain/optIn.ts';
import type { SendStatus } from '../domain/sendStatus.ts';

export interface Database {
  customers: CustomersTable;
  identifiers: IdentifiersTable;
  consents: ConsentsTable;
  consent_history: ConsentHistoryTable;
  opt_in_requests: OptInRequestsTable;
  suppressions: SuppressionsTable;
  totals: TotalsTable;
  orders: OrdersTable;
  refunds: RefundsTable;
  carts: CartsTable;
  events: EventsTable;
  journeys: JourneysTable;
  endpoints: EndpointsTable;
  runs: RunsTable;
  run_steps: RunStepsTable;
  skipped_entries: SkippedEntriesTable;
  waits: WaitsTable;
  sends: SendsTable;
  outbox: OutboxTable;
  audit: AuditTable;
  kept_keys: KeptKeysTable;
  order_lines: OrderLinesTable;
  products: ProductsTable;
  product_variants: ProductVariantsTable;
  stock_levels: StockLevelsTable;
  product_changes: ProductChangesTable;
  product_interests: ProductInterestsTable;
  awaited_products: AwaitedProductsTable;
  imports: ImportsTable;
  connections: ConnectionsTable;
  cart_states: CartStatesTable;
  event_deliveries: EventDeliveriesTable;
  delivery_lanes: DeliveryLanesTable;
  erased_addresses: ErasedAddressesTable;
  erased_events: ErasedEventsTable;
  privacy_requests: PrivacyRequestsTable;
}

/** HMACs of channel and address, of erased customers who must not be written to again. */
export interface ErasedAddressesTable {
  hash: string;
  reason: 'unsubscribed' | 'bounced' | 'complained';
  at: number;
}

/** HMACs of source and id of events that were erased with their customers. */
export interface ErasedEventsTable {
  hash: string;
  at: number;
}

/** What shops have passed on: somebody wants to know what is held, or to be erased. Nothing in it names a person. */
export interface PrivacyRequestsTable {
  id: string;
  /** Connection. */
  source: string;
  kind: 'customers/data_request' | 'customers/redact' | 'shop/redact';
  /** The shop's delivery: a repeated one is the same request. */
  request_key: string;
  /** Whose data was asked for; null when nothing is held, and for what has been erased. */
  customer_id: string | null;
  /** `open`: the operator has to answer. `running`: being worked off. */
  state: 'open' | 'running' | 'done';
  /** Of a running one: the last customer id that has been looked at. */
  reached: string;
  /** How many customers it has erased. */
  erased: number;
  received_at: number;
  done_at: number | null;
}

/** Shops, trackers and programs that send events. */
export interface ConnectionsTable {
  /** Also the `source` of its events. */
  name: string;
  kind: ConnectionKind;
  secret: string;
  secret_changed_at: number;
  /** PreviousSecret[]. */
  previous_secrets_json: string;
  currency: string | null;
  /** A JSON list of scheme and host. */
  origins_json: string;
  public_key: string;
  created_at: number;
  updated_at: number;
  last_received_at: number | null;
}

/** Carts as the shop last told them, to find out what the next telling adds. Primary key source and token. */
export interface CartStatesTable {
  source: string;
  token: string;
  customer_id: string;
  currency: string | null;
  /** When the shop last changed the cart. */
  changed_at: number;
  lines_json: string;
  /** Digests of what has been told with this `changed_at`: repeated deliveries. */
  told_json: string;
}

/** Who changed what; `customer_id` is null for what is not about one customer. */
export interface AuditTable {
  id: Generated<number>;
  customer_id: string | null;
  actor: string;
  action: string;
  details_json: string;
  at: number;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}

/** Random keys of this store (base64). */
export interface KeptKeysTable {
  name: string;
  value: string;
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

/**
 * One file on its way into the store. Lines that are alike are told apart by counting: `import_seen` says how often the
 * import `import_id` has met one, `copies` the most that any import has; so a file can be run any number of times.
 */
export interface ImportsTable {
  id: Generated<number>;
  kind: string;
  /** Of the file's beginning, its size and the options. */
  file_key: string;
  rows_done: number;
  /** Of all that was read up to `rows_done`. */
  digest: string;
  /** Length of the file of rejected rows at that point. */
  rejected_bytes: number;
  counts_json: string;
  started_at: number;
  updated_at: number;
  finished_at: number | null;
}

/** One catalogue for all shops. What stands under `stock`, `stock_known` and `shown_price_minor` follows from the rest. */
export interface ProductsTable {
  product_id: string;
  /** Who described it last. */
  source: string;
  title: string | null;
  category: string | null;
  currency: string | null;
  price_minor: number | null;
  cost_minor: number | null;
  /** As given; null: it follows from cost and price. */
  margin_percent: number | null;
  url: string | null;
  image_url: string | null;
  backorder: number | null;
  /** Replenishment; null: never set by hand. */
  replenishment_json: string | null;
  gone: number;
  /** The product's own total, null for not counted; nobody has said one while `stated_at` is null. */
  stated_stock: number | null;
  stated_at: number | null;
  described_at: number;
  /** null: not counted, or not known (`stock_known` 0). */
  stock: number | null;
  stock_known: number;
  /** Its own price, or that of the cheapest variant. */
  shown_price_minor: number | null;
  created_at: number;
  updated_at: number;
}

/** Primary key product and variant. */
export interface ProductVariantsTable {
  product_id: string;
  variant_id: string;
  /** In the shop's order. */
  position: number;
  title: string | null;
  sku: string | null;
  price_minor: number | null;
  backorder: number | null;
  inventory_item_id: string | null;
  stated_stock: number | null;
  stated_at: number | null;
  stock: number | null;
  stock_known: number;
}

/** Stock of one item in one place. Rows of an item that no variant has yet wait for its product. */
export interface StockLevelsTable {
  /** Shopify's inventory item, or `product/<id>[/<variant>]` for what has none. */
  item_id: string;
  location: string;
  /** null: not counted. */
  available: number | null;
  at: number;
}

/** Changes of stock and price that customers are to hear of. One is `merged` into an earlier one that nobody had been told of. */
export interface ProductChangesTable {
  id: Generated<number>;
  kind: 'stock' | 'price';
  product_id: string;
  /** '' for the product as a whole. */
  variant_id: string;
  location: string | null;
  /** null: not counted. */
  stock: number | null;
  previous_stock: number | null;
  price_minor: number | null;
  previous_price_minor: number | null;
  currency: string | null;
  at: number;
  state: 'new' | 'telling' | 'told' | 'merged';
  /** How many customers have been told. */
  told: number;
  /** The last customer who has been; they are told in the order of their ids. */
  told_up_to: string;
  /** Not before (epoch ms); the lease of the process that tells. */
  available_at: number;
}

/** Who wants to hear of a product. Primary key customer, product, variant and kind. */
export interface ProductInterestsTable {
  customer_id: string;
  product_id: string;
  /** '' for any variant. */
  variant_id: string;
  kind: 'back_in_stock' | 'wishlisted' | 'viewed';
  at: number;
  /** When the interest was shown; later, the price that the customer was told of. */
  price_minor: number | null;
  currency: string | null;
  /** Answered: it is in stock again. */
  closed_at: number | null;
}

/** Products in the entry of a run that waits for news of them. */
export interface AwaitedProductsTable {
  run_id: string;
  product_id: string;
  /** '' for any variant. */
  variant_id: string;
  customer_id: string;
}

export interface CustomersTable {
  id: string;
  properties_json: string;
  created_at: number;
  updated_at: number;
  /** The surviving customer, once this one has been merged into it. */
  merged_into: string | null;
  /** Preference tracks, a JSON list of `low_frequency`, `product_news`, `local_events`; empty: everything. */
  tracks_json: Generated<string>;
  /** When the shop last described this person; older descriptions only fill gaps. */
  profile_at: Generated<number | null>;
}

export interface IdentifiersTable {
  /** `externalId`, `email`, `phone`, `deviceId`, or a click id such as `gclid`. Primary key with `value`. */
  kind: string;
  value: string;
  customer_id: string;
  created_at: number;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}

/** The state now; every change is also in `consent_history`. Primary key customer and channel. */
export interface ConsentsTable {
  customer_id: string;
  channel: Channel;
  state: ConsentState;
  source: string;
  at: number;
}

export interface ConsentHistoryTable {
  id: Generated<number>;
  customer_id: string;
  channel: Channel;
  state: ConsentState;
  source: string;
  at: number;
  recorded_at: number;
  /** `api`, `page`, `import`, `event` … */
  actor: Generated<string | null>;
  /** Of the event that said so. */
  event_id: Generated<string | null>;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}

/** Double opt-in: somebody has asked for messages, and has to confirm it. */
export interface OptInRequestsTable {
  id: string;
  /** The caller's: asked again with it, the same request comes back. */
  request_key: string | null;
  customer_id: string;
  channel: Channel;
  /** Where the person asked for it; becomes the source of the consent. */
  source: string;
  properties_json: string;
  /** Past `expires_at` a pending one counts as expired. */
  state: StoredOptInState;
  created_at: number;
  expires_at: number;
  decided_at: number | null;
}

/** Addresses that must not be written to, apart from consent (bounced, complained, …). */
export interface SuppressionsTable {
  customer_id: string;
  channel: Channel;
  address: string;
  reason: string;
  source: string;
  at: number;
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

/** Added minus removed quantities of a cart, to notice an emptied one. */
export interface CartsTable {
  customer_id: string;
  cart_id: string;
  quantity: number;
}

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

export interface JourneysTable {
  key: string;
  name: string;
  n8n_workflow_id: string;
  /** JourneyDefinition. */
  definition_json: string;
  published: number;
  paused: number;
  created_at: number;
  updated_at: number;
}

/** A node of a published n8n workflow that the service can call. */
export interface EndpointsTable {
  /** `<n8n workflow id>/<node id>`. */
  id: string;
  kind: 'trigger' | 'wait' | 'commerce';
  n8n_workflow_id: string;
  n8n_workflow_name: string;
  node_id: string;
  node_name: string;
  /** Webhook path below `N8N_BASE_URL`, e.g. `webhook/<id>/journey`. */
  path: string;
  /** The journey a trigger defines; null for waits. */
  journey_key: string | null;
  /** The node's parameters as n8n keeps them. */
  parameters_json: string;
  /** 0 = unpublished or deleted: its customers are held. */
  published: number;
  updated_at: number;
  /** Of a Commerce Trigger: the connection whose events it gets; null until the node has said which. */
  connection: Generated<string | null>;
  /** Of a Commerce Trigger: JSON list of the topics that it needs of the shop. */
  topics_json: Generated<string | null>;
}

/** An event that a Commerce Trigger has still to get; the row is deleted once n8n has run the execution to its end. */
export interface EventDeliveriesTable {
  id: Generated<number>;
  endpoint_id: string;
  source: string;
  event_id: string;
  customer_id: string;
  attempts: number;
  /** 0: never tried. Else not before (epoch ms): the execution with this very event has failed. */
  available_at: number;
  created_at: number;
}

/** One for each Commerce Trigger: who delivers to it now, what is wrong with it, and when its shop is looked at next. */
export interface DeliveryLanesTable {
  endpoint_id: string;
  /** A process of the service; the lease makes it the only one that calls this endpoint. */
  leased_by: string | null;
  leased_until: number;
  /** Not before (epoch ms): n8n was away, or the like. */
  retry_at: number;
  /** In a row. */
  failures: number;
  /** Sentence for the operator. */
  problem: string | null;
  delivered_at: number | null;
  check_due_at: number;
  checked_at: number | null;
  /** What the node answered when it last looked at its shop's webhooks. */
  check_json: string | null;
}

export interface RunsTable {
  id: string;
  journey_key: string;
  customer_id: string;
  /** '' when the journey allows one run at a time. */
  entry_key: string;
  /** journey/<journeyKey>/<customerId>[/<entryKey>] */
  workflow_id: string;
  status: RunStatus;
  exit_reason: string | null;
  /** Node name of the current wait or of the segment that is running. */
  step: string | null;
  waiting_until: number | null;
  /** 1 while the journey's pause holds this run: it gets `resume` when the journey goes on. */
  held: number;
  entered_at: number;
  /** occurredAt of the entry event. */
  entry_occurred_at: number;
  /** `{type, eventId?, properties}` of the entry event. */
  entry_json: string;
  /** Number of the segment that runs now or ran last. */
  segment: number;
  /** When that segment was first posted to n8n; null while the first one has not been: then `entered_at` counts. */
  segment_began_at: number | null;
  ended_at: number | null;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
  /** The run of the same person that went on in this one's place, after a merge. */
  absorbed_by: Generated<string | null>;
  /** 1: other runs have `absorbed_by` this one; what they sent is not sent again. */
  absorbs: Generated<number>;
}

/** Why an entry event started nothing, for the operator; `reason` is a SkipReason. */
export interface SkippedEntriesTable {
  id: Generated<number>;
  customer_id: string;
  journey_key: string;
  event_id: string;
  reason: string;
  at: number;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}

/** What happened to a run, for the operator: `{node, outcome, at}`. */
export interface RunStepsTable {
  run_id: string;
  segment: number;
  node: string;
  outcome: string;
  at: number;
}

/** Primary key run and segment: a segment that runs twice asks for the same wait again. */
export interface WaitsTable {
  run_id: string;
  segment: number;
  endpoint_id: string;
  node: string;
  /** WaitSpec. */
  spec_json: string;
  /** Epoch ms, scaled; null = no end by time. */
  until: number | null;
  /** waiting → elapsed | event (type in `ended_by`) | ended (the run ended in it). */
  state: 'waiting' | 'elapsed' | 'event' | 'ended';
  ended_by: string | null;
  /** Event that answered it, `{type, eventId, occurredAt, properties}`. */
  event_json: string | null;
  /** The n8n item as it reached the wait. */
  item_json: string;
  created_at: number;
}

export interface SendsTable {
  id: string;
  /** `run/segment/node` or the caller's key: unique. */
  claim_key: string;
  customer_id: string;
  channel: Channel;
  category: 'marketing' | 'transactional';
  journey_key: string | null;
  run_id: string | null;
  segment: number | null;
  /** Id of the n8n node: it stays when the node is renamed. */
  node: string;
  /** The node's name as the operator knows it. */
  node_name: string;
  decision: 'send' | 'suppress' | 'defer';
  reasons_json: string;
  until: number | null;
  address: string | null;
  status: SendStatus | null;
  /** Who said `started`, so that the same caller may say it again and another may not. */
  started_by: string | null;
  provider_message_id: string | null;
  error: string | null;
  permanent: number | null;
  created_at: number;
  updated_at: number;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}
export type { SendStatus };

/** What Temporal still has to be told, in order per customer; a row is deleted once Temporal has answered. */
export interface OutboxTable {
  id: Generated<number>;
  customer_id: string;
  run_id: string;
  /** Kept here, for the run may be erased before Temporal has been told. */
  workflow_id: string;
  kind: 'start' | 'exit' | 'event' | 'restart' | 'resume' | 'cancel';
  payload_json: string;
  created_at: number;
  attempts: number;
  /** Not before (epoch ms): back-off after a failure, and the lease of the dispatcher that is working on it. */
  available_at: number;
  last_error: string | null;
}

export type CustomerRow = Selectable<CustomersTable>;
export type EventRow = Selectable<EventsTable>;
export type RunRow = Selectable<RunsTable>;
export type WaitRow = Selectable<WaitsTable>;
export type SendRow = Omit<Selectable<SendsTable>, 'origin_id'>;
export type EndpointRow = Selectable<EndpointsTable>;
export type JourneyRow = Selectable<JourneysTable>;
export type NewOutboxRow = Insertable<OutboxTable>;
