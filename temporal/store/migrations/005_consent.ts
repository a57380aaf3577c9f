/** Consent: who changed it, by which event, and requests of double opt-in. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`alter table consent_history add column actor text`,
    sql`alter table consent_history add column event_id text`,
    sql`create table opt_in_requests (id text primary key, request_key text, customer_id text not null, channel text not null,
        source text not null, properties_json text not null, state text not null, created_at bigint not null,
        expires_at bigint not null, decided_at bigint)`,
    sql`create unique index opt_in_requests_key on opt_in_requests (request_key) where request_key is not null`,
    sql`create index opt_in_requests_customer on opt_in_requests (customer_id, channel)`,
  ];
  for (const statement of statements) await statement.execute(db);
}
