/**
 * Channel Send in a manual test: what the gate would decide and how the message looks. No claim is taken and no customer is
 * written to; with a test address in the options, the message goes there.
 */
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { AuthorizeAnswer } from '../transport/contract.ts';
import { JourneysApi } from '../transport/journeysApi.ts';
import { withError } from '../transport/journeyItem.ts';
import { draftOf, emailOf, gateError, passOf, type Draft, type Email } from './message.ts';
import { connectSmtp, type MailServer } from './smtp.ts';

export async function previewMessages(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
  const items = context.getInputData();
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
      drafts.set(String(itemIndex), draftOf(context, itemIndex, true));
    } catch (error) {
      fail(itemIndex, error as Error);
    }
  }

  const answers = await new JourneysApi(context).authorizeSends([...drafts.values()].map(({ gate }) => gate));
  const testServer = await serverForTests(context, [...drafts.values()]);
  let tested = 0;
  try {
    for (const answer of answers) {
      const itemIndex = Number(answer.ref);
      const draft = drafts.get(answer.ref);
      if (!draft) continue;
      if (answer.error) {
        fail(itemIndex, gateError(context, answer, itemIndex));
        continue;
      }
      const email = preview(context, draft, answer);
      if (email && draft.testAddress && testServer) {
        const outcome = await testServer.deliver({
          ...email,
          to: draft.testAddress,
          subject: `[Test] ${email.subject}`,
        });
        if (outcome.kind !== 'sent') {
          fail(itemIndex, new NodeOperationError(context.getNode(), outcome.error, { itemIndex }));
          continue;
        }
        tested++;
      }
      outputs[answer.decision === 'suppress' ? 1 : 0].push({
        ...items[itemIndex],
        json: { ...items[itemIndex]?.json, ...previewFields(answer, email) },
        pairedItem: { item: itemIndex },
      });
    }
  } finally {
    testServer?.close();
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

async function serverForTests(context: IExecuteFunctions, drafts: Draft[]): Promise<MailServer | null> {
  if (!drafts.some(({ testAddress }) => testAddress !== '')) return null;
  return connectSmtp(await context.getCredentials('commerceSmtp'));
}

function preview(context: IExecuteFunctions, draft: Draft, answer: AuthorizeAnswer): Email | null {
  if (!answer.message) return null;
  const id = `test-${passOf(context).replaceAll('/', '-')}-${answer.ref}`;
  return emailOf(draft, answer.message, answer.address ?? '', id);
}

function previewFields(answer: AuthorizeAnswer, email: Email | null): IDataObject {
  const { decision, reasons, until } = answer;
  return {
    send: { id: null, channel: 'email', decision, reasons, status: 'preview', ...(until ? { until } : {}) },
    preview: email && {
      from: email.from,
      to: email.to,
      subject: email.subject,
      text: email.text,
      html: email.html ?? '',
      headers: email.headers ?? {},
    },
  };
}
