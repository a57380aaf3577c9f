/** What was learned from everybody, one document for each kind of it. */
import { sql } from 'kysely';
import type { Queryable } from './store.ts';

export interface LearnedModel<T> {
  model: T;
  /** Epoch ms; another one for every learning. */
  learnedAt: number;
}

/** @returns null when nothing has been learned yet */
export async function readModel<T>(db: Queryable, name: string): Promise<LearnedModel<T> | null> {
  const row = await db.selectFrom('score_models').selectAll().where('name', '=', name).executeTakeFirst();
  return row ? { model: JSON.parse(row.model_json) as T, learnedAt: row.learned_at } : null;
}

/** @param learnedAt epoch ms @returns when it counts as learned: later than the one before, whatever the clock says */
export async function writeModel(db: Queryable, name: string, model: object, learnedAt: number): Promise<number> {
  const { rows } = await sql<{ learned_at: number }>`
    insert into score_models (name, model_json, learned_at) values (${name}, ${JSON.stringify(model)}, ${learnedAt})
    on conflict (name) do update set model_json = excluded.model_json, learned_at = case
      when score_models.learned_at < excluded.learned_at then excluded.learned_at else score_models.learned_at + 1 end
    returning learned_at`.execute(db);
  return rows[0]?.learned_at ?? learnedAt;
}
