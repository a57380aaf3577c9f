/** Customer → Search: who fits what somebody typed, such as the beginning of a name or address. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';
import { limitOrAll, limitOrAllOf } from '../../fields/limit.ts';
import { outputField, outputOf } from '../../fields/listOutput.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { onceEach } from '../../transport/onceEach.ts';

const show = { operation: ['search'] };
/** As the service wants it. */
const SHORTEST = 2;
const LONGEST = 200;

export const description: INodeProperties[] = [
  {
    displayName: 'Search For',
    name: 'text',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. ada lov',
    hint: "The beginning of a name, an email address, a phone number or the shop's customer ID",
    displayOptions: { show },
  },
  ...limitOrAll('search'),
  outputField('search', 'items', 'customers', {
    name: 'One Item per Customer',
    description: 'No item where nobody fits',
  }),
];

interface SearchRequest {
  text: string;
  /** null: all. */
  limit: number | null;
}

interface SearchAnswer {
  ref: string;
  customers: IDataObject[];
}

export function request(context: IExecuteFunctions, itemIndex: number): SearchRequest {
  const text = fieldText(context.getNodeParameter('text', itemIndex, '')).trim();
  if (text.length < SHORTEST || text.length > LONGEST) {
    throw new NodeOperationError(context.getNode(), 'There is nothing to search for', {
      itemIndex,
      description: `"Search For" has to be ${SHORTEST} to ${LONGEST} characters: check that the expression has a value for this item.`,
    });
  }
  return { text, limit: limitOrAllOf(context, itemIndex) };
}

export async function call(api: JourneysApi, requests: Array<Referenced<SearchRequest>>): Promise<SearchAnswer[]> {
  return await onceEach(requests, async ({ text, limit }) => ({ customers: await api.searchCustomers(text, limit) }));
}

export function output(
  { customers }: SearchAnswer,
  context: IExecuteFunctions,
  itemIndex: number,
): INodeExecutionData[] {
  if (outputOf(context, itemIndex, 'items') === 'list') {
    return itemWith(context, itemIndex, { customers });
  }
  return customers.map((customer) => ({ json: { customer } }));
}
