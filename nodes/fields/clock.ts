/** Days of the week and the time zone, where a time of day is asked for. */
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

/** In the order of the week. */
const weekdayOptions: INodePropertyOptions[] = [
  { name: 'Monday', value: 1 },
  { name: 'Tuesday', value: 2 },
  { name: 'Wednesday', value: 3 },
  { name: 'Thursday', value: 4 },
  { name: 'Friday', value: 5 },
  { name: 'Saturday', value: 6 },
  { name: 'Sunday', value: 7 },
];

type Display = INodeProperties['displayOptions'];

export const weekdaysField = (name: string, displayOptions: Display): INodeProperties => ({
  displayName: 'Weekdays',
  name,
  type: 'multiOptions',
  default: [],
  description: 'On which days',
  hint: 'Every day when empty',
  options: weekdayOptions,
  displayOptions,
});

/** @param hint what it is when empty */
export const timeZoneField = (name: string, hint: string, displayOptions: Display): INodeProperties => ({
  displayName: 'Time Zone',
  name,
  type: 'string',
  default: '',
  placeholder: 'e.g. Europe/Vienna',
  hint,
  displayOptions,
});
