/** "Which events": the list of event types with filters that Journey Trigger and Journey Wait share. */
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { EventFilter, EventRule, FilterOperator } from '../../temporal/domain/eventRule.ts';
import { durationMs, durationUnits } from './durations.ts';
import { CART_EMPTIED, CUSTOM, SEGMENT_CHANGED, eventTypeOptions } from './eventTypes.ts';
import { fieldText } from '../fields/fieldText.ts';
import { segmentOptions } from '../fields/segments.ts';

const filterProperty: INodeProperties = {
  displayName: 'Filters',
  name: 'filters',
  type: 'fixedCollection',
  placeholder: 'Add Filter',
  default: {},
  typeOptions: { multipleValues: true },
  description: 'Conditions on the event, its customer and its products; all of them have to hold',
  options: [
    {
      displayName: 'Filter',
      name: 'filter',
      values: [
        {
          displayName: 'Property',
          name: 'path',
          type: 'string',
          default: '',
          placeholder: 'e.g. properties.valueMinor, customer.totals.orders or product.stock',
          description:
            'Path in the event (properties.…), of its customer (customer.city, customer.totals.orders, customer.consent.email), or of the products that it names, as the catalogue has them (product.stock, product.marginPercent, product.category, product.availability). Money is in minor units: 50.00 EUR is 5000.',
        },
        {
          displayName: 'Operator',
          name: 'operator',
          type: 'options',
          default: 'equals',
          options: [
            { name: 'Contains', value: 'contains' },
            { name: 'Does Not Equal', value: 'notEquals' },
            { name: 'Does Not Exist', value: 'notExists' },
            { name: 'Equals', value: 'equals' },
            { name: 'Exists', value: 'exists' },
            { name: 'Greater Than', value: 'greaterThan' },
            { name: 'Is False', value: 'isFalse' },
            { name: 'Is One Of', value: 'oneOf', description: 'Values with commas between them' },
            { name: 'Is True', value: 'isTrue' },
            { name: 'Less Than', value: 'lessThan' },
          ],
        },
        {
          displayName: 'Value',
          name: 'value',
          type: 'string',
          default: '',
          displayOptions: { hide: { operator: ['exists', 'notExists', 'isTrue', 'isFalse'] } },
        },
      ],
    },
  ],
};

const typeProperty: INodeProperties = {
  displayName: 'Event',
  name: 'type',
  type: 'options',
  noDataExpression: true,
  default: 'added_to_cart',
  options: eventTypeOptions,
};

const customTypeProperty: INodeProperties = {
  displayName: 'Name of the Event',
  name: 'customType',
  type: 'string',
  default: '',
  placeholder: 'e.g. booked_fitting',
  description: 'What comes after "custom:" in the events of your shop',
  displayOptions: { show: { type: [CUSTOM] } },
};

/** As the service reads them: which property of `segment_changed` each is about. */
const SEGMENT_FIELDS = [
  { name: 'fromSegments', path: 'properties.from' },
  { name: 'toSegments', path: 'properties.to' },
];

const segmentProperties: INodeProperties[] = [
  {
    displayName: 'From Segments',
    name: 'fromSegments',
    type: 'multiOptions',
    default: [],
    description: 'Which segment the customer leaves',
    hint: 'Any when empty',
    options: segmentOptions,
    displayOptions: { show: { type: [SEGMENT_CHANGED] } },
  },
  {
    displayName: 'To Segments',
    name: 'toSegments',
    type: 'multiOptions',
    default: [],
    description: 'Which segment the customer is in from now on',
    hint: 'Any when empty',
    options: segmentOptions,
    displayOptions: { show: { type: [SEGMENT_CHANGED] } },
  },
];

const MORE_THAN_ONCE = { show: { times: [{ _cnd: { gt: 1 } }] } };

const repetitionProperties: INodeProperties[] = [
  {
    displayName: 'Times',
    name: 'times',
    type: 'number',
    noDataExpression: true,
    default: 1,
    typeOptions: { minValue: 1, maxValue: 50, numberPrecision: 0 },
    description: 'How often it has to happen: 2 for somebody who comes back to a product',
  },
  {
    displayName: 'Within',
    name: 'withinAmount',
    type: 'number',
    noDataExpression: true,
    default: 7,
    typeOptions: { minValue: 0 },
    displayOptions: MORE_THAN_ONCE,
  },
  {
    displayName: 'Within, Unit',
    name: 'withinUnit',
    type: 'options',
    noDataExpression: true,
    default: 'days',
    options: durationUnits,
    displayOptions: MORE_THAN_ONCE,
  },
  {
    displayName: 'Same Product',
    name: 'sameProduct',
    type: 'boolean',
    noDataExpression: true,
    default: true,
    description: 'Whether only events about the same product count together',
    displayOptions: MORE_THAN_ONCE,
  },
];

/** The `options` of a fixedCollection of events. */
export const eventList = [
  {
    displayName: 'Event',
    name: 'event',
    values: [typeProperty, customTypeProperty, ...segmentProperties, filterProperty, ...repetitionProperties],
  },
];

const OPERATORS_WITHOUT_VALUE = new Set<FilterOperator>(['exists', 'notExists', 'isTrue', 'isFalse']);

/** The rules behind an evaluated `events` parameter. */
export function eventRules(parameter: IDataObject): EventRule[] {
  const entries = (parameter.event ?? []) as IDataObject[];
  return entries.map((entry) => {
    const { type, customType, filters } = entry;
    const conditions = ((filters as IDataObject | undefined)?.filter ?? []) as IDataObject[];
    const rule: EventRule = { type: type as EventRule['type'], filters: conditions.map(eventFilter) };
    if (type === CUSTOM) rule.type = `custom:${fieldText(customType).trim()}`;
    if (type === CART_EMPTIED) {
      rule.type = 'removed_from_cart';
      rule.filters.unshift({ path: 'properties.cartEmpty', operator: 'isTrue' });
    }
    if (type === SEGMENT_CHANGED) rule.filters.unshift(...segmentFilters(entry));
    const repetition = repetitionOf(entry);
    if (repetition) rule.repetition = repetition;
    return rule;
  });
}

function repetitionOf({ times, withinAmount, withinUnit, sameProduct }: IDataObject): EventRule['repetition'] {
  if (!(Number(times) > 1)) return undefined;
  const withinMs = durationMs(withinAmount ?? 7, withinUnit ?? 'days') ?? 0;
  return { times: Number(times), withinMs, sameProduct: sameProduct !== false };
}

function segmentFilters(entry: IDataObject): EventFilter[] {
  return SEGMENT_FIELDS.flatMap(({ name, path }): EventFilter[] => {
    const chosen = Array.isArray(entry[name]) ? (entry[name] as unknown[]).map(fieldText) : [];
    return chosen.length === 0 ? [] : [{ path, operator: 'oneOf', value: chosen.join(',') }];
  });
}

function eventFilter(condition: IDataObject): EventFilter {
  const operator = (condition.operator ?? 'equals') as FilterOperator;
  const filter: EventFilter = { path: fieldText(condition.path).trim(), operator };
  if (!OPERATORS_WITHOUT_VALUE.has(operator)) filter.value = fieldText(condition.value);
  return filter;
}
