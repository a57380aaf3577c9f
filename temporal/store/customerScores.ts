/** What is calculated of customers, put together: RFM, predictions, affinities. */
import { sql } from 'kysely';
import { noScores, type CustomerScores, type ShownRfm } from '../domain/customerScores.ts';
import { recencyDays } from '../domain/rfm/model.ts';
import type { RfmSegment, Score } from '../domain/rfm/segments.ts';
import { isoTime } from '../domain/textValues.ts';
import { utcDay } from '../domain/utcDay.ts';
import { readAffinities } from './affinities.ts';
import { readPredictions } from './predictions.ts';
import { idsOf, type Session } from './rows.ts';
import { rfmVersion } from './rfmScores.ts';

/** @param customerIds of surviving customers @returns by customer; everybody asked for is in it */
export async function readScores(
  session: Session,
  customerIds: Iterable<string>,
): Promise<Map<string, CustomerScores>> {
  const scores = new Map(Array.from(customerIds, (id) => [id, noScores()]));
  if (scores.size === 0) return scores;
  const rfm = await readRfm(session, scores.keys());
  const predictions = await readPredictions(session, scores.keys());
  const affinities = await readAffinities(session, scores.keys());
  for (const [id, of] of scores) {
    of.rfm = rfm.get(id) ?? null;
    of.prediction = predictions.get(id) ?? of.prediction;
    of.affinities = affinities.get(id) ?? null;
  }
  return scores;
}

interface RfmRow {
  customer_id: string;
  r: Score;
  f: Score;
  m: Score;
  segment: RfmSegment;
  scored_at: number;
  orders: number;
  revenue_minor: number;
  last_order_at: number;
  /** When everybody was last scored. */
  rfm_version: number | null;
}

async function readRfm(session: Session, ids: Iterable<string>): Promise<Map<string, ShownRfm>> {
  const { rows } = await sql<RfmRow>`
    select s.customer_id, s.r, s.f, s.m, s.segment, s.scored_at, t.orders, t.revenue_minor, t.last_order_at,
      ${rfmVersion} as rfm_version
    from ${idsOf(session.dialect, ids)} as c cross join rfm_scores s cross join totals t
    where s.customer_id = c.id and t.customer_id = c.id and t.orders > 0`.execute(session.db);
  return new Map(
    rows.map((row) => {
      const { r, f, m, segment, orders, revenue_minor: moneyMinor } = row;
      // Rows are written only when something in them is another: everybody has been looked at since.
      const scoredAt = Math.max(row.scored_at, row.rfm_version ?? 0);
      return [
        row.customer_id,
        {
          ...{ r, f, m, segment, recencyDays: recencyDays(row.last_order_at, utcDay(scoredAt)), orders, moneyMinor },
          ...{ averageOrderMinor: Math.round(moneyMinor / orders), scoredAt: isoTime(scoredAt) },
        },
      ];
    }),
  );
}
