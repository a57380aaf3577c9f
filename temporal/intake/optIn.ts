/**
 * Double opt-in: somebody asks for messages, gets a link, and only who opens it and confirms is subscribed. Until then consent
 * stays what it was. Asking leaves a `custom:opt_in_requested` event, so that a journey can send the link.
 */
import type { Channel } from '../domain/event.ts';
import type { ParsedEvent } from '../domain/eventParsing.ts';
import { optInState, type OptInState } from '../domain/optIn.ts';
import { PAGE } from '../domain/ownSources.ts';
import { isoTime } from '../domain/textValues.ts';
import type { Links } from '../links.ts';
import { newId } from '../newId.ts';
import { insertAudit } from '../store/audit.ts';
import { findConsents } from '../store/consents.ts';
import { lockSurvivor } from '../store/identities.ts';
import { confirmOptIns, findOptIn, findOptInsByKey, insertOptIns, type OptIn } from '../store/optIns.ts';
import type { Session } from '../store/rows.ts';
import type { EventIntake } from './eventIntake.ts';
import { madeEvent, ownWordEvent, timeOfWord } from './ownWord.ts';

const OPT_IN_REQUESTED = 'custom:opt_in_requested';

export interface OptInRules {
  links: Links;
  timeScale: number;
  /** ms, before the time scale. */
  expiresInMs: number;
}

export interface OptInAsk {
  /** A surviving customer, locked by the caller. */
  customerId: string;
  channel: Channel;
  /** Where the person asked; becomes the source of the consent. */
  source: string;
  /** Given on to the events, such as the campaign or the page. */
  properties: Record<string, unknown>;
  /** ms, before the time scale; the rules' own when absent. */
  expiresInMs?: number;
  /** The caller's: asked again with it, the same request comes back and nothing else happens. */
  key?: string;
  /** For the audit. */
  actor: string;
  /** Of the event that is made; by default the request's. */
  eventId?: string;
}

/**
 * @param session a transaction @param now epoch ms
 * @returns a request for each ask, in their order, and the events that have to be taken in with it
 */
export async function requestOptIns(
  session: Session,
  asks: readonly OptInAsk[],
  rules: OptInRules,
  now: number,
): Promise<{ optIns: OptIn[]; events: ParsedEvent[] }> {
  const keyOf = ({ key, customerId, channel }: OptInAsk) =>
    key === undefined ? null : `${customerId}/${channel}/${key}`;
  const known = await findOptInsByKey(
    session,
    asks.flatMap((ask) => keyOf(ask) ?? []),
  );
  const fresh: { optIn: OptIn; ask: OptInAsk }[] = [];
  const optIns = asks.map((ask) => {
    const key = keyOf(ask);
    const before = key === null ? undefined : known.get(key);
    if (before) return before;
    const { customerId, channel, source, properties, expiresInMs = rules.expiresInMs } = ask;
    const optIn: OptIn = {
      id: newId('opt'),
      key,
      customerId,
      channel,
      source,
      properties,
      state: 'pending',
      createdAt: now,
      expiresAt: now + Math.max(1, Math.round(expiresInMs / rules.timeScale)),
      decidedAt: null,
    };
    if (key !== null) known.set(key, optIn);
    fresh.push({ optIn, ask });
    return optIn;
  });
  await insertOptIns(
    session,
    fresh.map(({ optIn }) => optIn),
  );
  await insertAudit(
    session,
    fresh.map(({ optIn: { id, customerId, channel, source }, ask: { actor } }) => ({
      customerId,
      actor,
      action: 'consent.requested',
      details: { channel, source, requestId: id },
    })),
    now,
  );
  return { optIns, events: fresh.map(({ optIn, ask }) => requestedEvent(optIn, ask, rules.links)) };
}

function requestedEvent({ id, customerId, ...optIn }: OptIn, ask: OptInAsk, links: Links): ParsedEvent {
  const { channel, source, properties, createdAt, expiresAt } = optIn;
  return madeEvent(
    {
      id: ask.eventId ?? `${id}/requested`,
      type: OPT_IN_REQUESTED,
      source,
      identity: { customerId },
      properties: {
        ...properties,
        channel,
        requestId: id,
        confirmUrl: links.confirmation(id),
        expiresAt: isoTime(expiresAt),
      },
    },
    createdAt,
  );
}

export interface OptInStanding {
  customerId: string;
  channel: Channel;
  state: OptInState;
  /** Confirmed by this very call. */
  isNew: boolean;
}

/** How a request stands, without changing it. @returns null when there is none, or its customer has been erased */
export async function readOptIn(session: Session, requestId: string, now: number): Promise<OptInStanding | null> {
  const optIn = await findOptIn(session, requestId);
  return optIn && { ...(await standing(session, optIn, now)), isNew: false };
}

/** @returns how it stands afterwards; null when there is none */
export async function confirmOptIn(intake: EventIntake, requestId: string): Promise<OptInStanding | null> {
  let result: OptInStanding | null = null;
  await intake.submit([], async (session, now) => {
    result = null;
    const asked = await findOptIn(session, requestId);
    if (asked === null || (await lockSurvivor(session, asked.customerId)) === null) return [];
    // Somebody may have decided it while we waited for the customer.
    const optIn = await findOptIn(session, requestId);
    if (optIn === null) return [];
    const before = await standing(session, optIn, now);
    result = { ...before, isNew: false };
    if (before.state !== 'pending') return [];
    result = { ...before, state: 'confirmed', isNew: true };
    return await confirm(session, [{ optIn, actor: PAGE }], now);
  });
  return result;
}

export interface ToConfirm {
  optIn: OptIn;
  actor: string;
}

/** One for each customer and channel, all of them pending and their customers locked. @returns the `subscribed` events */
export async function confirm(session: Session, confirmed: readonly ToConfirm[], now: number): Promise<ParsedEvent[]> {
  const consents = await findConsents(
    session,
    confirmed.map(({ optIn }) => optIn.customerId),
  );
  await confirmOptIns(
    session,
    confirmed.map(({ optIn }) => optIn),
    now,
  );
  const notes = confirmed.map(({ optIn: { id, customerId, channel, source }, actor }) => ({
    customerId,
    actor,
    action: 'consent.confirmed',
    details: { channel, source, requestId: id },
  }));
  await insertAudit(session, notes, now);
  return confirmed.map(({ optIn: { id, customerId, channel, source, createdAt, properties } }) => {
    const known = consents.find((row) => row.customerId === customerId && row.channel === channel);
    const at = timeOfWord(now, known);
    const proven = { requestId: id, requestedAt: isoTime(createdAt), confirmedAt: isoTime(now), doubleOptIn: true };
    const word = { id: `${id}/confirmed`, source, state: 'subscribed' as const, customerId, channel };
    return ownWordEvent({ ...word, properties: { ...properties, ...proven } }, at);
  });
}

async function standing(session: Session, optIn: OptIn, now: number) {
  const { customerId, channel } = optIn;
  const consents = await findConsents(session, [customerId]);
  const consent = consents.find((row) => row.channel === channel);
  return { customerId, channel, state: optInState(optIn, consent, now) };
}
