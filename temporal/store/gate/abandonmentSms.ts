/** SMS about abandonments that customers have had, or may have had, within the policy's window. */
import { sql } from 'kysely';
import { abandonmentOf, type AbandonmentSms } from '../../domain/gate/abandonmentSmsCheck.ts';
import { scaledMs, type GateRules } from '../../domain/gate/gateRules.ts';
import { idsOf, type Session } from '../rows.ts';

export interface SentAbandonmentSms extends AbandonmentSms {
  sendId: string;
}

/** @returns by customer; nobody when the policy has no such rule */
export async function readAbandonmentSms(
  session: Session,
  customerIds: Iterable<string>,
  rules: GateRules,
): Promise<Map<string, SentAbandonmentSms[]>> {
  const ids = new Set(customerIds);
  const rule = rules.policy.abandonmentSms;
  if (rule === null || ids.size === 0) return new Map();
  const since = rules.now - scaledMs(rule.window, rules);
  const { rows } = await sql<{
    id: string;
    customer_id: string;
    at: number;
    entry_json: string;
    entry_occurred_at: number;
  }>`
    select s.id, s.customer_id, coalesce(s.started_at, s.created_at) as at, r.entry_json, r.entry_occurred_at
    from ${idsOf(session.dialect, ids)} as c cross join sends s cross join runs r
    where s.customer_id = c.id and s.channel = 'sms' and s.category = 'marketing' and s.decision = 'send'
      and (s.status <> 'failed' or s.permanent = 1) and coalesce(s.started_at, s.created_at) > ${since}
      and s.created_at > ${since - CREATED_BEFORE_MS} and r.id = s.run_id`.execute(session.db);
  const sent = new Map<string, SentAbandonmentSms[]>();
  for (const { id, customer_id, at, ...run } of rows) {
    const abandonment = abandonmentOf(run);
    if (!abandonment) continue;
    sent.set(customer_id, [...(sent.get(customer_id) ?? []), { sendId: id, at, keys: abandonment.keys }]);
  }
  return sent;
}

/** A claim may be decided anew, and started, this long after its row was made (deferred ones); the index is by the row's making. */
const CREATED_BEFORE_MS = 30 * 86_400_000;
