/** Customer → Get: the profile with identifiers, consent, suppression and totals. */
import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type { CustomerAnswer, CustomerIdentity } from '../../transport/contract/customers.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { identifyBy, identityOf } from '../../fields/customerIdentity.ts';

export const description: INodeProperties[] = [
  ...identifyBy('get'),
  {
    displayName: 'When Not Found',
    name: 'whenNotFound',
    type: 'options',
    default: 'error',
    displayOptions: { show: { operation: ['get'] } },
    options: [
      { name: 'Continue', value: 'continue', description: 'The item goes on with customer = null' },
      { name: 'Error', value: 'error', description: 'The item fails' },
    ],
  },
];

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

export const wayWithoutCustomer =
  'To go on without a profile, set "When Not Found" to "Continue": the item then has customer = null.';

export function missingIsError(context: IExecuteFunctions, itemIndex: number): boolean {
  return context.getNodeParameter('whenNotFound', itemIndex, 'error') === 'error';
}
