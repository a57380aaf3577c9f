/** Claims become started ones just before they go to the provider: of all who hold one, one may send. */
import { sql } from 'kysely';
import type { SendReason } from '../domain/gate/objection.ts';
import { CLAIM_LASTS_MS, type SendStatus } from '../domain/sendStatus.ts';
import { lockSurvivors } from './identities.ts';
import { readPolicyInForce } from './policy.ts';
import { idsOf, rowsOf, sessionOf, type Session } from './rows.ts';
import { insertRunSteps } from './segments.ts';
import type { Queryable } from './store.ts';

/**
 * Why it may not go out: what has become of it, or `void`: claimed too long ago, `paused`: its journey or everything is stopped,
 * `suppressed`: not wanted any more.
 */
export type RefusedBecause = SendStatus | 'void' | 'paused' | 'suppressed';

export interface StartedSends {
  started: string[];
  /** null: there is no such claim. */
  refused: { sendId: string; status: RefusedBecause | null; reasons?: SendReason[] }[];
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
  const unwanted = await suppressUnwanted(session, ids, now);
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
    refused: ids.flatMap((sendId) => {
      if (started.has(sendId)) return [];
      const reasons = unwanted.get(sendId);
      if (reasons) return [{ sendId, status: 'suppressed' as const, reasons }];
      return [{ sendId, status: reasonOf(known.get(sendId), killSwitch) }];
    }),
  };
}

/**
 * A batch can wait for its provider for long: whoever has said no since, or has bought, gets nothing of it any more. The claim
 * becomes the decision that the gate would take now.
 */
async function suppressUnwanted(
  session: Session,
  ids: readonly string[],
  now: number,
): Promise<Map<string, SendReason[]>> {
  const { db, dialect } = session;
  const { rows } = await sql<{ id: string; customer_id: string; has_ended: number; said_no: number }>`
    select id, customer_id, has_ended, said_no from (
      select s.id, s.customer_id,
        case when exists (select 1 from runs r where r.id = s.run_id and r.status <> 'running') then 1 else 0 end as has_ended,
        case when s.category = 'marketing' and exists (select 1 from consents c where c.customer_id = s.customer_id
          and c.channel = s.channel and c.state = 'unsubscribed') then 1 else 0 end as said_no
      from ${idsOf(dialect, ids)} as r cross join sends s where s.id = r.id and s.status = 'claimed') as claimed
    where has_ended = 1 or said_no = 1`.execute(db);
  if (rows.length === 0) return new Map();
  // Customers before sends, as where sends are authorised.
  await lockSurvivors(session, new Set(rows.map(({ customer_id }) => customer_id)));
  const reasons = new Map(
    rows.map(({ id, has_ended, said_no }): [string, SendReason[]] => [
      id,
      [...(has_ended ? (['goal_reached'] as const) : []), ...(said_no ? (['unsubscribed'] as const) : [])],
    ]),
  );
  const written = [...reasons].map(([id, list]) => ({ id, reasons_json: JSON.stringify(list) }));
  const suppressed = await sql<{ id: string; run_id: string | null; segment: number | null; node_name: string }>`
    update sends set decision = 'suppress', status = null, reasons_json = r.reasons_json, updated_at = ${now}
    from ${rowsOf(dialect, { id: 'text', reasons_json: 'text' }, written)} as r
    where sends.id = r.id and sends.status = 'claimed'
    returning sends.id, sends.run_id, sends.segment, sends.node_name`.execute(db);
  await insertRunSteps(
    session,
    suppressed.rows.flatMap(({ run_id, segment, node_name: node }) =>
      run_id === null || segment === null ? [] : [{ run_id, segment, node, outcome: 'suppressed' }],
    ),
    now,
  );
  return new Map(suppressed.rows.map(({ id }) => [id, reasons.get(id) ?? []]));
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
