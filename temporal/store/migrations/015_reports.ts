/** Alarms, and what reports and alarms look for among many sends. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table alarms (id text primary key, kind text not null, channel text not null, level text not null,
        rate double precision not null, complaints bigint not null, messages bigint not null, journeys_json text not null,
        raised_at bigint not null, ended_at bigint)`,
    sql`create unique index alarms_open on alarms (kind, channel, level) where ended_at is null`,
    sql`create index alarms_raised on alarms (raised_at, id)`,
    sql`create index sends_complained on sends (complained_at) where complained_at is not null`,
    sql`create index sends_held_out on sends (created_at) where reasons_json = '["holdout"]'`,
  ];
  for (const statement of statements) await statement.execute(db);
}
