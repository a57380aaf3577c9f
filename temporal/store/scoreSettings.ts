/** How customers and products are calculated: one document. What is calculated by a part that changes is due again. */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { DEFAULT_SCORE_SETTINGS, type ScoreSettings } from '../domain/scoreSettings.ts';
import { insertAudit } from './audit.ts';
import { sessionOf } from './rows.ts';
import { makeDue } from './scoreJobs.ts';
import type { Queryable } from './store.ts';

export async function readScoreSettings(db: Queryable): Promise<ScoreSettings> {
  const row = await db.selectFrom('score_settings').select('settings_json').where('id', '=', 1).executeTakeFirst();
  return row ? (JSON.parse(row.settings_json) as ScoreSettings) : DEFAULT_SCORE_SETTINGS;
}

/** @returns whether anything is different from before */
export async function writeScoreSettings(
  trx: Queryable,
  settings: ScoreSettings,
  actor: string,
  now: number,
): Promise<boolean> {
  const before = await readScoreSettings(trx);
  const changed = (Object.keys(settings) as (keyof ScoreSettings)[]).filter(
    (part) => !isDeepStrictEqual(settings[part], before[part]),
  );
  if (changed.length === 0) return false;
  const settings_json = JSON.stringify(settings);
  await sql`
    insert into score_settings (id, settings_json, updated_at) values (1, ${settings_json}, ${now})
    on conflict (id) do update set settings_json = excluded.settings_json, updated_at = excluded.updated_at`.execute(
    trx,
  );
  // Each part is named after the job that goes by it.
  await makeDue(sessionOf(trx), changed, now);
  const details = Object.fromEntries(changed.map((part) => [part, { from: before[part], to: settings[part] }]));
  await insertAudit(sessionOf(trx), [{ customerId: null, actor, action: 'scoreSettings.changed', details }], now);
  return true;
}
