/**
 * Quiet hours, on the recipient's clock: from 21:00 to 08:00 is quiet while a clock on their wall shows 21:00 or later, or less
 * than 08:00, so also in the hour that autumn shows twice. Where the country has several zones, while one of their clocks does.
 */
import type { Channel } from '../event.ts';
import type { GateRules } from './gateRules.ts';
import type { Objection } from './objection.ts';
import { WEEKDAYS, type QuietHours, type QuietTimes } from './policy.ts';
import { offsetMs, zonesOf, type RecipientClock } from './recipientClock.ts';

export interface QuietHoursFacts {
  channel: Channel;
  clock: RecipientClock;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** In a week every clock time has come; one more for a clock that skips a day. */
const LONGEST_MS = 9 * DAY_MS;

export function quietHoursObjections(facts: QuietHoursFacts, rules: GateRules): Objection[] {
  const until = notQuietFrom(facts, rules, rules.now);
  if (until === rules.now) return [];
  return [
    rules.policy.quietHours[facts.channel]?.action === 'skip'
      ? { reason: 'quiet_hours' }
      : { reason: 'quiet_hours', until },
  ];
}

/** @param at epoch ms @returns the first moment then or later that is not quiet */
export function notQuietFrom({ channel, clock }: QuietHoursFacts, { policy }: GateRules, at: number): number {
  const rule = policy.quietHours[channel];
  if (rule === null) return at;
  const times = timesFor(rule, clock.country);
  const zones = zonesOf(clock, policy);
  const inAll = firstInAll(times, zones, at);
  if (inAll !== null) return inAll;
  // The hours that are free in the east are quiet in the west: the eastern-most zone decides, as Klaviyo has it for SMS.
  const eastern = zones.reduce((east, zone) => (offsetMs(at, zone) > offsetMs(at, east) ? zone : east));
  return firstIn(times, eastern, at);
}

const timesFor = (rule: QuietHours, country: string | null): QuietTimes =>
  (country !== null && rule.countries && Object.hasOwn(rule.countries, country) && rule.countries[country]) || rule;

/** @returns null: not within a week */
function firstInAll(times: QuietTimes, zones: readonly string[], from: number): number | null {
  let at = from;
  for (;;) {
    const next = zones.reduce((moment, zone) => firstIn(times, zone, moment), at);
    if (next === at) return at;
    if (next > from + LONGEST_MS) return null;
    at = next;
  }
}

function firstIn(times: QuietTimes, zone: string, from: number): number {
  let at = from;
  for (;;) {
    const offset = offsetMs(at, zone);
    const quietMs = quietFor(times, at + offset);
    if (quietMs === 0) return at;
    const next = at + quietMs;
    at = offsetMs(next, zone) === offset ? next : changeOfClock(zone, at, next);
  }
}

/** @param local the clock's time as if it were UTC @returns ms until this quiet time, or at the latest its day, is over; 0: it is not quiet */
function quietFor({ from, to, days = [] }: QuietTimes, local: number): number {
  const day = Math.floor(local / DAY_MS);
  const time = local - day * DAY_MS;
  // 1 January 1970 was a Thursday.
  const weekday = WEEKDAYS[(day + 3) % 7];
  if (weekday !== undefined && days.includes(weekday)) return DAY_MS - time;
  const [start, end] = [timeOfDay(from), timeOfDay(to)];
  if (start < end) return time >= start && time < end ? end - time : 0;
  if (time >= start) return DAY_MS - time;
  return time < end ? end - time : 0;
}

const timeOfDay = (clock: string): number => (Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))) * MINUTE_MS;

/** The moment between these two from which the clock has its later offset. */
function changeOfClock(zone: string, before: number, after: number): number {
  const later = offsetMs(after, zone);
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMs(middle, zone) === later) high = middle;
    else low = middle;
  }
  return high;
}
