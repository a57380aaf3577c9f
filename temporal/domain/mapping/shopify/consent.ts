/**
 * Marketing consent as Shopify states it. Absent, null, `redacted` and unknown states change nothing; the old
 * `accepts_marketing` can contradict the consent object and is not looked at.
 */
import type { Channel, EventIdentity } from '../../event.ts';
import type { Arrival, MappedConsent, MappedCustomer, RawEvent } from '../mappedBody.ts';
import { digestOf, firstTime, isRecord, textOf, timeOf, type Json } from '../shopValues.ts';

const STATES: Record<string, MappedConsent['state']> = {
  subscribed: 'subscribed',
  unsubscribed: 'unsubscribed',
  // Never asked: no opt-out.
  not_subscribed: 'never',
  // Asked for by double opt-in, not confirmed.
  pending: 'pending',
};

const OBJECTS = { email: 'email_marketing_consent', sms: 'sms_marketing_consent' } as const;

export function consentsIn(body: Json, arrival: Arrival): MappedCustomer['consent'] {
  const consent: MappedCustomer['consent'] = {};
  for (const [channel, name] of Object.entries(OBJECTS) as [keyof typeof OBJECTS, string][]) {
    const given = body[name];
    if (!isRecord(given)) continue;
    const word = textOf(given['state'])?.toLowerCase() ?? '';
    const state = Object.hasOwn(STATES, word) ? STATES[word] : undefined;
    if (state === undefined) continue;
    const at = firstTime([given['consent_updated_at']], arrival);
    // Never asked, at no time: the form's empty state, which says nothing about what was agreed elsewhere.
    if (state === 'never' && at === null) continue;
    const optInLevel = textOf(given['opt_in_level'])?.toLowerCase();
    consent[channel] = {
      state,
      source: arrival.source,
      at,
      ...(optInLevel !== undefined && { optInLevel }),
    };
  }
  return consent;
}

/** A profile that changes long after the consent tells old news: the state is kept, but nothing has just happened. */
const NEWS_MS = 24 * 3600_000;

/**
 * `subscribed` and `unsubscribed` for what has just been changed, so that journeys can begin and end with it. The id is made
 * of customer, channel, state and time: the topics that tell the same change are one event.
 *
 * @param changedAt RFC 3339; when the body says that it was changed
 */
export function consentEvents(
  identity: EventIdentity,
  consent: MappedCustomer['consent'],
  changedAt: string,
  arrival: Arrival,
): RawEvent[] {
  return (Object.entries(consent) as [Channel, MappedConsent][]).flatMap(
    ([channel, { state, at, source, optInLevel }]) => {
      if (state !== 'subscribed' && state !== 'unsubscribed') return [];
      const since = timeOf(at, arrival);
      if (since === null || Date.parse(changedAt) - since > NEWS_MS) return [];
      return [
        {
          id: `consent/${digestOf([identity.externalId ?? identity, channel, state, since])}`,
          type: state,
          occurredAt: changedAt,
          source: arrival.source,
          identity,
          properties: { channel, ...(optInLevel !== undefined && { optInLevel }) },
          consent: { [channel]: { state, source, at } },
        },
      ];
    },
  );
}
