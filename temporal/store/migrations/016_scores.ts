/** Scores: settings and learned models, the jobs that learn, and what is known of each customer and product. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table score_settings (id integer primary key check (id = 1), settings_json text not null, updated_at bigint not null)`,
    sql`create table score_models (name text primary key, model_json text not null, learned_at bigint not null)`,
    sql`create table score_jobs (name text primary key, due_at bigint not null, lease_until bigint not null, started_at bigint,
        finished_at bigint, failure text)`,
    sql`create table rfm_scores (customer_id text primary key, r integer not null, f integer not null, m integer not null,
        segment text not null, scored_at bigint not null, told_segment text, told_at bigint)`,
    sql`create index rfm_scores_segment on rfm_scores (segment, customer_id)`,
    sql`create index rfm_scores_untold on rfm_scores (customer_id) where told_segment is null or told_segment <> segment`,
    sql`create table predictions (customer_id text primary key, alive double precision not null,
        expected_orders double precision not null, spend_minor double precision not null, value_minor double precision not null,
        next_order_at bigint, churn text not null, predicted_at bigint not null)`,
    sql`create index predictions_churn on predictions (churn, customer_id)`,
    sql`create table affinities (customer_id text primary key, channel text, preferred_hour integer,
        price_sensitivity double precision, affinity_json text not null, computed_at bigint not null)`,
    sql`create table replenishment_windows (product_id text primary key, basis text not null, reason text, gaps bigint not null,
        q40 double precision, q50 double precision, q60 double precision, q80 double precision, window_json text not null,
        learned_at bigint not null)`,
    sql`create table replenishments (customer_id text not null, product_id text not null, source text not null,
        order_id text not null, ordered_at bigint not null, quantity double precision not null, basis text not null,
        start_at bigint not null, middle_at bigint not null, end_at bigint not null, window_json text not null, computed_at bigint not null,
        primary key (customer_id, product_id))`,
    ...['start', 'middle', 'end'].map(
      (point) => sql`create index ${sql.ref(`replenishments_${point}`)}
        on replenishments (${sql.ref(`${point}_at`)}, customer_id, product_id)`,
    ),
    sql`create table product_subscriptions (customer_id text not null, product_id text not null, active integer not null,
        at bigint not null, primary key (customer_id, product_id))`,
    sql`create table next_products (product_id text not null, next_product_id text not null, buyers bigint not null,
        also bigint not null, share double precision not null, lower_bound double precision not null,
        from_days double precision not null, to_days double precision not null, window_days double precision not null,
        sold_per_day double precision not null, learned_at bigint not null,
        primary key (product_id, next_product_id))`,
    sql`create table audience_passes (journey_key text not null, due_at bigint not null, state text not null,
        reached text not null, entered bigint not null, skipped_json text not null, available_at bigint not null,
        finished_at bigint, primary key (journey_key, due_at))`,
    sql`alter table journeys add column schedule_since bigint`,
  ];
  for (const statement of statements) await statement.execute(db);
}
