/** What the service answers for one item of an operation. */
import type { IDataObject } from 'n8n-workflow';
import type { CustomerAnswer } from '../../transport/contract/customers.ts';

/** With `fields` these go onto the item, and its `customer` stays as it is. */
export interface OperationAnswer extends CustomerAnswer {
  fields?: IDataObject;
}
