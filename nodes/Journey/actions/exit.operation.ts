/** Journey → Exit: ends the runs that customers have open, in one journey or in all. */
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { identifyBy, identityOf } from '../../fields/customerIdentity.ts';
import { fieldText } from '../../fields/fieldText.ts';
import { journeyLocator, requiredJourney } from '../../fields/journeyLocator.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { CustomerIdentity } from '../../transport/contract/customers.ts';
import type { ExitAnswer } from '../../transport/contract/journeys.ts';
import { runOf } from '../../transport/journeyItem.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { withCustomerIds } from '../../transport/knownCustomers.ts';

const show = { operation: ['exit'] };
/** As the service reads it. */
const REASON = /^[A-Za-z0-9][A-Za-z0-9 _.:-]{0,63}$/;

export const description: INodeProperties[] = [
  ...identifyBy('exit'),
  {
    displayName: 'Exit From',
    name: 'from',
    type: 'options',
    default: 'one',
    displayOptions: { show },
    options: [
      { name: 'All Journeys', value: 'all' },
      { name: 'One Journey', value: 'one' },
    ],
  },
  journeyLocator({ operation: ['exit'], from: ['one'] }),
  {
    displayName: 'Keep This Run',
    name: 'keepOwnRun',
    type: 'boolean',
    default: true,
    description: 'Whether the journey that this item is in goes on',
    displayOptions: { show: { operation: ['exit'], from: ['all'] } },
  },
  {
    displayName: 'Reason',
    name: 'reason',
    type: 'string',
    default: '',
    placeholder: 'e.g. opened a ticket',
    description: 'Up to 64 letters, digits, blanks, "_", ".", ":" and "-"',
    hint: 'Shown at the run and in Temporal: no names or addresses',
    displayOptions: { show },
  },
];

interface ExitRequest {
  identity: CustomerIdentity;
  journey?: string;
  reason?: string;
  exceptRunId?: string;
}

export function request(context: IExecuteFunctions, itemIndex: number): ExitRequest {
  const isOne = context.getNodeParameter('from', itemIndex, 'one') === 'one';
  const run = runOf(context.getInputData()[itemIndex]?.json ?? {});
  const keepsOwn = !isOne && run !== null && context.getNodeParameter('keepOwnRun', itemIndex, true) === true;
  const reason = fieldText(context.getNodeParameter('reason', itemIndex, '')).trim();
  if (reason !== '' && !REASON.test(reason)) {
    throw new NodeOperationError(context.getNode(), 'The reason cannot be used', {
      itemIndex,
      description:
        'It is shown in Temporal and in lists: up to 64 letters, digits, blanks, "_", ".", ":" and "-", without names or addresses.',
    });
  }
  return {
    identity: identityOf(context, itemIndex),
    ...(isOne && { journey: requiredJourney(context, itemIndex) }),
    ...(reason !== '' && { reason }),
    ...(keepsOwn && { exceptRunId: run.id }),
  };
}

export async function call(api: JourneysApi, requests: Array<Referenced<ExitRequest>>): Promise<ExitAnswer[]> {
  const { known, unknown } = await withCustomerIds(api, requests);
  const items = known.map(({ ref, customerId, journey, reason, exceptRunId }) => ({
    ref,
    customerId,
    ...(journey !== undefined && { journey }),
    ...(reason !== undefined && { reason }),
    ...(exceptRunId !== undefined && { exceptRunId }),
  }));
  const answers = items.length > 0 ? await api.exitRuns(items) : [];
  return [...answers, ...unknown.map((one) => ({ ...one, exited: [] }))];
}

export async function rehearse(
  context: IExecuteFunctions,
  _api: JourneysApi,
  requests: Array<Referenced<ExitRequest>>,
): Promise<ExitAnswer[]> {
  context.addExecutionHints({
    message: 'Test run: no run was ended. In a published journey the item says which were.',
    location: 'outputPane',
  });
  return await Promise.resolve(requests.map(({ ref }) => ({ ref, exited: [] })));
}

export function output({ exited }: ExitAnswer, context: IExecuteFunctions, itemIndex: number): INodeExecutionData[] {
  return itemWith(context, itemIndex, { exited });
}
