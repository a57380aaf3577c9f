/**
 * Anybody can type somebody else's address into a public form. So what a browser says about consent is believed at once only
 * where it takes consent away; where it gives consent, the owner of the address is asked first (double opt-in).
 */
import type { CanonicalEvent, Channel } from '../domain/event.ts';
import type { ParsedEvent } from '../domain/eventParsing.ts';
import { consentKey, findConsents } from '../store/consents.ts';
import { eventKey, findStoredEvents } from '../store/events.ts';
import { findPendingOptIns } from '../store/optIns.ts';
import type { Session } from '../store/rows.ts';
import type { WorkBefore } from './eventIntake.ts';
import { requestOptIns, type OptInAsk, type OptInRules } from './optIn.ts';
import { resolveCustomers } from './resolveCustomers.ts';

/** Who asks again within this time (ms, scaled) gets no second message: a form must not be good for flooding an inbox. */
const ASKED_LATELY_MS = 10 * 60_000;

export interface HeldBack {
  /** What may be taken in as it is. */
  events: ParsedEvent[];
  /** Asks for the rest; null when there is none. To be given to `EventIntake.submit` with the events. */
  before: WorkBefore | null;
}

/** @param events of a public source, such as the browser tracker */
export function holdBackSubscriptions(events: readonly ParsedEvent[], actor: string, rules: OptInRules): HeldBack {
  const wishes = events.flatMap(wishesOf);
  if (wishes.length === 0) return { events: [...events], before: null };
  return {
    events: events.flatMap(withoutSubscription),
    before: (session, now) => askFor(session, wishes, actor, rules, now),
  };
}

interface Wish {
  event: CanonicalEvent;
  channel: Channel;
  source: string;
}

function wishesOf({ event }: ParsedEvent): Wish[] {
  if (event.test) return [];
  const wishes: Wish[] = [];
  if (event.type === 'subscribed') {
    wishes.push({ event, channel: event.properties['channel'] as Channel, source: event.source });
  }
  for (const [channel, statement] of Object.entries(event.consent ?? {})) {
    if (statement.state !== 'subscribed' || wishes.some((wish) => wish.channel === channel)) continue;
    wishes.push({ event, channel: channel as Channel, source: statement.source ?? event.source });
  }
  return wishes;
}

function withoutSubscription(parsed: ParsedEvent): ParsedEvent[] {
  const { event } = parsed;
  if (event.test) return [parsed];
  const { consent, ...rest } = event;
  const left = Object.entries(consent ?? {}).filter(([, { state }]) => state !== 'subscribed');
  if (event.type === 'subscribed') {
    // The event itself waits for the confirmation; an opt-out of another channel that came with it does not.
    return left.length === 0
      ? []
      : [{ ...parsed, event: { ...rest, type: 'custom:consent_changed', consent: Object.fromEntries(left) } }];
  }
  return [{ ...parsed, event: left.length === 0 ? rest : { ...rest, consent: Object.fromEntries(left) } }];
}

async function askFor(
  session: Session,
  wishes: readonly Wish[],
  actor: string,
  rules: OptInRules,
  now: number,
): Promise<readonly ParsedEvent[]> {
  const eventIdOf = ({ event, channel }: Wish) => `${event.id}/opt-in/${channel}`;
  // Browsers repeat what they could not hear the answer to.
  const stored = await findStoredEvents(
    session,
    wishes.map((wish) => ({ source: wish.source, id: eventIdOf(wish) })),
  );
  const fresh = wishes.filter((wish) => !stored.has(eventKey({ source: wish.source, id: eventIdOf(wish) })));
  const { customerIds } = await resolveCustomers(
    session,
    fresh.map(({ event }) => event.identity),
    now,
  );
  const owners = new Set(customerIds.flatMap((id) => id ?? []));
  const settled = new Set<string>();
  for (const row of await findConsents(session, owners)) {
    if (row.state === 'subscribed') settled.add(consentKey(row));
  }
  for (const optIn of await findPendingOptIns(session, owners)) {
    if (now - optIn.createdAt < ASKED_LATELY_MS / rules.timeScale) settled.add(consentKey(optIn));
  }
  const asks: OptInAsk[] = [];
  fresh.forEach((wish, index) => {
    const customerId = customerIds[index];
    const { channel, source, event } = wish;
    if (!customerId || settled.has(consentKey({ customerId, channel }))) return;
    settled.add(consentKey({ customerId, channel }));
    asks.push({ customerId, channel, source, properties: event.properties, actor, eventId: eventIdOf(wish) });
  });
  return (await requestOptIns(session, asks, rules, now)).events;
}
