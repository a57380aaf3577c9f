/** What providers tell of messages: that they gave one up, for a reason that is not the recipient's. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sends add column failed_at bigint`.execute(db);
}
