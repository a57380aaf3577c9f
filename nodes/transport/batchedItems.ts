/** What operations on items share: one request per item, sent in few calls, answers back on their items, errors on theirs. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { ItemError } from './contract/items.ts';
import { runOf, TEST_RUN_ID, withError } from './journeyItem.ts';
import { JourneysApi } from './journeysApi.ts';

export type Referenced<Request> = Request & { ref: string };

export interface BatchedOperation<Request extends object, Answer extends { ref: string; error?: ItemError }> {
  /** @throws NodeOperationError when the item lacks something */
  request(context: IExecuteFunctions, itemIndex: number): Request;
  call(api: JourneysApi, requests: Array<Referenced<Request>>): Promise<Answer[]>;
  /** In a manual test of a journey, instead of `call`: nothing is written. Missing where an operation only reads. */
  rehearse?(context: IExecuteFunctions, api: JourneysApi, requests: Array<Referenced<Request>>): Promise<Answer[]>;
  /** What comes out for the item. @throws NodeOperationError */
  output(answer: Answer, context: IExecuteFunctions, itemIndex: number): INodeExecutionData[];
}

/** Items that the journeys service has sent to the editor; other manual executions do what the node says. */
function isRehearsal(context: IExecuteFunctions, itemIndex: number): boolean {
  if (context.getMode() !== 'manual') return false;
  return runOf(context.getInputData()[itemIndex]?.json ?? {})?.id === TEST_RUN_ID;
}

export async function runBatched<Request extends object, Answer extends { ref: string; error?: ItemError }>(
  context: IExecuteFunctions,
  operation: BatchedOperation<Request, Answer>,
): Promise<INodeExecutionData[]> {
  const items = context.getInputData();
  const outputs: INodeExecutionData[][] = items.map(() => []);
  const attempt = (itemIndex: number, work: () => void) => {
    try {
      work();
    } catch (error) {
      const nodeError = asNodeError(context, error, itemIndex);
      if (!context.continueOnFail()) throw nodeError;
      outputs[itemIndex] = [withError(context, nodeError, itemIndex)];
    }
  };

  const requests: Array<Referenced<Request>> = [];
  for (const itemIndex of items.keys()) {
    attempt(itemIndex, () => {
      requests.push({ ...operation.request(context, itemIndex), ref: String(itemIndex) });
    });
  }
  if (requests.length === 0) return outputs.flat();
  const api = new JourneysApi(context);
  const isTest = ({ ref }: { ref: string }) => 'rehearse' in operation && isRehearsal(context, Number(ref));
  const [tests, real] = [requests.filter(isTest), requests.filter((request) => !isTest(request))];
  const answers = [
    ...(real.length > 0 ? await operation.call(api, real) : []),
    ...(tests.length > 0 ? ((await operation.rehearse?.(context, api, tests)) ?? []) : []),
  ];
  for (const answer of answers) {
    const itemIndex = Number(answer.ref);
    attempt(itemIndex, () => {
      if (answer.error) throw refusedItem(context, answer.error, itemIndex);
      outputs[itemIndex] = operation
        .output(answer, context, itemIndex)
        .map((item) => ({ ...item, pairedItem: { item: itemIndex } }));
    });
  }
  return outputs.flat();
}

function refusedItem(context: IExecuteFunctions, { path, message }: ItemError, itemIndex: number): NodeOperationError {
  const description = `The journeys service refused this item (${path})`;
  return new NodeOperationError(context.getNode(), message, { itemIndex, description });
}

function asNodeError(context: IExecuteFunctions, error: unknown, itemIndex: number): NodeOperationError {
  if (error instanceof NodeOperationError) return error;
  if (error instanceof NodeApiError) {
    return new NodeOperationError(context.getNode(), error, { itemIndex, description: error.description ?? undefined });
  }
  return new NodeOperationError(context.getNode(), error as Error, { itemIndex });
}

/** The item with further fields. */
export function itemWith(
  context: IExecuteFunctions,
  itemIndex: number,
  fields: INodeExecutionData['json'],
): INodeExecutionData[] {
  const item = context.getInputData()[itemIndex] as INodeExecutionData;
  return [{ ...item, json: { ...item.json, ...fields } }];
}
