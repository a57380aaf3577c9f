/** Profiles of customers: properties, when a shop last described them, preference tracks, and the keys that names are found by. */
import { sql } from 'kysely';
import { nameKeys } from '../domain/customerSearch.ts';
import { withProperties, type Profile } from '../domain/profile.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

/** @param customerIds locked by the caller, when they are to be written @returns by customer id */
export async function readProfiles(session: Session, customerIds: Iterable<string>): Promise<Map<string, Profile>> {
  const { rows } = await sql<{ id: string; properties_json: string; profile_at: number | null; tracks_json: string }>`
    select c.id, c.properties_json, c.profile_at, c.tracks_json
    from ${idsOf(session.dialect, customerIds)} as r cross join customers c where c.id = r.id`.execute(session.db);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        properties: JSON.parse(row.properties_json) as Record<string, unknown>,
        profileAt: row.profile_at,
        tracks: JSON.parse(row.tracks_json) as string[],
      },
    ]),
  );
}

/** The only place that writes properties, for the keys of a name have to follow from them. */
export async function writeProfiles(
  session: Session,
  profiles: ReadonlyMap<string, Profile>,
  now: number,
): Promise<void> {
  if (profiles.size === 0) return;
  const columns = {
    id: 'text',
    properties_json: 'text',
    profile_at: 'bigint',
    tracks_json: 'text',
    name_key: 'text',
    surname_key: 'text',
  } as const;
  const rows = [...profiles].map(([id, { properties, profileAt, tracks }]) => ({
    id,
    properties_json: JSON.stringify(properties),
    profile_at: profileAt,
    tracks_json: JSON.stringify(tracks),
    ...nameKeys(properties),
  }));
  await sql`
    update customers set properties_json = r.properties_json, profile_at = r.profile_at, tracks_json = r.tracks_json,
      name_key = r.name_key, surname_key = r.surname_key, updated_at = ${now}
    from ${rowsOf(session.dialect, columns, rows)} as r where customers.id = r.id`.execute(session.db);
}

export interface PropertyChange {
  customerId: string;
  /** null takes a property away. */
  properties: Record<string, unknown>;
}

/** Adds properties to what is there; the customers are locked by the caller. */
export async function changeProperties(
  session: Session,
  changes: readonly PropertyChange[],
  now: number,
): Promise<void> {
  if (changes.length === 0) return;
  const profiles = await readProfiles(session, new Set(changes.map(({ customerId }) => customerId)));
  for (const { customerId, properties } of changes) {
    const before = profiles.get(customerId);
    if (before) profiles.set(customerId, withProperties(before, properties));
  }
  await writeProfiles(session, profiles, now);
}
