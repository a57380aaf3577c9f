/** How many results an operation gives. */
import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

export const limitField = (show: Record<string, (string | boolean)[]>): INodeProperties => ({
  displayName: 'Limit',
  name: 'limit',
  type: 'number',
  typeOptions: { minValue: 1 },
  default: 50,
  description: 'Max number of results to return',
  displayOptions: { show },
});

export const limitOrAll = (operation: string): INodeProperties[] => [
  {
    displayName: 'Return All',
    name: 'returnAll',
    type: 'boolean',
    default: false,
    description: 'Whether to return all results or only up to a given limit',
    displayOptions: { show: { operation: [operation] } },
  },
  limitField({ operation: [operation], returnAll: [false] }),
];

export const limitOf = (context: IExecuteFunctions, itemIndex: number): number =>
  Number(context.getNodeParameter('limit', itemIndex, 50));

/** @returns null: all */
export function limitOrAllOf(context: IExecuteFunctions, itemIndex: number): number | null {
  const all = context.getNodeParameter('returnAll', itemIndex, false) === true;
  return all ? null : limitOf(context, itemIndex);
}
