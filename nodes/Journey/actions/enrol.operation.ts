/** Journey → Enrol: brings customers into a journey by hand, as if they had done what it waits for. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { identifyBy, identityOf } from '../../fields/customerIdentity.ts';
import { journeyLocator, requiredJourney } from '../../fields/journeyLocator.ts';
import { propertiesField, propertiesOf } from '../../fields/namedProperties.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { CustomerIdentity } from '../../transport/contract/customers.ts';
import type { EnrolAnswer } from '../../transport/contract/journeys.ts';
import { runOf, TEST_RUN_ID } from '../../transport/journeyItem.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';

const show = { operation: ['enrol'] };

export const description: INodeProperties[] = [
  journeyLocator(show),
  ...identifyBy('enrol'),
  propertiesField('enrol', 'e.g. orderId', {
    displayName: 'Entry Properties',
    description: 'What the journey finds under run.entry.properties, like the properties of an event',
  }),
  {
    displayName: 'When the Customer May Not Enter',
    name: 'whenRefused',
    type: 'options',
    default: 'continue',
    description: 'Such as being in the journey already, or a cool-down or pause',
    displayOptions: { show },
    options: [
      { name: 'Continue', value: 'continue', description: 'The item goes on, and says why' },
      { name: 'Error', value: 'error', description: 'The item fails' },
    ],
  },
];

interface EnrolRequest {
  journey: string;
  identity: CustomerIdentity;
  properties?: IDataObject;
  key: string;
}
type Answer = EnrolAnswer & { journey: string };

export function request(context: IExecuteFunctions, itemIndex: number): EnrolRequest {
  const properties = propertiesOf(context, itemIndex);
  return {
    journey: requiredJourney(context, itemIndex),
    identity: identityOf(context, itemIndex),
    ...(properties && { properties }),
    key: keyOf(context, itemIndex),
  };
}

/** A segment that runs again, or a call whose answer was lost, is to bring nobody in twice. */
function keyOf(context: IExecuteFunctions, itemIndex: number): string {
  const run = runOf(context.getInputData()[itemIndex]?.json ?? {});
  const { id } = context.getNode();
  if (run) return `${run.id}/${run.segment}/${id}`;
  const round = context.evaluateExpression('{{ $runIndex }}', itemIndex) as number;
  return `${context.getExecutionId()}/${id}/${round}/${itemIndex}`;
}

export async function call(api: JourneysApi, requests: Array<Referenced<EnrolRequest>>): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const journey of new Set(requests.map((one) => one.journey))) {
    const items = requests
      .filter((one) => one.journey === journey)
      .map(({ ref, identity, properties, key }) => ({ ref, identity, key, ...(properties && { properties }) }));
    answers.push(...(await api.enrol(journey, items)).map((answer) => ({ ...answer, journey })));
  }
  return answers;
}

export async function rehearse(
  context: IExecuteFunctions,
  api: JourneysApi,
  requests: Array<Referenced<EnrolRequest>>,
): Promise<Answer[]> {
  const known = new Set((await api.journeys()).map(({ key }) => key));
  context.addExecutionHints({
    message: 'Test run: nobody was enrolled. The item shows what a published journey would make of it.',
    location: 'outputPane',
  });
  return requests.map(({ ref, journey }) => {
    const answer = { ref, journey, runId: TEST_RUN_ID, customerId: null, reason: null, message: null };
    if (known.has(journey)) return answer;
    return { ...answer, error: { path: '/journey', message: `There is no journey "${journey}"` } };
  });
}

export function output(answer: Answer, context: IExecuteFunctions, itemIndex: number): INodeExecutionData[] {
  const { journey, runId, reason, message } = answer;
  if (runId === null && context.getNodeParameter('whenRefused', itemIndex, 'continue') === 'error') {
    throw new NodeOperationError(context.getNode(), message ?? 'The customer may not enter this journey', {
      itemIndex,
      description: `Reason: ${reason}. To go on all the same, set "When the Customer May Not Enter" to "Continue": the item then has enrolment.entered = false.`,
    });
  }
  return itemWith(context, itemIndex, { enrolment: { journey, entered: runId !== null, runId, reason, message } });
}
