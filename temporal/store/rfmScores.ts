/** The RFM scores of single customers, kept beside their totals: whenever those change, these do in the same transaction. */
import { sql } from 'kysely';
import { scorerBy, type RfmModel, type Scorer } from '../domain/rfm/model.ts';
import { utcDay } from '../domain/utcDay.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';
import { readModel, writeModel } from './scoreModels.ts';

const MODEL = 'rfm';

/** Of one customer, as they stand in `totals`. */
export interface CountedTotals {
  customer_id: string;
  orders: number;
  revenue_minor: number;
  currency: string | null;
  last_order_at: number | null;
}

/**
 * What becomes of a change of segment.
 *
 * - `told`: somebody hears of it (`segment_changed`), also of the first one.
 * - `firstUntold`: of the first one nobody hears; it is only remembered.
 * - `untold`: nobody hears of it: history was imported, or customers are measured by another rule.
 */
export type Telling = 'told' | 'firstUntold' | 'untold';

export const readRfmModel = ({ db }: Session) => readModel<RfmModel>(db, MODEL);

/** @returns its version */
export const writeRfmModel = ({ db }: Session, model: RfmModel, learnedAt: number) =>
  writeModel(db, MODEL, model, learnedAt);

/** What was written last has scored everybody; its version stays, for it measures as before. */
export async function finishRfmModel({ db }: Session, model: RfmModel, version: number): Promise<void> {
  const model_json = JSON.stringify({ ...model, scoring: null });
  await db
    .updateTable('score_models')
    .set({ model_json })
    .where('name', '=', MODEL)
    // Another process may have learned anew, when this one had been away for long.
    .where('learned_at', '=', version)
    .execute();
}

/** Says by which model to score, in a statement that is made anyway. */
export const rfmVersion = sql<number | null>`(select learned_at from score_models where name = ${sql.lit(MODEL)})`;

interface KnownScorer {
  version: number;
  scorer: Scorer | null;
}

/** One for each store of the process: its adapter stays the same in all transactions. */
const scorers = new WeakMap<object, KnownScorer>();

async function scorerOf(session: Session, version: number): Promise<Scorer | null> {
  const store = session.db.getExecutor().adapter;
  const known = scorers.get(store);
  if (known?.version === version) return known.scorer;
  const learned = await readRfmModel(session);
  if (learned === null) return null;
  const scorer = scorerBy(learned.model);
  scorers.set(store, { version: learned.learnedAt, scorer });
  return scorer;
}

/**
 * Scores customers whose totals have just been counted. Nothing is written where nothing has changed.
 * @param version as `rfmVersion`; null: nothing has been learned yet
 */
export async function scoreCounted(
  session: Session,
  counted: readonly CountedTotals[],
  version: number | null,
  telling: Telling,
  now: number,
): Promise<void> {
  const scorer = version === null ? null : await scorerOf(session, version);
  if (scorer === null) return;
  const day = utcDay(now);
  const scored = [];
  const without: string[] = [];
  for (const { customer_id, orders, revenue_minor, currency, last_order_at } of counted) {
    if (orders === 0 || currency === null || last_order_at === null) {
      without.push(customer_id);
    } else {
      const bought = { orders, revenueMinor: revenue_minor, currency, lastOrderAt: last_order_at };
      scored.push({ customer_id, ...scorer(bought, day) });
    }
  }
  await writeScores(session, scored, telling, now);
  await deleteScores(session, without);
}

/**
 * Who has ordered since everybody was read: they are scored by what was learned before, or, where that was nothing, not at all.
 * @param since epoch ms @returns up to `limit` of them, in the order of their ids
 */
export async function scoredMeanwhile({ db }: Session, since: number, after: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ customer_id: string }>`
    select t.customer_id from totals t left join rfm_scores s on s.customer_id = t.customer_id
    where t.orders > 0 and t.customer_id > ${after} and (s.customer_id is null or s.scored_at > ${since})
    order by t.customer_id limit ${sql.lit(limit)}`.execute(db);
  return rows.map((row) => row.customer_id);
}

/** As `scoreCounted`, of customers whose totals are as they were. */
export async function scoreAnew(
  session: Session,
  customerIds: readonly string[],
  version: number,
  telling: Telling,
  now: number,
): Promise<void> {
  const { rows } = await sql<CountedTotals>`
    select t.customer_id, t.orders, t.revenue_minor, t.currency, t.last_order_at
    from ${idsOf(session.dialect, customerIds)} as r cross join totals t where t.customer_id = r.id`.execute(
    session.db,
  );
  await scoreCounted(session, rows, version, telling, now);
}

const SCORE = { customer_id: 'text', r: 'bigint', f: 'bigint', m: 'bigint', segment: 'text' } as const;

async function writeScores(
  session: Session,
  scores: readonly { customer_id: string; r: number; f: number; m: number; segment: string }[],
  telling: Telling,
  now: number,
): Promise<void> {
  if (scores.length === 0) return;
  // Two who write the same rows do so in the same order.
  const rows = [...scores].sort((one, other) => (one.customer_id < other.customer_id ? -1 : 1));
  const first = telling === 'told' ? sql`cast(null as text)` : sql`r.segment`;
  const later = telling === 'untold' ? sql`excluded.segment` : sql`rfm_scores.told_segment`;
  const isSilent =
    telling === 'untold'
      ? sql`or rfm_scores.told_segment is null or rfm_scores.told_segment <> excluded.segment`
      : sql``;
  await sql`
    insert into rfm_scores (customer_id, r, f, m, segment, scored_at, told_segment, told_at)
    select r.customer_id, r.r, r.f, r.m, r.segment, ${sql.lit(now)}, ${first}, cast(null as bigint)
    from ${rowsOf(session.dialect, SCORE, rows)} as r where true
    on conflict (customer_id) do update set r = excluded.r, f = excluded.f, m = excluded.m, segment = excluded.segment,
      scored_at = excluded.scored_at, told_segment = ${later}
    where rfm_scores.r <> excluded.r or rfm_scores.f <> excluded.f or rfm_scores.m <> excluded.m
      ${isSilent}`.execute(session.db);
}

/** Who has no order (any more) has no score. */
export async function deleteScores(session: Session, customerIds: readonly string[]): Promise<void> {
  if (customerIds.length === 0) return;
  await sql`
    delete from rfm_scores where customer_id in (select id from ${idsOf(session.dialect, customerIds)} as r)`.execute(
    session.db,
  );
}
