/** When an audience is due: missed times, pauses, clocks that are put forward and back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueTimes, type Rhythm, type ScheduleCircumstances } from '../../../temporal/domain/audienceSchedule.ts';

const HOUR = 3600_000;
const at = (iso: string) => Date.parse(iso);
const shown = (every: Rhythm, circumstances: Partial<ScheduleCircumstances> & { since: number; now: number }) => {
  const { dueAt, nextAt } = dueTimes(every, { lastDueAt: null, timeScale: 1, ...circumstances });
  return [dueAt, nextAt].map((ms) => (ms === null ? null : new Date(ms).toISOString().slice(0, 16)));
};

describe('every so many hours', () => {
  const since = at('2026-03-02T10:15:00Z');

  it('is due right after publishing, and then from that on', () => {
    expect(shown({ hours: 24 }, { since, now: since })).toEqual(['2026-03-02T10:15', '2026-03-03T10:15']);
    const later = { since, lastDueAt: since };
    expect(shown({ hours: 24 }, { ...later, now: since + 24 * HOUR - 1 })).toEqual([null, '2026-03-03T10:15']);
    expect(shown({ hours: 24 }, { ...later, now: since + 24 * HOUR })).toEqual([
      '2026-03-03T10:15',
      '2026-03-04T10:15',
    ]);
  });

  it('makes one of the times that were missed, and keeps the rhythm', () => {
    expect(shown({ hours: 24 }, { since, lastDueAt: since, now: at('2026-03-08T20:00:00Z') })).toEqual([
      '2026-03-08T10:15',
      '2026-03-09T10:15',
    ]);
  });

  it('is due at once when the journey opens again after longer than the hours', () => {
    const reopened = at('2026-04-01T15:00:00Z');
    expect(shown({ hours: 24 }, { since: reopened, lastDueAt: since, now: reopened })[0]).toBe('2026-04-01T15:00');
    // Published anew with an edit, a few hours after the last pass.
    const edited = since + 3 * HOUR;
    expect(shown({ hours: 24 }, { since: edited, lastDueAt: since, now: edited })).toEqual([null, '2026-03-03T10:15']);
  });

  it('follows the time scale', () => {
    const { nextAt } = dueTimes({ hours: 24 }, { since, lastDueAt: null, now: since, timeScale: 1440 });
    expect(nextAt - since).toBe(60_000);
  });
});

describe('at a time of day', () => {
  const vienna = { time: '09:00', zone: 'Europe/Vienna', weekdays: [] };

  it('is not due before its first time', () => {
    const since = at('2026-03-02T10:15:00Z');
    expect(shown(vienna, { since, now: since + HOUR })).toEqual([null, '2026-03-03T08:00']);
    expect(shown(vienna, { since, now: at('2026-03-03T08:00:00Z') })).toEqual(['2026-03-03T08:00', '2026-03-04T08:00']);
  });

  it('keeps to the clock through the change to summer time, whatever the time scale', () => {
    const since = at('2026-03-28T12:00:00Z');
    expect(shown(vienna, { since, now: at('2026-03-29T08:00:00Z'), timeScale: 500 })).toEqual([
      '2026-03-29T07:00',
      '2026-03-30T07:00',
    ]);
  });

  it('knows weekdays, and makes one of those that were missed', () => {
    const every = { time: '09:00', zone: 'UTC', weekdays: [1, 4] as (1 | 4)[] };
    const since = at('2026-01-01T00:00:00Z');
    const lastDueAt = at('2026-03-02T09:00:00Z');
    expect(shown(every, { since, lastDueAt, now: at('2026-04-01T12:00:00Z') })).toEqual([
      '2026-03-30T09:00',
      '2026-04-02T09:00',
    ]);
    // A Thursday at nine is due then, and then no more.
    const thursday = at('2026-04-02T09:00:00Z');
    expect(shown(every, { since, lastDueAt: thursday, now: thursday + HOUR })).toEqual([null, '2026-04-06T09:00']);
  });

  it('does not make up for times while the journey was closed', () => {
    const reopened = at('2026-03-05T15:00:00Z');
    const lastDueAt = at('2026-03-02T08:00:00Z');
    expect(shown(vienna, { since: reopened, lastDueAt, now: reopened })).toEqual([null, '2026-03-06T08:00']);
  });
});

describe('whatever the rhythm', () => {
  const rhythm = fc.oneof(
    fc.record({ hours: fc.double({ min: 1, max: 100, noNaN: true }) }),
    fc.record({
      time: fc.constantFrom('00:00', '02:30', '09:00', '23:59'),
      zone: fc.constantFrom('UTC', 'Europe/Vienna', 'America/New_York', 'Pacific/Apia', 'Australia/Lord_Howe'),
      weekdays: fc.subarray([1, 2, 3, 4, 5, 6, 7] as const).map((days) => [...days]),
    }),
  );

  it('a due time lies between opening and now, after the last one; it is due once', () => {
    fc.assert(
      fc.property(
        rhythm,
        fc.integer({ min: at('2024-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') }),
        fc.integer({ min: 0, max: 40 * 24 * HOUR }),
        fc.option(fc.integer({ min: 0, max: 60 * 24 * HOUR })),
        (every, since, open, ago) => {
          const now = since + open;
          const lastDueAt = ago === null ? null : now - ago;
          const { dueAt, nextAt } = dueTimes(every, { since, lastDueAt, now, timeScale: 1 });
          expect(nextAt).toBeGreaterThan(now);
          if (dueAt === null) return;
          expect(dueAt).toBeGreaterThanOrEqual(since);
          expect(dueAt).toBeLessThanOrEqual(now);
          if (lastDueAt !== null) expect(dueAt).toBeGreaterThan(lastDueAt);
          expect(dueTimes(every, { since, lastDueAt: dueAt, now, timeScale: 1 })).toEqual({ dueAt: null, nextAt });
        },
      ),
    );
  });
});
