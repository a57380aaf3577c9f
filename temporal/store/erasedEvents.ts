/** Keys of the events of erased customers, as hashes: a shop's repeated delivery does not bring back who has been erased. */
import { sql } from 'kysely';
import { eventHash } from '../domain/erasedHash.ts';
import { keptKey } from './keptKeys.ts';
import { idsOf, type Session } from './rows.ts';

/** To be called before the events are gone. */
export async function rememberEvents(session: Session, customerIds: readonly string[], now: number): Promise<void> {
  const { rows } = await sql<{ source: string; id: string }>`
    select e.source, e.id from ${idsOf(session.dialect, customerIds)} as r cross join events e
    where e.customer_id = r.id`.execute(session.db);
  if (rows.length === 0) return;
  const key = await keptKey(session, 'addresses');
  const hashes = rows.map(({ source, id }) => eventHash(key, source, id));
  await sql`
    insert into erased_events (hash, at) select r.id, ${now} from ${idsOf(session.dialect, hashes)} as r where true
    on conflict (hash) do nothing`.execute(session.db);
}

/** @returns those of the keys that belonged to somebody who has been erased */
export async function findErasedEvents<K extends { source: string; id: string }>(
  session: Session,
  keys: readonly K[],
): Promise<K[]> {
  if (keys.length === 0) return [];
  // Most stores have none: then nothing has to be hashed.
  const any = await session.db.selectFrom('erased_events').select('hash').limit(1).executeTakeFirst();
  if (any === undefined) return [];
  const secret = await keptKey(session, 'addresses');
  const hashed = new Map(keys.map((key) => [eventHash(secret, key.source, key.id), key]));
  const { rows } = await sql<{ hash: string }>`
    select e.hash from ${idsOf(session.dialect, hashed.keys())} as r cross join erased_events e
    where e.hash = r.id`.execute(session.db);
  return rows.flatMap(({ hash }) => hashed.get(hash) ?? []);
}
