/** Journey → Get Alternatives: what can be had in place of the products of an item. */
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { idsOf, productsOfItem } from '../../fields/itemProducts.ts';
import { limitOf } from '../../fields/limit.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { AlternativesAnswer, AlternativesItem } from '../../transport/contract/products.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';

const show = { operation: ['getAlternatives'] };
/** The service gives no more at once, and takes no more to go by. */
const MOST = 20;
const MOST_PRODUCTS = 100;

export const description: INodeProperties[] = [
  {
    displayName: 'In Place of the Product IDs',
    name: 'productIds',
    type: 'string',
    default: '',
    placeholder: 'e.g. p1, p2',
    description: 'Separated by commas, or a list from an expression',
    hint: 'When empty: the products of the event that ended the last wait, or else that the customer came in with. The item gets the field alternatives: in stock, of the same category, those with the nearest price first.',
    displayOptions: { show },
  },
  {
    displayName: 'Limit',
    name: 'limit',
    type: 'number',
    // As the service has it: nobody reads fifty offers in one message.
    // eslint-disable-next-line n8n-nodes-base/node-param-default-wrong-for-limit
    default: 3,
    typeOptions: { minValue: 1, maxValue: MOST },
    description: 'Max number of results to return',
    displayOptions: { show },
  },
];

type Request = Omit<AlternativesItem, 'ref'>;

export function request(context: IExecuteFunctions, itemIndex: number): Request {
  const named = idsOf(context.getNodeParameter('productIds', itemIndex, ''));
  const productIds = named.length > 0 ? named : productsOfItem(context.getInputData()[itemIndex]?.json ?? {});
  if (productIds.length > MOST_PRODUCTS) {
    throw new NodeOperationError(context.getNode(), `There are ${productIds.length} products to replace`, {
      itemIndex,
      description: `Name at most ${MOST_PRODUCTS} in "In Place of the Product IDs".`,
    });
  }
  return { productIds, limit: Math.min(Math.max(1, Math.trunc(limitOf(context, itemIndex)) || 1), MOST) };
}

export async function call(api: JourneysApi, requests: Array<Referenced<Request>>): Promise<AlternativesAnswer[]> {
  return await api.findAlternatives(requests);
}

export function output(
  { products, reason }: AlternativesAnswer,
  context: IExecuteFunctions,
  itemIndex: number,
): INodeExecutionData[] {
  const why = products.length === 0 && reason ? { alternativesReason: reason } : {};
  return itemWith(context, itemIndex, { alternatives: products, ...why });
}
