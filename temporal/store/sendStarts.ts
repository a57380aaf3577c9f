/** Claims become started ones just before they go to the provider: of all who hold one, one may send. */
import { sql } from 'kysely';
import { CLAIM_LASTS_MS, type SendStatus } from '../domain/sendStatus.ts';
import { readPolicyInForce } from './policy.ts';
import { idsOf, sessionOf } from './rows.ts';
import type { Queryable } from './store.ts';

/** Why it may not go out: what has become of it, or `void`: claimed too long ago, `paused`: its journey or everything is stopped. */
export type RefusedBecause = SendStatus | 'void' | 'paused';

export interface StartedSends {
  started: string[];
  /** null: there is no such claim. */
  refused: { sendId: string; status: RefusedBecause | null }[];
}

/**
 * Compare-and-set. The same caller may say it again.
 * @param by what tells callers apart; null: the second is refused whoever it is
 */
export async function startSends(
  trx: Queryable,
  sendIds: readonly string[],
  by: string | null,
  now: number,
): Promise<StartedSends> {
  const ids = [...new Set(sendIds)];
  if (ids.length === 0) return { started: [], refused: [] };
  const session = sessionOf(trx);
  const { killSwitch } = await readPolicyInForce(session);
  const table = idsOf(session.dialect, ids);
  const isPaused = sql<number>`exists (select 1 from journeys j where j.key = sends.journey_key and j.paused = 1)`;
  const started = new Set<string>();
  if (!killSwitch) {
    const { rows } = await sql<{ id: string }>`
      update sends set status = 'started', started_by = ${by}, given_again = 0, updated_at = ${sql.lit(now)},
        started_at = case when status = 'started' then started_at else ${sql.lit(now)} end
      where id in (select r.id from ${table} as r) and not ${isPaused}
        and ((status = 'claimed' and created_at > ${now - CLAIM_LASTS_MS}) or (status = 'started' and given_again = 1))
      returning id`.execute(trx);
    for (const { id } of rows) started.add(id);
  }
  if (started.size === ids.length) return { started: ids, refused: [] };

  const { rows: others } = await sql<OtherClaim>`
    select id, status, started_by, given_again, case when ${isPaused} then 1 else 0 end as paused
    from sends where id in (select r.id from ${table} as r)`.execute(trx);
  const known = new Map(others.map((row) => [row.id, row]));
  for (const row of others) if (by !== null && row.status === 'started' && row.started_by === by) started.add(row.id);
  return {
    started: ids.filter((id) => started.has(id)),
    refused: ids.flatMap((sendId) =>
      started.has(sendId) ? [] : [{ sendId, status: reasonOf(known.get(sendId), killSwitch) }],
    ),
  };
}

interface OtherClaim {
  id: string;
  status: SendStatus | null;
  started_by: string | null;
  given_again: number;
  paused: number;
}

function reasonOf(claim: OtherClaim | undefined, killSwitch: boolean): RefusedBecause | null {
  if (!claim) return null;
  const isOpen = claim.status === 'claimed' || (claim.status === 'started' && claim.given_again === 1);
  if (!isOpen) return claim.status;
  return killSwitch || claim.paused === 1 ? 'paused' : 'void';
}
