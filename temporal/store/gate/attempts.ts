/** Marketing messages that went out, or may have: what gaps, caps and the limit of SMS about abandonments count. */
import { sql } from 'kysely';
import type { Channel } from '../../domain/event.ts';
import { abandonmentKeysOf } from '../../domain/gate/abandonmentSmsCheck.ts';
import type { Attempt } from '../../domain/gate/frequencyCheck.ts';
import { CLAIM_COUNTS_MS, CLAIM_LASTS_MS } from '../../domain/sendStatus.ts';
import { idsOf, type Session } from '../rows.ts';

/**
 * @param since epoch ms
 * @returns by customer; of claims those that may still be started, of failures those for good
 */
export async function readAttempts(
  session: Session,
  customerIds: Iterable<string>,
  since: number,
  now: number,
): Promise<Map<string, Attempt[]>> {
  const ids = new Set(customerIds);
  if (ids.size === 0) return new Map();
  const { rows } = await sql<{
    customer_id: string;
    id: string;
    channel: Channel;
    at: number;
    entry_json: string | null;
  }>`
    select s.customer_id, s.id, s.channel, coalesce(s.started_at, s.created_at) as at, r.entry_json
    from ${idsOf(session.dialect, ids)} as c cross join sends s
    left join runs r on r.id = s.run_id and s.channel = 'sms'
    where s.customer_id = c.id and s.decision = 'send' and s.category = 'marketing'
      and s.created_at >= ${since - CLAIM_LASTS_MS}
      and (s.status <> 'failed' or s.permanent = 1)
      and (s.status <> 'claimed' or s.created_at > ${now - CLAIM_COUNTS_MS})`.execute(session.db);
  return new Map(
    [...Map.groupBy(rows, (row) => row.customer_id)].map(([customerId, sends]) => [
      customerId,
      sends.map(({ id: sendId, channel, at, entry_json }) => {
        const abandonmentKeys = (entry_json !== null && abandonmentKeysOf(entry_json)) || [];
        return { sendId, channel, at, abandonmentKeys };
      }),
    ]),
  );
}

/** What one batch decides: its messages to the same customer count each other, in their order. */
export class AttemptsOfBatch {
  /** By customer; null: decided anew, and not to go out. */
  readonly #decided = new Map<string, Map<string, Attempt | null>>();

  note(customerId: string, sendId: string, attempt: Attempt | null): void {
    const known = this.#decided.get(customerId) ?? new Map<string, Attempt | null>();
    this.#decided.set(customerId, known.set(sendId, attempt));
  }

  /**
   * @param stored as they were before this batch
   * @param ownId of the message itself
   */
  with(customerId: string, stored: readonly Attempt[], ownId: string | null): readonly Attempt[] {
    const decided = this.#decided.get(customerId);
    if (!decided) return stored;
    const added = [...decided.values()].filter((attempt) => attempt !== null).filter(({ sendId }) => sendId !== ownId);
    return [...stored.filter(({ sendId }) => !decided.has(sendId)), ...added];
  }
}
