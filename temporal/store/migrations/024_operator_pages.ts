/** What the pages of operators ask of one journey: who entered lately, and who did not. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index runs_journey_entered on runs (journey_key, entered_at, id)`.execute(db);
  await sql`create index skipped_entries_journey on skipped_entries (journey_key, at)`.execute(db);
}
