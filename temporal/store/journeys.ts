/** Journeys as published, with their definitions parsed once for each version. */
import { sql } from 'kysely';
import type { JourneyDefinition, JourneyState } from '../domain/journey.ts';
import type { Queryable } from './store.ts';

export interface Journey {
  key: string;
  name: string;
  published: boolean;
  paused: boolean;
  definition: JourneyDefinition;
}

/** One of these for each process: it parses a definition again only when its text has changed, whoever changed it. */
export class JourneyReader {
  readonly #parsed = new Map<string, { text: string; definition: JourneyDefinition }>();

  async all(db: Queryable): Promise<Journey[]> {
    const { rows } = await sql<{
      key: string;
      name: string;
      published: number;
      paused: number;
      definition_json: string;
    }>`select key, name, published, paused, definition_json from journeys order by key`.execute(db);
    return rows.map((row) => ({
      key: row.key,
      name: row.name,
      published: row.published === 1,
      paused: row.paused === 1,
      definition: this.#definition(row.key, row.definition_json),
    }));
  }

  #definition(key: string, text: string): JourneyDefinition {
    let parsed = this.#parsed.get(key);
    if (parsed?.text !== text) {
      parsed = { text, definition: JSON.parse(text) as JourneyDefinition };
      this.#parsed.set(key, parsed);
    }
    return parsed.definition;
  }
}

/** By key, also of those that are no longer published. */
export async function readJourneyNames(db: Queryable): Promise<Map<string, string>> {
  const rows = await db.selectFrom('journeys').select(['key', 'name']).execute();
  return new Map(rows.map(({ key, name }) => [key, name]));
}

export interface JourneyCounts {
  key: string;
  name: string;
  state: JourneyState;
  entered: number;
  active: number;
  completed: number;
  exited: number;
  failed: number;
}

/** @param key only this one; all when left out */
export async function listJourneys(db: Queryable, key?: string): Promise<JourneyCounts[]> {
  const { rows } = await sql<Omit<JourneyCounts, 'state'> & { published: number; paused: number }>`
    select j.key, j.name, j.published, j.paused, count(r.id) as entered,
      count(case when r.status = 'running' then 1 end) as active,
      count(case when r.status = 'completed' then 1 end) as completed,
      count(case when r.status = 'exited' then 1 end) as exited,
      count(case when r.status = 'failed' then 1 end) as failed
    from journeys j left join runs r on r.journey_key = j.key
    ${key === undefined ? sql`` : sql`where j.key = ${key}`}
    group by j.key, j.name, j.published, j.paused order by j.key`.execute(db);
  return rows.map(({ published, paused, ...row }) => ({
    ...row,
    state: published === 0 ? 'unpublished' : paused === 1 ? 'paused' : 'active',
  }));
}

/** @returns false when there is no such journey */
export async function setJourneyPaused(db: Queryable, key: string, paused: boolean, now: number): Promise<boolean> {
  const result = await db
    .updateTable('journeys')
    .set((eb) => ({
      paused: paused ? 1 : 0,
      updated_at: now,
      // Times that were due while it was paused are nobody's.
      ...(!paused && {
        schedule_since: eb
          .case()
          .when(eb.and([eb('paused', '=', 1), eb('schedule_since', 'is not', null)]))
          .then(now)
          .else(eb.ref('schedule_since'))
          .end(),
      }),
    }))
    .where('key', '=', key)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
