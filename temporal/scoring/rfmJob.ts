/**
 * RFM of everybody (CONTRACT section 7) from running totals, and how they have moved between segments in 30 days.
 *
 * What is learned of all is written first, so that whoever orders meanwhile is scored by it; then those whose scores are others are
 * scored one small transaction after the other, each by its totals of that moment; and then those who ordered while everybody was read.
 */
import { Distribution, type RfmDistribution } from '../domain/rfm/distribution.ts';
import {
  learn,
  scorerBy,
  SegmentShares,
  segmenterOf,
  type Bought,
  type Buyers,
  type RfmModel,
  type SegmentedBuyers,
} from '../domain/rfm/model.ts';
import { SEGMENTS, type RfmSegment } from '../domain/rfm/segments.ts';
import { Moves } from '../domain/rfm/movement.ts';
import { DAY_MS, utcDay } from '../domain/utcDay.ts';
import type { RfmThresholds } from '../domain/scoreSettings.ts';
import { buyersPage } from '../store/buyers.ts';
import { lockCustomers } from '../store/identities.ts';
import {
  finishRfmModel,
  readRfmModel,
  scoreAnew,
  scoredMeanwhile,
  writeRfmModel,
  type Telling,
} from '../store/rfmScores.ts';
import type { Session } from '../store/rows.ts';
import { writeModel } from '../store/scoreModels.ts';
import { readScoreSettings } from '../store/scoreSettings.ts';
import { BuyerColumns } from './buyerColumns.ts';
import type { JobContext } from './job.ts';

const PAGE = 5000;
/** Customers of one transaction: others who write wait no longer than this takes. */
const CHUNK = 250;
const MOVED_IN_DAYS = 30;
const PLACES = new Map(SEGMENTS.map((segment, place) => [segment, place]));

export async function rfmJob({ store, now, isStopping }: JobContext): Promise<void> {
  const session: Session = { db: store.db, dialect: store.dialect };
  const { thresholds } = (await readScoreSettings(store.db)).rfm;
  const before = await readRfmModel(session);
  const day = utcDay(now);
  const everybody = await readEverybody(session, day, before?.model.currency ?? '', isStopping);
  if (isStopping()) return;

  const model = learn(everybody, thresholds, now);
  const { segments, changed, distribution } = rank(everybody, model, day);
  model.scoring = isQuiet(before?.model ?? null, model) ? 'quietly' : 'aloud';
  const telling: Telling = model.scoring === 'quietly' ? 'untold' : 'firstUntold';
  const version = await writeRfmModel(session, model, now);
  const score = async (ids: readonly string[]) => {
    await store.transaction(async (db) => {
      const trx: Session = { db, dialect: store.dialect };
      await lockCustomers(trx, ids);
      await scoreAnew(trx, ids, version, telling, now);
    });
  };
  for (let from = 0; from < changed.length && !isStopping(); from += CHUNK) {
    await score(Array.from(changed.subarray(from, from + CHUNK), (index) => everybody.idOf(index)));
  }
  const since = Math.max(now, before?.learnedAt ?? 0);
  for (let after = ''; !isStopping();) {
    const ids = await scoredMeanwhile(session, since, after, CHUNK);
    if (ids.length > 0) await score(ids);
    if (ids.length < CHUNK) break;
    after = ids.at(-1) ?? after;
  }
  if (isStopping()) return;
  await finishRfmModel(session, model, version);
  await writeModel(store.db, 'distribution', distribution, now);
  await writeModel(store.db, 'movement', movement(everybody, segments, thresholds, day), now);
}

/** The first scoring of a shop only remembers; and nobody has moved because everybody is measured by another rule. */
function isQuiet(before: RfmModel | null, model: RfmModel): boolean {
  if (before === null || before.customers === 0 || before.scoring === 'quietly') return true;
  return before.by !== model.by || (model.by === 'thresholds' && !hasSameSteps(before, model));
}

const hasSameSteps = (one: RfmModel, other: RfmModel): boolean =>
  String(one.recencyDays) === String(other.recencyDays) && String(one.orders) === String(other.orders);

async function readEverybody(
  session: Session,
  day: number,
  usualCurrency: string,
  isStopping: () => boolean,
): Promise<BuyerColumns> {
  const then = day - MOVED_IN_DAYS;
  const all = new BuyerColumns(PAGE, usualCurrency, { now: day, then });
  for (let after = ''; !isStopping();) {
    const page = await buyersPage(session, { after, limit: PAGE, then, usualCurrency });
    all.add(page);
    if (page.count < PAGE) break;
    after = page.last;
  }
  return all;
}

interface Ranks {
  segments: Uint8Array;
  changed: Uint32Array;
  distribution: RfmDistribution;
}

/** Adds up the segments, into `model`. @returns the segment of each, and the places of those whose scores are others now */
function rank(all: BuyerColumns, model: RfmModel, day: number): Ranks {
  const segments = new Uint8Array(all.count);
  const changed = new Uint32Array(all.count);
  let count = 0;
  const shares = new SegmentShares(model.currency);
  const distribution = new Distribution(model.currency);
  const scorer = scorerBy(model);
  if (scorer !== null) {
    for (let index = 0; index < all.count; index++) {
      const bought = boughtBy(all, index, day);
      const { r, f, m, segment } = scorer(bought, day);
      shares.add(segment, bought);
      distribution.add({ r, f, m }, bought);
      segments[index] = PLACES.get(segment) ?? 0;
      if (r * 100 + f * 10 + m !== all.before[index]) changed[count++] = index;
    }
  }
  model.segments = shares.result();
  return { segments, changed: changed.subarray(0, count), distribution: distribution.result(model.asOf) };
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

function movement(all: BuyerColumns, segments: Uint8Array, thresholds: RfmThresholds | null, day: number) {
  const segmentThen = segmenterOf(buyersThen(all), thresholds);
  const moves = new Moves();
  for (let index = 0; index < all.count; index++) {
    const orders = all.ordersThen[index] as number;
    const from = orders === 0 || !segmentThen ? null : segmentThen(all.recencyDaysThen[index] as number, orders);
    moves.add(from, SEGMENTS[segments[index] as number] as RfmSegment);
  }
  return moves.result(day - MOVED_IN_DAYS, day);
}

/** Only those who had ordered by then. */
function buyersThen({ count, ordersThen, recencyDaysThen }: BuyerColumns): SegmentedBuyers {
  const orders = new Int32Array(count);
  const recencyDays = new Int32Array(count);
  let size = 0;
  for (let index = 0; index < count; index++) {
    if (ordersThen[index] === 0) continue;
    orders[size] = ordersThen[index] as number;
    recencyDays[size++] = recencyDaysThen[index] as number;
  }
  return { count: size, orders, recencyDays };
}
