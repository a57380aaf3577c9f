/** Replenishment → Get Windows: after how many days each product is bought again, as learned from orders. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { limitOrAll, limitOrAllOf } from '../../fields/limit.ts';
import { outputField, outputOf } from '../../fields/listOutput.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { onceEach } from '../../transport/onceEach.ts';

export const description: INodeProperties[] = [
  ...limitOrAll('getWindows'),
  outputField('getWindows', 'items', 'windows', {
    name: 'One Item per Product',
    description: 'No item where nothing has been learned yet',
  }),
];

interface WindowsRequest {
  /** null: all. */
  limit: number | null;
}

interface WindowsAnswer {
  ref: string;
  windows: IDataObject[];
}

export function request(context: IExecuteFunctions, itemIndex: number): WindowsRequest {
  return { limit: limitOrAllOf(context, itemIndex) };
}

export async function call(api: JourneysApi, requests: Array<Referenced<WindowsRequest>>): Promise<WindowsAnswer[]> {
  return await onceEach(requests, async ({ limit }) => ({ windows: await api.consumptionWindows(limit) }));
}

export function output(
  { windows }: WindowsAnswer,
  context: IExecuteFunctions,
  itemIndex: number,
): INodeExecutionData[] {
  if (outputOf(context, itemIndex, 'items') === 'list') return itemWith(context, itemIndex, { windows });
  return windows.map((json) => ({ json }));
}
