/** What a public page shows about a customer: few, small reads, for pages have to be quick. */
import type { Channel, ConsentState } from '../domain/event.ts';
import { addressIdentifier } from '../domain/gate/address.ts';
import { tracksOf, type Track } from '../domain/tracks.ts';
import { CHANNELS } from '../domain/event.ts';
import type { Session } from './rows.ts';

export interface PageFacts {
  /** The surviving one. */
  customerId: string;
  /** The customer's own `language` property, as it is. */
  language: unknown;
  tracks: Track[];
  consent: Record<Channel, ConsentState>;
  /** Where messages of a channel go: what was added last. */
  addresses: Partial<Record<Channel, string>>;
}

/** @returns null when there is no such customer (any more) */
export async function readPageFacts({ db }: Session, customerId: string): Promise<PageFacts | null> {
  const asked = await db.selectFrom('customers').select('merged_into').where('id', '=', customerId).executeTakeFirst();
  if (!asked) return null;
  const id = asked.merged_into ?? customerId;
  const customer = await db
    .selectFrom('customers')
    .select(['properties_json', 'tracks_json'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!customer) return null;
  const identifiers = await db
    .selectFrom('identifiers')
    .select(['kind', 'value'])
    .where('customer_id', '=', id)
    .where('kind', 'in', ['email', 'phone'])
    .orderBy('created_at')
    .orderBy('value')
    .execute();
  const consents = await db.selectFrom('consents').select(['channel', 'state']).where('customer_id', '=', id).execute();
  const newest = new Map(identifiers.map(({ kind, value }) => [kind, value]));
  const stateOf = new Map(consents.map(({ channel, state }) => [channel, state]));
  const addresses: PageFacts['addresses'] = {};
  for (const channel of CHANNELS) {
    const address = newest.get(addressIdentifier(channel) ?? '');
    if (address !== undefined) addresses[channel] = address;
  }
  return {
    customerId: id,
    language: (JSON.parse(customer.properties_json) as Record<string, unknown>)['language'],
    tracks: tracksOf(customer.tracks_json),
    consent: Object.fromEntries(
      CHANNELS.map((channel) => [channel, stateOf.get(channel) ?? 'never']),
    ) as PageFacts['consent'],
    addresses,
  };
}
