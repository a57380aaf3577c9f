/** Quiet hours: both ends, whole days, clock changes, leap day, several zones; held against Luxon's clock by property. */
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, WEEKDAYS, type Policy, type QuietHours } from '../../../../temporal/domain/gate/policy.ts';
import { notQuietFrom } from '../../../../temporal/domain/gate/quietHours.ts';
import { clockOf, startOfLocalDay } from '../../../../temporal/domain/gate/recipientClock.ts';
import { decideSend, type SendFacts } from '../../../../temporal/domain/gate/sendGate.ts';
import { DAY, FINE, HOUR, RULES } from './facts.ts';

const EVENING: QuietHours = { from: '21:00', to: '08:00', action: 'defer' };

function until(rule: QuietHours, zones: string | string[], at: string | number, country: string | null = null): number {
  const policy = { ...DEFAULT_POLICY, quietHours: { ...DEFAULT_POLICY.quietHours, sms: rule } };
  const clock = { zones: typeof zones === 'string' ? [zones] : zones, country };
  return notQuietFrom({ channel: 'sms', clock }, { ...RULES, policy }, typeof at === 'number' ? at : Date.parse(at));
}
const iso = (at: number) => new Date(at).toISOString();

describe('quiet hours', () => {
  it.each([
    ['2026-11-22T20:59:59.999Z', '2026-11-22T20:59:59.999Z'],
    ['2026-11-22T21:00:00.000Z', '2026-11-23T08:00:00.000Z'],
    ['2026-11-23T07:59:59.999Z', '2026-11-23T08:00:00.000Z'],
    ['2026-11-23T08:00:00.000Z', '2026-11-23T08:00:00.000Z'],
    // Leap day: 28 February 2028 is followed by the 29th.
    ['2028-02-28T22:00:00.000Z', '2028-02-29T08:00:00.000Z'],
    ['2027-02-28T22:00:00.000Z', '2027-03-01T08:00:00.000Z'],
  ])('begin with `from` and end before `to`: %s → %s', (at, expected) => {
    expect(iso(until(EVENING, 'UTC', at))).toBe(expected);
  });

  it('within one day', () => {
    const noon = { ...EVENING, from: '12:00', to: '14:30' };
    expect(iso(until(noon, 'UTC', '2026-11-22T12:00:00Z'))).toBe('2026-11-22T14:30:00.000Z');
    expect(iso(until(noon, 'UTC', '2026-11-22T21:00:00Z'))).toBe('2026-11-22T21:00:00.000Z');
  });

  // Vienna's clocks go from 02:00 to 03:00 on 29 March 2026 and from 03:00 to 02:00 on 25 October 2026, each at 01:00 UTC (tz database).
  it.each([
    ['the night is an hour shorter', EVENING, '2026-03-28T21:00:00Z', '2026-03-29T06:00:00.000Z'],
    ['the night is an hour longer', EVENING, '2026-10-24T20:00:00Z', '2026-10-25T07:00:00.000Z'],
    [
      'an end that the clock skips is where it goes on',
      { ...EVENING, to: '02:30' },
      '2026-03-28T23:00:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'a beginning that it skips, too',
      { ...EVENING, from: '02:30', to: '05:00' },
      '2026-03-29T01:00:00Z',
      '2026-03-29T03:00:00.000Z',
    ],
    [
      'of an end that comes twice the first',
      { ...EVENING, to: '02:30' },
      '2026-10-24T23:00:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'and then the clock shows a quiet time again',
      { ...EVENING, to: '02:30' },
      '2026-10-25T01:00:00Z',
      '2026-10-25T01:30:00.000Z',
    ],
  ])('go by the clock on the wall when it changes: %s', (_, rule, at, expected) => {
    expect(iso(until(rule, 'Europe/Vienna', at))).toBe(expected);
  });

  it('have whole days on top', () => {
    // 29 February 2028 is a Tuesday.
    expect(iso(until({ ...EVENING, days: ['TUE'] }, 'UTC', '2028-02-29T12:00:00Z'))).toBe('2028-03-01T08:00:00.000Z');
    expect(iso(until({ ...EVENING, from: '12:00', to: '13:00', days: ['TUE'] }, 'UTC', '2028-02-28T23:59:59Z'))).toBe(
      '2028-02-28T23:59:59.000Z',
    );
    expect(iso(until({ ...EVENING, from: '12:00', to: '13:00', days: ['TUE'] }, 'UTC', '2028-02-29T00:00:00Z'))).toBe(
      '2028-03-01T00:00:00.000Z',
    );
    const onlySaturdays = WEEKDAYS.filter((day) => day !== 'SAT');
    expect(iso(until({ ...EVENING, days: onlySaturdays }, 'UTC', '2026-11-22T12:00:00Z'))).toBe(
      '2026-11-28T08:00:00.000Z',
    );
  });

  it('have rules of countries, instead: in France nothing from Saturday 22:00 to Monday 08:00', () => {
    const sms = DEFAULT_POLICY.quietHours.sms!;
    // 21 November 2026 is a Saturday; Paris is at +01:00.
    expect(iso(until(sms, 'Europe/Paris', '2026-11-21T20:30:00Z', 'FR'))).toBe('2026-11-21T20:30:00.000Z');
    expect(iso(until(sms, 'Europe/Paris', '2026-11-21T21:00:00Z', 'FR'))).toBe('2026-11-23T07:00:00.000Z');
    expect(iso(until(sms, 'Europe/Vienna', '2026-11-21T20:30:00Z', 'AT'))).toBe('2026-11-22T07:00:00.000Z');
    expect(iso(until(sms, 'Europe/Vienna', '2026-11-22T12:00:00Z', 'toString'))).toBe('2026-11-22T12:00:00.000Z');
  });

  it('hold while it is quiet in one of the zones', () => {
    const zones = ['America/New_York', 'Pacific/Honolulu'];
    // 16:00 UTC is 11:00 in New York and 06:00 in Honolulu, which is at -10:00.
    expect(iso(until(EVENING, zones, '2026-11-22T16:00:00Z'))).toBe('2026-11-22T18:00:00.000Z');
    // From 02:00 UTC it is quiet in New York, and then in Honolulu.
    expect(iso(until(EVENING, zones, '2026-11-22T02:00:00Z'))).toBe('2026-11-22T18:00:00.000Z');
  });

  it('go by the eastern-most zone where there is no hour that suits all', () => {
    // Kaliningrad is at +02:00, Kamchatka at +12:00: free are 08:00–16:00 and 22:00–06:00 UTC.
    const rule = { ...EVENING, from: '18:00', to: '10:00' };
    expect(iso(until(rule, ['Europe/Kaliningrad', 'Asia/Kamchatka'], '2026-11-22T12:00:00Z'))).toBe(
      '2026-11-22T22:00:00.000Z',
    );
  });

  const aRule = fc
    .record({
      from: fc.integer({ min: 0, max: 1439 }),
      to: fc.integer({ min: 0, max: 1439 }),
      days: fc.subarray([...WEEKDAYS], { maxLength: 6 }),
    })
    .filter(({ from, to }) => from !== to)
    .map(({ from, to, days }): QuietHours => ({ from: clock(from), to: clock(to), days, action: 'defer' }));
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  // Half hours, quarters, half-hour summer time, southern summer, Ramadan, a skipped day, clocks that change at midnight, none.
  const aZone = fc.constantFrom(
    ...['UTC', 'Europe/Vienna', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns'],
    ...['Africa/Casablanca', 'Pacific/Apia', 'America/Santiago', 'Asia/Beirut', 'America/Havana', 'Pacific/Chatham'],
  );
  const [first, last] = [Date.parse('2010-01-01T00:00:00Z'), Date.parse('2035-01-01T00:00:00Z')];
  const changes = ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z', '2011-12-30T10:00:00Z', '2028-02-29T00:00:00Z'];
  const aMoment = fc.oneof(
    fc.integer({ min: first, max: last }),
    fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -2 * DAY, max: DAY }))
      .map(([at, by]) => Date.parse(at) + by),
  );

  function isQuiet({ from, to, days = [] }: QuietHours, zones: string[], at: number): boolean {
    return zones.some((zone) => {
      const local = DateTime.fromMillis(at, { zone });
      const time = local.toFormat('HH:mm');
      if (days.some((day) => WEEKDAYS.indexOf(day) === local.weekday - 1)) return true;
      return from < to ? time >= from && time < to : time >= from || time < to;
    });
  }

  it('end at the first moment that is not quiet, never before now', () => {
    fc.assert(
      fc.property(
        aRule,
        aZone,
        aMoment,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
        (rule, zone, at, parts) => {
          const end = until(rule, zone, at);
          expect(end).toBeGreaterThanOrEqual(at);
          expect(isQuiet(rule, [zone], end)).toBe(false);
          expect(end === at).toBe(!isQuiet(rule, [zone], at));
          const between = [...parts.map((part) => Math.floor(at + part * (end - at))), end - 1].filter(
            (moment) => moment >= at && moment < end,
          );
          for (const moment of between)
            expect([iso(moment), isQuiet(rule, [zone], moment)]).toEqual([iso(moment), true]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never end earlier for somebody who asks later', () => {
    fc.assert(
      fc.property(
        aRule,
        fc.array(aZone, { minLength: 1, maxLength: 3 }),
        aMoment,
        fc.nat(3 * DAY),
        (rule, zones, at, later) => {
          const end = until(rule, zones, at);
          if (!isQuiet(rule, zones, end)) expect(until(rule, zones, Math.min(at + later, end))).toBe(end);
          expect(end).toBeGreaterThanOrEqual(at);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('the gate on quiet hours', () => {
  const sms: SendFacts = {
    ...FINE,
    channel: 'sms',
    address: '+436601234567',
    clock: { zones: ['UTC'], country: 'AT' },
  };
  const at = (time: string, facts: SendFacts, policy: Partial<Policy> = {}) =>
    decideSend(facts, { ...RULES, now: Date.parse(time), policy: { ...DEFAULT_POLICY, ...policy } });

  it('defers, skips, or lets transactional ones out', () => {
    const morning = Date.parse('2026-11-23T08:00:00Z');
    expect(at('2026-11-22T23:00:00Z', sms)).toEqual({ decision: 'defer', reasons: ['quiet_hours'], until: morning });
    const quietHours: Policy['quietHours'] = { ...DEFAULT_POLICY.quietHours, sms: { ...EVENING, action: 'skip' } };
    expect(at('2026-11-22T23:00:00Z', sms, { quietHours })).toEqual({
      decision: 'suppress',
      reasons: ['quiet_hours'],
      until: null,
    });
    expect(at('2026-11-22T23:00:00Z', { ...sms, category: 'transactional' }).decision).toBe('send');
    expect(at('2026-11-22T23:00:00Z', FINE).decision).toBe('send');
  });

  it('does not put a message off until an hour that is quiet itself', () => {
    const gaps: Policy['gaps'] = { ...DEFAULT_POLICY.gaps, onGap: 'defer' };
    const attempts = [
      { sendId: 's', channel: 'sms' as const, at: Date.parse('2026-11-21T22:30:00Z'), abandonmentKeys: [] },
    ];
    // The gap of 24 hours ends at 22:30.
    expect(at('2026-11-22T12:00:00Z', { ...sms, attempts }, { gaps })).toEqual({
      decision: 'defer',
      reasons: ['min_gap'],
      until: Date.parse('2026-11-23T08:00:00Z'),
    });
    const late = { ...sms, attempts: [{ ...attempts[0]!, at: Date.parse('2026-11-22T20:00:00Z') }] };
    expect(at('2026-11-22T23:00:00Z', late, { gaps })).toEqual({
      decision: 'defer',
      reasons: ['min_gap', 'quiet_hours'],
      until: Date.parse('2026-11-24T08:00:00Z') - 12 * HOUR,
    });
  });

  it('asks the shop`s clock of those of whom nothing is known', () => {
    const unknown = { ...sms, clock: { zones: [], country: null } };
    expect(at('2026-11-22T12:30:00Z', unknown).decision).toBe('send');
    // Auckland is at +13:00 in November.
    expect(at('2026-11-22T12:30:00Z', unknown, { shopTimezone: 'Pacific/Auckland' })).toMatchObject({
      decision: 'defer',
      until: Date.parse('2026-11-22T19:00:00Z'),
    });
  });
});

describe('the recipient`s clock', () => {
  const nothing = { timeZone: null, country: null, phone: null, phoneZones: null };

  it('is the customer`s own, else of the phone`s area code or country; the profile`s country is no zone', () => {
    expect(clockOf({ ...nothing, timeZone: 'Asia/Tokyo', country: 'DE', phone: '+436601234567' })).toEqual({
      zones: ['Asia/Tokyo'],
      country: 'AT',
    });
    expect(clockOf({ ...nothing, timeZone: 'Nowhere/Land', country: 'DE', phone: '+436601234567' })).toEqual({
      zones: ['Europe/Vienna'],
      country: 'AT',
    });
    expect(clockOf({ ...nothing, country: 'fr' })).toEqual({ zones: [], country: 'FR' });
    expect(clockOf({ ...nothing, country: 'France' })).toEqual({ zones: [], country: null });
    expect(clockOf({ ...nothing, timeZone: 7, country: 7 })).toEqual({ zones: [], country: null });
    // 870 is Inmarsat: satellites have no country.
    expect(clockOf({ ...nothing, phone: '+870773111632' })).toEqual({ zones: [], country: null });
    expect(clockOf({ ...nothing, phone: '+12125550123' })).toMatchObject({
      zones: expect.arrayContaining(['America/New_York', 'America/Los_Angeles', 'Pacific/Honolulu']),
      country: 'US',
    });
    expect(clockOf({ ...nothing, phone: '+12125550123', phoneZones: ['America/New_York'] })).toEqual({
      zones: ['America/New_York'],
      country: 'US',
    });
  });

  it('has days that begin at midnight, or where the clock skips it after', () => {
    const day = (at: string, zone: string, before = 0) => iso(startOfLocalDay(Date.parse(at), zone, before));
    expect(day('2026-03-29T12:00:00Z', 'Europe/Vienna')).toBe('2026-03-28T23:00:00.000Z');
    expect(day('2026-03-30T12:00:00Z', 'Europe/Vienna')).toBe('2026-03-29T22:00:00.000Z');
    expect(day('2028-03-01T12:00:00Z', 'UTC', 1)).toBe('2028-02-29T00:00:00.000Z');
    // Beirut's clocks went from 00:00 to 01:00 on 27 March 2022 (tz database).
    expect(day('2022-03-27T12:00:00Z', 'Asia/Beirut')).toBe('2022-03-26T22:00:00.000Z');
    // Samoa had no 30 December 2011: the day before the 31st began on the 31st, too.
    expect(day('2011-12-31T12:00:00Z', 'Pacific/Apia', 1)).toBe('2011-12-30T10:00:00.000Z');
  });
});
