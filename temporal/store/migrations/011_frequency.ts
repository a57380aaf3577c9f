/** Gaps and caps: a customer's marketing messages of late, quickly found; claims that are given out once more. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create index sends_attempts on sends (customer_id, created_at)
        where decision = 'send' and category = 'marketing'`,
    sql`alter table sends add column given_again integer not null default 0`,
  ];
  for (const statement of statements) await statement.execute(db);
}
