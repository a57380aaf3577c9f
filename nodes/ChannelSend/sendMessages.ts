/** Channel Send in a published workflow: one question to the gate for all items, then the allowed ones go out. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError, sleep } from 'n8n-workflow';
import type { AuthorizeAnswer } from '../transport/contract.ts';
import { JourneysApi } from '../transport/journeysApi.ts';
import { withError } from '../transport/journeyItem.ts';
import { deliverSends, type AuthorizedSend, type SendResult } from './deliverSends.ts';
import { draftOf, emailOf, gateError, passOf, type Draft, type Email } from './message.ts';
import { connectSmtp } from './smtp.ts';

/** A service that restarts must not turn a sent message into an unknown one: reports are worth waiting for (ms). */
const PATIENCE_MS = [300, 1_000, 3_000, 6_000, 10_000];

type Output = 'sent' | 'notSent' | 'nowhere';

/** @throws the first failed item's error after all items are worked through, so that the segment runs again */
export async function sendMessages(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
  const items = context.getInputData();
  const failures = new Map<number, NodeOperationError>();
  const drafts = new Map<number, Draft>();
  for (const itemIndex of items.keys()) {
    try {
      drafts.set(itemIndex, draftOf(context, itemIndex, false));
    } catch (error) {
      failures.set(itemIndex, asNodeError(context, error as Error, itemIndex));
    }
  }

  const api = new JourneysApi(context, PATIENCE_MS);
  const answers = await api.authorizeSends([...drafts.values()].map(({ gate }) => gate));
  const results = await deliverAllowed(context, api, drafts, answers);

  const outputs: Record<Exclude<Output, 'nowhere'>, INodeExecutionData[]> = { sent: [], notSent: [] };
  for (const answer of answers) {
    const itemIndex = Number(answer.ref);
    if (answer.error) {
      failures.set(itemIndex, gateError(context, answer, itemIndex));
      continue;
    }
    const result = answer.decision === 'send' && answer.sendId ? results.get(answer.sendId) : undefined;
    if (result?.status === 'retryLater') {
      failures.set(itemIndex, notSentYet(context, result.error, itemIndex));
      continue;
    }
    if (answer.decision === 'send' && !answer.replayed && !result) {
      failures.set(itemIndex, incomplete(context, itemIndex));
      continue;
    }
    const output = outputOf(answer, result);
    if (output === 'nowhere') continue;
    const item = items[itemIndex];
    outputs[output].push({
      ...item,
      json: { ...item?.json, send: sendField(answer, result) },
      pairedItem: { item: itemIndex },
    });
  }
  const [firstFailure] = failures.values();
  if (firstFailure && !context.continueOnFail()) throw firstFailure;
  for (const [itemIndex, error] of failures) {
    outputs.notSent.push(withError(context, error, itemIndex));
  }
  return [outputs.sent, outputs.notSent];
}

async function deliverAllowed(
  context: IExecuteFunctions,
  api: JourneysApi,
  drafts: Map<number, Draft>,
  answers: AuthorizeAnswer[],
): Promise<Map<string, SendResult>> {
  const sends = new Map<string, AuthorizedSend<Email>>();
  for (const { ref, sendId, decision, replayed, address, message, error } of answers) {
    const draft = drafts.get(Number(ref));
    if (error || decision !== 'send' || replayed || !sendId || !address || !message || !draft) continue;
    // Two items of one run share one send.
    sends.set(sendId, { sendId, message: emailOf(draft, message, address, sendId) });
  }
  if (sends.size === 0) return new Map();
  const server = connectSmtp(await context.getCredentials('commerceSmtp'));
  const pass = passOf(context);
  try {
    return await deliverSends([...sends.values()], {
      deliver: server.deliver,
      start: async (sendIds, chunk) => await api.startSends(sendIds, `${pass}/${chunk}`),
      report: async (reports) => await api.reportSends(reports),
      sleep,
    });
  } finally {
    server.close();
  }
}

/** A replayed item, and one that another execution is sending, goes where the first one went. */
function outputOf(answer: AuthorizeAnswer, result: SendResult | undefined): Output {
  if (answer.decision === 'defer') return 'nowhere';
  if (answer.decision === 'suppress') return 'notSent';
  if (result?.status === 'refused') return 'notSent';
  const theirs = result?.status === 'notOurs' ? result.theirs : answer.replayed ? answer.status : null;
  return theirs === 'failed' ? 'notSent' : 'sent';
}

function sendField(answer: AuthorizeAnswer, result: SendResult | undefined) {
  const { sendId, decision, reasons } = answer;
  return { id: sendId, channel: 'email', decision, reasons, status: statusOf(answer, result) };
}

function statusOf(answer: AuthorizeAnswer, result: SendResult | undefined): string | null {
  if (result?.status === 'refused') return 'failed';
  if (result?.status === 'notOurs') return result.theirs;
  return result?.status ?? answer.status ?? null;
}

function notSentYet(context: IExecuteFunctions, error: string, itemIndex: number): NodeOperationError {
  return new NodeOperationError(context.getNode(), `The mail server does not take the message: ${error}`, {
    itemIndex,
    description:
      'It was tried several times. In a journey the segment runs again by itself, and messages already sent are not repeated. If this stays, check the "Commerce SMTP" credential with its Test button.',
  });
}

function incomplete(context: IExecuteFunctions, itemIndex: number): NodeOperationError {
  return new NodeOperationError(context.getNode(), 'The journeys service allowed this send but gave no message', {
    itemIndex,
    description: 'The versions of the n8n package and the journeys service do not fit: update both.',
  });
}

function asNodeError(context: IExecuteFunctions, error: Error, itemIndex: number): NodeOperationError {
  return error instanceof NodeOperationError ? error : new NodeOperationError(context.getNode(), error, { itemIndex });
}
