/**
 * The one list of tables; their columns stand in `tables/`. The same on SQLite and PostgreSQL: times are epoch ms (UTC),
 * money is minor units, flags are 0 or 1, and columns ending in `_json` hold JSON text.
 */
import type { AlarmsTable } from './tables/alarms.ts';
import type {
  AwaitedProductsTable,
  ProductChangesTable,
  ProductInterestsTable,
  ProductVariantsTable,
  ProductsTable,
  StockLevelsTable,
} from './tables/catalogue.ts';
import type {
  CartStatesTable,
  ConnectionsTable,
  EndedSessionsTable,
  ImportsTable,
  KeptKeysTable,
} from './tables/connections.ts';
import type { ConsentHistoryTable, ConsentsTable, OptInRequestsTable, SuppressionsTable } from './tables/consent.ts';
import type { AuditTable, CustomersTable, FingerprintsTable, IdentifiersTable } from './tables/customers.ts';
import type { DeliveryLanesTable, EndpointsTable, EventDeliveriesTable } from './tables/deliveries.ts';
import type { ExposuresTable } from './tables/experiments.ts';
import type {
  CartsTable,
  EventsTable,
  OrderLinesTable,
  OrdersTable,
  RefundsTable,
  TotalsTable,
} from './tables/events.ts';
import type {
  JourneysTable,
  OutboxTable,
  RunStepsTable,
  RunsTable,
  SkippedEntriesTable,
  WaitsTable,
} from './tables/journeys.ts';
import type { ErasedAddressesTable, ErasedEventsTable, PrivacyRequestsTable } from './tables/privacy.ts';
import type {
  AffinitiesTable,
  AudiencePassesTable,
  NextProductsTable,
  PredictionsTable,
  ProductSubscriptionsTable,
  ReplenishmentWindowsTable,
  ReplenishmentsTable,
  RfmScoresTable,
  ScoreJobsTable,
  ScoreModelsTable,
  ScoreSettingsTable,
} from './tables/scores.ts';
import type { PolicyTable, SendsTable } from './tables/sends.ts';

export interface Database {
  customers: CustomersTable;
  identifiers: IdentifiersTable;
  fingerprints: FingerprintsTable;
  audit: AuditTable;

  consents: ConsentsTable;
  consent_history: ConsentHistoryTable;
  opt_in_requests: OptInRequestsTable;
  suppressions: SuppressionsTable;

  erased_addresses: ErasedAddressesTable;
  erased_events: ErasedEventsTable;
  privacy_requests: PrivacyRequestsTable;

  events: EventsTable;
  orders: OrdersTable;
  order_lines: OrderLinesTable;
  refunds: RefundsTable;
  totals: TotalsTable;
  carts: CartsTable;

  connections: ConnectionsTable;
  cart_states: CartStatesTable;
  imports: ImportsTable;
  kept_keys: KeptKeysTable;
  ended_sessions: EndedSessionsTable;

  products: ProductsTable;
  product_variants: ProductVariantsTable;
  stock_levels: StockLevelsTable;
  product_changes: ProductChangesTable;
  product_interests: ProductInterestsTable;
  awaited_products: AwaitedProductsTable;

  endpoints: EndpointsTable;
  event_deliveries: EventDeliveriesTable;
  delivery_lanes: DeliveryLanesTable;

  journeys: JourneysTable;
  runs: RunsTable;
  run_steps: RunStepsTable;
  skipped_entries: SkippedEntriesTable;
  waits: WaitsTable;
  outbox: OutboxTable;
  policy: PolicyTable;
  alarms: AlarmsTable;

  sends: SendsTable;
  exposures: ExposuresTable;

  score_settings: ScoreSettingsTable;
  score_models: ScoreModelsTable;
  score_jobs: ScoreJobsTable;
  rfm_scores: RfmScoresTable;
  predictions: PredictionsTable;
  affinities: AffinitiesTable;
  replenishment_windows: ReplenishmentWindowsTable;
  replenishments: ReplenishmentsTable;
  product_subscriptions: ProductSubscriptionsTable;
  next_products: NextProductsTable;
  audience_passes: AudiencePassesTable;
}
