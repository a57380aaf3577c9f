/** All that a report of journeys is made of, added up by the store, a slice of the period at a time. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WindowLengths } from '../../domain/reports/attribution.ts';
import type { ReportParts } from '../../domain/reports/journeyReport.ts';
import type { Session } from '../rows.ts';
import { readAttributedOrders } from './attributedOrders.ts';
import { readDecidedMessages, type ReportPeriod } from './decidedMessages.ts';
import { readHoldoutArms } from './holdoutArms.ts';
import { readRunCounts } from './runCounts.ts';

/** SQLite works in the thread that answers requests: after a slice it is their turn. Each looks at orders beyond its end, so not too short. */
const SLICE_MS = 2 * 86_400_000;
const MOST_SLICES = 200;

/** @returns null when the period names a journey of which nothing is known */
export async function readReportParts(
  session: Session,
  period: ReportPeriod,
  windows: WindowLengths,
): Promise<ReportParts | null> {
  const journeys = await readJourneyNames(session, period.journey);
  if (period.journey !== undefined && journeys.length === 0) return null;
  return {
    journeys,
    messages: await inSlices(session, period, (slice) => readDecidedMessages(session, slice)),
    orders: await inSlices(session, period, (slice) => readAttributedOrders(session, slice, windows)),
    runs: await readRunCounts(session, period),
    holdout: await readHoldoutArms(session, period),
  };
}

/** @returns what was read of each slice, one after the other; it may say the same of several */
export async function inSlices<T>(
  { dialect }: Session,
  period: ReportPeriod,
  read: (slice: ReportPeriod) => Promise<readonly T[]>,
): Promise<T[]> {
  const all: T[] = [];
  for (const slice of dialect === 'sqlite' ? slicesOf(period) : [period]) {
    all.push(...(await read(slice)));
    await nextTurn();
  }
  return all;
}

async function readJourneyNames({ db }: Session, key: string | undefined): Promise<{ key: string; name: string }[]> {
  const query = db.selectFrom('journeys').select(['key', 'name']);
  return await (key === undefined ? query : query.where('key', '=', key)).execute();
}

function* slicesOf(period: ReportPeriod): Generator<ReportPeriod> {
  const length = Math.max(SLICE_MS, Math.ceil((period.to - period.from) / MOST_SLICES));
  for (let from = period.from; from < period.to; from += length) {
    yield { ...period, from, to: Math.min(from + length, period.to) };
  }
}
