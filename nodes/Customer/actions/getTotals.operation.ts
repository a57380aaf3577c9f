/** Customer → Get Totals: orders, refunds and revenue, for a branch on the canvas. */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { identifyBy, identityOf } from '../../fields/customerIdentity.ts';
import type { CustomerAnswer, CustomerIdentity, CustomerRecord } from '../../transport/contract.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';

export const description: INodeProperties[] = [
  ...identifyBy('getTotals'),
  {
    displayName: 'When Not Found',
    name: 'whenNotFound',
    type: 'options',
    default: 'zeros',
    displayOptions: { show: { operation: ['getTotals'] } },
    options: [
      { name: 'Error', value: 'error', description: 'The item fails' },
      { name: 'Zeros', value: 'zeros', description: 'Somebody who is not known has not bought' },
    ],
  },
];

const NOTHING_BOUGHT = {
  orders: 0,
  refunds: 0,
  revenueMinor: 0,
  currency: null,
  firstOrderAt: null,
  lastOrderAt: null,
  averageOrderMinor: null,
};

export function request(context: IExecuteFunctions, itemIndex: number): CustomerIdentity {
  return identityOf(context, itemIndex);
}

export const whose = (identity: CustomerIdentity): CustomerIdentity => identity;

export async function call(
  api: JourneysApi,
  requests: Array<CustomerIdentity & { ref: string }>,
): Promise<CustomerAnswer[]> {
  return await api.lookUpCustomers(requests);
}

export function missingIsError(context: IExecuteFunctions, itemIndex: number): boolean {
  return context.getNodeParameter('whenNotFound', itemIndex, 'zeros') === 'error';
}

export const show = (customer: CustomerRecord | null): IDataObject => ({
  totals: customer?.totals ?? NOTHING_BOUGHT,
});
