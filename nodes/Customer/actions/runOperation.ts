/** What all operations share: one request per item, sent in few calls, answers back on their items. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { CustomerAnswer, CustomerRecord } from '../../transport/contract.ts';
import { JourneysApi } from '../../transport/journeysApi.ts';
import { withError } from '../../transport/journeyItem.ts';
import { isRehearsal, rehearse, type Rehearsable } from './rehearsal.ts';

/** With `fields` these go onto the item, and its `customer` stays as it is. */
export interface OperationAnswer extends CustomerAnswer {
  fields?: IDataObject;
}

export interface CustomerOperation<Request> extends Rehearsable<Request> {
  /** @throws NodeOperationError when the item lacks something */
  request(context: IExecuteFunctions, itemIndex: number): Request;
  call(api: JourneysApi, requests: Array<Request & { ref: string }>): Promise<OperationAnswer[]>;
  /** What an unknown customer means: an error, or an item whose `customer` is null. */
  missingIsError?(context: IExecuteFunctions, itemIndex: number): boolean;
}

export async function runOperation<Request>(
  context: IExecuteFunctions,
  operation: CustomerOperation<Request>,
): Promise<INodeExecutionData[]> {
  const items = context.getInputData();
  const node = context.getNode();
  const output: INodeExecutionData[] = items.map((item, index) => ({ ...item, pairedItem: { item: index } }));
  const fail = (itemIndex: number, error: NodeOperationError) => {
    if (!context.continueOnFail()) throw error;
    output[itemIndex] = withError(context, error, itemIndex);
  };

  const requests: Array<Request & { ref: string }> = [];
  for (const itemIndex of items.keys()) {
    try {
      requests.push({ ref: String(itemIndex), ...operation.request(context, itemIndex) });
    } catch (error) {
      fail(
        itemIndex,
        error instanceof NodeOperationError ? error : new NodeOperationError(node, error as Error, { itemIndex }),
      );
    }
  }
  if (requests.length === 0) return output;
  const api = new JourneysApi(context);
  const isTest = ({ ref }: { ref: string }) => isRehearsal(context, Number(ref));
  const real = requests.filter((request) => !isTest(request));
  const answers: OperationAnswer[] = [
    ...(real.length > 0 ? await operation.call(api, real) : []),
    ...(await rehearse(context, api, operation, requests.filter(isTest))),
  ];
  for (const answer of answers) {
    const itemIndex = Number(answer.ref);
    const item = output[itemIndex];
    if (!item) continue;
    if (answer.error) {
      const description = `The journeys service refused this item (${answer.error.path})`;
      fail(itemIndex, new NodeOperationError(node, answer.error.message, { itemIndex, description }));
    } else if (answer.fields) {
      item.json = { ...item.json, ...answer.fields };
    } else if (answer.customer === null && operation.missingIsError?.(context, itemIndex)) {
      const description =
        'To go on without a profile, set "When Not Found" to "Continue": the item then has customer = null.';
      fail(itemIndex, new NodeOperationError(node, 'There is no such customer', { itemIndex, description }));
    } else {
      item.json = { ...item.json, customer: answer.customer && customerField(answer.customer) };
    }
  }
  return output;
}

/** As in a journey: the properties and main identifiers side by side, and the whole record. */
function customerField(record: CustomerRecord): IDataObject {
  const main: IDataObject = {};
  for (const kind of ['email', 'phone', 'externalId']) {
    const identifier = record.identifiers.find((candidate) => candidate.kind === kind);
    if (identifier) main[kind] = identifier.value;
  }
  return { ...record.properties, ...main, ...record };
}
