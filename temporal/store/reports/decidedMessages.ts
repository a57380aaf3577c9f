/** How many messages were decided in a period and what became of them, by node. */
import { sql } from 'kysely';
import type { SendReason } from '../../domain/gate/objection.ts';
import type { DecidedMessages } from '../../domain/reports/messageReport.ts';
import type { Session } from '../rows.ts';

/** Messages decided from `from` up to and without `to`; epoch ms. */
export interface ReportPeriod {
  from: number;
  to: number;
  /** Of this journey alone; undefined: all, also messages outside of journeys. */
  journey?: string | undefined;
}

export const decidedIn = ({ from, to, journey }: ReportPeriod) =>
  sql`s.created_at >= ${from} and s.created_at < ${to} ${journey === undefined ? sql`` : sql`and s.journey_key = ${journey}`}`;

interface Row {
  journey_key: string | null;
  node: string;
  node_name: string;
  channel: DecidedMessages['channel'];
  decision: DecidedMessages['decision'];
  reasons_json: string;
  newest_at: number;
  decided: number;
  pending: number;
  sent: number;
  failed: number;
  unknown: number;
  delivered: number;
  opened: number;
  machine_opened: number;
  clicked: number;
  bounced_hard: number;
  bounced_soft: number;
  complained: number;
  unsubscribed: number;
}

/**
 * A soft bounce after which the message arrived is none. What has been claimed or started and has no outcome is `pending`.
 * @returns one row for each node, channel, decision and set of reasons
 */
export async function readDecidedMessages({ db }: Session, period: ReportPeriod): Promise<DecidedMessages[]> {
  const { rows } = await sql<Row>`
    select s.journey_key, s.node, s.node_name, s.channel, s.decision, s.reasons_json, max(s.created_at) as newest_at,
      count(*) as decided,
      count(case when s.status in ('claimed', 'started') then 1 end) as pending,
      count(case when s.status in ('sent', 'delivered', 'bounced', 'complained') then 1 end) as sent,
      count(case when s.status = 'failed' then 1 end) as failed,
      count(case when s.status = 'unknown' then 1 end) as unknown,
      count(s.delivered_at) as delivered, count(s.opened_at) as opened, count(s.machine_opened_at) as machine_opened,
      count(s.clicked_at) as clicked,
      count(case when s.bounced_at is not null and coalesce(s.bounce_type, 'hard') = 'hard' then 1 end) as bounced_hard,
      count(case when s.bounced_at is not null and s.bounce_type = 'soft' and s.delivered_at is null then 1 end)
        as bounced_soft,
      count(s.complained_at) as complained, count(s.unsubscribed_at) as unsubscribed
    from sends s where ${decidedIn(period)}
    group by s.journey_key, s.node, s.node_name, s.channel, s.decision, s.reasons_json`.execute(db);
  return rows.map((row) => ({
    journey: row.journey_key,
    node: row.node,
    nodeName: row.node_name,
    channel: row.channel,
    decision: row.decision,
    reasons: JSON.parse(row.reasons_json) as SendReason[],
    newestAt: row.newest_at,
    decided: row.decided,
    suppressed: row.decision === 'suppress' ? row.decided : 0,
    deferred: row.decision === 'defer' ? row.decided : 0,
    pending: row.pending,
    sent: row.sent,
    failed: row.failed,
    unknown: row.unknown,
    delivered: row.delivered,
    opened: row.opened,
    machineOpened: row.machine_opened,
    clicked: row.clicked,
    bouncedHard: row.bounced_hard,
    bouncedSoft: row.bounced_soft,
    complained: row.complained,
    unsubscribed: row.unsubscribed,
  }));
}
