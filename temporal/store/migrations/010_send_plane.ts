/** The send plane: the policy, by which provider a message went and what its recipient did with it. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table policy (id integer primary key check (id = 1), policy_json text not null, updated_at bigint not null)`,
    sql`alter table sends add column provider text`,
    sql`alter table sends add column started_at bigint`,
    sql`alter table sends add column delivered_at bigint`,
    sql`alter table sends add column opened_at bigint`,
    sql`alter table sends add column machine_opened_at bigint`,
    sql`alter table sends add column clicked_at bigint`,
    sql`alter table sends add column bounced_at bigint`,
    sql`alter table sends add column bounce_type text`,
    sql`alter table sends add column complained_at bigint`,
    sql`alter table sends add column unsubscribed_at bigint`,
    sql`create index sends_provider_message on sends (provider_message_id) where provider_message_id is not null`,
  ];
  for (const statement of statements) await statement.execute(db);
}
