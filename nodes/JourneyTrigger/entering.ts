/** The fields of Journey Trigger that say how customers come in: by events, on a schedule, or when a purchase runs out. */
import type { INodeProperties } from 'n8n-workflow';
import { eventList } from '../events/eventRules.ts';
import { timeZoneField, weekdaysField } from '../fields/clock.ts';
import { audienceFields } from '../fields/segments.ts';
import { windowPointFields } from '../fields/windowPoint.ts';

const BY_EVENTS = { show: { entersOn: ['events'] } };
const BY_SCHEDULE = { show: { entersOn: ['schedule'] } };
const EACH_DAY = { show: { entersOn: ['schedule'], scheduleEvery: ['daily'] } };
const WHEN_DUE = { show: { entersOn: ['replenishmentDue'] } };

/** Read once, when the journey is published. */
const fixed = (property: INodeProperties): INodeProperties => ({ ...property, noDataExpression: true });

const byEvents: INodeProperties[] = [
  {
    displayName: 'Entry Events',
    name: 'entryEvents',
    type: 'fixedCollection',
    placeholder: 'Add Event',
    default: { event: [{ type: 'added_to_cart' }] },
    typeOptions: { multipleValues: true },
    description: 'Any of these events brings a customer in',
    options: eventList,
    displayOptions: BY_EVENTS,
  },
  {
    displayName: 'Customers',
    name: 'customers',
    type: 'options',
    noDataExpression: true,
    default: 'everybody',
    description:
      'Who may come in. An order counts whatever e-mail, phone or device it was made with, also in a shop one can walk into.',
    options: [
      { name: 'Everybody', value: 'everybody' },
      { name: 'With an Order', value: 'withOrder', description: 'Who has ordered before the event' },
      {
        name: 'Without an Order so Far',
        value: 'withoutOrder',
        description: 'Nobody who has ordered before, for example for a first-order offer',
      },
    ],
    displayOptions: BY_EVENTS,
  },
];

const bySchedule: INodeProperties[] = [
  {
    displayName:
      'Each time, everybody who fits the audience comes in, at most once per customer. Who may come again, and after how long, is said under "Enter Again". The customer\'s segment and scores are in <code>run.entry.properties</code>.',
    name: 'scheduleNotice',
    type: 'notice',
    default: '',
    displayOptions: BY_SCHEDULE,
  },
  {
    displayName: 'Repeat',
    name: 'scheduleEvery',
    type: 'options',
    noDataExpression: true,
    default: 'hours',
    options: [
      { name: 'At a Time of Day', value: 'daily' },
      { name: 'Every so Many Hours', value: 'hours', description: 'The first time right after publishing' },
    ],
    displayOptions: BY_SCHEDULE,
  },
  {
    displayName: 'Hours Between',
    name: 'scheduleHours',
    type: 'number',
    noDataExpression: true,
    default: 24,
    typeOptions: { minValue: 1, maxValue: 8784 },
    description: 'The first time is right after publishing',
    displayOptions: { show: { entersOn: ['schedule'], scheduleEvery: ['hours'] } },
  },
  {
    displayName: 'Time',
    name: 'scheduleTime',
    type: 'string',
    noDataExpression: true,
    default: '09:00',
    placeholder: 'e.g. 09:00',
    description: 'Hours and minutes',
    displayOptions: EACH_DAY,
  },
  fixed(timeZoneField('scheduleTimeZone', 'UTC when empty', EACH_DAY)),
  fixed(weekdaysField('scheduleWeekdays', EACH_DAY)),
  ...audienceFields(BY_SCHEDULE.show).map(fixed),
  {
    displayName: 'Customers per Batch',
    name: 'scheduleBatch',
    type: 'number',
    noDataExpression: true,
    default: 1000,
    typeOptions: { minValue: 1, maxValue: 100_000, numberPrecision: 0 },
    description: 'A large audience comes in by and by: so many at once',
    displayOptions: BY_SCHEDULE,
  },
  {
    displayName: 'Minutes Between Batches',
    name: 'scheduleBatchMinutes',
    type: 'number',
    noDataExpression: true,
    default: 1,
    typeOptions: { minValue: 0 },
    displayOptions: BY_SCHEDULE,
  },
];

const whenDue: INodeProperties[] = [
  {
    displayName:
      'A customer comes in when what they have bought is expected to run out. Products that come by a subscription are left out. Product, quantity and dates are in <code>run.entry.properties</code>. For one run per product, set "If Already in the Journey" to "Run in Parallel" with the entry key <code>properties.productId</code>.',
    name: 'dueNotice',
    type: 'notice',
    default: '',
    displayOptions: WHEN_DUE,
  },
  ...windowPointFields(
    { point: 'duePoint', daysBeforeLearned: 'dueDaysBeforeLearned', daysBeforeByHand: 'dueDaysBeforeByHand' },
    WHEN_DUE,
  ).map(fixed),
  {
    displayName: 'Product IDs',
    name: 'dueProducts',
    type: 'string',
    noDataExpression: true,
    default: '',
    placeholder: 'e.g. p1, p2',
    description: 'Only these products, separated by commas',
    hint: 'All when empty',
    displayOptions: WHEN_DUE,
  },
];

export const enteringProperties: INodeProperties[] = [
  {
    displayName: 'Enters On',
    name: 'entersOn',
    type: 'options',
    noDataExpression: true,
    default: 'events',
    description: 'What brings customers in',
    options: [
      {
        name: 'Events',
        value: 'events',
        description: 'Something the customer or the shop does, or a change of segment',
      },
      {
        name: 'Replenishment Due',
        value: 'replenishmentDue',
        description: 'A product that the customer has bought is expected to run out',
      },
      { name: 'Schedule', value: 'schedule', description: 'An audience, again and again, for example a win-back' },
    ],
  },
  ...byEvents,
  ...bySchedule,
  ...whenDue,
];
