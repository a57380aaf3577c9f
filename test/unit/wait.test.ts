/** When waits end: durations scaled, dates and local times not; DST; never "now" for a date that is missing. */
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import type { Consumption, ConsumptionWindow } from '../../temporal/domain/consumptionWindow.ts';
import type { IsoWeekday, ReplenishmentWait, WaitSpec } from '../../temporal/domain/waitSpec.ts';
import { untilOf, type WaitCircumstances } from '../../temporal/domain/wait.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const HOUR = 3_600_000;
const circumstances = (given: Partial<WaitCircumstances> = {}): WaitCircumstances => ({
  now: NOW,
  entryOccurredAt: NOW - HOUR,
  segment: 2,
  timeScale: 1,
  ...given,
});
const localTime = (time: string, zone: string, weekdays: IsoWeekday[] = []): WaitSpec => ({
  kind: 'localTime',
  time,
  weekdays,
  zone,
  restartable: false,
});
const at = (iso: string): { until: number } => ({ until: Date.parse(iso) });

describe('durations', () => {
  const hour: WaitSpec = { kind: 'duration', ms: HOUR, restartable: false };

  it('count from the entry event in the first segment, from now in later ones', () => {
    expect(untilOf(hour, circumstances({ segment: 1 }))).toEqual({ until: NOW });
    expect(untilOf(hour, circumstances({ segment: 2 }))).toEqual({ until: NOW + HOUR });
  });

  it('count from the entry event or from a date where they say so, in any segment', () => {
    const day = 24 * HOUR;
    const from = (text: string): WaitSpec => ({ kind: 'duration', ms: day, from: text, restartable: false });
    for (const segment of [1, 3]) {
      const given = circumstances({ segment, entryOccurredAt: NOW - 6 * HOUR });
      expect(untilOf(from('entry'), given)).toEqual({ until: NOW + 18 * HOUR });
      expect(untilOf(from('2026-11-20T12:00:00Z'), given)).toEqual(at('2026-11-21T12:00:00Z'));
    }
    const scaled = circumstances({ timeScale: 24, entryOccurredAt: NOW - HOUR / 2 });
    expect(untilOf(from('entry'), scaled)).toEqual({ until: NOW + HOUR / 2 });
    expect(untilOf(from('2026-11-22T09:15:00Z'), scaled)).toEqual(at('2026-11-22T10:15:00Z'));
    expect(untilOf(from(''), scaled).problem).toContain('The date is empty');
    expect(untilOf(from('soon'), scaled).problem).toContain('"soon" is no date');
  });

  it('follow the time scale', () => {
    expect(untilOf(hour, circumstances({ timeScale: 3600 }))).toEqual({ until: NOW + 1000 });
  });

  it('limit a wait for an event, or leave it open', () => {
    const events = [{ type: 'fulfilled_order' as const, filters: [] }];
    expect(untilOf({ kind: 'event', events, maxMs: HOUR, restartable: false }, circumstances())).toEqual({
      until: NOW + HOUR,
    });
    expect(untilOf({ kind: 'event', events, maxMs: null, restartable: false }, circumstances())).toEqual({
      until: null,
    });
  });

  it.each([-1, Number.NaN, Infinity, 1e15])('of %s ms are a problem', (ms) => {
    expect(untilOf({ kind: 'duration', ms, restartable: false }, circumstances()).problem).toMatch(/duration/);
  });
});

describe('dates', () => {
  const date = (text: string): WaitSpec => ({ kind: 'date', at: text, restartable: false });

  it('are taken as they are, whatever the time scale', () => {
    const given = circumstances({ timeScale: 3600 });
    expect(untilOf(date('2026-12-24T09:00:00+01:00'), given)).toEqual(at('2026-12-24T08:00:00Z'));
    expect(untilOf(date('2020-01-01T00:00:00Z'), given)).toEqual(at('2020-01-01T00:00:00Z'));
  });

  it.each([
    '',
    '  ',
    'tomorrow',
    '24.12.2026',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-12-24T09:00:00',
    'null',
  ])('such as "%s" are a problem, never "now"', (text) => {
    expect(untilOf(date(text), circumstances()).problem).toMatch(/date/);
  });
});

