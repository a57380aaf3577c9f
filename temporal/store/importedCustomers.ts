/** What a file of customers says beside what every caller can say: preference tracks. */
import { sql } from 'kysely';
import { rowsOf, type Session } from './rows.ts';

/** @param tracks customer id → `tracks_json`; the customers are locked by the caller */
export async function writeTracksOf(session: Session, tracks: ReadonlyMap<string, string>, now: number): Promise<void> {
  if (tracks.size === 0) return;
  const rows = [...tracks].map(([id, tracks_json]) => ({ id, tracks_json }));
  await sql`
    update customers set tracks_json = r.tracks_json, updated_at = ${now}
    from ${rowsOf(session.dialect, { id: 'text', tracks_json: 'text' }, rows)} as r
    where customers.id = r.id and customers.tracks_json <> r.tracks_json`.execute(session.db);
}
