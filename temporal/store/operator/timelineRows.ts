/** What happened to a customer, newest first, from all tables that know of it: a page at a time, whatever their history is. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Channel, ConsentState } from '../../domain/event.ts';
import { MESSAGES } from '../../domain/ownSources.ts';
import { listedSend } from '../sendList.ts';
import { runsByIds, showEvent, type EventColumns, type EventView, type RunView } from '../lists.ts';
import type { Session } from '../rows.ts';
import type { SendRow, ToldRow } from '../tables/sends.ts';
import { after, byPlace, type TimelinePlace } from './timelinePlace.ts';

export type TimelineRow = TimelinePlace &
  (
    | { kind: 'event'; event: EventView; repeatsOrder: boolean }
    | { kind: 'identifier'; identifier: { kind: string; value: string } }
    | {
        kind: 'consent';
        consent: { channel: Channel; state: ConsentState; source: string; actor: string | null; recordedAt: number };
      }
    | { kind: 'skipped'; skipped: { journey: string; reason: string } }
    | { kind: 'change'; change: { actor: string; action: string; details: Record<string, unknown> } }
    | { kind: 'entered' | 'ended'; run: RunView }
    | { kind: 'send'; send: ReturnType<typeof listedSend>; startedBy: string | null }
  );

export interface TimelinePage {
  rows: TimelineRow[];
  /** Where the next page begins; null on the last one. */
  next: TimelinePlace | null;
}

/** What somebody is known by: more is a machine that many people use. */
const MOST_IDENTIFIERS = 1000;

/** @param customerId of a surviving customer @param place the last row of the page before */
export async function readTimeline(
  session: Session,
  customerId: string,
  place: TimelinePlace | null,
  limit: number,
): Promise<TimelinePage> {
  const asked = { customerId, place, limit: limit + 1 };
  const rows = [
    ...(await eventRows(session, asked)),
    ...(await identifierRows(session, asked)),
    ...(await consentRows(session, asked)),
    ...(await skippedRows(session, asked)),
    ...(await changeRows(session, asked)),
    ...(await sendRows(session, asked)),
    ...(await runRows(session, asked)),
  ].sort(byPlace);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? last : null };
}

interface Asked {
  customerId: string;
  place: TimelinePlace | null;
  limit: number;
}

/** They stand beside the message itself. */
const TOLD_WITH_MESSAGE = sql.join(
  ['message_sent', 'message_delivered', 'message_opened'].map((type) => sql.lit(type)),
);

export const eventsQuery = ({ customerId, place, limit }: Asked) => sql<
  EventColumns & { seq: number; repeats_order: number }
>`
  select seq, id, type, source, occurred_at, received_at, identity_json, properties_json, test, repeats_order from events
  where customer_id = ${customerId} and not (source = ${sql.lit(MESSAGES)} and type in (${TOLD_WITH_MESSAGE}))
    and ${after(place, 'event', { at: sql`occurred_at`, number: sql`seq` })}
  order by occurred_at desc, seq desc limit ${limit}`;

async function eventRows({ db }: Session, asked: Asked): Promise<TimelineRow[]> {
  const { rows } = await eventsQuery(asked).execute(db);
  return rows.map((row) => ({
    ...{ kind: 'event' as const, at: row.occurred_at, number: row.seq, id: '' },
    ...{ event: showEvent(row), repeatsOrder: row.repeats_order === 1 },
  }));
}

async function identifierRows({ db }: Session, { customerId, place, limit }: Asked): Promise<TimelineRow[]> {
  const rows = await db
    .selectFrom('identifiers')
    .select(['kind', 'value', 'created_at'])
    .where('customer_id', '=', customerId)
    .orderBy('created_at', 'desc')
    .limit(MOST_IDENTIFIERS)
    .execute();
  return rows
    .map(({ kind, value, created_at: at }): TimelineRow => {
      // Stands in the next page's address, where the value itself must not.
      const id = createHash('sha256').update(`${kind}/${value}`).digest('base64url').slice(0, 16);
      return { kind: 'identifier', at, number: 0, id, identifier: { kind, value } };
    })
    .filter((row) => place === null || byPlace(place, row) < 0)
    .sort(byPlace)
    .slice(0, limit);
}

