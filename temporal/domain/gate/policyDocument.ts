/**
 * The policy as somebody writes it (`PUT /v1/policy`): read field by field, so that nothing unknown or wrong passes unseen.
 * A field that is left out has its default.
 */
import { IANAZone } from 'luxon';
import { getCountry } from 'countries-and-timezones';
import { CHANNELS } from '../event.ts';
import {
  eachOnce,
  flag,
  isObject,
  listOf,
  oneOf,
  orNull,
  problem,
  record,
  value,
  type Fields,
  type Reader,
} from '../documentReading.ts';
import { escapePointer, type FieldProblem } from '../identity.ts';
import { readDuration } from '../isoDuration.ts';
import {
  DEFAULT_POLICY,
  WEEKDAYS,
  type Cap,
  type Policy,
  type QuietHours,
  type QuietTimes,
  type TooEarly,
} from './policy.ts';

/** More than any shop means. */
const MOST_CAPS = 50;
const MOST_MESSAGES = 100_000;
const DAY_MS = 86_400_000;
const CLOCK_TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

const duration: Reader<string> = value(
  (given) => typeof given === 'string' && readDuration(given) !== null,
  'has to be an ISO 8601 duration of weeks, days, hours, minutes or seconds above 0, such as PT16H or P7D',
);
const count: Reader<number> = value(
  (given) => Number.isInteger(given) && (given as number) >= 1 && (given as number) <= MOST_MESSAGES,
  `has to be a whole number from 1 to ${MOST_MESSAGES.toLocaleString('en')}`,
);
const percent: Reader<number> = value(
  (given) => typeof given === 'number' && given >= 0 && given <= 100,
  'has to be a number from 0 to 100',
);
const clockTime: Reader<string> = value(
  (given) => typeof given === 'string' && CLOCK_TIME.test(given),
  'has to be a time of day such as 21:00',
);
const zone: Reader<string> = value(
  (given) => typeof given === 'string' && IANAZone.isValidZone(given),
  'has to be the name of a time zone such as Europe/Vienna',
);
const tooEarly = oneOf<TooEarly>(['skip', 'defer']);

const cap = record<Cap>(
  {
    channels: { read: eachOnce(listOf(oneOf(CHANNELS), CHANNELS.length, 1)), needed: true },
    count: { read: count, needed: true },
    window: { read: duration, needed: true },
    days: { read: oneOf(['rolling', 'calendar']), or: 'rolling' },
  },
  ({ days, window }) =>
    days === 'calendar' && (readDuration(window) ?? 0) % DAY_MS !== 0
      ? [{ path: '/window', message: 'has to be whole days when calendar days are counted, such as P7D' }]
      : [],
);

const times: Fields<QuietTimes> = {
  from: { read: clockTime, needed: true },
  to: { read: clockTime, needed: true },
  days: { read: eachOnce(listOf(oneOf(WEEKDAYS), WEEKDAYS.length)), mayLack: true },
};

const endSometime = ({ from, to, days = [] }: QuietTimes): FieldProblem[] => [
  ...(from === to
    ? [{ path: '/to', message: 'is the same as from: set the rule to null where no hours are quiet' }]
    : []),
  ...(days.length === WEEKDAYS.length
    ? [{ path: '/days', message: 'leaves no day on which anything may be sent' }]
    : []),
];
const quietTimes = record<QuietTimes>(times, endSometime);

const countries: Reader<Record<string, QuietTimes>> = (given, path, problems) => {
  if (!isObject(given)) return problem(problems, path, 'has to be an object by country, such as {"FR": {…}}');
  const before = problems.length;
  const read = Object.entries(given).map(([code, rule]) => {
    const at = `${path}/${escapePointer(code)}`;
    if (!isCountry(code)) problem(problems, at, 'is no country: use its code of ISO 3166-1, such as FR');
    return [code, quietTimes(rule, at, problems)] as const;
  });
  return problems.length === before ? (Object.fromEntries(read) as Record<string, QuietTimes>) : undefined;
};

const isCountry = (code: string): boolean => /^[A-Z]{2}$/.test(code) && getCountry(code) !== null;

const quietHours = orNull(
  record<QuietHours>(
    {
      ...times,
      action: { read: tooEarly, or: 'defer' },
      countries: { read: countries, mayLack: true },
    },
    endSometime,
  ),
);

const { gaps, promoPause, openTicket, abandonmentSms, disengaged, ...otherDefaults } = DEFAULT_POLICY;
type Rule<K extends keyof Policy> = NonNullable<Policy[K]>;

const policy = record<Policy>({
  gaps: {
    read: record<Policy['gaps']>({
      email: { read: orNull(duration), or: gaps.email },
      sms: { read: orNull(duration), or: gaps.sms },
      whatsapp: { read: orNull(duration), or: gaps.whatsapp },
      push: { read: orNull(duration), or: gaps.push },
      onGap: { read: tooEarly, or: gaps.onGap },
    }),
    or: gaps,
  },
  caps: { read: listOf(cap, MOST_CAPS), or: otherDefaults.caps },
  quietHours: {
    read: record<Policy['quietHours']>({
      email: { read: quietHours, or: otherDefaults.quietHours.email },
      sms: { read: quietHours, or: otherDefaults.quietHours.sms },
      whatsapp: { read: quietHours, or: otherDefaults.quietHours.whatsapp },
      push: { read: quietHours, or: otherDefaults.quietHours.push },
    }),
    or: otherDefaults.quietHours,
  },
  promoPause: {
    read: orNull(
      record<Rule<'promoPause'>>({
        after: { read: oneOf(['paid_social']), or: 'paid_social' },
        window: { read: duration, needed: true },
      }),
    ),
    or: promoPause,
  },
  openTicket: {
    read: orNull(record<Rule<'openTicket'>>({ window: { read: duration, needed: true } })),
    or: openTicket,
  },
  abandonmentSms: {
    read: orNull(
      record<Rule<'abandonmentSms'>>({
        perEvent: { read: count, needed: true },
        window: { read: duration, needed: true },
      }),
    ),
    or: abandonmentSms,
  },
  disengaged: {
    read: orNull(
      record<Rule<'disengaged'>>({
        noOpenOrClick: { read: duration, needed: true },
        minimumMessages: { read: count, needed: true },
        noOrder: { read: duration, needed: true },
      }),
    ),
    or: disengaged,
  },
  holdoutPercent: { read: percent, or: otherDefaults.holdoutPercent },
  killSwitch: { read: flag, or: otherDefaults.killSwitch },
  shopTimezone: { read: zone, or: otherDefaults.shopTimezone },
});

export type ReadPolicy = { policy: Policy; problems: null } | { policy: null; problems: FieldProblem[] };

/** @returns the whole policy, defaults for what is left out; or all that is wrong with it, by JSON Pointer */
export function readPolicyDocument(document: unknown): ReadPolicy {
  const problems: FieldProblem[] = [];
  const read = policy(document, '', problems);
  return read && problems.length === 0 ? { policy: read, problems: null } : { policy: null, problems };
}
