/** Customer → Merge: makes another profile of the same person part of this customer. */
import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { identifierOptions, identifyBy, identityOf } from '../../fields/customerIdentity.ts';
import { fieldText } from '../../fields/fieldText.ts';
import type { Referenced } from '../../transport/batchedItems.ts';
import type { CustomerAnswer, CustomerIdentity, CustomerRecord } from '../../transport/contract/customers.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { withCustomerIds } from '../../transport/knownCustomers.ts';

const show = { operation: ['merge'] };

export const description: INodeProperties[] = [
  ...identifyBy('merge'),
  {
    displayName: 'Other Profile By',
    name: 'mergeBy',
    type: 'options',
    noDataExpression: true,
    default: 'email',
    displayOptions: { show },
    options: identifierOptions,
  },
  {
    displayName: 'Other Profile',
    name: 'mergeValue',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. ada.old@example.com',
    hint: 'It becomes part of the customer above',
    displayOptions: { show },
  },
  {
    displayName:
      'The customer above stays, with their ID, and gets all that the other profile has: orders, events, messages and runs. For each channel the stricter consent holds. The merge is kept in the audit; the API can take it back (<code>unmerge</code>).',
    name: 'mergeNotice',
    type: 'notice',
    default: '',
    displayOptions: { show },
  },
];

interface MergeRequest {
  identity: CustomerIdentity;
  other: CustomerIdentity;
}

export function request(context: IExecuteFunctions, itemIndex: number): MergeRequest {
  const by = context.getNodeParameter('mergeBy', itemIndex, 'email') as keyof CustomerIdentity;
  const value = fieldText(context.getNodeParameter('mergeValue', itemIndex, '')).trim();
  if (value === '') {
    throw new NodeOperationError(context.getNode(), 'This item does not say which profile to merge in', {
      itemIndex,
      description: 'Check that the expression under "Other Profile" has a value for this item.',
    });
  }
  return { identity: identityOf(context, itemIndex), other: { [by]: value } };
}

export const whose = ({ identity }: MergeRequest): CustomerIdentity => identity;
export const missingIsError = (): boolean => true;
/** A test shows the customer as it is. */
export const preview = (record: CustomerRecord): CustomerRecord => record;

export async function call(api: JourneysApi, requests: Array<Referenced<MergeRequest>>): Promise<CustomerAnswer[]> {
  const customers = await withCustomerIds(api, requests);
  const others = await withCustomerIds(
    api,
    requests.map(({ ref, other }) => ({ ref, identity: other })),
  );
  const otherOf = new Map(others.known.map(({ ref, customerId }) => [ref, customerId]));
  const otherError = new Map(others.unknown.map(({ ref, error }) => [ref, error]));
  const answers: CustomerAnswer[] = customers.unknown.map(({ ref, error }) => ({ ref, customer: null, error }));
  // One after the other: what the first merges can be what the next one names.
  for (const { ref, customerId } of customers.known) {
    const mergedId = otherOf.get(ref);
    if (mergedId !== undefined) {
      answers.push({ ref, ...(await api.mergeCustomers(customerId, mergedId)) });
    } else {
      const message = `${otherError.get(ref)?.message ?? 'There is no such customer'} (the profile to merge in)`;
      answers.push({ ref, customer: null, error: { path: '/mergedId', message } });
    }
  }
  return answers;
}
