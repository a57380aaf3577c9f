/** Channel Send in a published workflow: the gate is asked for some items at a time, and those that it allows go out. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError, sleep } from 'n8n-workflow';
import { passOf } from '../sends/pass.ts';
import type { AuthorizeAnswer } from '../transport/contract/sends.ts';
import { JourneysApi } from '../transport/journeysApi.ts';
import { withError } from '../transport/journeyItem.ts';
import { deliverSends, type AuthorizedSend, type DeliveredSends, type SendResult } from './deliverSends.ts';
import { draftOf, gateError, sendWayOf, type Draft, type SendWay } from './draft.ts';
import { paceOf } from './pace.ts';
import type { OutgoingMessage } from './providers/outgoing.ts';

/** A service that restarts must not turn a sent message into an unknown one: reports are worth waiting for (ms). */
const PATIENCE_MS = [300, 1_000, 3_000, 6_000, 10_000];
/**
 * Items in one question to the gate, asked when those before have gone out: so claims are fresh when their turn comes, however
 * many items there are and however slow the provider is, and no more messages than these are in memory.
 */
const ASKED_AT_ONCE = 200;

type Output = 'sent' | 'notSent' | 'nowhere';
type Delivered = Exclude<SendResult, { status: 'suppressed' }>;

/** @throws the first failed item's error after all items are worked through, so that the segment runs again */
export async function sendMessages(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
  const items = context.getInputData();
  if (items.length === 0) return [[], []];
  const pass = new SendPass(context);
  const { results, stoppedBy } = await pass.deliver();
  const { failures } = pass;

  const outputs: Record<Exclude<Output, 'nowhere'>, INodeExecutionData[]> = { sent: [], notSent: [] };
  for (const itemIndex of items.keys()) {
    if (failures.has(itemIndex)) continue;
    const asked = pass.answers.get(itemIndex);
    if (!asked) {
      failures.set(itemIndex, pass.notSentYet(stoppedBy ?? 'it was not its turn', itemIndex));
      continue;
    }
    const delivered = asked.sendId && isToSend(asked) ? results.get(asked.sendId) : undefined;
    const [answer, result] = asDecidedLast(asked, delivered);
    if (result?.status === 'retryLater') {
      failures.set(itemIndex, pass.notSentYet(result.error, itemIndex));
      continue;
    }
    if (isToSend(answer) && !result) {
      failures.set(itemIndex, incomplete(context, itemIndex));
      continue;
    }
    const output = outputOf(answer, result);
    if (output === 'nowhere') continue;
    const item = items[itemIndex];
    outputs[output].push({
      ...item,
      json: { ...item?.json, send: pass.sendField(answer, result) },
      pairedItem: { item: itemIndex },
    });
  }
  const [first] = [...failures.keys()].sort((a, b) => a - b);
  if (first !== undefined && !context.continueOnFail()) throw failures.get(first) as NodeOperationError;
  for (const [itemIndex, error] of failures) {
    outputs.notSent.push(withError(context, error, itemIndex));
  }
  return [outputs.sent, outputs.notSent];
}

const isToSend = ({ decision, replayed }: AuthorizeAnswer) => decision === 'send' && !replayed;

/** All items of one execution of the node. */
class SendPass {
  readonly failures = new Map<number, NodeOperationError>();
  /** By the item's index, without the messages. */
  readonly answers = new Map<number, Omit<AuthorizeAnswer, 'message'>>();
  readonly #context: IExecuteFunctions;
  readonly #api: JourneysApi;
  readonly #way: SendWay;
  readonly #taken = new Set<string>();
  #nextItem = 0;

  constructor(context: IExecuteFunctions) {
    this.#context = context;
    this.#api = new JourneysApi(context, PATIENCE_MS);
    this.#way = sendWayOf(context);
  }

