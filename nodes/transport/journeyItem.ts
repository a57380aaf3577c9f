/** What journey nodes read from an item: the customer's run, and how an item carries an error. */
import type { IDataObject, IExecuteFunctions, INode, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

/** As the journeys service names the sample of a manual test (its `domain/journeyItem.ts`): run and made-up customer. */
export const TEST_RUN_ID = 'run_test';
export const TEST_CUSTOMER_ID = 'cus_test';

export interface RunOfItem {
  id: string;
  segment: number;
}

export function runOf(json: IDataObject): RunOfItem | null {
  const run = json.run as IDataObject | null | undefined;
  if (typeof run !== 'object' || run === null) return null;
  if (typeof run.id !== 'string' || run.id === '' || typeof run.segment !== 'number') return null;
  return { id: run.id, segment: run.segment };
}

export function customerIdOf(json: IDataObject): string | null {
  const customer = json.customer as IDataObject | null | undefined;
  return typeof customer?.id === 'string' && customer.id !== '' ? customer.id : null;
}

export function missingRun(node: INode, itemIndex: number): NodeOperationError {
  return new NodeOperationError(node, 'This item has no customer run', {
    itemIndex,
    description:
      'Journey nodes need the "run" field that Journey Trigger puts on every item. Start the workflow with a Journey Trigger, and keep the "run" field when a node in between makes new items. HTTP Request and the like put their answer in its place: join it with the item before by a Merge node (Combine by Position).',
  });
}

/**
 * How a node goes on with an item that failed. n8n moves items with an `error` to the error output; on an ordinary output it
 * would cut them down to the error, and the customer would lose the run: there the message goes on the item instead.
 */
export function withError(
  context: IExecuteFunctions,
  error: NodeOperationError,
  itemIndex: number,
): INodeExecutionData {
  const item = context.getInputData()[itemIndex];
  const hasErrorOutput = context.getNode().onError === 'continueErrorOutput';
  return {
    json: { ...item?.json, error: error.message },
    ...(hasErrorOutput ? { error } : {}),
    pairedItem: { item: itemIndex },
  };
}
