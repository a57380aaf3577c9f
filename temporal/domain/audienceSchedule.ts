/** When an audience enters a journey: every so many hours, or at a time of day. Hours follow the time scale; a clock does not. */
import type { Audience } from './audience.ts';
import type { IsoWeekday } from './waitSpec.ts';
import { DAY_MS } from './utcDay.ts';
import { untilOf } from './wait.ts';

/** In place of an event's type. */
export const SCHEDULE_ENTRY = 'schedule';

export type Rhythm =
  | { hours: number }
  /** Of a clock in the zone; no weekday means any. */
  | { time: string; zone: string; weekdays: IsoWeekday[] };

export interface AudienceSchedule {
  every: Rhythm;
  audience: Audience;
  /** After so many customers who have come in there is a pause. */
  batch: number;
  /** ms, before the time scale. */
  pauseMs: number;
}

export interface ScheduleCircumstances {
  /** Epoch ms since when the journey has been open with this rhythm: due times before are nobody's. */
  since: number;
  /** Epoch ms of the last pass; null: there has been none. */
  lastDueAt: number | null;
  now: number;
  timeScale: number;
}

export interface DueTimes {
  /** The last due time that has come since the last pass: of several that were missed there is one pass. null: none has. */
  dueAt: number | null;
  /** The one after it. */
  nextAt: number;
}

/** Whatever the time scale: passes would do nothing else. */
const SHORTEST_PERIOD_MS = 10_000;
/** No weekday is further away, wherever the clock is put forward or back. */
const LOOK_BACK_MS = 9 * DAY_MS;

export function dueTimes(every: Rhythm, circumstances: ScheduleCircumstances): DueTimes {
  return 'hours' in every ? everyHours(every.hours, circumstances) : atTimeOfDay(every, circumstances);
}

/** The first at once; after a time without passes the rhythm begins anew when the journey is open again. */
function everyHours(hours: number, { since, lastDueAt, now, timeScale }: ScheduleCircumstances): DueTimes {
  const period = Math.max((hours * DAY_MS) / 24 / timeScale, SHORTEST_PERIOD_MS);
  const first = Math.round(lastDueAt === null ? since : Math.max(lastDueAt + period, since));
  if (first > now) return { dueAt: null, nextAt: first };
  const dueAt = Math.round(first + Math.floor((now - first) / period) * period);
  return { dueAt, nextAt: Math.round(dueAt + period) };
}

function atTimeOfDay(
  { time, zone, weekdays }: Exclude<Rhythm, { hours: number }>,
  { since, lastDueAt, now }: ScheduleCircumstances,
): DueTimes {
  let dueAt: number | null = null;
  let at = Math.max(since, lastDueAt ?? -Infinity, now - LOOK_BACK_MS);
  for (;;) {
    const spec = { kind: 'localTime', time, zone, weekdays, restartable: false } as const;
    const { until } = untilOf(spec, { now: at, entryOccurredAt: at, segment: 1, timeScale: 1 });
    // Read from the canvas, it has a next time; what cannot be read never comes.
    if (until === null || until === undefined) return { dueAt, nextAt: Infinity };
    if (until > now) return { dueAt, nextAt: until };
    dueAt = at = until;
  }
}