describe('local times', () => {
  it('are the next that the clock shows, in the wait`s zone, else the customer`s, else UTC', () => {
    const own: WaitSpec = { kind: 'localTime', time: '09:00', weekdays: [], restartable: false };
    expect(untilOf(localTime('09:00', 'Europe/Vienna'), circumstances())).toEqual(at('2026-11-23T08:00:00Z'));
    expect(untilOf(own, circumstances({ zone: 'America/New_York' }))).toEqual(at('2026-11-22T14:00:00Z'));
    expect(untilOf(own, circumstances({ zone: 'Mars/Olympus' }))).toEqual(at('2026-11-23T09:00:00Z'));
    expect(untilOf(own, circumstances({ timeScale: 3600 }))).toEqual(at('2026-11-23T09:00:00Z'));
  });

  it('are strictly after now', () => {
    expect(untilOf(localTime('10:00', 'UTC'), circumstances())).toEqual(at('2026-11-23T10:00:00Z'));
  });

  it('keep to weekdays as the customer counts them', () => {
    // Sunday 22nd, 10:00 UTC is Sunday 23:00 in Auckland.
    expect(untilOf(localTime('09:00', 'Pacific/Auckland', [1]), circumstances())).toEqual(at('2026-11-22T20:00:00Z'));
    expect(untilOf(localTime('09:00', 'UTC', [7]), circumstances())).toEqual(at('2026-11-29T09:00:00Z'));
  });

  it('that the clock skips in spring are the moment it jumps to', () => {
    const now = Date.parse('2026-03-28T12:00:00Z');
    expect(untilOf(localTime('02:30', 'Europe/Vienna'), circumstances({ now }))).toEqual(at('2026-03-29T01:00:00Z'));
  });

  it('that the clock shows twice in autumn are the first', () => {
    const now = Date.parse('2026-10-24T12:00:00Z');
    expect(untilOf(localTime('02:30', 'Europe/Vienna'), circumstances({ now }))).toEqual(at('2026-10-25T00:30:00Z'));
    const lordHowe = untilOf(
      localTime('01:45', 'Australia/Lord_Howe'),
      circumstances({ now: Date.parse('2026-04-04T06:00:00Z') }),
    );
    expect(lordHowe).toEqual(at('2026-04-04T14:45:00Z'));
  });

  it.each(['', '24:00', '9', '09:60', '9 am'])('such as "%s" are a problem', (time) => {
    expect(untilOf(localTime(time, 'UTC'), circumstances()).problem).toMatch(/time of day/);
  });

  it('lie within eight days, on a chosen day, and show the time (outside of clock changes)', () => {
    const zones = [
      'UTC',
      'Europe/Vienna',
      'America/New_York',
      'Asia/Kolkata',
      'Pacific/Chatham',
      'Australia/Lord_Howe',
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: Date.parse('2020-01-01T00:00:00Z'), max: Date.parse('2035-01-01T00:00:00Z') }),
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        fc.uniqueArray(fc.constantFrom<IsoWeekday>(1, 2, 3, 4, 5, 6, 7)),
        (now, zone, hour, minute, weekdays) => {
          const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
          const { until } = untilOf(localTime(time, zone, weekdays), circumstances({ now }));
          expect(until).toBeGreaterThan(now);
          expect(until! - now).toBeLessThan((weekdays.length === 0 ? 2 : 9) * 24 * HOUR);
          const moment = DateTime.fromMillis(until!, { zone });
          if (weekdays.length > 0) expect(weekdays).toContain(moment.weekday);
          const isClockChange = moment.offset !== moment.minus({ minutes: 1 }).offset;
          if (!isClockChange) expect(moment.toFormat('HH:mm')).toBe(time);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('until it runs out', () => {
  const DAY = 24 * HOUR;
  const orderedAt = NOW - DAY;
  /** FEATURES: 60 doses are used in 45 to 55 days; the messages go out on day 40 and day 50. */
  const window: ConsumptionWindow = {
    basis: 'byHand',
    orderedAt,
    startAt: orderedAt + 45 * DAY,
    middleAt: orderedAt + 50 * DAY,
    endAt: orderedAt + 55 * DAY,
  };
  const wait = (given: Partial<ReplenishmentWait>): WaitSpec => ({
    kind: 'replenishment',
    point: 'start',
    daysBeforeLearned: 0,
    daysBeforeByHand: 0,
    otherwiseMs: null,
    restartable: false,
    ...given,
  });
  const consumption: Consumption = { kind: 'window', window };

  it('counts from the purchase, days before the point by where the window comes from', () => {
    const daysBefore = { daysBeforeByHand: 5, daysBeforeLearned: 2 };
    expect(untilOf(wait(daysBefore), circumstances({ consumption }))).toEqual({ until: orderedAt + 40 * DAY });
    expect(untilOf(wait({ point: 'middle' }), circumstances({ consumption }))).toEqual({
      until: orderedAt + 50 * DAY,
    });
    expect(untilOf(wait({ point: 'end' }), circumstances({ consumption }))).toEqual({ until: orderedAt + 55 * DAY });
    const learned: Consumption = { kind: 'window', window: { ...window, basis: 'category' } };
    expect(untilOf(wait(daysBefore), circumstances({ consumption: learned }))).toEqual({
      until: orderedAt + 43 * DAY,
    });
  });

  it('follows the time scale from the purchase on, and never lies before it', () => {
    expect(untilOf(wait({}), circumstances({ consumption, timeScale: 10 }))).toEqual({
      until: orderedAt + 4.5 * DAY,
    });
    expect(untilOf(wait({ daysBeforeByHand: 60 }), circumstances({ consumption }))).toEqual({ until: orderedAt });
  });

  it('takes the fixed time where no date can be named, or says why there is none', () => {
    const none: Consumption = { kind: 'none', reason: 'p1 is bought once a year.' };
    expect(untilOf(wait({ otherwiseMs: 45 * DAY }), circumstances({ consumption: none }))).toEqual({
      until: NOW + 45 * DAY,
    });
    expect(untilOf(wait({}), circumstances({ consumption: none })).problem).toMatch(/p1 is bought once a year\. Set/);
    expect(untilOf(wait({ otherwiseMs: -1 }), circumstances({ consumption: none })).problem).toMatch(/duration/);
  });
});

describe('the preferred hour', () => {
  const wait = (weekdays: IsoWeekday[] = []): WaitSpec => ({
    kind: 'preferredHour',
    fallback: '10:30',
    weekdays,
    restartable: false,
  });

  it('is the next time that the customer’s clock shows it', () => {
    expect(untilOf(wait(), circumstances({ preferredHour: { hour: 18, zone: 'Europe/Vienna' } }))).toEqual(
      at('2026-11-22T17:00:00Z'),
    );
    // 10:00 UTC it is already: the next one is tomorrow's.
    expect(untilOf(wait(), circumstances({ preferredHour: { hour: 10, zone: 'UTC' } }))).toEqual(
      at('2026-11-23T10:00:00Z'),
    );
    expect(untilOf(wait([3]), circumstances({ preferredHour: { hour: 0, zone: 'UTC' } }))).toEqual(
      at('2026-11-25T00:00:00Z'),
    );
  });

  it('falls back to the time that is given where none is known', () => {
    expect(untilOf(wait(), circumstances({ preferredHour: null }))).toEqual(at('2026-11-22T10:30:00Z'));
    expect(untilOf(wait(), circumstances())).toEqual(at('2026-11-22T10:30:00Z'));
  });
});
