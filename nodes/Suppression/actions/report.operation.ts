/** Suppression → Report: what became of a message that was checked before and sent by another node. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';
import type { Referenced } from '../../transport/batchedItems.ts';
import type { RecipientVerdict, SendReport } from '../../transport/contract/sends.ts';
import { runOf } from '../../transport/journeyItem.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { sentItemOf, type SentItem } from '../sentItem.ts';

const show = { operation: ['report'] };

/** As the operator chooses it. */
type Outcome = SendReport['outcome'] | 'retry';

export const description: INodeProperties[] = [
  {
    displayName: 'Outcome',
    name: 'outcome',
    type: 'options',
    default: 'sent',
    displayOptions: { show },
    options: [
      {
        name: 'Failed, for Good',
        value: 'failed',
        description: 'A further attempt would not help: the message is not tried again',
      },
      {
        name: 'Failed, Try Again',
        value: 'retry',
        description: 'Certainly not sent: in a journey the item fails, so that this part runs again',
      },
      { name: 'Sent', value: 'sent', description: 'The provider has taken it' },
      { name: 'Unknown', value: 'unknown', description: 'It may have been sent: it is not tried again' },
    ],
  },
  {
    displayName: 'Provider Message ID',
    name: 'providerMessageId',
    type: 'string',
    default: '',
    // eslint-disable-next-line n8n-nodes-base/node-param-placeholder-miscased-id -- the field of an answer is so called
    placeholder: 'e.g. {{ $json.id }}',
    description: 'By this the delivery events of the provider are matched',
    displayOptions: { show: { ...show, outcome: ['sent', 'unknown'] } },
  },
  {
    displayName: 'Error',
    name: 'error',
    type: 'string',
    default: '={{ $json.error?.message ?? $json.error ?? "" }}',
    description: 'In the words of the provider, without addresses; shown at the send',
    displayOptions: { show: { ...show, outcome: ['failed', 'retry', 'unknown'] } },
  },
  {
    displayName: 'About the Recipient',
    name: 'recipient',
    type: 'options',
    default: 'nothing',
    displayOptions: { show: { ...show, outcome: ['failed'] } },
    options: [
      { name: 'Address Does Not Exist', value: 'invalid', description: 'It gets no further message on this channel' },
      { name: 'Has Opted Out', value: 'opted_out', description: 'The customer is unsubscribed from this channel' },
      { name: 'Nothing', value: 'nothing' },
    ],
  },
  {
    displayName: 'Send ID',
    name: 'sendId',
    type: 'string',
    default: '',
    // eslint-disable-next-line n8n-nodes-base/node-param-placeholder-miscased-id -- the field of the item is so called
    placeholder: "e.g. {{ $('Suppression').item.json.send.id }}",
    description:
      'When empty: that of the item. If the node that sends has put its answer in place of the item, that of the item which the check has let out; then this item goes on, with the answer in send.answer.',
    displayOptions: { show },
  },
];

interface ReportRequest {
  outcome: Outcome;
  /** null in a manual test, in which nothing was claimed. */
  report: SendReport | null;
}

interface ReportAnswer extends ReportRequest {
  ref: string;
}

/** Most that the service takes in one call. */
const REPORTED_AT_ONCE = 500;

export function request(context: IExecuteFunctions, itemIndex: number): ReportRequest {
  const field = (name: string) => fieldText(context.getNodeParameter(name, itemIndex, '')).trim();
  const outcome = field('outcome') as Outcome;
  const given = field('sendId');
  const sent = sentItemOf(context, itemIndex);
  if (given === '' && sent === null) {
    throw new NodeOperationError(context.getNode(), 'This item does not say which message was sent', {
      itemIndex,
      description:
        'Put a Suppression node with the operation "Check" before the node that sends. If a node in between breaks the pairing of items, fill in "Send ID", such as {{ $(\'Suppression\').item.json.send.id }}.',
    });
  }
  const sendId = given || fieldText(sent?.send.id);
  if (sendId === '') return { outcome, report: null };
  const isFailure = outcome === 'failed' || outcome === 'retry';
  const [providerMessageId, error, recipient] = [field('providerMessageId'), field('error'), field('recipient')];
  return {
    outcome,
    report: {
      sendId,
      outcome: outcome === 'retry' ? 'failed' : outcome,
      ...(isFailure ? { permanent: outcome === 'failed' } : {}),
      ...(!isFailure && providerMessageId !== '' ? { providerMessageId } : {}),
      ...(outcome !== 'sent' && error !== '' ? { error } : {}),
      ...(outcome === 'failed' && isVerdict(recipient) ? { recipient } : {}),
    },
  };
}

const isVerdict = (text: string): text is RecipientVerdict => text === 'invalid' || text === 'opted_out';

export async function call(api: JourneysApi, requests: Array<Referenced<ReportRequest>>): Promise<ReportAnswer[]> {
  const reports = requests.flatMap(({ report }) => report ?? []);
  for (let begin = 0; begin < reports.length; begin += REPORTED_AT_ONCE) {
    await api.reportSends(reports.slice(begin, begin + REPORTED_AT_ONCE));
  }
  return requests;
}

export function output(answer: ReportAnswer, context: IExecuteFunctions, itemIndex: number): INodeExecutionData[] {
  const { outcome, report } = answer;
  const item = context.getInputData()[itemIndex] as INodeExecutionData;
  const sent: SentItem = sentItemOf(context, itemIndex) ?? { json: item.json, send: {}, answer: null };
  if (outcome === 'retry' && report !== null && runOf(sent.json) !== null) {
    throw new NodeOperationError(context.getNode(), `The message was not sent: ${report.error ?? 'no reason given'}`, {
      itemIndex,
      description:
        'It was reported as failed. The journey runs this part again, and messages already sent are not repeated.',
    });
  }
  const send: IDataObject = {
    ...sent.send,
    ...(report ? { id: report.sendId, status: report.outcome } : {}),
    ...(report?.providerMessageId ? { providerMessageId: report.providerMessageId } : {}),
    ...(sent.answer ? { answer: sent.answer } : {}),
  };
  return [{ ...item, json: { ...sent.json, send } }];
}
