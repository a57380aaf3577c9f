/** What operations with one customer as their answer share: an unknown customer, and the customer on the item. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { itemWith, runBatched, type Referenced } from '../../transport/batchedItems.ts';
import type { CustomerRecord } from '../../transport/contract/customers.ts';
import { customerField } from '../../transport/customerOnItem.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import type { OperationAnswer } from './operationAnswer.ts';
import { rehearse, type Rehearsable } from './rehearsal.ts';

export interface CustomerOperation<Request extends object> extends Rehearsable<Request> {
  /** @throws NodeOperationError when the item lacks something */
  request(context: IExecuteFunctions, itemIndex: number): Request;
  call(api: JourneysApi, requests: Array<Referenced<Request>>): Promise<OperationAnswer[]>;
  /** What an unknown customer means: an error, or an item whose `customer` is null. */
  missingIsError?(context: IExecuteFunctions, itemIndex: number): boolean;
  /** What to do about that error; missing where the customer has to be there. */
  wayWithoutCustomer?: string;
  /** What the item gets; `customer` when missing. */
  show?(customer: CustomerRecord | null): IDataObject;
}

export async function runOperation<Request extends object>(
  context: IExecuteFunctions,
  operation: CustomerOperation<Request>,
): Promise<INodeExecutionData[]> {
  return await runBatched(context, {
    request: (of, itemIndex) => operation.request(of, itemIndex),
    call: (api, requests) => operation.call(api, requests),
    rehearse: (of, api, requests) => rehearse(of, api, operation, requests),
    output({ customer, fields }: OperationAnswer, of, itemIndex) {
      if (fields) return itemWith(of, itemIndex, fields);
      if (customer === null && operation.missingIsError?.(of, itemIndex)) {
        const description = operation.wayWithoutCustomer ?? 'Check the customer ID: the customer may have been erased.';
        throw new NodeOperationError(of.getNode(), 'There is no such customer', { itemIndex, description });
      }
      const shown = operation.show?.(customer) ?? { customer: customer && customerField(customer) };
      return itemWith(of, itemIndex, shown);
    },
  });
}
