/** What whoever sent a message says of it: it went out, it failed, nobody knows; and what its provider said of the recipient. */
import type { CanonicalEvent } from '../domain/event.ts';
import type { ParsedEvent } from '../domain/eventParsing.ts';
import { MESSAGES } from '../domain/ownSources.ts';
import { isBadAddress, reportedStatus, type RecipientVerdict, type SendOutcome } from '../domain/sendStatus.ts';
import { lockSurvivors } from '../store/identities.ts';
import type { Session } from '../store/rows.ts';
import { insertRunSteps } from '../store/segments.ts';
import { findSends, lockSends, writeToldSends, type ToldSend } from '../store/toldSends.ts';
import type { EventIntake } from './eventIntake.ts';
import { aboutSend, sentEvent } from './messageNews.ts';
import { madeEvent } from './ownWord.ts';

export interface SendReport {
  sendId: string;
  outcome: SendOutcome;
  permanent: boolean;
  providerMessageId: string | null;
  error: string | null;
  recipient: RecipientVerdict | null;
}

/** @returns how many sends know more than before; reports about others, or said again, change nothing */
export async function takeSendReports(intake: EventIntake, reports: readonly SendReport[]): Promise<number> {
  if (reports.length === 0) return 0;
  const reporting: Reporting = { reports, updated: 0 };
  await intake.submit([], { work: takeReportings, item: reporting });
  return reporting.updated;
}

/** One caller's reports, and how many of them counted in the transaction that was committed. */
interface Reporting {
  readonly reports: readonly SendReport[];
  updated: number;
}

async function takeReportings(
  session: Session,
  reportings: readonly Reporting[],
  now: number,
): Promise<ParsedEvent[][]> {
  const found = await findSends(
    session,
    reportings.flatMap(({ reports }) => reports.map(({ sendId }) => sendId)),
    [],
  );
  // Customers before sends, as where sends are authorised.
  await lockSurvivors(session, new Set(found.map(({ customerId }) => customerId)));
  const sends = await lockSends(
    session,
    found.map(({ id }) => id),
  );
  const changed = new Map<string, ToldSend>();
  const steps = new Map<string, ToldSend>();
  const events = reportings.map((reporting) => {
    const updated = new Set<string>();
    const following = reporting.reports.flatMap((report) => {
      const send = sends.get(report.sendId);
      const after = send && reported(send, report);
      if (!after) return [];
      sends.set(after.id, after);
      changed.set(after.id, after);
      updated.add(after.id);
      if (after.status === send.status) return [];
      steps.set(after.id, after);
      return eventsOf(report, after, now);
    });
    reporting.updated = updated.size;
    return following;
  });
  await writeToldSends(session, [...changed.values()], now);
  await insertRunSteps(
    session,
    [...steps.values()].flatMap(({ runId, segment, nodeName: node, status }) =>
      runId === null || segment === null ? [] : [{ run_id: runId, segment, node, outcome: status }],
    ),
    now,
  );
  return events;
}

/** @returns null when the report says nothing new */
function reported(send: ToldSend, { outcome, permanent, providerMessageId, error }: SendReport): ToldSend | null {
  // The provider has given it up since: its word is the later one.
  const status = send.told.failedAt === null ? reportedStatus(send.status, outcome) : null;
  if (status === null) {
    const isNamed = outcome === 'sent' && send.providerMessageId === null && providerMessageId !== null;
    return isNamed ? { ...send, providerMessageId } : null;
  }
  return {
    ...send,
    status,
    providerMessageId: providerMessageId ?? send.providerMessageId,
    error: status === 'sent' ? null : error,
    isPermanent: permanent,
  };
}

function eventsOf({ outcome, permanent, error, recipient }: SendReport, send: ToldSend, now: number): ParsedEvent[] {
  const { id: sendId, channel, customerId, address, provider, status } = send;
  if (status === 'sent') return [sentEvent(send, now, REPORT)];
  const toldBy = provider ?? REPORT;
  const make = (what: string, type: CanonicalEvent['type'], more: Partial<CanonicalEvent>): ParsedEvent =>
    madeEvent(
      {
        id: `:${sendId}/${what}`,
        type,
        source: MESSAGES,
        identity: { customerId },
        properties: { ...aboutSend(send, toldBy), ...more.properties },
        ...(more.consent && { consent: more.consent }),
      },
      now,
    );
  if (recipient === 'opted_out') {
    return [make('opted_out', 'unsubscribed', { consent: { [channel]: { state: 'unsubscribed', source: toldBy } } })];
  }
  if (address !== null && (recipient === 'invalid' || isBadAddress(channel, outcome, permanent, error))) {
    return [
      make('refused', 'message_bounced', {
        properties: { address, bounceType: 'hard', ...(error && { reason: error }) },
      }),
    ];
  }
  return [];
}

/** Who tells it, where no provider is named. */
const REPORT = 'report';
