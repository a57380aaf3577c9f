/**
 * Channel Send in a manual test: what the gate would decide and how the message looks. No claim is taken and no customer is
 * written to; with a test address in the options, the message goes there.
 */
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { passOf } from '../sends/pass.ts';
import type { AuthorizeAnswer } from '../transport/contract/sends.ts';
import { JourneysApi } from '../transport/journeysApi.ts';
import { withError } from '../transport/journeyItem.ts';
import { draftOf, gateError, sendWayOf, type Draft, type SendWay } from './draft.ts';
import type { Sender } from './providers/provider.ts';

export async function previewMessages(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
  const items = context.getInputData();
  const way = sendWayOf(context);
  const outputs: [INodeExecutionData[], INodeExecutionData[]] = [[], []];
  const drafts = new Map<string, Draft>();
  const fail = (itemIndex: number, error: Error) => {
    const nodeError =
      error instanceof NodeOperationError ? error : new NodeOperationError(context.getNode(), error, { itemIndex });
    if (!context.continueOnFail()) throw nodeError;
    outputs[1].push(withError(context, nodeError, itemIndex));
  };
  for (const itemIndex of items.keys()) {
    try {
      drafts.set(String(itemIndex), draftOf(context, way, itemIndex, true));
    } catch (error) {
      fail(itemIndex, error as Error);
    }
  }

  const answers = await new JourneysApi(context).authorizeSends([...drafts.values()].map(({ gate }) => gate));
  const testSender = await senderForTests(context, way, [...drafts.values()]);
  let tested = 0;
  try {
    for (const answer of answers) {
      const itemIndex = Number(answer.ref);
      const draft = drafts.get(answer.ref);
      if (!draft) continue;
      if (answer.error) {
        fail(itemIndex, gateError(context, way, answer, itemIndex));
        continue;
      }
      const id = `test-${passOf(context).replace(/[^\w-]+/g, '-')}-${answer.ref}`;
      if (answer.message && draft.testAddress && testSender) {
        const marked = way.channel.asTest(answer.message);
        const outcome = await testSender.deliver(draft.outgoing(marked, draft.testAddress, id, answer));
        if (outcome.kind !== 'sent') {
          fail(itemIndex, new NodeOperationError(context.getNode(), outcome.error, { itemIndex }));
          continue;
        }
        tested++;
      }
      outputs[answer.decision === 'suppress' ? 1 : 0].push({
        ...items[itemIndex],
        json: { ...items[itemIndex]?.json, ...previewFields(way, draft, answer, id) },
        pairedItem: { item: itemIndex },
      });
    }
  } finally {
    testSender?.close();
  }
  context.addExecutionHints({
    location: 'outputPane',
    message:
      tested > 0
        ? `Test run: ${tested} sent to the test address, nothing to customers.`
        : 'Test run: nothing was sent. "preview" shows the message; with "Test Address" in the options you get it in your inbox.',
  });
  return outputs;
}

async function senderForTests(context: IExecuteFunctions, way: SendWay, drafts: Draft[]): Promise<Sender | null> {
  if (!drafts.some(({ testAddress }) => testAddress !== '')) return null;
  return await way.provider.connect(context);
}

function previewFields({ channel }: SendWay, draft: Draft, answer: AuthorizeAnswer, id: string): IDataObject {
  const { decision, reasons, until, message, address } = answer;
  const status = 'preview';
  return {
    send: { id: null, channel: channel.channel, decision, reasons, status, ...(until ? { until } : {}) },
    preview: message ? channel.preview(draft.preview(message, address ?? '', id, answer)) : null,
  };
}
