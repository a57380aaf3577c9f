/** Sends of which something is told, by their sender or after they went out: found by our id or the provider's, locked, and written. */
import { sql, type RawBuilder } from 'kysely';
import type { Channel } from '../domain/event.ts';
import type { Told } from '../domain/messageEvent.ts';
import type { SendStatus } from '../domain/sendStatus.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';
import type { SendRow, ToldRow } from './tables/sends.ts';

export interface ToldSend {
  id: string;
  /** Survivor of all merges. */
  customerId: string;
  channel: Channel;
  category: SendRow['category'];
  journey: string | null;
  runId: string | null;
  segment: number | null;
  node: string;
  nodeName: string;
  /** Where it went. */
  address: string | null;
  provider: string | null;
  providerMessageId: string | null;
  status: SendStatus;
  error: string | null;
  isPermanent: boolean;
  told: Told;
}

export interface FoundSend {
  id: string;
  customerId: string;
  providerMessageId: string | null;
}

/** Not locked: whose they are has to be locked first. Only what was let out can have been sent. */
export async function findSends(
  session: Session,
  sendIds: readonly string[],
  providerMessageIds: readonly string[],
): Promise<FoundSend[]> {
  const by = async (column: RawBuilder<unknown>, ids: readonly string[]) => {
    if (ids.length === 0) return [];
    const { rows } = await sql<{ id: string; customer_id: string; provider_message_id: string | null }>`
      select s.id, s.customer_id, s.provider_message_id from ${idsOf(session.dialect, new Set(ids))} as r cross join sends s
      where ${column} = r.id and s.status is not null`.execute(session.db);
    return rows;
  };
  const rows = [...(await by(sql`s.id`, sendIds)), ...(await by(sql`s.provider_message_id`, providerMessageIds))];
  return rows.map((row) => ({
    id: row.id,
    customerId: row.customer_id,
    providerMessageId: row.provider_message_id,
  }));
}

/** @returns by id, locked until the transaction ends (PostgreSQL; in the order of their ids) */
export async function lockSends(session: Session, ids: Iterable<string>): Promise<Map<string, ToldSend>> {
  const list = [...new Set(ids)];
  if (list.length === 0) return new Map();
  const lock = session.dialect === 'postgres' ? sql`order by s.id for update of s` : sql``;
  const { rows } = await sql<SendRow & ToldRow>`
    select s.* from ${idsOf(session.dialect, list)} as r cross join sends s
    where s.id = r.id and s.status is not null ${lock}`.execute(session.db);
  return new Map(rows.map((row) => [row.id, sendOf(row)]));
}

function sendOf(row: SendRow & ToldRow): ToldSend {
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
    address: row.address,
    provider: row.provider,
    providerMessageId: row.provider_message_id,
    status: row.status as SendStatus,
    error: row.error,
    isPermanent: row.permanent === 1,
    told: {
      deliveredAt: row.delivered_at,
      openedAt: row.opened_at,
      machineOpenedAt: row.machine_opened_at,
      clickedAt: row.clicked_at,
      bouncedAt: row.bounced_at,
      bounceType: row.bounce_type,
      failedAt: row.failed_at,
      complainedAt: row.complained_at,
      unsubscribedAt: row.unsubscribed_at,
    },
  };
}

const WRITTEN = {
  id: 'text',
  provider_message_id: 'text',
  status: 'text',
  error: 'text',
  permanent: 'bigint',
  delivered_at: 'bigint',
  opened_at: 'bigint',
  machine_opened_at: 'bigint',
  clicked_at: 'bigint',
  bounced_at: 'bigint',
  bounce_type: 'text',
  failed_at: 'bigint',
  complained_at: 'bigint',
  unsubscribed_at: 'bigint',
} as const;

export async function writeToldSends(session: Session, sends: readonly ToldSend[], now: number): Promise<void> {
  if (sends.length === 0) return;
  const rows = sends.map(({ id, providerMessageId, status, error, isPermanent, told }) => ({
    id,
    provider_message_id: providerMessageId,
    status,
    error,
    permanent: status === 'failed' ? Number(isPermanent) : null,
    delivered_at: told.deliveredAt,
    opened_at: told.openedAt,
    machine_opened_at: told.machineOpenedAt,
    clicked_at: told.clickedAt,
    bounced_at: told.bouncedAt,
    bounce_type: told.bounceType,
    failed_at: told.failedAt,
    complained_at: told.complainedAt,
    unsubscribed_at: told.unsubscribedAt,
  }));
  const changed = Object.keys(WRITTEN).filter((name) => name !== 'id');
  await sql`
    update sends set ${sql.join(changed.map((name) => sql`${sql.ref(name)} = r.${sql.ref(name)}`))}, updated_at = ${now}
    from ${rowsOf(session.dialect, WRITTEN, rows)} as r where sends.id = r.id`.execute(session.db);
}

/** By the link of this message. @param at epoch ms */
export async function noteUnsubscribed({ db }: Session, sendId: string, at: number): Promise<void> {
  await db
    .updateTable('sends')
    .set({ unsubscribed_at: at, updated_at: at })
    .where('id', '=', sendId)
    .where('unsubscribed_at', 'is', null)
    .execute();
}

export interface AddressHistory {
  customerId: string;
  channel: Channel;
  address: string;
  deliveredAt: number | null;
  bouncedAt: number | null;
  bounceType: Told['bounceType'];
}

/** How the messages to these customers arrived, as far as it was told. */
export async function readArrivals(session: Session, customerIds: Iterable<string>): Promise<AddressHistory[]> {
  const { rows } = await sql<Pick<SendRow & ToldRow, 'customer_id' | 'channel'> & { address: string } & ToldRow>`
    select s.customer_id, s.channel, s.address, s.delivered_at, s.bounced_at, s.bounce_type
    from ${idsOf(session.dialect, customerIds)} as r cross join sends s
    where s.customer_id = r.id and s.address is not null
      and (s.delivered_at is not null or s.bounced_at is not null)`.execute(session.db);
  return rows.map((row) => ({
    customerId: row.customer_id,
    channel: row.channel,
    address: row.address,
    deliveredAt: row.delivered_at,
    bouncedAt: row.bounced_at,
    bounceType: row.bounce_type,
  }));
}
