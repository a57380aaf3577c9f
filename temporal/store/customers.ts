/** Customers as the API shows them. */
import { sql } from 'kysely';
import { noScores, type CustomerScores } from '../domain/customerScores.ts';
import { noTotals, type CustomerTotals } from '../domain/customerTotals.ts';
import { isEngagedWith, lastTwoEngaged, suppressesRetargeting } from '../domain/engagement.ts';
import { CHANNELS, type Channel, type ConsentState } from '../domain/event.ts';
import { addressIdentifier } from '../domain/gate/address.ts';
import { isoTime, isoTimeOrNull } from '../domain/textValues.ts';
import { tracksOf, type Track } from '../domain/tracks.ts';
import { findConsents } from './consents.ts';
import { readScores } from './customerScores.ts';
import { readTotals } from './customerTotals.ts';
import { stillDisengaged } from './disengaged.ts';
import { readEngagement, type Engagement } from './engagement.ts';
import { findErasedAddresses } from './erasedAddresses.ts';
import { idsOf, type Session } from './rows.ts';

export interface CustomerView {
  id: string;
  identifiers: { kind: string; value: string }[];
  properties: Record<string, unknown>;
  consent: Record<Channel, { state: ConsentState; source: string | null; at: string | null }>;
  preferences: { tracks: Track[] };
  suppression: { reason: string; channel: string; address: string; at: string; source: string }[];
  totals: CustomerTotals;
  engagement: EngagementView;
  scores: CustomerScores;
  mergedFrom: string[];
}

export interface EngagementView {
  lastTwoEngaged: boolean;
  suppressRetargeting: boolean;
  lastOpenedAt: string | null;
  lastClickedAt: string | null;
  /** Newest first: what the signal looks at. */
  lastMessages: { sendId: string; channel: Channel; at: string; engaged: boolean }[];
}

/** @param ids of surviving customers @returns by id; those that do not exist are missing */
export async function readCustomers(session: Session, ids: Iterable<string>): Promise<Map<string, CustomerView>> {
  const table = idsOf(session.dialect, new Set(ids));
  const { db } = session;
  const customers = await sql<{ id: string; properties_json: string; tracks_json: string }>`
    select c.id, c.properties_json, c.tracks_json from ${table} as r cross join customers c where c.id = r.id`.execute(
    db,
  );
  const views = new Map(customers.rows.map((row) => [row.id, emptyView(row.id, row.properties_json, row.tracks_json)]));
  if (views.size === 0) return views;

  const identifiers = await sql<{ customer_id: string; kind: string; value: string }>`
    select i.customer_id, i.kind, i.value from ${table} as r cross join identifiers i
    where i.customer_id = r.id order by i.created_at, i.kind, i.value`.execute(db);
  for (const { customer_id, kind, value } of identifiers.rows)
    views.get(customer_id)?.identifiers.push({ kind, value });

  for (const { customerId, channel, state, source, at } of await findConsents(session, views.keys())) {
    const view = views.get(customerId);
    if (view) view.consent[channel] = { state, source, at: isoTime(at) };
  }
  await addSuppressions(session, views);
  await addErasedAddresses(session, views);
  const totals = await readTotals(session, views.keys());
  for (const [id, view] of views) view.totals = totals.get(id) ?? view.totals;
  for (const [id, scores] of await readScores(session, views.keys())) {
    const view = views.get(id);
    if (view) view.scores = scores;
  }
  for (const [id, engagement] of await readEngagement(session, views.keys())) {
    const view = views.get(id);
    if (view) view.engagement = engagementView(view, engagement);
  }
  const merged = await sql<{ id: string; merged_into: string }>`
    select c.id, c.merged_into from ${table} as r cross join customers c where c.merged_into = r.id order by c.id`.execute(
    db,
  );
  for (const row of merged.rows) views.get(row.merged_into)?.mergedFrom.push(row.id);
  return views;
}

/** What was called disengaged and has been heard of since is no suppression any more. */
async function addSuppressions(session: Session, views: Map<string, CustomerView>): Promise<void> {
  const { rows } = await sql<{
    customer_id: string;
    reason: string;
    channel: Channel;
    address: string;
    at: number;
    source: string;
  }>`
    select s.customer_id, s.reason, s.channel, s.address, s.at, s.source
    from ${idsOf(session.dialect, views.keys())} as r cross join suppressions s
    where s.customer_id = r.id order by s.at`.execute(session.db);
  const called = rows.flatMap((row) => {
    if (row.reason !== 'disengaged') return [];
    const { customer_id: customerId, channel, at } = row;
    const consent = views.get(customerId)?.consent[channel];
    const subscribedAt = consent?.state === 'subscribed' && consent.at !== null ? Date.parse(consent.at) : null;
    return { row, customerId, channel, subscribedAt, calledDisengagedAt: at };
  });
  const holding = new Set([...(await stillDisengaged(session, called))].map(({ row }) => row));
  for (const row of rows) {
    if (row.reason === 'disengaged' && !holding.has(row)) continue;
    const { customer_id, at, ...suppression } = row;
    views.get(customer_id)?.suppression.push({ ...suppression, at: isoTime(at) });
  }
}

function engagementView(
  { consent }: CustomerView,
  { newest, lastOpenedAt, lastClickedAt }: Engagement,
): EngagementView {
  return {
    lastTwoEngaged: lastTwoEngaged(newest),
    suppressRetargeting: suppressesRetargeting(newest, (channel) => consent[channel].state),
    lastOpenedAt: isoTimeOrNull(lastOpenedAt),
    lastClickedAt: isoTimeOrNull(lastClickedAt),
    lastMessages: newest.map((message) => ({
      ...{ sendId: message.sendId, channel: message.channel, at: isoTime(message.sentAt) },
      engaged: isEngagedWith(message),
    })),
  };
}

const noEngagement = (): EngagementView => ({
  lastTwoEngaged: false,
  suppressRetargeting: false,
  lastOpenedAt: null,
  lastClickedAt: null,
  lastMessages: [],
});

/** Addresses that somebody had before who has been erased, and who must not be written to. */
async function addErasedAddresses(session: Session, views: Map<string, CustomerView>): Promise<void> {
  const addresses = [...views.values()].flatMap(({ id, identifiers }) =>
    CHANNELS.flatMap((channel) =>
      identifiers
        .filter(({ kind }) => kind === addressIdentifier(channel))
        .map(({ value }) => ({ id, channel, address: value })),
    ),
  );
  const erased = await findErasedAddresses(session, addresses);
  for (const { id, channel, address } of addresses) {
    const at = erased.get(`${channel}/${address}`)?.at;
    if (at === undefined) continue;
    views.get(id)?.suppression.push({ reason: 'erased', channel, address, at: isoTime(at), source: 'erasure' });
  }
}

function emptyView(id: string, propertiesJson: string, tracksJson: string): CustomerView {
  const nothingSaid = () => ({ state: 'never' as const, source: null, at: null });
  return {
    id,
    identifiers: [],
    properties: JSON.parse(propertiesJson) as Record<string, unknown>,
    consent: Object.fromEntries(
      CHANNELS.map((channel) => [channel, nothingSaid()]),
    ) as unknown as CustomerView['consent'],
    preferences: { tracks: tracksOf(tracksJson) },
    suppression: [],
    totals: noTotals(),
    engagement: noEngagement(),
    scores: noScores(),
    mergedFrom: [],
  };
}
