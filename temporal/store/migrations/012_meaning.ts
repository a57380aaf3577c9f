/** What the send gate asks of a customer's past, each with an index of its own: who has opened or clicked, which runs are open. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create index sends_opened on sends (customer_id, channel, opened_at) where opened_at is not null`,
    sql`create index sends_clicked on sends (customer_id, channel, clicked_at) where clicked_at is not null`,
    sql`create index runs_open on runs (customer_id) where status = 'running'`,
  ];
  for (const statement of statements) await statement.execute(db);
}
