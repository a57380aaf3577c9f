/** Customer → Request Opt-In: a link by which the customer confirms that they want messages (double opt-in). */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type { CustomerIdentity, OptInAsk } from '../../transport/contract/customers.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { runOf } from '../../transport/journeyItem.ts';
import { channelField } from '../../fields/channelOptions.ts';
import { fieldText } from '../../fields/fieldText.ts';
import { customerIdField, customerIdFrom } from '../../fields/customerIdentity.ts';
import type { OperationAnswer } from './operationAnswer.ts';

const showOnlyForRequestOptIn = { show: { operation: ['requestOptIn'] } };

export const description: INodeProperties[] = [
  {
    displayName:
      'Nothing is sent yet. Put <code>{{ optIn.confirmUrl }}</code> into a transactional message of a Channel Send node; the customer is subscribed once they have confirmed there.',
    name: 'requestOptInNotice',
    type: 'notice',
    default: '',
    displayOptions: showOnlyForRequestOptIn,
  },
  customerIdField('requestOptIn'),
  channelField('requestOptIn'),
  {
    displayName: 'Source',
    name: 'source',
    type: 'string',
    required: true,
    default: 'n8n',
    placeholder: 'e.g. footer form',
    description: 'Where the customer asked for messages; kept as proof',
    displayOptions: showOnlyForRequestOptIn,
  },
  {
    displayName: 'Valid for (Days)',
    name: 'validDays',
    type: 'number',
    default: 7,
    typeOptions: { minValue: 1, maxValue: 365, numberPrecision: 0 },
    description: 'How long the link can be confirmed',
    displayOptions: showOnlyForRequestOptIn,
  },
];

export function request(context: IExecuteFunctions, itemIndex: number): OptInAsk {
  const field = (name: string) => fieldText(context.getNodeParameter(name, itemIndex, '')).trim();
  const run = runOf(context.getInputData()[itemIndex]?.json ?? {});
  const node = context.getNode().id;
  return {
    customerId: customerIdFrom(context, itemIndex),
    channel: field('channel'),
    source: field('source') || 'n8n',
    expiresIn: `P${Math.max(1, Math.trunc(Number(context.getNodeParameter('validDays', itemIndex, 7))))}D`,
    // A segment that runs again gets the same link.
    key: run ? `${run.id}/${run.segment}/${node}` : `${context.getExecutionId()}/${node}/${itemIndex}`,
  };
}

export const whose = ({ customerId }: OptInAsk): CustomerIdentity => ({ customerId });
export const missingIsError = (): boolean => true;

/** In a manual test nobody is asked: what a link looks like, pointing nowhere. */
export function sampleFields({ expiresIn }: OptInAsk): IDataObject {
  const days = Number(/\d+/.exec(expiresIn)?.[0] ?? 7);
  const expiresAt = new Date(Date.now() + days * 86_400_000).toISOString();
  return { optIn: { confirmUrl: 'https://journeys.example.com/d/test', expiresAt } };
}

export async function call(api: JourneysApi, requests: Array<OptInAsk & { ref: string }>): Promise<OperationAnswer[]> {
  const answers = await api.requestOptIns(requests);
  return answers.map(({ ref, request: made, error }) => ({
    ref,
    customer: null,
    ...(made ? { fields: { optIn: { confirmUrl: made.confirmUrl, expiresAt: made.expiresAt } } } : {}),
    ...(error ? { error } : {}),
  }));
}
