/** Journey → Get Products: what the catalogue knows of the products of an item, so that a branch can look at stock and price. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { idsOf, productsOfItem } from '../../fields/itemProducts.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';

export const description: INodeProperties[] = [
  {
    displayName: 'Product IDs',
    name: 'productIds',
    type: 'string',
    default: '',
    placeholder: 'e.g. p1, p2',
    description: 'Separated by commas, or a list from an expression',
    hint: 'When empty: the products of the event that ended the last wait, or else that the customer came in with. The item gets the fields products and productsNotFound.',
    displayOptions: { show: { operation: ['getProducts'] } },
  },
];

interface ProductsRequest {
  productIds: string[];
}

export function request(context: IExecuteFunctions, itemIndex: number): ProductsRequest {
  const named = idsOf(context.getNodeParameter('productIds', itemIndex, ''));
  return { productIds: named.length > 0 ? named : productsOfItem(context.getInputData()[itemIndex]?.json ?? {}) };
}

interface ProductsAnswer {
  ref: string;
  products: IDataObject[];
  missing: string[];
}

export async function call(api: JourneysApi, requests: Array<Referenced<ProductsRequest>>): Promise<ProductsAnswer[]> {
  const ids = [...new Set(requests.flatMap(({ productIds }) => productIds))];
  const answers =
    ids.length > 0 ? await api.lookUpProducts(ids.map((productId) => ({ ref: productId, productId }))) : [];
  const found = new Map(answers.map(({ ref, product }) => [ref, product]));
  return requests.map(({ ref, productIds }) => ({
    ref,
    products: productIds.map((id) => found.get(id) ?? null).filter((product) => product !== null),
    missing: productIds.filter((id) => !found.get(id)),
  }));
}

export function output(answer: ProductsAnswer, context: IExecuteFunctions, itemIndex: number): INodeExecutionData[] {
  const { products, missing } = answer;
  return itemWith(context, itemIndex, { products, productsNotFound: missing });
}
