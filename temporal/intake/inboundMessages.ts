/** Messages that customers send to the shop by SMS or WhatsApp: the words that stop and restart are obeyed at once. */
import type { ParsedEvent } from '../domain/eventParsing.ts';
import type { InboundMessage } from '../domain/inboundMessage.ts';
import { optInState } from '../domain/optIn.ts';
import { inboundSource } from '../domain/ownSources.ts';
import { smsKeyword, type SmsKeyword } from '../domain/smsKeywords.ts';
import { consentKey, findConsents } from '../store/consents.ts';
import { eventKey, findStoredTypes } from '../store/events.ts';
import { findPendingOptIns, type OptIn } from '../store/optIns.ts';
import type { Session } from '../store/rows.ts';
import type { EventIntake } from './eventIntake.ts';
import { confirm } from './optIn.ts';
import { madeEvent } from './ownWord.ts';
import { resolveCustomers } from './resolveCustomers.ts';

/** `help`: the sender wants to know who this is; the operator's own answer is due. `received`: a message for people. */
export type InboundAction = 'unsubscribed' | 'subscribed' | 'help' | 'received';

export interface InboundOutcome {
  action: InboundAction;
  /** null for `help`, of which nothing is kept. */
  customerId: string | null;
  duplicate: boolean;
}

/**
 * STOP makes a customer of an unknown number: an opt-out has to be remembered. YES subscribes only whoever was asked to confirm,
 * or had stopped before: it answers other questions too.
 *
 * @returns in the order of the messages
 */
export async function takeInboundMessages(
  intake: EventIntake,
  messages: readonly InboundMessage[],
): Promise<InboundOutcome[]> {
  const read = messages.map((message) => ({ ...message, keyword: message.keyword ?? smsKeyword(message.text) }));
  const kept = read.filter(({ keyword }) => keyword !== 'help');
  let actions: InboundAction[] = [];
  const outcomes = await intake.submit([], async (session, now) => {
    const made = await eventsOf(session, kept, now);
    actions = made.map(({ action }) => action);
    return made.map(({ event }) => event);
  });
  const results = outcomes.map((outcome, index): InboundOutcome => {
    const action = actions[index] ?? 'received';
    if (outcome.problem) throw new Error('a message of a customer who was just found belongs to nobody');
    return { action, customerId: outcome.customerId, duplicate: outcome.duplicate };
  });
  let next = 0;
  return read.map(({ keyword }) =>
    keyword === 'help' ? { action: 'help', customerId: null, duplicate: false } : (results[next++] as InboundOutcome),
  );
}

type ReadMessage = InboundMessage & { keyword: SmsKeyword };

interface MadeEvent {
  action: InboundAction;
  event: ParsedEvent;
}

async function eventsOf(session: Session, messages: readonly ReadMessage[], now: number): Promise<MadeEvent[]> {
  const stored = await findStoredTypes(
    session,
    messages.map(({ id, channel }) => ({ id, source: inboundSource(channel) })),
  );
  const { customerIds } = await resolveCustomers(
    session,
    messages.map(({ from }) => ({ phone: from })),
    now,
  );
  const owners = new Set(customerIds.flatMap((id) => id ?? []));
  const consents = new Map((await findConsents(session, owners)).map((row) => [consentKey(row), row]));
  const pending = new Map<string, OptIn>();
  for (const optIn of await findPendingOptIns(session, owners)) {
    const key = consentKey(optIn);
    if (optInState(optIn, consents.get(key), now) === 'pending' && !pending.has(key)) pending.set(key, optIn);
  }

  const made: MadeEvent[] = [];
  for (const [index, message] of messages.entries()) {
    const key = consentKey({ customerId: customerIds[index] ?? '', channel: message.channel });
    const source = inboundSource(message.channel);
    const before = stored.get(eventKey({ id: message.id, source }));
    if (before !== undefined) {
      const action = before === 'subscribed' || before === 'unsubscribed' ? before : 'received';
      made.push({ action, event: messageEvent(message, action, {}) });
      continue;
    }
    const asked = pending.get(key);
    const action = actionOf(message.keyword, asked !== undefined || consents.get(key)?.state === 'unsubscribed');
    let proof = {};
    if (action === 'subscribed' && asked) {
      pending.delete(key);
      const [confirmed] = await confirm(session, [{ optIn: asked, actor: source }], now);
      proof = confirmed?.event.properties ?? {};
    }
    const event = messageEvent(message, action, proof);
    stored.set(eventKey(event.event), event.event.type);
    made.push({ action, event });
  }
  return made;
}

function actionOf(keyword: SmsKeyword, mayAgree: boolean): InboundAction {
  switch (keyword) {
    case 'stop':
      return 'unsubscribed';
    case 'start':
      return 'subscribed';
    case 'yes':
      return mayAgree ? 'subscribed' : 'received';
    case 'help':
      return 'help';
    case 'other':
      return 'received';
  }
}

/** The words of other messages are kept with the customer, for a journey or the shop's people to answer; erasure takes them. */
function messageEvent(message: InboundMessage, action: InboundAction, proof: Record<string, unknown>): ParsedEvent {
  const { id, channel, from, text, at } = message;
  const type = action === 'received' || action === 'help' ? 'custom:message_received' : action;
  const said = type === 'custom:message_received' ? { text } : { keyword: text.trim() };
  const properties = { ...proof, channel, ...said };
  return madeEvent({ id, type, source: inboundSource(channel), identity: { phone: from }, properties }, at);
}
