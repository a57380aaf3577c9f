/** What a customer, or somebody on their behalf, chooses for themselves: channels and preference tracks, in one transaction. */
import type { Channel } from '../domain/event.ts';
import type { ParsedEvent } from '../domain/eventParsing.ts';
import { PAGE } from '../domain/ownSources.ts';
import { sortedTracks, type Track } from '../domain/tracks.ts';
import { insertAudit, type AuditNote } from '../store/audit.ts';
import { findConsents, writeConsents, type ConsentRow } from '../store/consents.ts';
import { lockSurvivor } from '../store/identities.ts';
import { noteUnsubscribed } from '../store/toldSends.ts';
import { readTracks, writeTracks } from '../store/tracks.ts';
import type { Session } from '../store/rows.ts';
import type { EventIntake } from './eventIntake.ts';
import { ownWordEvent, timeOfWord } from './ownWord.ts';

export interface OwnChoices {
  /** Channels without a word stay as they are. */
  channels?: ReadonlyMap<Channel, 'subscribed' | 'unsubscribed'>;
  tracks?: readonly Track[];
  /** The message whose link led here. */
  sendId?: string | null;
}

/**
 * Each changed channel becomes a `subscribed` or `unsubscribed` event of the source `page`; said once more, it changes nothing.
 *
 * @param actor for the audit: `page`, `api` …
 * @returns the surviving customer's id; null when there is no such customer
 */
export async function takeChoices(
  intake: EventIntake,
  customerId: string,
  choices: OwnChoices,
  actor: string,
): Promise<string | null> {
  let owner: string | null = null;
  await intake.submit([], async (session, now) => {
    owner = await lockSurvivor(session, customerId);
    if (owner === null) return [];
    const notes: AuditNote[] = [];
    const events = await channelEvents(session, owner, choices, actor, now, notes);
    if (choices.tracks) await changeTracks(session, owner, choices.tracks, actor, now, notes);
    await insertAudit(session, notes, now);
    return events;
  });
  return owner;
}

async function channelEvents(
  session: Session,
  customerId: string,
  { channels = new Map(), sendId = null }: OwnChoices,
  actor: string,
  now: number,
  notes: AuditNote[],
): Promise<ParsedEvent[]> {
  if (channels.size === 0) return [];
  const known = new Map((await findConsents(session, [customerId])).map((row) => [row.channel, row]));
  const events: ParsedEvent[] = [];
  const changed: ConsentRow[] = [];
  for (const [channel, state] of channels) {
    const before = known.get(channel);
    if (before?.state === state) continue;
    const at = timeOfWord(now, before);
    const properties = sendId === null ? {} : { sendId };
    // Named by what it changes: two clicks at once are one event.
    const id = `${customerId}/${channel}/${state}/${before?.at ?? 'first'}`;
    changed.push({ customerId, channel, state, source: PAGE, at, actor, eventId: id });
    events.push(ownWordEvent({ id, source: PAGE, state, customerId, channel, properties }, at));
    notes.push({ customerId, actor, action: `consent.${state}`, details: { channel, ...properties } });
  }
  // Written now, not only with the event: who comes second within this transaction finds it said already.
  await writeConsents(session, changed, changed, now);
  const hasLeft = changed.some(({ state }) => state === 'unsubscribed');
  if (hasLeft && sendId !== null) await noteUnsubscribed(session, sendId, now);
  return events;
}

async function changeTracks(
  session: Session,
  customerId: string,
  wanted: readonly Track[],
  actor: string,
  now: number,
  notes: AuditNote[],
): Promise<void> {
  const to = sortedTracks(wanted);
  const from = (await readTracks(session, [customerId])).get(customerId) ?? [];
  if (from.join() === to.join()) return;
  await writeTracks(session, [{ customerId, tracks: to }], now);
  notes.push({ customerId, actor, action: 'preferences.changed', details: { from, to } });
}
