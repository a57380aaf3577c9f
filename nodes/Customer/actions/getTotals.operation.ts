/** Customer → Get Totals: orders, refunds and revenue, for a branch on the canvas. */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { identifyBy } from '../../fields/customerIdentity.ts';
import type { CustomerRecord } from '../../transport/contract/customers.ts';

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

/** Asked for like the profile that they are part of. */
export { call, request, whose } from './get.operation.ts';

export const wayWithoutCustomer = 'To go on with an empty history, set "When Not Found" to "Zeros".';

export function missingIsError(context: IExecuteFunctions, itemIndex: number): boolean {
  return context.getNodeParameter('whenNotFound', itemIndex, 'zeros') === 'error';
}

export const show = (customer: CustomerRecord | null): IDataObject => ({
  totals: customer?.totals ?? NOTHING_BOUGHT,
});
