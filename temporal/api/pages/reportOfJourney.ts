/** What the page of a journey shows of its messages, orders and runs: as the API reports it, of one bounded window. */
import type { WindowLengths } from '../../domain/reports/attribution.ts';
import { journeyReports } from '../../domain/reports/journeyReport.ts';
import type { ListedJourney } from '../../store/operator/journeyOverview.ts';
import type { JourneyWindow } from '../../store/operator/journeyWindow.ts';
import { readAttributedOrders } from '../../store/reports/attributedOrders.ts';
import { readDecidedMessages } from '../../store/reports/decidedMessages.ts';
import { inSlices } from '../../store/reports/reportParts.ts';
import { readRunCounts } from '../../store/reports/runCounts.ts';
import type { Session } from '../../store/rows.ts';

export type JourneyReport = ReturnType<typeof journeyReports>['items'][number];

/** The control group is left out: it takes a look at everybody. */
export async function reportOf(
  session: Session,
  { key, name }: ListedJourney,
  { from, to }: JourneyWindow,
  windows: WindowLengths,
): Promise<JourneyReport> {
  const period = { from, to, journey: key };
  const { items } = journeyReports({
    journeys: [{ key, name }],
    messages: await inSlices(session, period, (slice) => readDecidedMessages(session, slice)),
    orders: await inSlices(session, period, (slice) => readAttributedOrders(session, slice, windows)),
    runs: await readRunCounts(session, period),
    holdout: [],
  });
  const [report] = items;
  if (!report) throw new Error('A report of a journey has the journey in it.');
  return report;
}
