/** Consent per channel with its history, and addresses that must not be written to whatever consent says. */
import { sql } from 'kysely';
import type { ConsentEntry } from '../domain/consent.ts';
import type { Channel, ConsentState } from '../domain/event.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

export interface ConsentRow extends ConsentEntry {
  customerId: string;
  channel: Channel;
}

export async function findConsents(session: Session, customerIds: Iterable<string>): Promise<ConsentRow[]> {
  const ids = [...customerIds];
  if (ids.length === 0) return [];
  const { rows } = await sql<{
    customer_id: string;
    channel: Channel;
    state: ConsentState;
    source: string;
    at: number;
  }>`
    select c.customer_id, c.channel, c.state, c.source, c.at
    from ${idsOf(session.dialect, ids)} as r cross join consents c where c.customer_id = r.id`.execute(session.db);
  return rows.map(({ customer_id, ...row }) => ({ customerId: customer_id, ...row }));
}

const CONSENT = { customer_id: 'text', channel: 'text', state: 'text', source: 'text', at: 'bigint' } as const;
const toRow = ({ customerId, channel, state, source, at }: ConsentRow) => ({
  customer_id: customerId,
  channel,
  state,
  source,
  at,
});

/** @param now the state after this batch. @param changes every change on the way, for the history */
export async function writeConsents(
  session: Session,
  now: readonly ConsentRow[],
  changes: readonly ConsentRow[],
  recordedAt: number,
): Promise<void> {
  if (now.length > 0) {
    await sql`
      insert into consents (customer_id, channel, state, source, at)
      select r.customer_id, r.channel, r.state, r.source, r.at
      from ${rowsOf(session.dialect, CONSENT, now.map(toRow))} as r where true
      on conflict (customer_id, channel) do update
        set state = excluded.state, source = excluded.source, at = excluded.at`.execute(session.db);
  }
  if (changes.length > 0) {
    await sql`
      insert into consent_history (customer_id, channel, state, source, at, recorded_at)
      select r.customer_id, r.channel, r.state, r.source, r.at, ${recordedAt}
      from ${rowsOf(session.dialect, CONSENT, changes.map(toRow))} as r where true`.execute(session.db);
  }
}

export interface NewSuppression {
  customerId: string;
  channel: string;
  address: string;
  reason: 'bounced' | 'complained';
  source: string;
  at: number;
}

export async function insertSuppressions(session: Session, suppressions: readonly NewSuppression[]): Promise<void> {
  if (suppressions.length === 0) return;
  const columns = {
    customer_id: 'text',
    channel: 'text',
    address: 'text',
    reason: 'text',
    source: 'text',
    at: 'bigint',
  } as const;
  const rows = suppressions.map(({ customerId, ...rest }) => ({ customer_id: customerId, ...rest }));
  await sql`
    insert into suppressions (customer_id, channel, address, reason, source, at)
    select r.customer_id, r.channel, r.address, r.reason, r.source, r.at
    from ${rowsOf(session.dialect, columns, rows)} as r where true
    on conflict (channel, address, reason) do nothing`.execute(session.db);
}
