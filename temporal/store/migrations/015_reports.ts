/** What reports and alarms look for among many sends. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [sql`create index sends_held_out on sends (created_at) where reasons_json = '["holdout"]'`];
  for (const statement of statements) await statement.execute(db);
}
