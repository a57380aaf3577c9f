/**
 * The policy as somebody writes it (`PUT /v1/policy`): read field by field, so that nothing unknown or wrong passes unseen.
 * A field that is left out has its default.
 */
import { IANAZone } from 'luxon';
import { getCountry } from 'countries-and-timezones';
import { CHANNELS } from '../event.ts';
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

/** @returns undefined where there is a problem, which has been noted */
type Reader<T> = (value: unknown, path: string, problems: FieldProblem[]) => T | undefined;

type Given<T> = { read: Reader<T> } & (
  | { or: T }
  /** Left out, it stays out. */
  | { mayLack: true }
  | { needed: true }
);
type Fields<T> = { [K in keyof T]-?: Given<Exclude<T[K], undefined>> };

/** @param check of fields that are right each for itself; returns what they are not together */
function record<T extends object>(fields: Fields<T>, check: (record: T) => FieldProblem[] = () => []): Reader<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, path, problems) => {
    if (!isObject(value)) return problem(problems, path, `has to be an object with ${names.join(', ')}`);
    const before = problems.length;
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(fields, name))
        problem(problems, `${path}/${escapePointer(name)}`, `is not known: one of ${names.join(', ')}`);
    }
    const read: Partial<T> = {};
    for (const name of names) {
      const field = fields[name];
      const at = `${path}/${name}`;
      if (value[name] !== undefined) read[name] = field.read(value[name], at, problems);
      else if ('or' in field) read[name] = field.or;
      else if ('needed' in field) problem(problems, at, 'is missing');
    }
    if (problems.length === before) {
      for (const found of check(read as T)) problem(problems, `${path}${found.path}`, found.message);
    }
    return problems.length === before ? (read as T) : undefined;
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function problem(problems: FieldProblem[], path: string, message: string): undefined {
  problems.push({ path, message });
}

/** Values that are right as they are. */
function value<T>(isRight: (value: unknown) => boolean, otherwise: string): Reader<T> {
  return (given, path, problems) => (isRight(given) ? (given as T) : problem(problems, path, otherwise));
}

const oneOf = <T extends string>(words: readonly T[]): Reader<T> =>
  value<T>((given) => (words as readonly unknown[]).includes(given), `has to be one of ${words.join(', ')}`);

const orNull =
  <T>(read: Reader<T>): Reader<T | null> =>
  (given, path, problems) =>
    given === null ? null : read(given, path, problems);

function listOf<T>(read: Reader<T>, most: number, fewest = 0): Reader<T[]> {
  return (given, path, problems) => {
    if (!Array.isArray(given)) return problem(problems, path, 'has to be a list');
    if (given.length > most) return problem(problems, path, `has more than ${most} entries`);
    if (given.length < fewest) return problem(problems, path, 'is empty');
    const before = problems.length;
    const entries = given.map((entry, index) => read(entry, `${path}/${index}`, problems));
    return problems.length === before ? (entries as T[]) : undefined;
  };
}

function eachOnce<T>(read: Reader<T[]>): Reader<T[]> {
  return (given, path, problems) => {
    const list = read(given, path, problems);
    const index = list?.findIndex((entry, at) => list.indexOf(entry) < at) ?? -1;
    return index < 0 ? list : problem(problems, `${path}/${index}`, 'is in the list twice');
  };
}

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
const flag: Reader<boolean> = value((given) => typeof given === 'boolean', 'has to be true or false');
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

const { gaps, promoPause, abandonmentSms, disengaged, ...otherDefaults } = DEFAULT_POLICY;
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
