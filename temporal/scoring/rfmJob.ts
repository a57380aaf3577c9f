/**
 * RFM of everybody (CONTRACT section 7) from running totals, and how they have moved between segments in 30 days.
 *
 * What is learned of all is written first, so that whoever orders meanwhile is scored by it; then those whose scores are others are
 * scored one small transaction after the other, each by its totals of that moment.
 */
import { Distribution, type RfmDistribution } from '../domain/rfm/distribution.ts';
import { SegmentShares, learn, scorerBy, type Bought, type Buyers, type RfmModel } from '../domain/rfm/model.ts';
import { Moves } from '../domain/rfm/movement.ts';
import { DAY_MS, utcDay } from '../domain/utcDay.ts';
import type { RfmThresholds } from '../domain/scoreSettings.ts';
import { buyersAsOf, buyersNow } from '../store/buyers.ts';
import { lockCustomers } from '../store/identities.ts';
import { finishRfmModel, readRfmModel, scoreAnew, writeRfmModel, type Telling } from '../store/rfmScores.ts';
import type { Session } from '../store/rows.ts';
import { writeModel } from '../store/scoreModels.ts';
import { readScoreSettings } from '../store/scoreSettings.ts';
import { BuyerColumns, IdColumn, NumberColumn } from './buyerColumns.ts';
import type { JobContext } from './job.ts';

const PAGE = 5000;
/** Customers of one transaction: others who write wait no longer than this takes. */
const CHUNK = 500;
const MOVED_IN_DAYS = 30;
/** Had not ordered then. */
const NOBODY = -1;

interface Everybody {
  ids: IdColumn;
  now: BuyerColumns;
  /** Their scores when they were read, as three digits; 0: none. */
  before: NumberColumn;
  /** As of 30 days ago, and for everybody of now their place there. */
  then: BuyerColumns;
  placeThen: NumberColumn;
}

export async function rfmJob({ store, now, isStopping }: JobContext): Promise<void> {
  const session: Session = { db: store.db, dialect: store.dialect };
  const { thresholds } = (await readScoreSettings(store.db)).rfm;
  const before = await readRfmModel(session);
  const day = utcDay(now);
  const everybody = await readEverybody(session, day, isStopping);
  if (isStopping()) return;

  const model = learn(everybody.now, thresholds, now);
  const { changed, distribution } = rank(everybody, model, day);
  model.scoring = isQuiet(before?.model ?? null, model) ? 'quietly' : 'aloud';
  const telling: Telling = model.scoring === 'quietly' ? 'untold' : 'firstUntold';
  const version = await writeRfmModel(session, model, now);
  for (let from = 0; from < changed.length && !isStopping(); from += CHUNK) {
    const ids = Array.from(changed.subarray(from, from + CHUNK), (index) => everybody.ids.at(index));
    await store.transaction(async (db) => {
      const trx: Session = { db, dialect: store.dialect };
      await lockCustomers(trx, ids);
      await scoreAnew(trx, ids, version, telling, now);
    });
  }
  if (isStopping()) return;
  await finishRfmModel(session, model);
  await writeModel(store.db, 'distribution', distribution, now);
  await writeModel(store.db, 'movement', movement(everybody, model, thresholds, day), now);
}

/** The first scoring of a shop only remembers; and nobody has moved because everybody is measured by another rule. */
function isQuiet(before: RfmModel | null, model: RfmModel): boolean {
  if (before === null || before.customers === 0 || before.scoring === 'quietly') return true;
  return before.by !== model.by || (model.by === 'thresholds' && !hasSameSteps(before, model));
}

const hasSameSteps = (one: RfmModel, other: RfmModel): boolean =>
  String(one.recencyDays) === String(other.recencyDays) && String(one.orders) === String(other.orders);

async function readEverybody(session: Session, day: number, isStopping: () => boolean): Promise<Everybody> {
  const all: Everybody = {
    ids: new IdColumn(),
    now: new BuyerColumns(),
    before: new NumberColumn(),
    then: new BuyerColumns(),
    placeThen: new NumberColumn(),
  };
  for (let after = ''; !isStopping();) {
    const rows = await buyersNow(session, after, PAGE);
    const last = rows.length < PAGE ? null : (rows.at(-1)?.customer_id ?? null);
    const earlier = await buyersAsOf(session, day - MOVED_IN_DAYS, after, last);
    const places = new Map(earlier.map((row) => [row.customer_id, all.then.add(row, day - MOVED_IN_DAYS)]));
    for (const row of rows) {
      const index = all.now.add(row, day);
      all.ids.add(row.customer_id);
      all.before.set(index, row.scores ?? 0);
      all.placeThen.set(index, places.get(row.customer_id) ?? NOBODY);
    }
    if (last === null) break;
    after = last;
  }
  return all;
}

/** Adds up the segments, into `model`. @returns also the places of those whose scores are others now */
function rank(
  { now, before }: Everybody,
  model: RfmModel,
  day: number,
): { changed: Uint32Array; distribution: RfmDistribution } {
  const changed = new Uint32Array(now.count);
  let count = 0;
  const shares = new SegmentShares(model.currency);
  const distribution = new Distribution(model.currency);
  const scorer = scorerBy(model);
  if (scorer !== null) {
    for (let index = 0; index < now.count; index++) {
      const bought = boughtBy(now, index, day);
      const { r, f, m, segment } = scorer(bought, day);
      shares.add(segment, bought);
      distribution.add({ r, f, m }, bought);
      if (r * 100 + f * 10 + m !== before.at(index)) changed[count++] = index;
    }
  }
  model.segments = shares.result();
  return { changed: changed.subarray(0, count), distribution: distribution.result(model.asOf) };
}

const boughtBy = (
  { orders, money, currency, currencies, recencyDays }: Buyers,
  index: number,
  day: number,
): Bought => ({
  orders: orders[index] as number,
  revenueMinor: money[index] as number,
  currency: currencies[currency[index] as number] as string,
  lastOrderAt: (day - (recencyDays[index] as number)) * DAY_MS,
});

function movement({ now, then, placeThen }: Everybody, model: RfmModel, thresholds: RfmThresholds | null, day: number) {
  const dayThen = day - MOVED_IN_DAYS;
  const scoreNow = scorerBy(model);
  const scoreThen = scorerBy(learn(then, thresholds, dayThen * DAY_MS));
  const moves = new Moves();
  for (let index = 0; scoreNow !== null && index < now.count; index++) {
    const place = placeThen.at(index);
    const from =
      place === NOBODY || scoreThen === null ? null : scoreThen(boughtBy(then, place, dayThen), dayThen).segment;
    moves.add(from, scoreNow(boughtBy(now, index, day), day).segment);
  }
  return moves.result(dayThen, day);
}
