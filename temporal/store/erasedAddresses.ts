/** Addresses of erased customers that must not be written to again, as hashes (CONTRACT, fine print "Erasure"). */
import { sql } from 'kysely';
import { addressHash } from '../domain/erasedHash.ts';
import { CHANNELS, type Channel } from '../domain/event.ts';
import { addressIdentifier } from '../domain/gate/address.ts';
import { keptKey } from './keptKeys.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

export interface ChannelAddress {
  channel: Channel;
  /** In the form in which addresses are compared. */
  address: string;
}

/** Why it stays: the person had said no, or it does not take messages. */
export type ErasedReason = 'unsubscribed' | 'bounced' | 'complained';

/** What of these customers has to be remembered: to be called before their rows are gone. */
export async function rememberAddresses(session: Session, customerIds: readonly string[], now: number): Promise<void> {
  const kinds = CHANNELS.flatMap((channel) => {
    const kind = addressIdentifier(channel);
    return kind === null ? [] : [{ channel, kind }];
  });
  const { rows } = await sql<ChannelAddress & { reason: ErasedReason }>`
    select c.channel, i.value as address, 'unsubscribed' as reason
    from ${idsOf(session.dialect, customerIds)} as r cross join consents c cross join identifiers i
    cross join ${rowsOf(session.dialect, { channel: 'text', kind: 'text' }, kinds)} as k
    where c.customer_id = r.id and c.state = 'unsubscribed' and k.channel = c.channel
      and i.customer_id = r.id and i.kind = k.kind
    union all
    select s.channel, s.address, s.reason
    from ${idsOf(session.dialect, customerIds)} as r cross join suppressions s
    where s.customer_id = r.id and s.reason in ('bounced', 'complained')`.execute(session.db);
  if (rows.length === 0) return;
  const key = await keptKey(session, 'addresses');
  // One reason for each; that which holds also for transactional messages goes first.
  const hashes = new Map<string, ErasedReason>();
  for (const { channel, address, reason } of rows) {
    const hash = addressHash(key, channel, address);
    const known = hashes.get(hash);
    if (known === undefined || known === 'unsubscribed') hashes.set(hash, reason);
  }
  const written = [...hashes].map(([hash, reason]) => ({ hash, reason }));
  await sql`
    insert into erased_addresses (hash, reason, at) select r.hash, r.reason, ${now}
    from ${rowsOf(session.dialect, { hash: 'text', reason: 'text' }, written)} as r where true
    on conflict (hash) do update set reason = excluded.reason, at = excluded.at`.execute(session.db);
}

export interface ErasedAddress {
  reason: ErasedReason;
  /** Epoch ms of the erasure. */
  at: number;
}

/** @returns by `channel/address`, of those that are remembered */
export async function findErasedAddresses(
  session: Session,
  addresses: readonly ChannelAddress[],
): Promise<Map<string, ErasedAddress>> {
  if (addresses.length === 0 || !(await anyErasedAddress(session))) return new Map();
  const hashed = await hashesOf(session, addresses);
  const { rows } = await sql<ErasedAddress & { hash: string }>`
    select e.hash, e.reason, e.at from ${idsOf(session.dialect, hashed.keys())} as r cross join erased_addresses e
    where e.hash = r.id`.execute(session.db);
  return new Map(rows.map(({ hash, reason, at }) => [hashed.get(hash) ?? '', { reason, at }]));
}

/** Clocks of shops and browsers differ from ours by as much. */
const CLOCKS_MS = 5 * 60_000;

/** Somebody who subscribes anew begins anew. @param at epoch ms of the event: an older one says nothing about the time since */
export async function forgetErasedAddresses(
  session: Session,
  subscribed: readonly { customerId: string; channel: Channel; at: number }[],
): Promise<void> {
  if (subscribed.length === 0 || !(await anyErasedAddress(session))) return;
  const { rows } = await sql<{ customer_id: string; kind: string; value: string }>`
    select i.customer_id, i.kind, i.value
    from ${idsOf(session.dialect, new Set(subscribed.map(({ customerId }) => customerId)))} as r
    cross join identifiers i where i.customer_id = r.id and i.kind in ('email', 'phone')`.execute(session.db);
  const owned = Map.groupBy(rows, (row) => row.customer_id);
  const key = await keptKey(session, 'addresses');
  const hashes = subscribed.flatMap(({ customerId, channel, at }) =>
    (owned.get(customerId) ?? [])
      .filter(({ kind }) => kind === addressIdentifier(channel))
      .map(({ value }) => ({ hash: addressHash(key, channel, value), at })),
  );
  if (hashes.length === 0) return;
  await sql`
    delete from erased_addresses where exists (
      select 1 from ${rowsOf(session.dialect, { hash: 'text', at: 'bigint' }, hashes)} as r
      where r.hash = erased_addresses.hash and r.at > erased_addresses.at - ${CLOCKS_MS})`.execute(session.db);
}

/** Most stores have none: then nothing has to be hashed. */
async function anyErasedAddress({ db }: Session): Promise<boolean> {
  return (await db.selectFrom('erased_addresses').select('hash').limit(1).executeTakeFirst()) !== undefined;
}

/** @returns hash → `channel/address` */
async function hashesOf(session: Session, addresses: readonly ChannelAddress[]): Promise<Map<string, string>> {
  const key = await keptKey(session, 'addresses');
  return new Map(
    addresses.map(({ channel, address }) => [addressHash(key, channel, address), `${channel}/${address}`]),
  );
}
