/** Claims that are given out once more. What gaps and caps count is found by `sends_customer`: an index of its own would cost each claim a page. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sends add column given_again integer not null default 0`.execute(db);
}
