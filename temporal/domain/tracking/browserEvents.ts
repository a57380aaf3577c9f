/** Body of `POST /t` → canonical events, or what is wrong with each. Whatever a stranger can send comes through here. */
import { parseEvent, type ParsedEvent, type Rejection } from '../eventParsing.ts';
import { withExternalIdPrefix } from '../externalIdPrefix.ts';
import type { FieldProblem } from '../identity.ts';
import { attributionOf, type Attribution } from '../mapping/campaign.ts';
import { isoTime } from '../textValues.ts';
import { readBrowserIdentity } from './browserIdentity.ts';
import { browserTime } from './browserTime.ts';

type Json = Record<string, unknown>;

export const MOST_BROWSER_EVENTS = 50;

/** What a visitor does. Orders, refunds, messages and stock are for those to tell who can prove who they are. */
const ALLOWED: ReadonlySet<string> = new Set([
  'viewed_page',
  'viewed_product',
  'searched',
  'added_to_cart',
  'removed_from_cart',
  'wishlisted',
  'joined_waitlist',
  'back_in_stock_requested',
  'answered_quiz',
  'started_checkout',
  'subscribed',
]);
/** Custom events that the service makes, or acts upon. */
const RESERVED = /^custom:(order|fulfilment|opt_in|consent|customer)_/;
/** Made at random by the tracker; no other device id of ours looks like it. */
const DEVICE_ID = /^[A-Za-z0-9_-]{16,64}$/;
const EVENT_ID = /^[A-Za-z0-9_-]{8,64}$/;

export interface TrackingConnection {
  name: string;
  /** ISO 4217; for prices without a currency. */
  currency: string | null;
  /** That it accepts, for proofs. */
  secrets: readonly string[];
  externalIdPrefix: string;
}

export type ReadTracking =
  | { events: ParsedEvent[]; rejected: Rejection[]; problem?: undefined }
  /** With the body as a whole. */
  | { problem: FieldProblem };

/** @param now epoch ms */
export function readTracking(body: unknown, connection: TrackingConnection, now: number): ReadTracking {
  if (!isRecord(body)) return wrong('', 'has to be a JSON object');
  const { deviceId, sentAt, events } = body;
  if (typeof deviceId !== 'string' || !DEVICE_ID.test(deviceId)) {
    return wrong('/deviceId', 'has to be 16 to 64 letters, digits, "-" or "_", at random');
  }
  if (!Array.isArray(events) || events.length === 0) return wrong('/events', 'has to be a list of events');
  if (events.length > MOST_BROWSER_EVENTS) return wrong('/events', `has more than ${MOST_BROWSER_EVENTS} events`);
  const visit = { connection, deviceId, sentAt, now, attribution: attributionIn(body['campaign']) };
  const read: { events: ParsedEvent[]; rejected: Rejection[] } = { events: [], rejected: [] };
  events.forEach((event: unknown, index) => {
    const result = readEvent(event, index, visit);
    if ('event' in result) read.events.push(result);
    else read.rejected.push({ index, ...result });
  });
  return read;
}

interface Visit {
  connection: TrackingConnection;
  deviceId: string;
  sentAt: unknown;
  now: number;
  attribution: Attribution;
}

function readEvent(event: unknown, index: number, visit: Visit): ParsedEvent | FieldProblem {
  const at = `/events/${index}`;
  if (!isRecord(event)) return { path: at, message: 'has to be an object' };
  const { id, type } = event;
  if (typeof id !== 'string' || !EVENT_ID.test(id)) {
    return { path: `${at}/id`, message: 'has to be 8 to 64 letters, digits, "-" or "_", at random' };
  }
  if (typeof type !== 'string' || !(ALLOWED.has(type) || (type.startsWith('custom:') && !RESERVED.test(type)))) {
    return {
      path: `${at}/type`,
      message: `cannot be told by a browser. It can tell ${[...ALLOWED].join(', ')}, and custom:<name> of your own`,
    };
  }
  const properties = event['properties'] ?? {};
  if (!isRecord(properties)) return { path: `${at}/properties`, message: 'has to be an object' };
  const { connection, deviceId, sentAt, now, attribution } = visit;
  const person = readBrowserIdentity(event['identity'], connection.secrets, `${at}/identity`);
  if (person.problem !== undefined) return person.problem;
  const parsed = parseEvent(
    {
      // Never the id of another source's event, which would then look like a repetition.
      id: `browser/${deviceId}/${id}`,
      type,
      occurredAt: isoTime(browserTime(event['at'], sentAt, now)),
      source: connection.name,
      identity: {
        ...attribution.clickIds,
        ...withExternalIdPrefix(person.identity, connection.externalIdPrefix),
        deviceId,
      },
      properties: believed(properties, connection, attribution),
    },
    now,
  );
  if (!('event' in parsed)) return { path: `${at}${parsed.path}`, message: parsed.message };
  const missing = addressMissing(parsed);
  return missing === null ? parsed : { path: `${at}/identity/${missing}`, message: 'is missing: whom to write to' };
}

/**
 * Without what would speak of an order, for orders are known by ids that are easily guessed; nothing is a test, which would count
 * nowhere; and the campaign is that of the visit.
 */
function believed(properties: Json, { currency }: TrackingConnection, { campaign }: Attribution): Json {
  const rest = { ...properties };
  for (const name of ['orderId', 'test', 'campaign']) delete rest[name];
  return { ...(currency !== null && { currency }), ...rest, ...(campaign && { campaign }) };
}

function addressMissing({ event }: ParsedEvent): 'email' | 'phone' | null {
  if (event.type !== 'subscribed') return null;
  const kind = event.properties['channel'] === 'email' ? 'email' : 'phone';
  return event.identity[kind] === undefined ? kind : null;
}

function attributionIn(campaign: unknown): Attribution {
  if (!isRecord(campaign)) return attributionOf({});
  const { source, medium, name, id, term, content, referrer, ...clickIds } = campaign;
  const utm = {
    utm_source: source,
    utm_medium: medium,
    utm_campaign: name,
    utm_id: id,
    utm_term: term,
    utm_content: content,
  };
  return attributionOf({ ...clickIds, ...utm }, typeof referrer === 'string' ? `https://${referrer}/` : undefined);
}

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrong = (path: string, message: string) => ({ problem: { path, message } });
