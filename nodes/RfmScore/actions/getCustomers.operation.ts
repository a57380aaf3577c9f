/** RFM Score → Get Customers: everybody of some segments, or with a churn risk, and their scores. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { limitOrAll, limitOrAllOf } from '../../fields/limit.ts';
import { outputField, outputOf } from '../../fields/listOutput.ts';
import { audienceFields, audienceOf } from '../../fields/segments.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import { withCustomers } from '../../transport/customerOnItem.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { onceEach } from '../../transport/onceEach.ts';

export const description: INodeProperties[] = [
  ...audienceFields({ operation: ['getCustomers'] }),
  ...limitOrAll('getCustomers'),
  outputField('getCustomers', 'items', 'customers', {
    name: 'One Item per Customer',
    description: 'No item where nobody fits',
  }),
];

interface CustomersRequest {
  filter: Record<string, string>;
  /** null: all. */
  limit: number | null;
}

interface CustomersAnswer {
  ref: string;
  customers: IDataObject[];
}

export function request(context: IExecuteFunctions, itemIndex: number): CustomersRequest {
  const audience = audienceOf((name) => context.getNodeParameter(name, itemIndex, null));
  const { segments, churn, minimumOrders, averageOrderAboveMedian } = audience;
  return {
    filter: {
      ...(segments.length > 0 && { segment: segments.join(',') }),
      ...(churn.length > 0 && { churn: churn.join(',') }),
      ...(minimumOrders > 0 && { minimumOrders: String(minimumOrders) }),
      ...(averageOrderAboveMedian && { averageOrderAboveMedian: 'true' }),
    },
    limit: limitOrAllOf(context, itemIndex),
  };
}

export async function call(
  api: JourneysApi,
  requests: Array<Referenced<CustomersRequest>>,
): Promise<CustomersAnswer[]> {
  return await onceEach(requests, async ({ filter, limit }) => {
    const found = await withCustomers(api, await api.scoredCustomers(filter, limit));
    return { customers: found.map(({ row, customer }) => ({ customer, scores: row.scores })) };
  });
}

export function output(
  { customers }: CustomersAnswer,
  context: IExecuteFunctions,
  itemIndex: number,
): INodeExecutionData[] {
  if (outputOf(context, itemIndex, 'items') === 'list') return itemWith(context, itemIndex, { customers });
  return customers.map((json) => ({ json }));
}
