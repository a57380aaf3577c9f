/** When a wait ends. Durations follow the time scale; dates and times of day do not. */
import { DateTime } from 'luxon';
import type { PreferredHour } from './affinity/preferredHour.ts';
import { dueAt, type Consumption } from './consumptionWindow.ts';
import { FROM_ENTRY, type IsoWeekday, type ReplenishmentWait, type WaitSpec } from './waitSpec.ts';

export interface WaitCircumstances {
  /** Epoch ms. */
  now: number;
  /** Epoch ms of the entry event: the journey's first wait counts from it. */
  entryOccurredAt: number;
  /** The segment that asks for the wait. */
  segment: number;
  timeScale: number;
  /** The customer's zone (property `timeZone`), for local times without their own; UTC when unknown or unreadable. */
  zone?: string | null;
  /** For `replenishment`: when the product that the wait is about runs out. */
  consumption?: Consumption;
  /** For `preferredHour`: with the clock by which it was found out; null: not known. */
  preferredHour?: PreferredHour | null;
}

export type WaitEnd = { until: number | null; problem?: never } | { until?: never; problem: string };

const TIME_OF_DAY = /^([01]?\d|2[0-3]):([0-5]\d)$/;
/** With an offset: without one a date would mean another moment on every machine. */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)$/;
/** What Temporal and JavaScript's dates can hold with room to spare; beyond it somebody mistook the unit. */
const LONGEST_MS = 100 * 366 * 86_400_000;

/** Samoa once skipped a whole day. */
const LONGEST_GAP_MINUTES = 36 * 60;

export const isTimeOfDay = (text: string): boolean => TIME_OF_DAY.test(text);
export const isZone = (zone: string): boolean => DateTime.utc().setZone(zone).isValid;

/** @returns epoch ms, null for no end by time; or a problem of this item: a bad date never means "now" */
export function untilOf(spec: WaitSpec, circumstances: WaitCircumstances): WaitEnd {
  const { now, entryOccurredAt, segment, timeScale } = circumstances;
  const after = (ms: number, from = segment === 1 ? entryOccurredAt : now): WaitEnd => {
    if (!Number.isFinite(ms) || ms < 0 || ms > LONGEST_MS)
      return { problem: 'The duration has to be from 0 to 100 years.' };
    return { until: Math.round(from + ms / timeScale) };
  };
  switch (spec.kind) {
    case 'duration': {
      if (spec.from === undefined) return after(spec.ms);
      if (spec.from === FROM_ENTRY) return after(spec.ms, entryOccurredAt);
      const from = dateOf(spec.from);
      return from.problem === undefined ? after(spec.ms, from.until ?? now) : from;
    }
    case 'event':
      return spec.maxMs === null ? { until: null } : after(spec.maxMs);
    case 'date':
      return dateOf(spec.at);
    case 'localTime':
      return nextLocalTime(spec.time, spec.weekdays, zoneOf(spec.zone, circumstances.zone), now);
    case 'preferredHour': {
      const { preferredHour } = circumstances;
      if (!preferredHour)
        return nextLocalTime(spec.fallback, spec.weekdays, zoneOf(spec.zone, circumstances.zone), now);
      return nextLocalTime(`${preferredHour.hour}:00`, spec.weekdays, preferredHour.zone, now);
    }
    case 'replenishment':
      return runsOutAt(spec, circumstances, after);
  }
}

/** A date that is past already stays as it is: the run goes on at once. */
function runsOutAt(
  spec: ReplenishmentWait,
  { consumption, timeScale }: WaitCircumstances,
  after: (ms: number) => WaitEnd,
): WaitEnd {
  if (consumption?.kind === 'window') {
    const before = { learned: spec.daysBeforeLearned, byHand: spec.daysBeforeByHand };
    return { until: dueAt(consumption.window, spec.point, before, timeScale) };
  }
  if (spec.otherwiseMs !== null) return after(spec.otherwiseMs);
  const reason = consumption?.reason ?? 'nothing is known of its consumption.';
  return {
    problem: `No date can be named when this runs out: ${reason} Set a window for the product by hand, let the wait take a fixed time instead, or send such items another way.`,
  };
}

function dateOf(text: string): WaitEnd {
  const trimmed = text.trim();
  if (trimmed === '')
    return { problem: 'The date is empty. Send items without a date another way, e.g. with an If node.' };
  const date = RFC_3339.test(trimmed) ? DateTime.fromISO(trimmed.replace(' ', 'T').toUpperCase()) : null;
  if (date?.isValid) return { until: date.toMillis() };
  return { problem: `"${trimmed}" is no date with time and offset. Use a form such as 2026-12-24T09:00:00+01:00.` };
}

function zoneOf(own: string | undefined, customers: string | null | undefined): string {
  if (own) return own;
  return customers && isZone(customers) ? customers : 'UTC';
}

/**
 * The first moment strictly after `now` when a clock in the zone shows this time on one of these days (none = any).
 * A time that the clock skips in spring is taken as the moment it jumps to; of one that it shows twice in autumn, the first.
 */
function nextLocalTime(time: string, weekdays: readonly IsoWeekday[], zone: string, now: number): WaitEnd {
  const [, hour, minute] = TIME_OF_DAY.exec(time) ?? [];
  if (hour === undefined || minute === undefined) return { problem: `"${time}" is not a time of day such as 09:00.` };
  if (!isZone(zone)) return { problem: `"${zone}" is no time zone. Use a name such as Europe/Vienna.` };
  const today = DateTime.fromMillis(now, { zone }).startOf('day');
  // Eight days hold each weekday, today's included when its time is still to come; one more for a zone that skips a day.
  for (let day = 0; day <= 8; day++) {
    const date = today.plus({ days: day });
    if (weekdays.length > 0 && !weekdays.some((weekday) => weekday === date.weekday)) continue;
    const moment = clockMoment(date, Number(hour), Number(minute));
    if (moment > now) return { until: moment };
  }
  return { problem: 'No weekday is chosen.' };
}

function clockMoment(date: DateTime, hour: number, minute: number): number {
  const { year, month, day } = date;
  const moment = DateTime.fromObject({ year, month, day, hour, minute }, { zone: date.zone });
  if (moment.hour === hour && moment.minute === minute) {
    // Luxon may give the second of two equal clock times; an hour (Lord Howe: half) earlier may show the same.
    for (const earlierBy of [60, 30]) {
      const earlier = moment.minus({ minutes: earlierBy });
      if (earlier.hour === hour && earlier.minute === minute && earlier.day === day) return earlier.toMillis();
    }
    return moment.toMillis();
  }
  // Skipped: the offset before the jump puts it behind the jump by as much as it lies in the gap; the jump is where the
  // clock goes on.
  let jump = moment.startOf('minute');
  for (let minutes = 0; minutes < LONGEST_GAP_MINUTES; minutes++) {
    const before = jump.minus({ minutes: 1 });
    if (before.offset !== jump.offset) break;
    jump = before;
  }
  return jump.toMillis();
}
