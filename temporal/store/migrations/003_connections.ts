/** Connections of shops and trackers, and the carts they last told of. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table connections (name text primary key, kind text not null, secret text not null,
        secret_changed_at bigint not null, previous_secrets_json text not null, currency text, origins_json text not null,
        public_key text not null, external_id_prefix text not null, created_at bigint not null, updated_at bigint not null, last_received_at bigint)`,
    sql`create unique index connections_public_key on connections (public_key)`,
    sql`create table cart_states (source text not null, token text not null, customer_id text not null, currency text,
        changed_at bigint not null, lines_json text not null, told_json text not null, primary key (source, token))`,
    sql`create index cart_states_customer on cart_states (customer_id)`,
  ];
  for (const statement of statements) await statement.execute(db);
}
