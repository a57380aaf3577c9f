/**
 * What became of messages, told by providers, links and reports: the send, suppression and consent change, and journeys hear of
 * it as of any other event, all in one transaction.
 */
import type { ParsedEvent } from '../domain/eventParsing.ts';
import {
  SOFT_BOUNCES_IN_A_ROW,
  softBouncesInARow,
  toldMore,
  toldStatus,
  type MessageEvent,
} from '../domain/messageEvent.ts';
import type { SendStatus } from '../domain/sendStatus.ts';
import { ID_MAX, keptText } from '../domain/textValues.ts';
import { insertSuppressions } from '../store/consents.ts';
import type { Session } from '../store/rows.ts';
import { readArrivals, writeToldSends, type ToldSend } from '../store/toldSends.ts';
import type { EventIntake } from './eventIntake.ts';
import { KnownSends, type SoftBounce } from './knownSends.ts';
import { messageEvents, sentEvent } from './messageNews.ts';

/** `ignored`: of no send of ours, and nothing that has to be remembered of a customer's address. */
export type MessageEventFate = 'taken' | 'repeated' | 'ignored';

export interface MessageEventOutcome {
  /** The surviving customer; null when it is nobody's. */
  customerId: string | null;
  fate: MessageEventFate;
}

/**
 * In whatever order it is told, and however often, the outcome is the same. A machine's opening or click is noted with the send
 * and is no event: no journey is to take it for the person's.
 *
 * @returns in the order of the events
 */
export async function takeMessageEvents(
  intake: EventIntake,
  events: readonly MessageEvent[],
): Promise<MessageEventOutcome[]> {
  if (events.length === 0) return [];
  const telling: Telling = { events: events.map(asKept), taken: [] };
  const outcomes = await intake.submit([], { work: takeTellings, item: telling });
  let from = 0;
  return telling.taken.map(({ customerId, isChanged, events: { length } }): MessageEventOutcome => {
    const isNew = outcomes.slice(from, (from += length)).some((one) => one.problem === undefined && !one.duplicate);
    if (customerId === null) return { customerId, fate: 'ignored' };
    return { customerId, fate: isNew || isChanged ? 'taken' : 'repeated' };
  });
}

interface Taken {
  customerId: string | null;
  /** The send knows more than before. */
  isChanged: boolean;
  events: ParsedEvent[];
}

const IGNORED: Taken = { customerId: null, isChanged: false, events: [] };

/** One caller's events, and what became of them in the transaction that was committed. */
interface Telling {
  events: readonly MessageEvent[];
  taken: readonly Taken[];
}

async function takeTellings(session: Session, tellings: readonly Telling[], now: number): Promise<ParsedEvent[][]> {
  const known = await KnownSends.load(
    session,
    tellings.flatMap(({ events }) => events),
  );
  for (const telling of tellings) {
    telling.taken = telling.events.map((event) =>
      takeOne({ ...event, at: Math.min(Math.max(event.at, 0), now) }, known),
    );
  }
  await writeToldSends(session, known.changedSends(), now);
  await suppressSoftBounced(session, known.softBounces(), now);
  return tellings.map(({ taken }) => taken.flatMap(({ events }) => events));
}

function takeOne(event: MessageEvent, known: KnownSends): Taken {
  const send = known.sendOf(event);
  if (!send) {
    const customerId = known.ownerOf(event);
    return customerId === null
      ? IGNORED
      : { customerId, isChanged: false, events: messageEvents(event, customerId, null) };
  }
  const after = afterwards(send, event);
  const isChanged = JSON.stringify(after) !== JSON.stringify(send);
  if (isChanged) known.change(send, after, event);
  const proof = isProof(send.status, after.status) ? [sentEvent(after, event.at, event.source)] : [];
  return {
    customerId: send.customerId,
    isChanged,
    events: [...proof, ...messageEvents(event, send.customerId, after)],
  };
}

function afterwards(send: ToldSend, event: MessageEvent): ToldSend {
  const told = toldMore(send.told, event);
  const status = toldStatus(told);
  const isBad = status === 'failed' || status === 'bounced';
  const says = event.kind === 'failed' || event.kind === 'bounced' ? (event.reason ?? null) : null;
  return {
    ...send,
    told,
    status,
    // Whose fault it was is known by now: it is not tried again.
    isPermanent: status === 'failed',
    error: isBad ? (send.error ?? says) : status === 'complained' ? send.error : null,
    providerMessageId: send.providerMessageId ?? event.providerMessageId ?? null,
  };
}

const NOT_SENT: ReadonlySet<SendStatus> = new Set(['claimed', 'started', 'failed', 'unknown']);
/** Until now nobody knew that it had gone out. */
const isProof = (before: SendStatus, after: SendStatus): boolean => NOT_SENT.has(before) && !NOT_SENT.has(after);

async function suppressSoftBounced(session: Session, bounces: readonly SoftBounce[], now: number): Promise<void> {
  if (bounces.length === 0) return;
  const addressKey = ({ customerId, channel, address }: Pick<ToldSend, 'customerId' | 'channel' | 'address'>) =>
    `${customerId}\0${channel}\0${address}`;
  const arrivals = await readArrivals(session, new Set(bounces.map(({ send }) => send.customerId)));
  const histories = Map.groupBy(arrivals, addressKey);
  await insertSuppressions(
    session,
    bounces.flatMap(({ send, event }) => {
      const { customerId, channel, address } = send;
      const inARow = softBouncesInARow(histories.get(addressKey(send)) ?? []);
      if (address === null || inARow <= SOFT_BOUNCES_IN_A_ROW) return [];
      return [{ customerId, channel, address, reason: 'bounced' as const, source: event.source, at: now }];
    }),
  );
}

const REASON_MAX = 1000;
const URL_MAX = 2000;
const ADDRESS_MAX = 1000;

/** Providers pass on what servers all over the world have said: not all of it is text that a store takes. */
function asKept(event: MessageEvent): MessageEvent {
  const { id, sendId, providerMessageId, address, url, reason } = event;
  return {
    ...event,
    id: plain(id, Infinity) ?? '',
    sendId: plain(sendId, ID_MAX),
    providerMessageId: plain(providerMessageId, ID_MAX),
    address: plain(address, ADDRESS_MAX),
    url: plain(url, URL_MAX),
    reason: plain(reason, REASON_MAX),
  };
}

function plain(text: string | null | undefined, most: number): string | null {
  return text === null || text === undefined ? null : keptText(text, most);
}
