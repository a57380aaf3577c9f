/** RFM Score → Score Customers: segment, predictions and affinities of the customer, on each item. */
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { identifyBy, identityOf } from '../../fields/customerIdentity.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { CustomerIdentity } from '../../transport/contract/customers.ts';
import type { ScoresAnswer } from '../../transport/contract/scores.ts';
import { TEST_CUSTOMER_ID } from '../../transport/journeyItem.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { withCustomerIds } from '../../transport/knownCustomers.ts';
import { madeUpScores } from '../madeUpScores.ts';

export const description: INodeProperties[] = [
  ...identifyBy('score'),
  {
    displayName: 'When There Is No Order',
    name: 'withoutOrder',
    type: 'options',
    default: 'continue',
    description: 'Only who has ordered has a recency, a frequency and a segment',
    hint: 'The item gets the field scores, for example scores.rfm.segment and scores.prediction.churn',
    displayOptions: { show: { operation: ['score'] } },
    options: [
      { name: 'Continue', value: 'continue', description: 'The item goes on with scores.rfm = null' },
      { name: 'Error', value: 'error', description: 'The item fails' },
    ],
  },
];

interface ScoreRequest {
  identity: CustomerIdentity;
}

export function request(context: IExecuteFunctions, itemIndex: number): ScoreRequest {
  return { identity: identityOf(context, itemIndex) };
}

export async function call(api: JourneysApi, requests: Array<Referenced<ScoreRequest>>): Promise<ScoresAnswer[]> {
  const isMadeUp = ({ identity }: ScoreRequest) => identity.customerId === TEST_CUSTOMER_ID;
  const { known, unknown } = await withCustomerIds(
    api,
    requests.filter((one) => !isMadeUp(one)),
  );
  const items = known.map(({ ref, customerId }) => ({ ref, customerId }));
  return [
    ...(items.length > 0 ? await api.lookUpScores(items) : []),
    ...unknown.map((answer) => ({ ...answer, scores: null })),
    ...requests.filter(isMadeUp).map(({ ref }) => ({ ref, scores: madeUpScores(Date.now()) })),
  ];
}

export function output({ scores }: ScoresAnswer, context: IExecuteFunctions, itemIndex: number): INodeExecutionData[] {
  const node = context.getNode();
  if (scores === null) {
    const description = 'Check the customer ID: the customer may have been erased.';
    throw new NodeOperationError(node, 'There is no such customer', { itemIndex, description });
  }
  if (scores.rfm === null && context.getNodeParameter('withoutOrder', itemIndex, 'continue') === 'error') {
    const description =
      'They have not ordered yet, or their scores have not been calculated since. To go on all the same, set "When There Is No Order" to "Continue".';
    throw new NodeOperationError(node, 'This customer has no RFM scores', { itemIndex, description });
  }
  return itemWith(context, itemIndex, { scores });
}
