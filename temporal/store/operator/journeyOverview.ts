/** Journeys as the operator's pages list them. */
import type { JourneyState } from '../../domain/journey.ts';
import type { Revenue } from '../../domain/reports/messageReport.ts';
import type { WindowLengths } from '../../domain/reports/attribution.ts';
import { readAttributedOrders } from '../reports/attributedOrders.ts';
import { inSlices } from '../reports/reportParts.ts';
import { readRunCounts } from '../reports/runCounts.ts';
import type { RunCounts } from '../../domain/reports/journeyReport.ts';
import type { Session } from '../rows.ts';
import { countOpenRuns, type BoundedCount } from './journeyFigures.ts';
import { journeyWindow, type JourneyWindow } from './journeyWindow.ts';

export interface ListedJourney {
  key: string;
  name: string;
  state: JourneyState;
  n8nWorkflowId: string;
  /** Now. */
  open: BoundedCount;
}

/** @param key of one alone; all when left out */
export async function listedJourneys(session: Session, key?: string): Promise<ListedJourney[]> {
  const query = session.db
    .selectFrom('journeys')
    .select(['key', 'name', 'published', 'paused', 'n8n_workflow_id'])
    .orderBy('key');
  const rows = await (key === undefined ? query : query.where('key', '=', key)).execute();
  const journeys: ListedJourney[] = [];
  for (const row of rows) {
    journeys.push({
      key: row.key,
      name: row.name,
      state: row.published !== 1 ? 'unpublished' : row.paused === 1 ? 'paused' : 'active',
      n8nWorkflowId: row.n8n_workflow_id,
      open: await countOpenRuns(session, row.key),
    });
  }
  return journeys;
}

export interface RecentFigures {
  window: JourneyWindow;
  /** Of those who entered in the window; undefined: nobody did. */
  runs: RunCounts | undefined;
  /** That messages of the window have brought. */
  revenue: Revenue[];
}

export async function recentFigures(
  session: Session,
  journey: string,
  period: { from: number; to: number },
  windows: WindowLengths,
): Promise<RecentFigures> {
  const window = await journeyWindow(session, journey, period);
  const asked = { from: window.from, to: window.to, journey };
  const orders = await inSlices(session, asked, (slice) => readAttributedOrders(session, slice, windows));
  return {
    window,
    runs: (await readRunCounts(session, asked)).get(journey),
    revenue: revenueOf(orders),
  };
}

/** By currency. */
function revenueOf(orders: readonly Revenue[]): Revenue[] {
  const sums = new Map<string, Revenue>();
  for (const { currency, orders: number, revenueMinor } of orders) {
    const sum = sums.get(currency) ?? { currency, orders: 0, revenueMinor: 0 };
    sums.set(currency, { currency, orders: sum.orders + number, revenueMinor: sum.revenueMinor + revenueMinor });
  }
  return [...sums.values()].sort((one, other) => (one.currency < other.currency ? -1 : 1));
}
