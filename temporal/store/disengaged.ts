/** Customers whom the operator, or the end of a win-back, has called disengaged: suppressions that the next sign of life lifts. */
import { sql } from 'kysely';
import { addressIdentifier } from '../domain/gate/address.ts';
import { isHeldByHand } from '../domain/gate/disengagedCheck.ts';
import type { Channel } from '../domain/event.ts';
import { readSigns, type EngagementQuestion } from './gate/signsOfLife.ts';
import { rowsOf, type Session } from './rows.ts';

export interface Disengagement {
  /** The surviving one, locked. */
  customerId: string;
  channel: Channel;
  source: string;
}

/**
 * All addresses that the customer has on the channel.
 * @returns `customer/channel` of those who have one
 */
export async function callDisengaged(
  session: Session,
  customers: readonly Disengagement[],
  now: number,
): Promise<Set<string>> {
  const asked = customers.map(({ customerId, channel, source }) => ({
    ...{ customer_id: customerId, channel, source, kind: addressIdentifier(channel) },
  }));
  if (asked.length === 0) return new Set();
  const columns = { customer_id: 'text', channel: 'text', source: 'text', kind: 'text' } as const;
  // Of one customer and channel that is named twice, one source is enough.
  const written = await sql<{ customer_id: string; channel: Channel }>`
    insert into suppressions (customer_id, channel, address, reason, source, at)
    select r.customer_id, r.channel, i.value, 'disengaged', max(r.source), cast(${now} as bigint)
    from ${rowsOf(session.dialect, columns, asked)} as r cross join identifiers i
    where i.customer_id = r.customer_id and i.kind = r.kind
    group by r.customer_id, r.channel, i.value
    on conflict (channel, address, reason) do update set at = excluded.at, source = excluded.source,
      customer_id = excluded.customer_id
    returning customer_id, channel`.execute(session.db);
  return new Set(written.rows.map(({ customer_id, channel }) => `${customer_id}/${channel}`));
}

/** @returns false when the customer was not called so on this channel */
export async function callEngaged({ db }: Session, customerId: string, channel: Channel): Promise<boolean> {
  const rows = await db
    .deleteFrom('suppressions')
    .where('customer_id', '=', customerId)
    .where('channel', '=', channel)
    .where('reason', '=', 'disengaged')
    .returning('address')
    .execute();
  return rows.length > 0;
}

/** @returns of those that were called disengaged, who still counts as such */
export async function stillDisengaged<Called extends EngagementQuestion>(
  session: Session,
  called: readonly Called[],
): Promise<Set<Called>> {
  const signs = await readSigns(session, called);
  return new Set([...signs].flatMap(([one, ofOne]) => (isHeldByHand(ofOne) ? [one] : [])));
}
