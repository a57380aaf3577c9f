/**
 * Journey → Split: each customer goes the way of one arm of an experiment, the same way every time. Which arm it is, is the
 * service's to say (`/v1/experiments`), which also keeps who has been put where.
 */
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { customerIdField, customerIdFrom } from '../../fields/customerIdentity.ts';
import { fieldText } from '../../fields/fieldText.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { ExperimentSplit, ExposureAnswer } from '../../transport/contract/experiments.ts';
import { runOf } from '../../transport/journeyItem.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';

const show = { operation: ['split'] };

/** As the service names the arm of those who are held out. */
const HOLDOUT = 'holdout';

export const description: INodeProperties[] = [
  {
    displayName: 'Experiment Key',
    name: 'experimentKey',
    type: 'string',
    required: true,
    noDataExpression: true,
    default: '',
    placeholder: 'e.g. welcome-offer',
    description: 'Up to 63 small letters, digits and "-"',
    hint: 'Another key parts the customers anew. The item gets the field experiment, with key and arm.',
    displayOptions: { show },
  },
  {
    displayName: 'Arms',
    name: 'arms',
    type: 'fixedCollection',
    noDataExpression: true,
    placeholder: 'Add Arm',
    default: {
      arm: [
        { name: 'A', weight: 1 },
        { name: 'B', weight: 1 },
      ],
    },
    typeOptions: { multipleValues: true, sortable: true },
    description: 'Each has an output of its own. The first one is what the others are compared with.',
    displayOptions: { show },
    options: [
      {
        displayName: 'Arm',
        name: 'arm',
        values: [
          {
            displayName: 'Name',
            name: 'name',
            type: 'string',
            noDataExpression: true,
            default: '',
            placeholder: 'e.g. Free shipping',
            description: 'Customers keep their arm by its name: do not rename one while the experiment is running',
          },
          {
            displayName: 'Weight',
            name: 'weight',
            type: 'number',
            noDataExpression: true,
            typeOptions: { minValue: 0 },
            default: 1,
            description: 'Beside the others: 1 and 1 are halves, 3 and 1 three quarters and one',
          },
        ],
      },
    ],
  },
  {
    displayName: 'Holdout (%)',
    name: 'holdoutPercent',
    type: 'number',
    noDataExpression: true,
    typeOptions: { minValue: 0, maxValue: 99, numberPrecision: 2 },
    default: 0,
    description: 'So many of all customers are in no arm, and leave by an output of their own',
    displayOptions: { show },
  },
  customerIdField('split'),
];

type Split = Omit<ExperimentSplit, 'dryRun'>;

interface SplitRequest {
  split: Split;
  customerId: string;
  runId?: string;
}

export function request(context: IExecuteFunctions, itemIndex: number): SplitRequest {
  const split = splitOf(context);
  if (split.key === '') {
    throw new NodeOperationError(context.getNode(), 'The experiment has no key', {
      itemIndex,
      description: 'Fill in "Experiment Key", such as welcome-offer: arms and results go by it.',
    });
  }
  const customerId = customerIdFrom(context, itemIndex);
  const run = runOf(context.getInputData()[itemIndex]?.json ?? {});
  return { split, customerId, ...(run && { runId: run.id }) };
}

/** The node's own fields: they take no expressions, so they are the same for all items. */
function splitOf(context: IExecuteFunctions): Split {
  const rows = context.getNodeParameter('arms.arm', 0, []) as Array<{ name?: unknown; weight?: unknown }>;
  return {
    key: fieldText(context.getNodeParameter('experimentKey', 0, '')).trim(),
    arms: rows.map(({ name, weight }) => ({ name: fieldText(name), weight: Number(weight) })),
    holdoutPercent: Number(context.getNodeParameter('holdoutPercent', 0, 0)),
  };
}

type SplitAnswer = ExposureAnswer & { key: string };

export async function call(api: JourneysApi, requests: Array<Referenced<SplitRequest>>): Promise<SplitAnswer[]> {
  return await ask(api, requests, false);
}

/** Also for the made-up customer of a test. */
export async function rehearse(
  context: IExecuteFunctions,
  api: JourneysApi,
  requests: Array<Referenced<SplitRequest>>,
): Promise<SplitAnswer[]> {
  context.addExecutionHints({
    message: 'Test run: the customer goes the way of an arm, but is not counted in the experiment.',
    location: 'outputPane',
  });
  return await ask(api, requests, true);
}

async function ask(
  api: JourneysApi,
  requests: Array<Referenced<SplitRequest>>,
  dryRun: boolean,
): Promise<SplitAnswer[]> {
  const [first] = requests;
  if (!first) return [];
  const items = requests.map(({ ref, customerId, runId }) => ({
    ref,
    customerId,
    ...(runId !== undefined && { runId }),
  }));
  const answers = await api.exposeCustomers({ ...first.split, dryRun }, items);
  return answers.map((answer) => ({ ...answer, key: first.split.key }));
}

export const output = (
  { key, arm }: SplitAnswer,
  context: IExecuteFunctions,
  itemIndex: number,
): INodeExecutionData[] => itemWith(context, itemIndex, { experiment: { key, arm } });

/** By arm, the held out last. Items that failed are in no arm: they go the way of the held out, or else of the first arm. */
export function ways(context: IExecuteFunctions, items: INodeExecutionData[]): INodeExecutionData[][] {
  const { key, arms, holdoutPercent } = splitOf(context);
  const names = [...arms.map(({ name }) => name), ...(holdoutPercent > 0 ? [HOLDOUT] : [])];
  const outputs = names.map((): INodeExecutionData[] => []);
  const otherwise = holdoutPercent > 0 ? names.length - 1 : 0;
  for (const item of items) {
    const experiment = item.json.experiment as { key?: unknown; arm?: unknown } | undefined;
    const own = experiment?.key === key ? names.findIndex((name) => name === experiment.arm) : -1;
    outputs[own === -1 ? otherwise : own]?.push(item);
  }
  return outputs;
}
