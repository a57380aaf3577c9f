/** Gaps, caps, the track `low_frequency`, holdout and kill switch. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptsSince, type Attempt } from '../../../../temporal/domain/gate/frequencyCheck.ts';
import { DEFAULT_POLICY, type Cap, type Policy } from '../../../../temporal/domain/gate/policy.ts';
import { decideSend, type SendFacts } from '../../../../temporal/domain/gate/sendGate.ts';
import { DAY, FINE, HOUR, NOW, reasonsOf, RULES } from './facts.ts';

const ago = (ms: number, channel: Attempt['channel'] = 'email'): Attempt => ({
  sendId: `${channel}-${ms}`,
  channel,
  at: NOW - ms,
  abandonmentKeys: [],
});
const capped = (...caps: Cap[]): Partial<Policy> => ({
  gaps: { email: null, sms: null, whatsapp: null, push: null, onGap: 'skip' },
  caps,
});

describe('the gap', () => {
  // Klaviyo's defaults: 16 hours for e-mail, 24 for SMS and push; at its end the next may go out.
  it.each<[SendFacts['channel'], number]>([
    ['email', 16 * HOUR],
    ['sms', 24 * HOUR],
    ['push', 24 * HOUR],
    ['whatsapp', 24 * HOUR],
  ])('on %s is %d ms', (channel, gap) => {
    const facts = { channel, address: channel === 'email' ? 'ada@example.com' : '+436601234567' };
    expect(reasonsOf({ ...facts, attempts: [ago(gap - 1, channel), ago(8 * gap, channel)] })).toEqual(['min_gap']);
    expect(reasonsOf({ ...facts, attempts: [ago(gap, channel)] })).toEqual([]);
    const others = (['email', 'sms', 'push', 'whatsapp'] as const).filter((other) => other !== channel);
    expect(reasonsOf({ ...facts, attempts: others.map((other) => ago(0, other)) })).toEqual([]);
  });

  it('follows the time scale, can be off, and leaves transactional ones alone', () => {
    const attempts = [ago(HOUR)];
    expect(reasonsOf({ attempts }, {}, 16)).toEqual([]);
    expect(reasonsOf({ attempts: [ago(HOUR - 1)] }, {}, 16)).toEqual(['min_gap']);
    expect(reasonsOf({ attempts }, capped())).toEqual([]);
    expect(reasonsOf({ attempts, category: 'transactional' })).toEqual([]);
  });

  it('counts what another process`s clock says is still to come', () => {
    expect(reasonsOf({ attempts: [ago(-5000)] })).toEqual(['min_gap']);
  });

  it('can put a message off to its end', () => {
    const gaps: Policy['gaps'] = { ...DEFAULT_POLICY.gaps, onGap: 'defer' };
    const facts = { ...FINE, attempts: [ago(9 * HOUR), ago(2 * HOUR)] };
    expect(decideSend(facts, { ...RULES, policy: { ...DEFAULT_POLICY, gaps } })).toEqual({
      decision: 'defer',
      reasons: ['min_gap'],
      until: NOW + 14 * HOUR,
    });
  });
});

describe('caps', () => {
  const days = (...numbers: number[]) => numbers.map((number) => ago(number * DAY - 1));

  it('hold a message back for good', () => {
    expect(reasonsOf({ attempts: days(1, 2, 3, 4, 7) })).toEqual(['frequency_cap']);
    expect(reasonsOf({ attempts: [...days(1, 2, 3, 4), ago(7 * DAY)] })).toEqual([]);
    const sms = { channel: 'sms', address: '+436601234567' } as const;
    expect(reasonsOf({ ...sms, attempts: [ago(2 * DAY, 'sms'), ago(3 * DAY, 'sms')] })).toEqual(['frequency_cap']);
    expect(reasonsOf({ ...sms, attempts: [ago(2 * DAY, 'sms'), ...days(2, 3, 4)] })).toEqual([]);
  });

  it('add up the channels that they name, and only these', () => {
    const policy = capped({ channels: ['email', 'sms'], count: 2, window: 'P1D', days: 'rolling' });
    const attempts = [ago(HOUR, 'sms'), ago(2 * HOUR)];
    expect(reasonsOf({ attempts }, policy)).toEqual(['frequency_cap']);
    expect(reasonsOf({ channel: 'push', address: 't', attempts }, policy)).toEqual([]);
    expect(reasonsOf({ attempts: [ago(HOUR, 'push'), ago(2 * HOUR)] }, policy)).toEqual([]);
    expect(reasonsOf({ attempts, category: 'transactional' }, policy)).toEqual([]);
  });

  it('count the recipient`s days where they are to', () => {
    const today = capped({ channels: ['email'], count: 1, window: 'P1D', days: 'calendar' });
    // 12:00 UTC is 21:00 in Tokyo: the day there began at 15:00 UTC of yesterday, 21 hours ago.
    const tokyo = { zones: ['Asia/Tokyo'], country: null };
    expect(reasonsOf({ attempts: [ago(21 * HOUR)], clock: tokyo }, today)).toEqual(['frequency_cap']);
    expect(reasonsOf({ attempts: [ago(21 * HOUR + 1)], clock: tokyo }, today)).toEqual([]);
    expect(reasonsOf({ attempts: [ago(12 * HOUR + 1)] }, today)).toEqual([]);
    expect(reasonsOf({ attempts: [ago(12 * HOUR)] }, today)).toEqual(['frequency_cap']);
    // Where only the country is known, the day that began first: 12:00 UTC is 02:00 in Honolulu, 07:00 in New York.
    const america = { zones: ['Pacific/Honolulu', 'America/New_York'], country: 'US' };
    expect(reasonsOf({ attempts: [ago(7 * HOUR)], clock: america }, today)).toEqual(['frequency_cap']);
    const week = capped({ channels: ['email'], count: 1, window: 'P7D', days: 'calendar' });
    expect(reasonsOf({ attempts: [ago(6 * DAY + 12 * HOUR)] }, week)).toEqual(['frequency_cap']);
    expect(reasonsOf({ attempts: [ago(6 * DAY + 12 * HOUR + 1)] }, week)).toEqual([]);
  });

  it('count back from now under a time scale', () => {
    const policy = capped({ channels: ['email'], count: 1, window: 'P1D', days: 'calendar' });
    expect(reasonsOf({ attempts: [ago(HOUR - 1)] }, policy, 24)).toEqual(['frequency_cap']);
    expect(reasonsOf({ attempts: [ago(HOUR)] }, policy, 24)).toEqual([]);
  });

  it('are one a week, over all channels, for who wants to hear rarely', () => {
    expect(reasonsOf({ tracks: ['low_frequency'], attempts: [ago(7 * DAY - 1, 'push')] })).toEqual(['frequency_cap']);
    expect(reasonsOf({ tracks: ['low_frequency'], attempts: [ago(7 * DAY, 'push')] })).toEqual([]);
    expect(reasonsOf({ tracks: [], attempts: [ago(6 * DAY, 'push')] })).toEqual([]);
  });

  it('see all that any rule counts, and no more let out the more there was', () => {
    const aCap = fc.record<Cap>({
      channels: fc.subarray(['email', 'sms', 'push', 'whatsapp'], { minLength: 1 }),
      count: fc.integer({ min: 1, max: 4 }),
      window: fc.constantFrom('P1D', 'P2D', 'P7D', 'P30D'),
      days: fc.constantFrom('rolling', 'calendar'),
    });
    const anAttempt = fc
      .tuple(fc.nat(40 * DAY), fc.constantFrom<Attempt['channel'][]>('email', 'sms', 'push', 'whatsapp'))
      .map(([ms, channel]) => ago(ms, channel));
    const someZones = fc.subarray(['Asia/Tokyo', 'Pacific/Honolulu', 'Europe/Vienna', 'Australia/Lord_Howe']);
    fc.assert(
      fc.property(
        fc.array(aCap, { maxLength: 3 }),
        fc.array(anAttempt, { maxLength: 8 }),
        anAttempt,
        someZones,
        (caps, attempts, one, zones) => {
          const policy = { ...DEFAULT_POLICY, caps };
          const facts = { ...FINE, attempts, clock: { zones, country: null } };
          const rules = { ...RULES, policy };
          const decided = decideSend(facts, rules);
          const seen = attempts.filter(({ at }) => at >= attemptsSince(rules));
          expect(decideSend({ ...facts, attempts: seen }, rules)).toEqual(decided);
          const more = decideSend({ ...facts, attempts: [...attempts, one] }, rules);
          expect(more.reasons).toEqual(expect.arrayContaining(decided.reasons));
        },
      ),
    );
  });
});

describe('the holdout', () => {
  const heldOut = (percent: number) =>
    Array.from({ length: 5000 }, (_, index) => `cus_${index}`).filter((customerId) =>
      reasonsOf({ customerId }, { holdoutPercent: percent }).includes('holdout'),
    );

  it('is a share of customers, and stays the same', () => {
    expect(heldOut(0)).toEqual([]);
    expect(heldOut(100)).toHaveLength(5000);
    const half = heldOut(0.5);
    const tenth = heldOut(10);
    // Binomial: 25 ± 5 and 500 ± 21; five standard deviations.
    expect(Math.abs(half.length - 25)).toBeLessThan(25);
    expect(Math.abs(tenth.length - 500)).toBeLessThan(106);
    expect(tenth).toEqual(expect.arrayContaining(half));
    expect(heldOut(10)).toEqual(tenth);
  });

  it('gets what belongs to an order', () => {
    expect(reasonsOf({ category: 'transactional' }, { holdoutPercent: 100 })).toEqual([]);
  });
});
