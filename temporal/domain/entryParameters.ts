/** What the parameters of Journey Trigger say about how customers enter: by events, on a schedule, or when a purchase runs out. */
import { CHURN_RISKS, type Audience } from './audience.ts';
import type { AudienceSchedule, Rhythm } from './audienceSchedule.ts';
import { WINDOW_POINTS } from './consumptionWindow.ts';
import type { JourneyDefinition } from './journey.ts';
import { UNIT_MS, type ParameterReader } from './parameterReading.ts';
import { dueEntries, type ReplenishmentDue } from './replenishmentDue.ts';
import { SEGMENTS } from './rfm/segments.ts';

export type Entering = Pick<JourneyDefinition, 'entries' | 'schedule' | 'replenishmentDue'>;

/** More at once is no batch any more. */
const LARGEST_BATCH = 100_000;
/** A year: what comes more seldom is no schedule. */
const LONGEST_HOURS = 366 * 24;

export function readEntering(read: ParameterReader): Entering {
  const entersOn = read.choice('entersOn', ['events', 'schedule', 'replenishmentDue'], 'events');
  switch (entersOn) {
    case 'events':
      return { entries: read.events('entryEvents', 'added_to_cart') };
    case 'schedule':
      return { entries: [], schedule: readSchedule(read) };
    case 'replenishmentDue': {
      const replenishmentDue = readDue(read);
      return { entries: dueEntries(replenishmentDue), replenishmentDue };
    }
  }
}

function readSchedule(read: ParameterReader): AudienceSchedule {
  return {
    every: readRhythm(read),
    audience: readAudience(read),
    batch: read.whole('scheduleBatch', 1000, 1, LARGEST_BATCH),
    pauseMs: Math.round(read.number('scheduleBatchMinutes', 1) * UNIT_MS.minutes),
  };
}

function readRhythm(read: ParameterReader): Rhythm {
  if (read.choice('scheduleEvery', ['hours', 'daily'], 'hours') === 'hours') {
    const hours = read.number('scheduleHours', 24, 1);
    if (hours > LONGEST_HOURS) {
      read.problem('scheduleHours', `is more than ${LONGEST_HOURS}, the hours of a year. Choose fewer`);
    }
    return { hours };
  }
  const time = read.time('scheduleTime', '09:00');
  const zone = read.zone('scheduleTimeZone') || 'UTC';
  return { time, zone, weekdays: read.weekdays('scheduleWeekdays') };
}

function readAudience(read: ParameterReader): Audience {
  return {
    segments: read.choices('audienceSegments', SEGMENTS),
    churn: read.choices('audienceChurn', CHURN_RISKS),
    minimumOrders: read.whole('audienceMinimumOrders', 0, 0),
    averageOrderAboveMedian: read.flag('audienceAboveMedian', false),
  };
}

function readDue(read: ParameterReader): ReplenishmentDue {
  return {
    point: read.choice('duePoint', WINDOW_POINTS, 'start'),
    daysBeforeLearned: read.number('dueDaysBeforeLearned', 0),
    daysBeforeByHand: read.number('dueDaysBeforeByHand', 5),
    products: [
      ...new Set(
        read
          .text('dueProducts', '')
          .split(',')
          .map((id) => id.trim())
          .filter((id) => id !== ''),
      ),
    ],
  };
}
