/** How far back a page looks: as far as was asked for, or to where there is more than a page can count at once. */
import { sql } from 'kysely';
import type { Session } from '../rows.ts';

/** Counted at most; beyond it is "more than". */
export const MOST_COUNTED = 10_000;

export interface JourneyWindow {
  /** Epoch ms; with it, and without `to`. */
  from: number;
  to: number;
  /** It begins later than was asked for. */
  isCut: boolean;
}

/** @returns the part of the period, up to its end, in which no more than `MOST_COUNTED` entered, and as many messages were decided */
export async function journeyWindow(
  session: Session,
  journey: string,
  { from, to }: { from: number; to: number },
): Promise<JourneyWindow> {
  const beyond = await Promise.all([
    beyondQuery('runs', journey, { from, to }).execute(session.db),
    beyondQuery('sends', journey, { from, to }).execute(session.db),
  ]);
  const latest = Math.max(from, ...beyond.flatMap(({ rows }) => rows.map(({ at }) => at + 1)));
  return { from: latest, to, isCut: latest > from };
}

/** When the first one entered, or was decided on, that is too many. */
export const beyondQuery = (table: 'runs' | 'sends', journey: string, { from, to }: { from: number; to: number }) => {
  const at = sql.ref(table === 'runs' ? 'entered_at' : 'created_at');
  return sql<{ at: number }>`
    select ${at} as at from ${sql.table(table)} where journey_key = ${journey} and ${at} >= ${from} and ${at} < ${to}
    order by ${at} desc limit 1 offset ${sql.lit(MOST_COUNTED)}`;
};
