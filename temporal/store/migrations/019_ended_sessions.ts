/** Operators who have logged out: their cookie is good for nothing, wherever a copy of it is. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table ended_sessions (nonce text primary key, until bigint not null)`.execute(db);
}
