/** Preference tracks of customers, for whole batches. */
import { sql } from 'kysely';
import { sortedTracks, tracksOf, type Track } from '../domain/tracks.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

/** @returns by customer; those that do not exist are missing */
export async function readTracks(session: Session, customerIds: Iterable<string>): Promise<Map<string, Track[]>> {
  const ids = new Set(customerIds);
  if (ids.size === 0) return new Map();
  const { rows } = await sql<{ id: string; tracks_json: string }>`
    select c.id, c.tracks_json from ${idsOf(session.dialect, ids)} as r cross join customers c
    where c.id = r.id`.execute(session.db);
  return new Map(rows.map(({ id, tracks_json }) => [id, tracksOf(tracks_json)]));
}

/** The customers are locked by the caller. Of several choices of one customer the last one holds. */
export async function writeTracks(
  session: Session,
  choices: readonly { customerId: string; tracks: readonly Track[] }[],
  now: number,
): Promise<void> {
  if (choices.length === 0) return;
  const last = new Map(choices.map(({ customerId, tracks }) => [customerId, JSON.stringify(sortedTracks(tracks))]));
  const rows = [...last].map(([id, tracks_json]) => ({ id, tracks_json }));
  await sql`
    update customers set tracks_json = r.tracks_json, updated_at = ${now}
    from ${rowsOf(session.dialect, { id: 'text', tracks_json: 'text' }, rows)} as r
    where customers.id = r.id and customers.tracks_json <> r.tracks_json`.execute(session.db);
}
