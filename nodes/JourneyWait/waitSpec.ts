/** What one item has to wait for, from the evaluated fields of the node. */
import type { IDataObject } from 'n8n-workflow';
import { tryToParseDateTime } from 'n8n-workflow';
import type { IsoWeekday, WaitSpec } from '../../temporal/domain/journey.ts';
import { durationMs } from '../events/durations.ts';
import { eventRules } from '../events/eventRules.ts';
import { fieldText } from '../fields/fieldText.ts';

/** A field that says nothing sensible for this item. */
export class WaitFieldError extends Error {
  readonly advice: string;
  constructor(message: string, advice: string) {
    super(message);
    this.name = 'WaitFieldError';
    this.advice = advice;
  }
}

export type ReadField = (name: string) => unknown;

/** @throws WaitFieldError */
export function waitSpec(field: ReadField, workflowZone: string): WaitSpec {
  const restartable = field('restart') === true;
  switch (field('resume')) {
    case 'event':
      return { kind: 'event', ...eventWait(field), restartable };
    case 'date':
      return { kind: 'date', at: dateOf(field('date'), workflowZone), restartable };
    case 'localTime':
      return { kind: 'localTime', ...localTime(field), restartable };
    default:
      return { kind: 'duration', ms: duration(field, 'amount', 'unit', 'Amount'), restartable };
  }
}

function duration(field: ReadField, amount: string, unit: string, label: string): number {
  const ms = durationMs(field(amount), field(unit));
  if (ms !== null) return ms;
  throw new WaitFieldError(
    `"${label}" is not a duration: ${shown(field(amount))} ${shown(field(unit))}`,
    'Enter a number from 0 up, and one of minutes, hours, days and weeks.',
  );
}

function eventWait(field: ReadField) {
  const events = eventRules((field('events') ?? {}) as IDataObject);
  if (events.length === 0) {
    throw new WaitFieldError('No event is chosen that ends this wait', 'Add one under "Events".');
  }
  if (events.some(({ type }) => type === 'custom:')) {
    throw new WaitFieldError('A custom event has no name', 'Fill in "Name of the Event", as the shop sends it.');
  }
  const maxMs = field('limitWait') === false ? null : duration(field, 'maxAmount', 'maxUnit', 'At Most');
  return { events, maxMs };
}

/** RFC 3339 UTC. A missing date is an error: it must never become "now". */
function dateOf(value: unknown, zone: string): string {
  if (value === null || value === undefined || value === '') {
    throw new WaitFieldError(
      'The date to wait for is empty',
      'Check the expression in "Date"; send items without a date another way, for example with an If node.',
    );
  }
  try {
    const iso = tryToParseDateTime(value, zone).toUTC().toISO();
    if (iso) return iso;
  } catch {
    // Told below, in our words.
  }
  throw new WaitFieldError(`"${shown(value)}" is not a date`, 'Use a form such as 2026-12-24T09:00:00+01:00.');
}

function localTime(field: ReadField) {
  const time = fieldText(field('time')).trim();
  if (!/^([01]?\d|2[0-3]):[0-5]\d$/.test(time)) {
    throw new WaitFieldError(`"${time}" is not a time of day`, 'Use hours and minutes, for example 09:00.');
  }
  const weekdays = ((field('weekdays') ?? []) as number[]).filter(isIsoWeekday);
  const zone = fieldText(field('timeZone')).trim();
  if (zone !== '' && !isTimeZone(zone)) {
    throw new WaitFieldError(`"${zone}" is not a time zone`, 'Use a name such as Europe/Vienna, or leave it empty.');
  }
  return { time: time.padStart(5, '0'), weekdays, ...(zone === '' ? {} : { zone }) };
}

const isIsoWeekday = (day: number): day is IsoWeekday => Number.isInteger(day) && day >= 1 && day <= 7;

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'));