async function consentRows({ db }: Session, { customerId, place, limit }: Asked): Promise<TimelineRow[]> {
  const { rows } = await sql<{
    id: number;
    channel: Channel;
    state: ConsentState;
    source: string;
    at: number;
    recorded_at: number;
    actor: string | null;
  }>`
    select id, channel, state, source, at, recorded_at, actor from consent_history
    where customer_id = ${customerId} and ${after(place, 'consent', { at: sql`at`, number: sql`id` })}
    order by at desc, id desc limit ${limit}`.execute(db);
  return rows.map(({ id, at, recorded_at: recordedAt, ...consent }) => ({
    ...{ kind: 'consent', at, number: id, id: '', consent: { ...consent, recordedAt } },
  }));
}

async function skippedRows({ db }: Session, { customerId, place, limit }: Asked): Promise<TimelineRow[]> {
  const { rows } = await sql<{ id: number; journey_key: string; reason: string; at: number }>`
    select id, journey_key, reason, at from skipped_entries
    where customer_id = ${customerId} and ${after(place, 'skipped', { at: sql`at`, number: sql`id` })}
    order by at desc, id desc limit ${limit}`.execute(db);
  return rows.map(({ id, at, journey_key: journey, reason }) => ({
    ...{ kind: 'skipped', at, number: id, id: '', skipped: { journey, reason } },
  }));
}

async function changeRows({ db }: Session, { customerId, place, limit }: Asked): Promise<TimelineRow[]> {
  const { rows } = await sql<{ id: number; actor: string; action: string; details_json: string; at: number }>`
    select id, actor, action, details_json, at from audit
    where customer_id = ${customerId} and ${after(place, 'change', { at: sql`at`, number: sql`id` })}
    order by at desc, id desc limit ${limit}`.execute(db);
  return rows.map(({ id, at, actor, action, details_json }) => ({
    ...{ kind: 'change', at, number: id, id: '' },
    change: { actor, action, details: JSON.parse(details_json) as Record<string, unknown> },
  }));
}

export const sendsQuery = ({ customerId, place, limit }: Asked) => sql<SendRow & ToldRow>`
  select * from sends
  where customer_id = ${customerId} and ${after(place, 'send', { at: sql`created_at`, id: sql`id` })}
  order by created_at desc, id desc limit ${limit}`;

async function sendRows({ db }: Session, asked: Asked): Promise<TimelineRow[]> {
  const { rows } = await sendsQuery(asked).execute(db);
  return rows.map((row) => ({
    ...{ kind: 'send', at: row.created_at, number: 0, id: row.id },
    ...{ send: listedSend(row), startedBy: row.started_by },
  }));
}

export const runsQuery = (kind: 'entered' | 'ended', { customerId, place, limit }: Asked) => {
  const at = sql.ref(`${kind}_at`);
  return sql<{ id: string; at: number }>`
    select id, ${at} as at from runs
    where customer_id = ${customerId} and ${at} is not null and ${after(place, kind, { at, id: sql`id` })}
    order by ${at} desc, id desc limit ${limit}`;
};

async function runRows({ db }: Session, asked: Asked): Promise<TimelineRow[]> {
  const entered = (await runsQuery('entered', asked).execute(db)).rows;
  const ended = (await runsQuery('ended', asked).execute(db)).rows;
  const runs = await runsByIds(db, new Set([...entered, ...ended].map(({ id }) => id)));
  const rowsAs = (kind: 'entered' | 'ended', found: readonly { id: string; at: number }[]): TimelineRow[] =>
    found.flatMap(({ id, at }) => {
      const run = runs.get(id);
      return run ? [{ kind, at, number: 0, id, run }] : [];
    });
  return [...rowsAs('entered', entered), ...rowsAs('ended', ended)];
}
