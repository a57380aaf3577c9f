/** What the parameters of Journey Trigger and Journey Wait mean, with the defaults of their node descriptions. */
import { WINDOW_POINTS, type WindowPoint } from './consumptionWindow.ts';
import { readEntering } from './entryParameters.ts';
import type { JourneyDefinition } from './journey.ts';
import {
  ParameterReader,
  UNIT_MS,
  type DurationUnit,
  type ParameterProblem,
  type RawParameters,
} from './parameterReading.ts';

/** Part of every workflow id in Temporal. */
const JOURNEY_KEY = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** @returns the journey, or what is wrong and the way out; one of the two is empty */
export function readJourney(
  raw: RawParameters,
  workflowName: string,
): { journey: JourneyDefinition; problems: [] } | { journey: null; problems: ParameterProblem[] } {
  const read = new ParameterReader(raw, { expressions: 'refused' });
  const key = read.text('journeyKey', '');
  if (!JOURNEY_KEY.test(key) && read.problems.length === 0) {
    const found = key === '' ? 'is empty' : `is "${key}"`;
    read.problem(
      'journeyKey',
      `${found}. Use small letters, digits and hyphens, at most 63, beginning with a letter or digit, e.g. cart-recovery`,
    );
  }
  const entering = readEntering(read);
  const reentry = read.choice('reentry', ['ignore', 'restart', 'parallel'], 'ignore');
  const entryKeyPath = reentry === 'parallel' ? read.text('entryKeyPath', 'properties.orderId') : null;
  if (entryKeyPath === '') {
    read.problem('entryKeyPath', 'is empty. Parallel runs are told apart by it, e.g. properties.orderId');
  }
  const enterAgain = read.choice('enterAgain', ['always', 'cooldown', 'never'], 'always');
  const cooldownMs =
    enterAgain === 'cooldown' ? read.duration('cooldownAmount', 'cooldownUnit', { amount: 7, unit: 'days' }) : 0;
  const exits = read.events('exitEvents', null);
  const customers = read.choice('customers', ['everybody', 'withoutOrder', 'withOrder'], 'everybody');
  const options = read.nested('options');
  const name = options.text('journeyName', '') || workflowName.trim() || key;
  const priority = options.number('priority', 0, -Infinity);
  // A schedule brings in people, not products.
  const onlyReplenishable = options.flag('onlyReplenishable', false) && entering.schedule === undefined;
  const maxEventAgeMs = Math.round(options.number('maxEventAgeHours', 24) * UNIT_MS.hours);

  const problems = [...read.problems, ...options.problems];
  if (problems.length > 0) return { journey: null, problems };
  const keyPath = entryKeyPath === null ? {} : { entryKeyPath };
  const journey: JourneyDefinition = {
    key,
    name,
    ...entering,
    ...(onlyReplenishable && { onlyReplenishable }),
    reentry,
    ...keyPath,
    enterAgain,
    cooldownMs,
    exits,
    ...(customers !== 'everybody' && { customers }),
    priority,
    maxEventAgeMs,
  };
  return { journey, problems: [] };
}

const RESUMES = ['duration', 'event', 'date', 'localTime', 'replenishment', 'preferredHour'] as const;

/** A year: whoever enters more has mostly mistaken the unit, and nobody remembers the shop's message by then. */
const LONGEST_WAIT_DAYS = 366;

const COUNT_FROM = ['now', 'entry', 'date'] as const;
const FROM_WORDS: Record<(typeof COUNT_FROM)[number], string> = {
  now: '',
  entry: ' after the entry',
  date: ' after a date',
};

const POINT_WORDS: Record<WindowPoint, string> = {
  start: 'start of the window',
  middle: 'middle of the window',
  end: 'end of the window',
};

/**
 * Checks what can be checked before there is an item: expressions are left to n8n.
 * @returns a label in a few words, such as `2 hours` or `until completed_purchase, at most 3 days`
 */
export function readWait(raw: RawParameters): { label: string; problems: ParameterProblem[] } {
  const read = new ParameterReader(raw, { expressions: 'allowed' });
  const resume = read.choice('resume', RESUMES, 'duration');
  read.flag('restart', false);
  const label = labelOf(read, resume);
  return { label, problems: read.problems };
}

function labelOf(read: ParameterReader, resume: (typeof RESUMES)[number]): string {
  switch (resume) {
    case 'duration': {
      const from = read.choice('countFrom', COUNT_FROM, 'now');
      // Nothing after a date is that date.
      const duration = readWaitTime(read, 'amount', 'unit', { amount: 1, unit: 'hours' }, from === 'date');
      return `${inWords(duration)}${FROM_WORDS[from]}`;
    }
    case 'event': {
      const before = read.problems.length;
      const events = read.events('events', 'completed_purchase');
      if (events.length === 0 && read.problems.length === before) {
        read.problem('events', 'is empty. Add the event that ends this wait');
      }
      const types = [...new Set(events.map((rule) => rule.type))].join(' or ');
      if (!read.flag('limitWait', true)) return `until ${types}`;
      const longest = readWaitTime(read, 'maxAmount', 'maxUnit', { amount: 1, unit: 'days' });
      return `until ${types}, at most ${inWords(longest)}`;
    }
    case 'date':
      return 'until a date';
    case 'localTime':
      return `until ${readClock(read, 'time', '09:00')} local time`;
    case 'preferredHour':
      return `until the customer's preferred hour, else ${readClock(read, 'fallbackTime', '10:00')} local time`;
    case 'replenishment': {
      const point = read.choice('replenishmentPoint', WINDOW_POINTS, 'start');
      read.text('replenishmentProduct', '');
      read.number('replenishmentQuantity', 0);
      read.number('daysBeforeLearned', 0);
      read.number('daysBeforeByHand', 5);
      if (read.choice('withoutWindow', ['error', 'wait'], 'error') === 'wait') {
        // 0: go on at once.
        readWaitTime(read, 'otherwiseAmount', 'otherwiseUnit', { amount: 45, unit: 'days' }, true);
      }
      return `until it runs out (${POINT_WORDS[point]})`;
    }
  }
}

/** @returns ms. What holds an expression is left to n8n, and to the check of each item. */
function readWaitTime(
  read: ParameterReader,
  amount: string,
  unit: string,
  fallback: { amount: number; unit: DurationUnit },
  mayBeNothing = false,
): number {
  const before = read.problems.length;
  const ms = read.duration(amount, unit, fallback);
  if (read.problems.length > before || read.holdsExpression(amount)) return ms;
  if (ms === 0 && !mayBeNothing) {
    read.problem(amount, 'is 0, which is no wait. Enter more than 0, or take the node out');
  } else if (!read.holdsExpression(unit) && ms > LONGEST_WAIT_DAYS * UNIT_MS.days) {
    read.problem(
      amount,
      `is ${inWords(ms)}, but a wait may take at most ${LONGEST_WAIT_DAYS} days. Enter less, or wait for a date`,
    );
  }
  return ms;
}

/** A time of day with its days and zone. */
function readClock(read: ParameterReader, timeName: string, fallback: string): string {
  const time = read.time(timeName, fallback);
  read.zone('timeZone');
  read.weekdays('weekdays');
  return time;
}

function inWords(ms: number): string {
  const units = Object.entries(UNIT_MS).reverse();
  const [unit, unitMs] =
    units.find(([, size]) => ms >= size && ms % size === 0) ?? (['minutes', UNIT_MS.minutes] as const);
  const amount = Math.round((ms / unitMs) * 100) / 100;
  return `${amount} ${amount === 1 ? unit.slice(0, -1) : unit}`;
}
