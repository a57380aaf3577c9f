/**
 * Segment's tracking API: one call (track, page, screen, identify, group, alias) or a `batch` of them → events and people.
 * https://www.twilio.com/docs/segment/connections/spec and …/sources/catalog/libraries/server/http-api
 */
import type { FieldProblem } from '../identity.ts';
import { attributionOf, hostOf, parametersOf } from './campaign.ts';
import { nothingMapped, type Arrival, type Mapped, type MappedBody, type RawEvent } from './mappedBody.ts';
import { mapAlias, mapGroup, mapIdentify, segmentIdentity } from './segmentPeople.ts';
import { segmentType } from './trackedNames.ts';
import { trackedProperties } from './trackedProperties.ts';
import { isRecord, recordOf, textOf, type Json } from './shopValues.ts';
import { contentId, isNothing, textsOf, trackedTime } from './trackedValues.ts';

export function mapSegment(body: unknown, arrival: Arrival): Mapped {
  if (!isRecord(body)) return { problem: { path: '', message: 'has to be a JSON object' } };
  const mapped = nothingMapped();
  if (!Object.hasOwn(body, 'batch')) {
    const problem = mapCall(body, '', arrival, mapped);
    return problem ? { problem } : { body: mapped };
  }
  const { batch, sentAt } = body;
  if (!Array.isArray(batch)) return { problem: { path: '/batch', message: 'has to be a list of calls' } };
  const context = recordOf(body['context']);
  const unreadCalls: FieldProblem[] = [];
  for (const [index, call] of batch.entries()) {
    const path = `/batch/${index}`;
    const problem = isRecord(call)
      ? mapCall({ sentAt, ...call, context: { ...context, ...recordOf(call['context']) } }, path, arrival, mapped)
      : { path, message: 'has to be a call: a JSON object' };
    if (problem) unreadCalls.push(problem);
  }
  const [first] = unreadCalls;
  if (first && unreadCalls.length === batch.length) return { problem: first };
  return { body: { ...mapped, unreadCalls } };
}

function mapCall(call: Json, path: string, arrival: Arrival, mapped: MappedBody): FieldProblem | null {
  const kind = kindOf(call);
  switch (kind) {
    case 'track': {
      const name = textOf(call['event']);
      if (name === undefined) return { path: `${path}/event`, message: 'is missing: the name of what has happened' };
      mapped.events.push(track(call, name, arrival));
      return null;
    }
    case 'page':
    case 'screen':
      mapped.events.push(view(call, arrival));
      return null;
    case 'identify':
      mapped.customers.push(...mapIdentify(call, arrival.receivedAt));
      return null;
    case 'group':
      mapped.customers.push(...mapGroup(call, arrival.receivedAt));
      return null;
    case 'alias': {
      const alias = mapAlias(call, arrival.receivedAt);
      mapped.merges.push(...alias.merges);
      mapped.customers.push(...alias.customers);
      return null;
    }
    default:
      return { path: `${path}/type`, message: 'has to be one of track, identify, page, screen, group, alias' };
  }
}

/** Bodies for `/v1/track` and its like leave the type to the address; then the fields tell. */
function kindOf(call: Json): string {
  if (!isNothing(call['type'])) return (textOf(call['type']) ?? '').toLowerCase();
  if (!isNothing(call['event'])) return 'track';
  if (!isNothing(call['previousId'])) return 'alias';
  if (!isNothing(call['groupId'])) return 'group';
  return isRecord(call['traits']) ? 'identify' : '';
}

function track(call: Json, name: string, arrival: Arrival): RawEvent {
  const type = segmentType(name);
  const event = envelope(call, type, arrival);
  const properties = trackedProperties(type, withPage(recordOf(call['properties']), call), {
    currency: arrival.currency,
    checkoutId: event.id,
  });
  // The words of the tracking plan, where ours had to differ.
  if (type.startsWith('custom:')) properties['eventName'] = name;
  return { ...event, properties };
}

function view(call: Json, arrival: Arrival): RawEvent {
  const event = envelope(call, 'viewed_page', arrival);
  const name = textOf(call['name']);
  const category = textOf(call['category']);
  const given = { ...(name && { name }), ...(category && { category }), ...recordOf(call['properties']) };
  return { ...event, properties: withPage(given, call) };
}

function envelope(call: Json, type: string, arrival: Arrival): RawEvent {
  const times = [call['timestamp'], call['originalTimestamp'], call['sentAt']];
  const occurredAt = trackedTime([...times, call['receivedAt']], arrival.receivedAt);
  const { userId, anonymousId, event, name, properties } = call;
  const hasTime = times.slice(0, 2).some((time) => !isNothing(time));
  const content = [type, userId, anonymousId, event, name, properties, ...times.slice(0, 2)];
  const id = textOf(call['messageId']) ?? contentId(content, hasTime, arrival.receivedAt);
  return { id, type, occurredAt, source: arrival.source, identity: segmentIdentity(call), properties: {} };
}

/** Where it happened, and which campaign brought the visitor: the context says so beside every call. */
function withPage(given: Json, call: Json): Json {
  const properties: Json = { ...given };
  const { campaign, page } = recordOf(call['context']);
  const { url, referrer, title } = recordOf(page);
  for (const [key, value] of Object.entries({ url, referrer, title })) {
    if (isNothing(properties[key]) && textOf(value) !== undefined) properties[key] = value;
  }
  const named = { ...attributionOf(parametersOf(url), referrer, hostOf(url)).campaign, ...textsOf(campaign) };
  if (isRecord(properties['campaign'])) Object.assign(named, textsOf(properties['campaign']));
  else if (textOf(properties['campaign']) !== undefined) named['name'] = textOf(properties['campaign']) as string;
  delete properties['campaign'];
  return Object.keys(named).length > 0 ? { ...properties, campaign: named } : properties;
}
