/** What outlives erasure, as keyed hashes that name nobody, and the privacy requests of shops; which carts are old. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table erased_addresses (hash text primary key, reason text not null, at bigint not null)`,
    sql`create table erased_events (hash text primary key, at bigint not null)`,
    sql`create table privacy_requests (id text primary key, source text not null, kind text not null,
        request_key text not null, customer_id text, state text not null, reached text not null,
        erased bigint not null, received_at bigint not null, done_at bigint, unique (source, kind, request_key))`,
    sql`create index privacy_requests_list on privacy_requests (received_at, id)`,
    sql`create index privacy_requests_customer on privacy_requests (customer_id)`,
    sql`create index cart_states_changed on cart_states (changed_at)`,
    sql`create index privacy_requests_running on privacy_requests (id) where state = 'running'`,
  ];
  for (const statement of statements) await statement.execute(db);
}
