/** Customer → Search: who fits what somebody typed, such as the beginning of a name or address. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';

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
    description: "The beginning of a name, an email address, a phone number or the shop's customer ID",
    displayOptions: { show },
  },
  {
    displayName: 'Return All',
    name: 'returnAll',
    type: 'boolean',
    default: false,
    description: 'Whether to return all results or only up to a given limit',
    displayOptions: { show },
  },
  {
    displayName: 'Limit',
    name: 'limit',
    type: 'number',
    typeOptions: { minValue: 1 },
    default: 50,
    description: 'Max number of results to return',
    displayOptions: { show: { operation: ['search'], returnAll: [false] } },
  },
  {
    displayName: 'Output',
    name: 'output',
    type: 'options',
    default: 'items',
    displayOptions: { show },
    options: [
      { name: 'One Item per Customer', value: 'items', description: 'No item where nobody fits' },
      { name: 'The Item With a List', value: 'list', description: 'The item goes on, with the field customers' },
    ],
  },
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
  const all = context.getNodeParameter('returnAll', itemIndex, false) === true;
  return { text, limit: all ? null : Number(context.getNodeParameter('limit', itemIndex, 50)) };
}

/** Items that search for the same get the same answer. */
export async function call(api: JourneysApi, requests: Array<Referenced<SearchRequest>>): Promise<SearchAnswer[]> {
  const answers: SearchAnswer[] = [];
  const known = new Map<string, IDataObject[]>();
  for (const { ref, text, limit } of requests) {
    const question = JSON.stringify([text, limit]);
    const customers = known.get(question) ?? (await api.searchCustomers(text, limit));
    known.set(question, customers);
    answers.push({ ref, customers });
  }
  return answers;
}

export function output(
  { customers }: SearchAnswer,
  context: IExecuteFunctions,
  itemIndex: number,
): INodeExecutionData[] {
  if (context.getNodeParameter('output', itemIndex, 'items') === 'list') {
    return itemWith(context, itemIndex, { customers });
  }
  return customers.map((customer) => ({ json: { customer } }));
}
