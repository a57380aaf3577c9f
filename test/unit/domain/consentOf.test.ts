/** What an event says about consent, and since when. */
import { describe, expect, it } from 'vitest';
import { consentOf } from '../../../temporal/domain/consent.ts';
import type { CanonicalEvent } from '../../../temporal/domain/event.ts';

const TOLD = Date.parse('2026-11-26T12:00:00Z');
const GIVEN = '2026-11-26T11:00:00.000Z';

const event = (further: Partial<CanonicalEvent>): CanonicalEvent => ({
  id: 'e',
  type: 'subscribed',
  occurredAt: new Date(TOLD).toISOString(),
  source: 'shop',
  identity: { email: 'ann@example.com' },
  properties: { channel: 'email' },
  ...further,
});

describe('consentOf', () => {
  it('subscribed holds from the time of the event', () => {
    expect(consentOf(event({}), TOLD)).toEqual([['email', { state: 'subscribed', source: 'shop', at: TOLD }]]);
  });

  it('but from the time that the event itself gives, where it tells later what was agreed before', () => {
    const told = event({ consent: { email: { state: 'subscribed', at: GIVEN } } });
    expect(consentOf(told, TOLD)).toEqual([['email', { state: 'subscribed', source: 'shop', at: Date.parse(GIVEN) }]]);
  });

  it('another channel’s statement, or another state, takes nothing away', () => {
    const other = event({ consent: { sms: { state: 'subscribed', at: GIVEN }, email: { state: 'never', at: GIVEN } } });
    expect(consentOf(other, TOLD)).toHaveLength(3);
  });
});
