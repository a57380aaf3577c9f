/** Consent per channel with its history, and addresses that must not be written to whatever consent says. */
import { sql } from 'kysely';
import type { ConsentEntry } from '../domain/consent.ts';
import type { Channel, ConsentState } from '../domain/event.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

export interface ConsentRow extends ConsentEntry {
  customerId: string;
  channel: Channel;
  /** Who recorded it, for the history: `api`, `page`, `import`, `event` … */
  actor?: string;
  /** Of the event that said so, for the history. */
  eventId?: string;
}

export const consentKey = ({ customerId, channel }: Pick<ConsentRow, 'customerId' | 'channel'>): string =>
  `${customerId}\0${channel}`;

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
    const rows = changes.map((row) => ({ ...toRow(row), actor: row.actor ?? null, event_id: row.eventId ?? null }));
    await sql`
      insert into consent_history (customer_id, channel, state, source, at, recorded_at, actor, event_id)
      select r.customer_id, r.channel, r.state, r.source, r.at, ${recordedAt}, r.actor, r.event_id
      from ${rowsOf(session.dialect, { ...CONSENT, actor: 'text', event_id: 'text' }, rows)} as r where true`.execute(
      session.db,
    );
  }
}

/** As if nothing had ever been said; the history stays. */
export async function deleteConsent({ db }: Session, customerId: string, channel: Channel): Promise<void> {
  await db.deleteFrom('consents').where('customer_id', '=', customerId).where('channel', '=', channel).execute();
}

interface ConsentChange extends ConsentEntry {
  channel: Channel;
  /** Epoch ms. */
  recordedAt: number;
  actor: string | null;
  eventId: string | null;
}

/** All changes of a customer's consent, newest first. There are as many as the person has changed their mind. */
export async function listConsentChanges(session: Session, customerId: string): Promise<ConsentChange[]> {
  const rows = await session.db
    .selectFrom('consent_history')
    .select(['channel', 'state', 'source', 'at', 'recorded_at as recordedAt', 'actor', 'event_id as eventId'])
    .where('customer_id', '=', customerId)
    .orderBy('id', 'desc')
    .limit(CHANGES_SHOWN)
    .execute();
  return rows;
}

/** Somebody who clicks to and fro must not make a list without end. */
const CHANGES_SHOWN = 500;

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
