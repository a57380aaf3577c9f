/** What one item has to wait for, from the evaluated fields of the node. */
import type { IDataObject } from 'n8n-workflow';
import { tryToParseDateTime } from 'n8n-workflow';
import type { WindowPoint } from '../../temporal/domain/consumptionWindow.ts';
import type { IsoWeekday, ReplenishmentWait, WaitSpec } from '../../temporal/domain/waitSpec.ts';
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
      return { kind: 'localTime', time: timeOfDay(field, 'time'), ...clock(field), restartable };
    case 'preferredHour':
      return { kind: 'preferredHour', fallback: timeOfDay(field, 'fallbackTime'), ...clock(field), restartable };
    case 'replenishment':
      return { ...replenishment(field), restartable };
    default:
      return {
        kind: 'duration',
        ms: duration(field, 'amount', 'unit', 'Amount'),
        ...countedFrom(field, workflowZone),
        restartable,
      };
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

function countedFrom(field: ReadField, zone: string): { from?: string } {
  switch (field('countFrom')) {
    case 'entry':
      return { from: 'entry' };
    case 'date':
      return { from: dateOf(field('countFromDate'), zone) };
    default:
      return {};
  }
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

function replenishment(field: ReadField): ReplenishmentWait {
  const point = field('replenishmentPoint');
  if (!isPoint(point)) {
    throw new WaitFieldError(`"${shown(point)}" is no point of the window`, `Use one of ${POINTS.join(', ')}.`);
  }
  const productId = fieldText(field('replenishmentProduct')).trim();
  const quantity = numberFrom0(field, 'replenishmentQuantity', 'Quantity');
  return {
    kind: 'replenishment',
    ...(productId !== '' && { productId }),
    ...(quantity > 0 && { quantity }),
    point,
    daysBeforeLearned: numberFrom0(field, 'daysBeforeLearned', 'Days Before, Learned'),
    daysBeforeByHand: numberFrom0(field, 'daysBeforeByHand', 'Days Before, Set by Hand'),
    otherwiseMs:
      field('withoutWindow') === 'wait' ? duration(field, 'otherwiseAmount', 'otherwiseUnit', 'Else Wait') : null,
  };
}

const POINTS: readonly WindowPoint[] = ['start', 'middle', 'end'];
const isPoint = (value: unknown): value is WindowPoint => POINTS.some((point) => point === value);

function numberFrom0(field: ReadField, name: string, label: string): number {
  const value = field(name);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number) && number >= 0) return number;
  throw new WaitFieldError(
    `"${label}" is not a number from 0 up: ${shown(value)}`,
    'Check that the expression has a value for this item.',
  );
}

/** HH:MM. */
function timeOfDay(field: ReadField, name: string): string {
  const time = fieldText(field(name)).trim();
  if (!/^([01]?\d|2[0-3]):[0-5]\d$/.test(time)) {
    throw new WaitFieldError(`"${time}" is not a time of day`, 'Use hours and minutes, for example 09:00.');
  }
  return time.padStart(5, '0');
}

function clock(field: ReadField): { weekdays: IsoWeekday[]; zone?: string } {
  const weekdays = ((field('weekdays') ?? []) as number[]).filter(isIsoWeekday);
  const zone = fieldText(field('timeZone')).trim();
  if (zone !== '' && !isTimeZone(zone)) {
    throw new WaitFieldError(`"${zone}" is not a time zone`, 'Use a name such as Europe/Vienna, or leave it empty.');
  }
  return { weekdays, ...(zone === '' ? {} : { zone }) };
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
