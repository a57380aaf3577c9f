/** The fields of Journey Wait. */
import type { INodeProperties } from 'n8n-workflow';
import { durationUnits } from '../events/durations.ts';
import { eventRuleValues } from '../events/eventRules.ts';

const showFor = (...resume: string[]): INodeProperties['displayOptions'] => ({ show: { resume } });

export const waitProperties: INodeProperties[] = [
  {
    displayName: 'In a manual test the wait is skipped at once',
    name: 'testNotice',
    type: 'notice',
    default: '',
  },
  {
    displayName: 'Wait',
    name: 'resume',
    type: 'options',
    noDataExpression: true,
    default: 'duration',
    options: [
      {
        name: 'For a Duration',
        value: 'duration',
        description: 'The first wait of a journey counts from the event that brought the customer in',
      },
      { name: 'Until a Date', value: 'date', description: 'A date and time from the item' },
      { name: 'Until a Time of Day', value: 'localTime', description: "In the customer's time zone" },
      { name: 'Until an Event', value: 'event', description: 'Something the customer or the shop does' },
    ],
  },
  {
    displayName: 'Amount',
    name: 'amount',
    type: 'number',
    default: 1,
    typeOptions: { minValue: 0 },
    displayOptions: showFor('duration'),
  },
  {
    displayName: 'Unit',
    name: 'unit',
    type: 'options',
    default: 'hours',
    options: durationUnits,
    displayOptions: showFor('duration'),
  },
  {
    displayName: 'Events',
    name: 'events',
    type: 'fixedCollection',
    placeholder: 'Add Event',
    default: { event: [{ type: 'completed_purchase' }] },
    typeOptions: { multipleValues: true },
    description: 'Any of these events ends the wait',
    options: [{ displayName: 'Event', name: 'event', values: eventRuleValues }],
    displayOptions: showFor('event'),
  },
  {
    displayName: 'Limit the Wait',
    name: 'limitWait',
    type: 'boolean',
    noDataExpression: true,
    default: true,
    description: 'Whether to go on at a second output when the event has not come in time',
    displayOptions: showFor('event'),
  },
  {
    displayName: 'At Most',
    name: 'maxAmount',
    type: 'number',
    default: 1,
    typeOptions: { minValue: 0 },
    displayOptions: { show: { resume: ['event'], limitWait: [true] } },
  },
  {
    displayName: 'At Most, Unit',
    name: 'maxUnit',
    type: 'options',
    default: 'days',
    options: durationUnits,
    displayOptions: { show: { resume: ['event'], limitWait: [true] } },
  },
  {
    displayName: 'Date',
    name: 'date',
    type: 'dateTime',
    default: '',
    required: true,
    description:
      "A date in the past lets the customer go on at once. Without an offset it is in the workflow's time zone.",
    displayOptions: showFor('date'),
  },
  {
    displayName: 'Time',
    name: 'time',
    type: 'string',
    default: '09:00',
    placeholder: 'e.g. 09:00',
    description: 'Hours and minutes; the next time that the clock shows it',
    displayOptions: showFor('localTime'),
  },
  {
    displayName: 'Weekdays',
    name: 'weekdays',
    type: 'multiOptions',
    default: [],
    description: 'On which days; none chosen means every day',
    // In the order of the week.
    options: [
      { name: 'Monday', value: 1 },
      { name: 'Tuesday', value: 2 },
      { name: 'Wednesday', value: 3 },
      { name: 'Thursday', value: 4 },
      { name: 'Friday', value: 5 },
      { name: 'Saturday', value: 6 },
      { name: 'Sunday', value: 7 },
    ],
    displayOptions: showFor('localTime'),
  },
  {
    displayName: 'Time Zone',
    name: 'timeZone',
    type: 'string',
    default: '',
    placeholder: 'e.g. Europe/Vienna',
    description: "The customer's own (property timeZone) when empty, UTC when that is not known",
    displayOptions: showFor('localTime'),
  },
  {
    displayName: 'Start Anew When the Entry Event Comes Again',
    name: 'restart',
    type: 'boolean',
    noDataExpression: true,
    default: false,
    description: 'Whether the wait begins again when the customer, for example, adds more to the cart',
  },
];
