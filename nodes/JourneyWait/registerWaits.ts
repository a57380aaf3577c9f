/** The arriving half of Journey Wait: hands all customers to the service in few calls, and outputs nothing. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { WaitRegistration } from '../transport/contract/waits.ts';
import { JourneysApi } from '../transport/journeysApi.ts';
import { missingRun, runOf, withError } from '../transport/journeyItem.ts';
import { readWaitSpec } from './releaseCustomers.ts';

/** @throws the first item's error after all others are registered, so that n8n and Temporal show it and try again */
export async function registerWaits(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
  const items = context.getInputData();
  const node = context.getNode();
  const failures = new Map<number, NodeOperationError>();
  const registrations: WaitRegistration[] = [];
  const seenRuns = new Set<string>();
  for (const [itemIndex, item] of items.entries()) {
    try {
      const run = runOf(item.json);
      if (!run) throw missingRun(node, itemIndex);
      if (seenRuns.has(run.id)) throw twiceInOneWait(context, itemIndex);
      const spec = readWaitSpec(context, itemIndex);
      seenRuns.add(run.id);
      registrations.push({
        ref: String(itemIndex),
        runId: run.id,
        segment: run.segment,
        workflowId: context.getWorkflow().id ?? '',
        nodeId: node.id,
        nodeName: node.name,
        spec,
        item: carried(item.json),
      });
    } catch (error) {
      failures.set(itemIndex, asNodeError(context, error as Error, itemIndex));
    }
  }
  for (const answer of await new JourneysApi(context).registerWaits(registrations)) {
    if (!answer.error) continue;
    const itemIndex = Number(answer.ref);
    const description = `The journeys service refused this wait (${answer.error.path})`;
    failures.set(itemIndex, new NodeOperationError(node, answer.error.message, { itemIndex, description }));
  }
  const [firstFailure] = failures.values();
  if (firstFailure && !context.continueOnFail()) throw firstFailure;
  if (items.some((item) => item.binary !== undefined)) {
    context.addExecutionHints({
      message: 'Files on the items do not travel over a Journey Wait: get them again after it.',
      location: 'outputPane',
    });
  }
  const failed = [...failures].map(([itemIndex, error]) => withError(context, error, itemIndex));
  return context.getNodeOutputs().map((_, output) => (output === 0 ? failed : []));
}

/** The service gives the customer, the run and the event anew after the wait. */
function carried(json: IDataObject): IDataObject {
  const fresh = new Set(['customer', 'run', 'event']);
  return Object.fromEntries(Object.entries(json).filter(([name]) => !fresh.has(name)));
}

function twiceInOneWait(context: IExecuteFunctions, itemIndex: number): NodeOperationError {
  return new NodeOperationError(context.getNode(), 'The same customer run reaches this wait twice', {
    itemIndex,
    description:
      'A customer waits in one place at a time. Join the items before the wait, for example with Aggregate or Remove Duplicates on run.id.',
  });
}

function asNodeError(context: IExecuteFunctions, error: Error, itemIndex: number): NodeOperationError {
  return error instanceof NodeOperationError ? error : new NodeOperationError(context.getNode(), error, { itemIndex });
}
