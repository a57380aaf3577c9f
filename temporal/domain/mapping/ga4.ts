/**
 * GA4: bodies of the Measurement Protocol (several events of one client), and single events as gtag and a data layer write them.
 * https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference
 */
import type { EventIdentity } from '../event.ts';
import type { FieldProblem } from '../identity.ts';
import { attributionOf, hostOf, parametersOf } from './campaign.ts';
import { nothingMapped, type Arrival, type Mapped, type MappedCustomer, type RawEvent } from './mappedBody.ts';
import { trackedIdentity } from './trackedIdentity.ts';
import { ga4Type } from './trackedNames.ts';
import { trackedProperties } from './trackedProperties.ts';
import { isRecord, recordOf, textOf, type Json } from './shopValues.ts';
import { contentId, isNothing, trackedTime } from './trackedValues.ts';

export function mapGa4(body: unknown, arrival: Arrival): Mapped {
  if (!isRecord(body)) return { problem: { path: '', message: 'has to be a JSON object' } };
  const { events, path, problem } = eventsOf(body);
  if (problem) return { problem };
  const mapped = nothingMapped();
  const seen = new Map<string, number>();
  const unreadCalls: FieldProblem[] = [];
  for (const [index, event] of events.entries()) {
    const at = path === null ? '' : `${path}/${index}`;
    const name = isRecord(event) ? textOf(event['name']) : undefined;
    if (!isRecord(event) || name === undefined) {
      unreadCalls.push({ path: `${at}/name`, message: 'is missing: the name of the event' });
      continue;
    }
    mapped.events.push(mapEvent(body, event, name, seen, arrival));
  }
  mapped.customers.push(...userProperties(body, arrival.receivedAt));
  const [first] = unreadCalls;
  if (first && unreadCalls.length === events.length) return { problem: first };
  return { body: events.length > 1 ? { ...mapped, unreadCalls } : mapped };
}

/** @returns path: of the list; null for a single event */
function eventsOf(body: Json): { events: unknown[]; path: string | null; problem?: FieldProblem } {
  const { events, event, name, params, ecommerce } = body;
  if (Array.isArray(events)) return { events, path: '/events' };
  if (!isNothing(events)) {
    return { events: [], path: null, problem: { path: '/events', message: 'has to be a list of events' } };
  }
  const single = isNothing(name) ? event : name;
  if (isNothing(single)) {
    return { events: [], path: null, problem: { path: '/events', message: 'is missing: at least one event' } };
  }
  const further = Object.entries(body).filter(([key]) => !ENVELOPE.has(key));
  const all = { ...Object.fromEntries(further), ...recordOf(ecommerce), ...recordOf(params) };
  return { events: [{ name: single, params: all }], path: null };
}

const ENVELOPE: ReadonlySet<string> = new Set([
  ...['client_id', 'app_instance_id', 'user_id', 'timestamp_micros', 'user_properties', 'user_data', 'consent'],
  ...['name', 'event', 'params', 'ecommerce', 'non_personalized_ads', 'validation_behavior', 'user_location', 'device'],
]);

function mapEvent(body: Json, event: Json, name: string, seen: Map<string, number>, arrival: Arrival): RawEvent {
  const type = ga4Type(name);
  const params = recordOf(event['params']);
  const times = [event['timestamp_micros'], body['timestamp_micros']];
  const id = eventId(body, type, name, params, times, seen, arrival);
  const properties = trackedProperties(type, withCampaign(params), { currency: arrival.currency, checkoutId: id });
  if (type.startsWith('custom:')) properties['eventName'] = name;
  return {
    id,
    type,
    occurredAt: trackedTime(times, arrival.receivedAt),
    source: arrival.source,
    identity: identityOf(body, params['page_location']),
    properties,
  };
}

/** GA4 has no event ids: orders are known by their transaction, everything else by what it says. */
function eventId(
  { client_id: client, app_instance_id: app, user_id: user }: Json,
  type: string,
  name: string,
  params: Json,
  times: readonly unknown[],
  seen: Map<string, number>,
  { receivedAt }: Arrival,
): string {
  const given = textOf(params['event_id']);
  if (given !== undefined) return given;
  const transaction = textOf(params['transaction_id']);
  if (type === 'completed_purchase' && transaction !== undefined) return `purchase:${transaction}`.slice(0, 500);
  const hasTime = times.some((time) => !isNothing(time));
  const content = contentId([client, app, user, name, params, ...times], hasTime, receivedAt);
  // The same twice in one body are two: a repeated body has both again.
  const count = (seen.get(content) ?? 0) + 1;
  seen.set(content, count);
  return count === 1 ? content : `${content}.${count}`;
}

function identityOf(body: Json, pageUrl: unknown): Json {
  const { client_id: client, app_instance_id: app, user_id: userId } = body;
  const deviceId = isNothing(client) ? app : client;
  const { clickIds } = attributionOf(parametersOf(pageUrl));
  return trackedIdentity({ userId, deviceId, emails: [], phones: [], clickIds });
}

/** In GA4 `campaign` is the campaign's name, beside `source` and `medium` (event campaign_details), else in the page's address. */
function withCampaign(params: Json): Json {
  const url = params['page_location'];
  const { campaign, campaign_id: id, source, medium, term, content, ...others } = params;
  const named: Record<string, unknown> = {
    ...attributionOf(parametersOf(url), params['page_referrer'], hostOf(url)).campaign,
  };
  const name = isRecord(campaign) ? undefined : campaign;
  for (const [key, value] of Object.entries({ name, id, source, medium, term, content })) {
    const text = textOf(value);
    if (text !== undefined) named[key] = text;
  }
  if (isRecord(campaign)) Object.assign(named, campaign);
  return Object.keys(named).length > 0 ? { ...others, campaign: named } : others;
}

/** `{"plan": {"value": "gold"}}` */
function userProperties(body: Json, receivedAt: number): MappedCustomer[] {
  const identity = identityOf(body, undefined) as EventIdentity;
  const properties = Object.fromEntries(
    Object.entries(recordOf(body['user_properties'])).flatMap(([name, property]) => {
      const value = isRecord(property) ? property['value'] : property;
      return isNothing(value) || IDENTIFIERS.has(name) ? [] : [[name, value]];
    }),
  ) as Json;
  if (Object.keys(identity).length === 0 || Object.keys(properties).length === 0) return [];
  const changedAt = trackedTime([body['timestamp_micros']], receivedAt);
  return [{ identity, properties, consent: {}, changedAt }];
}

const IDENTIFIERS: ReadonlySet<string> = new Set(['id', 'email', 'phone', 'customerId', 'externalId']);
