/** The events that a manual test in the editor looks through for its item. */
import type { Selectable, SelectQueryBuilder } from 'kysely';
import type { Database } from './database.ts';
import type { Queryable } from './store.ts';
import type { EventsTable } from './tables/events.ts';

/** Older events are not looked at: a test must not read through years of them. */
const NEWEST_EVENTS = 20_000;
const CANDIDATES = 200;

type EventRow = Selectable<EventsTable>;
type EventQuery = SelectQueryBuilder<Database, 'events', EventRow>;

/** The newest first. @param narrowed which events come into question */
export async function newestEvents(db: Queryable, narrowed: (query: EventQuery) => EventQuery): Promise<EventRow[]> {
  const newest = await db
    .selectFrom('events')
    .select(({ fn }) => fn.max('seq').as('seq'))
    .executeTakeFirst();
  const query = db
    .selectFrom('events')
    .selectAll()
    .where('seq', '>', (newest?.seq ?? 0) - NEWEST_EVENTS);
  return await narrowed(query).orderBy('seq', 'desc').limit(CANDIDATES).execute();
}