  async deliver(): Promise<DeliveredSends> {
    const context = this.#context;
    const { provider } = this.#way;
    const first = await this.#authorizeNext();
    // Nothing to send: then the credential is not needed either.
    if (first === null) return { results: new Map(), stoppedBy: null };
    let batch: Array<AuthorizedSend<OutgoingMessage>> | null = first;
    const pace = paceOf(
      context.getNode(),
      provider.credential,
      await context.getCredentials(provider.credential),
      provider.pace,
    );
    const sender = await provider.connect(context);
    const pass = passOf(context);
    try {
      return await deliverSends<OutgoingMessage>({
        next: async () => {
          const next = batch ?? (await this.#authorizeNext());
          batch = null;
          return next;
        },
        deliver: async (message, startedBefore) =>
          await pace.run(async () => await sender.deliver(message, startedBefore)),
        hold: (ms) => pace.hold(ms),
        start: async (sendIds, chunk) => await this.#api.startSends(sendIds, `${pass}/${chunk}`),
        report: async (reports) => await this.#api.reportSends(reports),
        sleep,
      });
    } finally {
      sender.close();
    }
  }

  /** @returns null when no item is left that may be sent */
  async #authorizeNext(): Promise<Array<AuthorizedSend<OutgoingMessage>> | null> {
    const end = this.#context.getInputData().length;
    while (this.#nextItem < end) {
      const drafts = new Map<number, Draft>();
      for (; this.#nextItem < end && drafts.size < ASKED_AT_ONCE; this.#nextItem++) this.#draft(this.#nextItem, drafts);
      const answers = await this.#api.authorizeSends([...drafts.values()].map(({ gate }) => gate));
      const sends = answers.flatMap((answer) => this.#sendOf(answer, drafts.get(Number(answer.ref))));
      if (sends.length > 0) return sends;
    }
    return null;
  }

  #draft(itemIndex: number, drafts: Map<number, Draft>): void {
    try {
      drafts.set(itemIndex, draftOf(this.#context, this.#way, itemIndex, false));
    } catch (error) {
      this.failures.set(itemIndex, asNodeError(this.#context, error as Error, itemIndex));
    }
  }

  #sendOf({ message, ...answer }: AuthorizeAnswer, draft: Draft | undefined): Array<AuthorizedSend<OutgoingMessage>> {
    const itemIndex = Number(answer.ref);
    if (answer.error) {
      this.failures.set(itemIndex, gateError(this.#context, this.#way, answer, itemIndex));
      return [];
    }
    this.answers.set(itemIndex, answer);
    const { sendId, address, resumed = false, startedAt } = answer;
    if (!isToSend(answer) || !sendId || !address || !message || !draft) return [];
    // Two items of one run share one send.
    if (this.#taken.has(sendId)) return [];
    this.#taken.add(sendId);
    let outgoing: OutgoingMessage;
    try {
      outgoing = draft.outgoing(message, address, sendId, answer);
    } catch (error) {
      this.failures.set(itemIndex, asNodeError(this.#context, error as Error, itemIndex));
      return [];
    }
    const startedBefore = startedAt ? Date.parse(startedAt) : 0;
    return [
      {
        sendId,
        message: outgoing,
        comesAgain: draft.gate.runId !== undefined,
        ...(resumed ? { startedBefore } : {}),
      },
    ];
  }

  sendField({ sendId, decision, reasons, status }: AuthorizeAnswer, result: Delivered | undefined) {
    const channel = this.#way.channel.channel;
    return { id: sendId, channel, decision, reasons, status: statusOf(status, result) };
  }

  notSentYet(error: string, itemIndex: number): NodeOperationError {
    const { provider } = this.#way;
    const credential = this.#context.getNode().credentials?.[provider.credential]?.name ?? provider.credential;
    return new NodeOperationError(
      this.#context.getNode(),
      `The message was not sent by ${provider.displayName}: ${error}`,
      {
        itemIndex,
        description: `In a journey the segment runs again by itself, and messages already sent are not repeated. If this stays, check the credential "${credential}" with its Test button.`,
      },
    );
  }
}

/** Between the answer and its turn the gate may have decided otherwise. */
function asDecidedLast<Answer extends Omit<AuthorizeAnswer, 'message'>>(
  answer: Answer,
  result: SendResult | undefined,
): [Answer, Delivered | undefined] {
  if (result?.status !== 'suppressed') return [answer, result];
  return [{ ...answer, decision: 'suppress', reasons: result.reasons, status: null }, undefined];
}

/** A replayed item, and one that another execution is sending, goes where the first one went. */
function outputOf(answer: AuthorizeAnswer, result: Delivered | undefined): Output {
  if (answer.decision === 'defer') return 'nowhere';
  if (answer.decision === 'suppress') return 'notSent';
  if (result?.status === 'refused') return 'notSent';
  const theirs = result?.status === 'notOurs' ? result.theirs : answer.replayed ? answer.status : null;
  return theirs === 'failed' ? 'notSent' : 'sent';
}

function statusOf(status: string | null | undefined, result: Delivered | undefined): string | null {
  if (result?.status === 'refused') return 'failed';
  if (result?.status === 'notOurs') return result.theirs;
  return result?.status ?? status ?? null;
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
