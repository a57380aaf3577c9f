/** The fields of Journey Trigger. The service reads the same names and defaults (its journey parameters). */
import type { INodeProperties } from 'n8n-workflow';
import { durationUnits } from '../events/durations.ts';
import { eventList } from '../events/eventRules.ts';
import { enteringProperties } from './entering.ts';

export const journeyProperties: INodeProperties[] = [
  {
    displayName:
      'The text of each step sees <code>customer</code>, <code>run</code> and what your nodes add. Waits are kept by Temporal, not by n8n: a restart of n8n loses nobody.',
    name: 'journeyNotice',
    type: 'notice',
    default: '',
  },
  {
    displayName: 'Journey Key',
    name: 'journeyKey',
    type: 'string',
    required: true,
    noDataExpression: true,
    default: '',
    placeholder: 'e.g. cart-recovery',
    description:
      'Short, unique and stable name: it is part of every run in Temporal. Small letters, digits and hyphens.',
  },
  ...enteringProperties,
  {
    displayName: 'If Already in the Journey',
    name: 'reentry',
    type: 'options',
    noDataExpression: true,
    default: 'ignore',
    description: 'What happens when the event comes again while the customer is in this journey',
    options: [
      {
        name: 'Stay',
        value: 'ignore',
        description: 'Go on as before; a wait that says so starts anew',
      },
      { name: 'Start Over', value: 'restart', description: 'End the run and begin a new one' },
      { name: 'Run in Parallel', value: 'parallel', description: 'One run for each entry key, for example each order' },
    ],
  },
  {
    displayName: 'Entry Key',
    name: 'entryKeyPath',
    type: 'string',
    noDataExpression: true,
    default: 'properties.orderId',
    description:
      'Path in the event whose value tells parallel runs apart. Several values, such as those of properties.items.productId, begin one run each.',
    displayOptions: { show: { reentry: ['parallel'] } },
  },
  {
    displayName: 'Enter Again',
    name: 'enterAgain',
    type: 'options',
    noDataExpression: true,
    default: 'always',
    description: 'Whether a customer who has been through may come again',
    options: [
      { name: 'Always', value: 'always' },
      { name: 'After a Cool-Down', value: 'cooldown', description: 'Counted from the last entry' },
      { name: 'Never', value: 'never', description: 'Once per customer' },
    ],
  },
  {
    displayName: 'Cool-Down',
    name: 'cooldownAmount',
    type: 'number',
    noDataExpression: true,
    default: 7,
    typeOptions: { minValue: 0 },
    displayOptions: { show: { enterAgain: ['cooldown'] } },
  },
  {
    displayName: 'Cool-Down Unit',
    name: 'cooldownUnit',
    type: 'options',
    noDataExpression: true,
    default: 'days',
    options: durationUnits,
    displayOptions: { show: { enterAgain: ['cooldown'] } },
  },
  {
    displayName: 'Ends Early On',
    name: 'exitEvents',
    type: 'fixedCollection',
    placeholder: 'Add Event',
    default: {},
    typeOptions: { multipleValues: true },
    description: 'Any of these events ends the run at once, wherever the customer is',
    options: eventList,
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add Option',
    default: {},
    options: [
      {
        displayName: 'Journey Name',
        name: 'journeyName',
        type: 'string',
        noDataExpression: true,
        default: '',
        description: 'Shown in the Temporal UI; the name of the workflow when empty',
      },
      {
        displayName: 'Max Age of the Event (Hours)',
        name: 'maxEventAgeHours',
        type: 'number',
        noDataExpression: true,
        default: 24,
        typeOptions: { minValue: 0 },
        description: 'An older event, for example from an import, counts for the customer but starts nothing',
      },
      {
        displayName: 'Only Products That Run Out',
        name: 'onlyReplenishable',
        type: 'boolean',
        noDataExpression: true,
        default: false,
        description:
          'Whether an order brings a customer in only for products that are expected to run out and do not come by a subscription. With the entry key properties.items.productId each of them begins a run of its own.',
        displayOptions: { hide: { '/entersOn': ['schedule'] } },
      },
      {
        displayName: 'Priority',
        name: 'priority',
        type: 'number',
        noDataExpression: true,
        default: 0,
        description:
          'The higher one goes first when several journeys want to write to the same customer; among equal ones checkout goes before cart, and cart before browse',
      },
    ],
  },
];
