/**
 * Suppression → Check: lets out at "Send" what may be sent, once, and everything else at "Suppressed" with the reasons.
 *
 * A segment of a journey can run twice. What was let out the first time must not reach the sending node again, so it goes to
 * "Suppressed" with the reason `already_sent`, or to an output of its own, which is to be connected behind the sending node: so
 * the customer takes the same way over the canvas.
 */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { channelField } from '../../fields/channelOptions.ts';
import { categoryField, productIdsOption, topicOption } from '../../sends/gateFields.ts';
import { gateQuestion } from '../../sends/gateQuestion.ts';
import { ItemFields } from '../../sends/itemFields.ts';
import { passOf } from '../../sends/pass.ts';
import type { AuthorizeItem } from '../../transport/contract/sends.ts';
import { withError } from '../../transport/journeyItem.ts';
import { JourneysApi } from '../../transport/journeysApi.ts';
import { checkSends, takeBack, type CheckedSend } from '../checkedSends.ts';

const displayOptions = { show: { operation: ['check'] } };

export const description: INodeProperties[] = [
  channelField('check'),
  { ...categoryField, displayOptions },
  {
    displayName: 'Already Sent',
    name: 'alreadySent',
    type: 'options',
    noDataExpression: true,
    default: 'suppressed',
    description:
      'Where customers go whose message was let out before, when a part of a journey runs a second time after a failure',
    displayOptions,
    options: [
      {
        name: 'To an Output of Its Own',
        value: 'ownOutput',
        description: 'Connect it behind the node that sends: the customers take the same way as the first time',
      },
      {
        name: 'To "Suppressed"',
        value: 'suppressed',
        description: 'With the reason already_sent: for journeys that go on with both outputs joined',
      },
    ],
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add Option',
    default: {},
    displayOptions,
    options: [
      {
        displayName: 'Address',
        name: 'to',
        type: 'string',
        default: '',
        placeholder: 'e.g. ada@example.com',
        description: "Another address than the customer's own: for push the device token or subscription",
      },
      productIdsOption,
      {
        displayName: 'Provider',
        name: 'provider',
        type: 'string',
        default: '',
        placeholder: 'e.g. sendgrid',
        description:
          'By which provider the message goes out, as in the address of its delivery events: /hooks/sendgrid/…',
      },
      {
        displayName: 'Repeats Are Noticed',
        name: 'repeatable',
        type: 'boolean',
        default: false,
        description:
          'Whether the provider notices a repeated message by a key that you make from the ID of the send. Then what was let out and not reported is let out once more.',
      },
      {
        displayName: 'Test Address',
        name: 'testAddress',
        type: 'string',
        default: '',
        placeholder: 'e.g. you@example.com',
        description:
          'In a manual test the field send.address has this, so that the node that sends does not write to the customer. When empty, send.address is empty in a test.',
      },
      topicOption,
    ],
  },
];

export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
  const isTest = context.getMode() === 'manual';
  const items = context.getInputData();
  const failures = new Map<number, NodeOperationError>();
  const questions: AuthorizeItem[] = [];
  for (const itemIndex of items.keys()) {
    try {
      questions.push(questionOf(context, itemIndex, isTest));
    } catch (error) {
      failures.set(itemIndex, error as NodeOperationError);
    }
  }
  const goesOn = context.continueOnFail();
  throwFirst(failures, goesOn);
  const api = new JourneysApi(context);
  const checked = isTest ? await rehearsed(api, questions) : await checkSends(api, questions, passOf(context), goesOn);
  for (const [ref, one] of checked) {
    if (one.kind === 'refused' || one.kind === 'stopped') failures.set(Number(ref), errorOf(context, one, Number(ref)));
  }
  if (failures.size > 0 && !goesOn && !isTest) await takeBack(api, checked.values());
  throwFirst(failures, goesOn);

  const hasOwnOutput = context.getNodeParameter('alreadySent', 0, 'suppressed') === 'ownOutput';
  const [send, suppressed, alreadySent]: INodeExecutionData[][] = [[], [], []];
  const outputs = { send, suppressed, alreadySent: hasOwnOutput ? alreadySent : suppressed };
  for (const question of questions) {
    const itemIndex = Number(question.ref);
    const one = checked.get(question.ref);
    if (!one || one.kind === 'refused' || one.kind === 'stopped') continue;
    // In a journey the segment runs again at that time.
    if (one.kind === 'deferred' && question.runId !== undefined) continue;
    outputs[one.kind === 'deferred' ? 'suppressed' : one.kind]?.push({
      ...items[itemIndex],
      json: { ...items[itemIndex]?.json, send: sendField(context, itemIndex, question, one, isTest) },
      pairedItem: { item: itemIndex },
    });
  }
  if (isTest) {
    context.addExecutionHints({
      message:
        'Test run: nothing was claimed. The node behind "Send" really sends: send.address has the "Test Address" of the options, or nothing; whom it would be for is in send.customerAddress.',
      location: 'outputPane',
    });
  }
  for (const [itemIndex, error] of failures) outputs.suppressed?.push(withError(context, error, itemIndex));
  return [send ?? [], suppressed ?? [], ...(hasOwnOutput ? [alreadySent ?? []] : [])];
}

