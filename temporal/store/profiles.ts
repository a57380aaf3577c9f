/** Profiles as shops describe them: properties, and when the shop last did so. */
import { sql } from 'kysely';
import { NAME_KEYS, nameKeys } from './nameKeys.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

export interface Profile {
  properties: Record<string, unknown>;
  /** Epoch ms of the latest description; null: no shop has described the customer yet. */
  describedAt: number | null;
}

/** @param customerIds locked by the caller @returns by customer id */
export async function findProfiles(session: Session, customerIds: Iterable<string>): Promise<Map<string, Profile>> {
  const { rows } = await sql<{ id: string; properties_json: string; profile_at: number | null }>`
    select c.id, c.properties_json, c.profile_at from ${idsOf(session.dialect, customerIds)} as r
    cross join customers c where c.id = r.id`.execute(session.db);
  return new Map(
    rows.map((row) => [
      row.id,
      { properties: JSON.parse(row.properties_json) as Record<string, unknown>, describedAt: row.profile_at },
    ]),
  );
}

export async function writeProfiles(
  session: Session,
  profiles: ReadonlyMap<string, Profile>,
  now: number,
): Promise<void> {
  if (profiles.size === 0) return;
  const columns = { id: 'text', properties_json: 'text', profile_at: 'bigint', ...NAME_KEYS } as const;
  const rows = [...profiles].map(([id, { properties, describedAt }]) => ({
    id,
    properties_json: JSON.stringify(properties),
    profile_at: describedAt,
    ...nameKeys(properties),
  }));
  await sql`
    update customers set properties_json = r.properties_json, profile_at = r.profile_at,
      name_key = r.name_key, surname_key = r.surname_key, updated_at = ${now}
    from ${rowsOf(session.dialect, columns, rows)} as r where customers.id = r.id`.execute(session.db);
}
