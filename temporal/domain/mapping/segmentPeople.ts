/**
 * What Segment's calls say about people. A trait is no consent, whatever it is called: the write key stands in every browser,
 * so that anybody could send it.
 */
import type { EventIdentity } from '../event.ts';
import { attributionOf, parametersOf } from './campaign.ts';
import type { MappedBody, MappedCustomer } from './mappedBody.ts';
import { trackedIdentity } from './trackedIdentity.ts';
import { isRecord, recordOf, textOf, type Json } from './shopValues.ts';
import { isNothing, trackedTime } from './trackedValues.ts';

/** Places of the address and phone as in Segment's own identity resolution: traits, context.traits, properties. */
export function segmentIdentity(call: Json): Json {
  const context = recordOf(call['context']);
  const places = [recordOf(call['traits']), recordOf(context['traits']), recordOf(call['properties'])];
  return trackedIdentity({
    userId: call['userId'],
    deviceId: call['anonymousId'],
    emails: places.map((place) => place['email']),
    phones: places.map((place) => place['phone']),
    clickIds: attributionOf(parametersOf(recordOf(context['page'])['url'])).clickIds,
  });
}

/** Our property, and Segment's reserved traits for it (in either spelling). */
const TRAITS: readonly (readonly [string, readonly string[]])[] = [
  ['firstName', ['firstName', 'first_name', 'firstname']],
  ['lastName', ['lastName', 'last_name', 'lastname']],
  ['language', ['language', 'locale']],
  ['timeZone', ['timeZone', 'timezone']],
  ['birthday', ['birthday', 'birth_date']],
];
const ADDRESS: readonly (readonly [string, readonly string[]])[] = [
  ['country', ['country', 'countryCode', 'country_code']],
  ['region', ['region', 'state']],
  ['city', ['city']],
  ['postalCode', ['postalCode', 'postal_code', 'zip']],
];
/** Identifiers, or ours to say. */
const NOT_PROPERTIES = ['email', 'phone', 'id', 'userId', 'customerId', 'externalId', 'consent', 'address'];

export function mapIdentify(call: Json, receivedAt: number): MappedCustomer[] {
  const context = recordOf(call['context']);
  const traits = recordOf(call['traits']);
  const properties: Json = { ...traits };
  for (const name of NOT_PROPERTIES) delete properties[name];
  move(TRAITS, properties, properties);
  if (isRecord(traits['address'])) move(ADDRESS, { ...traits['address'] }, properties);
  // The browser's, where the person has said nothing.
  if (isNothing(properties['language'])) take(properties, 'language', context['locale']);
  if (isNothing(properties['timeZone'])) take(properties, 'timeZone', context['timezone']);
  return customer(call, properties, receivedAt);
}

/** A group is a company or household: the customer remembers which. */
export function mapGroup(call: Json, receivedAt: number): MappedCustomer[] {
  const groupId = textOf(call['groupId']);
  return groupId === undefined ? [] : customer(call, { groupId }, receivedAt);
}

/** The earlier id may be a user's or a browser's: Segment does not say which. */
export function mapAlias(call: Json, receivedAt: number): Pick<MappedBody, 'merges' | 'customers'> {
  const { previousId } = call;
  const into = segmentIdentity(call) as EventIdentity;
  const nobody = { deviceId: undefined, emails: [], phones: [], clickIds: {} };
  const from = trackedIdentity({ ...nobody, userId: previousId }) as EventIdentity;
  if (into.externalId === undefined || from.externalId === undefined) return { merges: [], customers: [] };
  if (into.externalId === from.externalId) return { merges: [], customers: [] };
  return {
    merges: [{ from, into }],
    customers: customer({ ...call, anonymousId: previousId }, {}, receivedAt),
  };
}

function customer(call: Json, properties: Json, receivedAt: number): MappedCustomer[] {
  const identity = segmentIdentity(call) as EventIdentity;
  if (Object.keys(identity).length === 0) return [];
  const changedAt = trackedTime([call['timestamp'], call['originalTimestamp'], call['sentAt']], receivedAt);
  return [{ identity, properties, consent: {}, changedAt }];
}

function move(names: typeof TRAITS, from: Json, into: Json): void {
  for (const [name, others] of names) {
    const found = others.map((other) => from[other]).find((value) => !isNothing(value));
    for (const other of others) delete from[other];
    if (found !== undefined) into[name] = found;
  }
}

function take(into: Json, name: string, value: unknown): void {
  const text = textOf(value);
  if (text !== undefined) into[name] = text;
}
