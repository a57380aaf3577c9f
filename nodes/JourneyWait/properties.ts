/** The fields of Journey Wait. */
import type { INodeProperties } from 'n8n-workflow';
import { durationUnits } from '../events/durations.ts';
import { eventList } from '../events/eventRules.ts';
import { timeZoneField, weekdaysField } from '../fields/clock.ts';
import { windowPointFields } from '../fields/windowPoint.ts';

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
      {
        name: 'Until It Runs Out',
        value: 'replenishment',
        description: 'When the product that the customer has bought is expected to run out',
      },
      {
        name: 'Until the Preferred Hour',
        value: 'preferredHour',
        description: 'The hour at which this customer opens, clicks and orders most',
      },
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
    options: eventList,
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
    displayName:
      'Counts from the last purchase of the product. When the customer buys it again while they wait, the wait is planned anew from then on.',
    name: 'replenishmentNotice',
    type: 'notice',
    default: '',
    displayOptions: showFor('replenishment'),
  },
  ...windowPointFields(
    { point: 'replenishmentPoint', daysBeforeLearned: 'daysBeforeLearned', daysBeforeByHand: 'daysBeforeByHand' },
    showFor('replenishment'),
  ),
  {
    displayName: 'Product ID',
    name: 'replenishmentProduct',
    type: 'string',
    default: '',
    placeholder: 'e.g. p1',
    description:
      'The product that a run is about is the one in run.entry.properties.productId, or the only one of the order that the customer came in with',
    hint: 'When empty: the product that the run is about',
    displayOptions: showFor('replenishment'),
  },
  {
    displayName: 'Quantity',
    name: 'replenishmentQuantity',
    type: 'number',
    default: 0,
    typeOptions: { minValue: 0 },
    description: 'How many pieces last together',
    hint: '0: as many as the customer has bought',
    displayOptions: showFor('replenishment'),
  },
  {
    displayName: 'When No Date Is Known',
    name: 'withoutWindow',
    type: 'options',
    default: 'error',
    description: 'Too few customers have bought the product again, and nobody has set a window by hand',
    options: [
      { name: 'Error', value: 'error', description: 'The item fails, and says why there is no date' },
      { name: 'Wait for a Duration', value: 'wait', description: 'Counted as in "For a Duration"' },
    ],
    displayOptions: showFor('replenishment'),
  },
  {
    displayName: 'Else Wait',
    name: 'otherwiseAmount',
    type: 'number',
    default: 45,
    typeOptions: { minValue: 0 },
    displayOptions: { show: { resume: ['replenishment'], withoutWindow: ['wait'] } },
  },
  {
    displayName: 'Else Wait, Unit',
    name: 'otherwiseUnit',
    type: 'options',
    default: 'days',
    options: durationUnits,
    displayOptions: { show: { resume: ['replenishment'], withoutWindow: ['wait'] } },
  },
  {
    displayName: 'Otherwise At',
    name: 'fallbackTime',
    type: 'string',
    default: '10:00',
    placeholder: 'e.g. 10:00',
    description: 'Hours and minutes, for customers whose preferred hour is not known yet',
    displayOptions: showFor('preferredHour'),
  },
  weekdaysField('weekdays', showFor('localTime', 'preferredHour')),
  timeZoneField(
    'timeZone',
    "When empty the customer's own (property timeZone), or UTC if that is not known",
    showFor('localTime', 'preferredHour'),
  ),
  {
    displayName: 'Start Anew When the Entry Event Comes Again',
    name: 'restart',
    type: 'boolean',
    noDataExpression: true,
    default: false,
    description: 'Whether the wait begins again when the customer, for example, adds more to the cart',
  },
];
