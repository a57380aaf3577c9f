/** Sends as the API shows them: each decision with its reasons, newest first. */
import { sql } from 'kysely';
import { isoTime, isoTimeOrNull } from '../domain/textValues.ts';
import type { SendRow, ToldRow } from './tables/sends.ts';
import { beyond, pageOf, type PageRequest } from './lists.ts';
import type { Queryable } from './store.ts';

export interface SendFilter {
  customerId?: string | undefined;
  journey?: string | undefined;
  runId?: string | undefined;
  decision?: string | undefined;
  reason?: string | undefined;
  status?: string | undefined;
}

export async function listSends(db: Queryable, filter: SendFilter, page: PageRequest) {
  const { customerId, journey, runId, decision, reason, status } = filter;
  const conditions = [
    beyond(page, sql`created_at`, sql`id`),
    ...(customerId === undefined ? [] : [sql`customer_id = ${customerId}`]),
    ...(journey === undefined ? [] : [sql`journey_key = ${journey}`]),
    ...(runId === undefined ? [] : [sql`run_id = ${runId}`]),
    ...(decision === undefined ? [] : [sql`decision = ${decision}`]),
    ...(status === undefined ? [] : [sql`status = ${status}`]),
    // Reason codes are words of our own: what is not one of them finds nothing.
    ...(reason === undefined ? [] : [sql`reasons_json like ${`%"${reason.replace(/[^a-z_]/g, '?')}"%`}`]),
  ];
  const { rows } = await sql<SendRow & ToldRow>`
    select * from sends where ${sql.join(conditions, sql` and `)}
    order by created_at desc, id desc limit ${page.limit + 1}`.execute(db);
  return pageOf(rows, page.limit, (row) => ({ at: row.created_at, id: row.id }), listedSend);
}

export async function findSend(db: Queryable, id: string) {
  const row = await db.selectFrom('sends').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? listedSend(row) : null;
}

export function listedSend(row: SendRow & ToldRow) {
  return {
    id: row.id,
    customerId: row.customer_id,
    channel: row.channel,
    category: row.category,
    journey: row.journey_key,
    runId: row.run_id,
    segment: row.segment,
    node: row.node,
    nodeName: row.node_name,
    decision: row.decision,
    reasons: JSON.parse(row.reasons_json) as string[],
    until: isoTimeOrNull(row.until),
    address: row.address,
    status: row.status,
    provider: row.provider,
    providerMessageId: row.provider_message_id,
    error: row.error,
    at: isoTime(row.created_at),
    startedAt: isoTimeOrNull(row.started_at),
    deliveredAt: isoTimeOrNull(row.delivered_at),
    openedAt: isoTimeOrNull(row.opened_at),
    machineOpenedAt: isoTimeOrNull(row.machine_opened_at),
    clickedAt: isoTimeOrNull(row.clicked_at),
    bouncedAt: isoTimeOrNull(row.bounced_at),
    bounceType: row.bounce_type,
    complainedAt: isoTimeOrNull(row.complained_at),
    unsubscribedAt: isoTimeOrNull(row.unsubscribed_at),
  };
}
