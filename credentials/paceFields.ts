/** How fast a provider is called: fields that the credentials of all providers have. */
import type { INodeProperties } from 'n8n-workflow';

/** @param perSecond 0: no limit @param published what the provider says about it */
export const paceFields = (concurrency: number, perSecond: number, published: string): INodeProperties[] => [
  {
    displayName: 'Concurrency',
    name: 'concurrency',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 100 },
    default: concurrency,
    description:
      'How many messages may be on their way to the provider at once, over all executions of one n8n process',
  },
  {
    displayName: 'Messages per Second',
    name: 'perSecond',
    type: 'number',
    typeOptions: { minValue: 0, numberPrecision: 2 },
    default: perSecond,
    description: `At most, over all executions of one n8n process; 0 is no limit. ${published}`,
  },
];
