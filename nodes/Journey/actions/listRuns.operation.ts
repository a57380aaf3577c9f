/** Journey → List Runs: where customers are and were, newest first. */
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { identifyBy, identityOf } from '../../fields/customerIdentity.ts';
import { fieldText } from '../../fields/fieldText.ts';
import { journeyLocator, journeyOf } from '../../fields/journeyLocator.ts';
import { limitOrAll, limitOrAllOf } from '../../fields/limit.ts';
import { outputField, outputOf } from '../../fields/listOutput.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { CustomerIdentity } from '../../transport/contract/customers.ts';
import type { RunsAnswer } from '../../transport/contract/journeys.ts';
import { TEST_CUSTOMER_ID } from '../../transport/journeyItem.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { withCustomerIds } from '../../transport/knownCustomers.ts';
import { onceEach } from '../../transport/onceEach.ts';

const show = { operation: ['listRuns'] };
/** Most runs that the service gives of one customer. */
const ALL_OF_ONE = 1000;

export const description: INodeProperties[] = [
  {
    displayName: 'Runs Of',
    name: 'of',
    type: 'options',
    noDataExpression: true,
    default: 'customer',
    displayOptions: { show },
    options: [
      { name: 'Everybody', value: 'everybody' },
      { name: 'One Customer', value: 'customer' },
    ],
  },
  ...identifyBy('listRuns').map((property) => ({
    ...property,
    displayOptions: { show: { ...property.displayOptions?.show, of: ['customer'] } },
  })),
  journeyLocator(show, { description: 'Runs of all journeys when empty' }),
  {
    displayName: 'Status',
    name: 'status',
    type: 'options',
    default: '',
    displayOptions: { show },
    options: [
      { name: 'Any', value: '' },
      { name: 'Cancelled', value: 'cancelled' },
      { name: 'Completed', value: 'completed' },
      { name: 'Exited', value: 'exited' },
      { name: 'Failed', value: 'failed' },
      { name: 'Running', value: 'running' },
    ],
  },
  ...limitOrAll('listRuns'),
  outputField('listRuns', 'items', 'runs', { name: 'One Item per Run', description: 'No item where there is no run' }),
];

interface ListRequest {
  /** null: everybody. */
  identity: CustomerIdentity | null;
  journey: string;
  status: string;
  /** null: all. */
  limit: number | null;
}

export function request(context: IExecuteFunctions, itemIndex: number): ListRequest {
  const isOfOne = context.getNodeParameter('of', itemIndex, 'customer') === 'customer';
  return {
    identity: isOfOne ? identityOf(context, itemIndex) : null,
    journey: journeyOf(context, itemIndex),
    status: fieldText(context.getNodeParameter('status', itemIndex, '')),
    limit: limitOrAllOf(context, itemIndex),
  };
}

export async function call(api: JourneysApi, requests: Array<Referenced<ListRequest>>): Promise<RunsAnswer[]> {
  const everybody = requests.filter(({ identity }) => identity === null);
  const ofOne = requests.flatMap(({ identity, ...request }) => (identity === null ? [] : [{ ...request, identity }]));
  return [...(await listEverybody(api, everybody)), ...(await listOfCustomers(api, ofOne))];
}

async function listEverybody(api: JourneysApi, requests: Array<Referenced<ListRequest>>): Promise<RunsAnswer[]> {
  return await onceEach(requests, async ({ journey, status, limit }) => ({
    runs: await api.listRuns(filterOf({ journey, status }), limit),
  }));
}

async function listOfCustomers(
  api: JourneysApi,
  requests: Array<Referenced<ListRequest & { identity: CustomerIdentity }>>,
): Promise<RunsAnswer[]> {
  // The made-up customer of a test is in no journey.
  const isMadeUp = ({ identity }: { identity: CustomerIdentity }) => identity.customerId === TEST_CUSTOMER_ID;
  const { known, unknown } = await withCustomerIds(
    api,
    requests.filter((request) => !isMadeUp(request)),
  );
  const items = known.map(({ ref, customerId, journey, status, limit }) => ({
    ref,
    customerId,
    ...filterOf({ journey, status }),
    limit: Math.min(limit ?? ALL_OF_ONE, ALL_OF_ONE),
  }));
  return [
    ...(items.length > 0 ? await api.lookUpRuns(items) : []),
    ...unknown.map((one) => ({ ...one, runs: [] })),
    ...requests.filter(isMadeUp).map(({ ref }) => ({ ref, runs: [] })),
  ];
}

const filterOf = ({ journey, status }: { journey: string; status: string }) => ({
  ...(journey !== '' && { journey }),
  ...(status !== '' && { status }),
});

export function output({ runs }: RunsAnswer, context: IExecuteFunctions, itemIndex: number): INodeExecutionData[] {
  if (outputOf(context, itemIndex, 'items') === 'list') return itemWith(context, itemIndex, { runs });
  return runs.map((run) => ({ json: run }));
}