/** Before anything is let out: an execution that fails afterwards would lose it. */
function throwFirst(failures: ReadonlyMap<number, NodeOperationError>, goesOn: boolean): void {
  const [first] = [...failures.keys()].sort((a, b) => a - b);
  if (first !== undefined && !goesOn) throw failures.get(first) as NodeOperationError;
}

/** @throws NodeOperationError when the item lacks something */
function questionOf(context: IExecuteFunctions, itemIndex: number, isTest: boolean): AuthorizeItem {
  const fields = new ItemFields(context, itemIndex);
  const question = gateQuestion(context, fields, itemIndex, isTest);
  return {
    ...question,
    channel: fields.text('channel') as AuthorizeItem['channel'],
    ...(fields.option('provider') ? { provider: fields.option('provider') } : {}),
    ...(fields.optionValue('repeatable') === true ? { repeatable: true } : {}),
    ...(fields.option('to') ? { address: fields.option('to') } : {}),
    ...(question.category === 'marketing' ? { message: { ...LINKS_ONLY, data: {} } } : {}),
  };
}

/**
 * The links that the law wants in marketing messages, for the node that sends. The service renders whole messages: of this one
 * only the fields are used, and the header that mail programs make a button of.
 */
const LINKS_ONLY = {
  subject: 'links',
  text: '{{ links.unsubscribe }}',
  fields: { unsubscribe: '{{ links.unsubscribe }}', preferences: '{{ links.preferences }}' },
};

async function rehearsed(api: JourneysApi, questions: AuthorizeItem[]): Promise<Map<string, CheckedSend>> {
  const answers = await api.authorizeSends(questions);
  return new Map(
    answers.map((answer): [string, CheckedSend] => {
      if (answer.error) return [answer.ref, { kind: 'refused', answer }];
      const kind = answer.decision === 'send' ? 'send' : 'suppressed';
      return [answer.ref, { kind, answer, status: 'preview' }];
    }),
  );
}

function sendField(
  context: IExecuteFunctions,
  itemIndex: number,
  { channel }: AuthorizeItem,
  { kind, answer, status }: Extract<CheckedSend, { status: string | null }>,
  isTest: boolean,
): IDataObject {
  const { sendId, decision, reasons, until = null, address = null, message } = answer;
  const isReplay = kind === 'alreadySent' && !reasons.includes('already_sent');
  const testAddress = new ItemFields(context, itemIndex).option('testAddress');
  return {
    id: isTest ? null : sendId,
    channel,
    decision: isReplay ? 'suppress' : decision,
    reasons: isReplay ? ['already_sent'] : reasons,
    status,
    until,
    ...(isTest ? { address: testAddress, customerAddress: address } : { address }),
    ...(message?.fields ? { links: message.fields } : {}),
    ...(message?.headers ? { headers: message.headers } : {}),
  };
}

function errorOf(
  context: IExecuteFunctions,
  { answer: { error } }: CheckedSend,
  itemIndex: number,
): NodeOperationError {
  if (error) {
    return new NodeOperationError(context.getNode(), error.message, {
      itemIndex,
      description: `The journeys service refused this item (${error.path})`,
    });
  }
  return new NodeOperationError(context.getNode(), 'Messages were stopped while this one was checked', {
    itemIndex,
    description: 'In a journey the segment runs again by itself. Elsewhere run the workflow again.',
  });
}
