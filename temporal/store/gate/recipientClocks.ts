/** What is known of where customers live, for the clock that quiet hours and calendar days go by. */
import { sql } from 'kysely';
import { ZONE_PROPERTIES } from '../../domain/profile.ts';
import { idsOf, type Session } from '../rows.ts';

export interface KnownPlace {
  /** Of the profile, as they are. */
  timeZone: unknown;
  country: unknown;
}

/** @returns by customer */
export async function readPlaces(session: Session, customerIds: Iterable<string>): Promise<Map<string, KnownPlace>> {
  const ids = new Set(customerIds);
  if (ids.size === 0) return new Map();
  const field = (name: (typeof ZONE_PROPERTIES)[number] | 'country') =>
    session.dialect === 'sqlite'
      ? sql`json_extract(c.properties_json, ${sql.lit(`$.${name}`)})`
      : sql`c.properties_json::json ->> ${sql.lit(name)}`;
  const { rows } = await sql<{ id: string; time_zone: unknown; country: unknown }>`
    select c.id, coalesce(${sql.join(ZONE_PROPERTIES.map(field))}) as time_zone, ${field('country')} as country
    from ${idsOf(session.dialect, ids)} as r cross join customers c where c.id = r.id`.execute(session.db);
  return new Map(rows.map(({ id, time_zone: timeZone, country }) => [id, { timeZone, country }]));
}
