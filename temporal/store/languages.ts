/** The language that customers want to be spoken to in, as their profile has it. */
import { sql } from 'kysely';
import { idsOf, type Session } from './rows.ts';

/** @returns by customer; those whose profile says nothing are missing */
export async function readLanguages(session: Session, customerIds: Iterable<string>): Promise<Map<string, string>> {
  const ids = new Set(customerIds);
  if (ids.size === 0) return new Map();
  const language =
    session.dialect === 'sqlite'
      ? sql`json_extract(c.properties_json, '$.language')`
      : sql`c.properties_json::json ->> 'language'`;
  const { rows } = await sql<{ id: string; language: unknown }>`
    select c.id, ${language} as language from ${idsOf(session.dialect, ids)} as r cross join customers c
    where c.id = r.id`.execute(session.db);
  return new Map(rows.flatMap(({ id, language }) => (typeof language === 'string' ? [[id, language] as const] : [])));
}
