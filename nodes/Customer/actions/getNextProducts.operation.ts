/** Customer → Get Next Products: what buyers of the same products have bought next, and this customer has not. */
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { identifyBy, identityOf } from '../../fields/customerIdentity.ts';
import { idsOf, orderOfItem } from '../../fields/itemProducts.ts';
import { limitOf } from '../../fields/limit.ts';
import { outputField, outputOf } from '../../fields/listOutput.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { CustomerIdentity } from '../../transport/contract/customers.ts';
import type { NextProductsAnswer, NextProductsItem } from '../../transport/contract/products.ts';
import { TEST_CUSTOMER_ID } from '../../transport/journeyItem.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { withCustomerIds } from '../../transport/knownCustomers.ts';

const show = { operation: ['getNextProducts'] };
/** The service gives no more at once, and takes no more to go by. */
const MOST = 20;
const MOST_PRODUCTS = 100;

export const description: INodeProperties[] = [
  ...identifyBy('getNextProducts'),
  {
    displayName: 'After the Product IDs',
    name: 'productIds',
    type: 'string',
    default: '',
    placeholder: 'e.g. p1, p2',
    description: 'Separated by commas, or a list from an expression',
    hint: 'When empty: the order that ended the last wait, or that the customer came in with; else their last order',
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
  outputField('getNextProducts', 'list', 'nextProducts', {
    name: 'One Item per Product',
    description: 'No item where there is nothing to offer',
  }),
];

interface NextRequest {
  identity: CustomerIdentity;
  asked: Omit<NextProductsItem, 'ref' | 'customerId'>;
}

export function request(context: IExecuteFunctions, itemIndex: number): NextRequest {
  const identity = identityOf(context, itemIndex);
  const limit = Math.min(Math.max(1, Math.trunc(limitOf(context, itemIndex)) || 1), MOST);
  const named = idsOf(context.getNodeParameter('productIds', itemIndex, ''));
  if (named.length > MOST_PRODUCTS) {
    throw new NodeOperationError(context.getNode(), `"After the Product IDs" names ${named.length} products`, {
      itemIndex,
      description: `Name at most ${MOST_PRODUCTS}, for example those of the last order.`,
    });
  }
  if (named.length > 0) return { identity, asked: { productIds: named, limit } };
  const orderId = orderOfItem(context.getInputData()[itemIndex]?.json ?? {});
  return { identity, asked: { ...(orderId !== '' && { orderId }), limit } };
}

export async function call(api: JourneysApi, requests: Array<Referenced<NextRequest>>): Promise<NextProductsAnswer[]> {
  const isMadeUp = ({ identity }: NextRequest) => identity.customerId === TEST_CUSTOMER_ID;
  const { known, unknown } = await withCustomerIds(
    api,
    requests.filter((one) => !isMadeUp(one)),
  );
  const items = known.map(({ ref, customerId, asked }) => ({ ref, customerId, ...asked }));
  return [
    ...(items.length > 0 ? await api.nextProducts(items) : []),
    ...unknown.map((answer) => ({ ...answer, products: [] })),
    ...requests.filter(isMadeUp).map(({ ref }) => ({ ref, products: [], reason: MADE_UP })),
  ];
}

const MADE_UP = 'The customer of this test is made up.';

export function output(
  { products, reason }: NextProductsAnswer,
  context: IExecuteFunctions,
  itemIndex: number,
): INodeExecutionData[] {
  if (outputOf(context, itemIndex, 'list') === 'items') return products.map((json) => ({ json }));
  const why = products.length === 0 && reason ? { nextProductsReason: reason } : {};
  return itemWith(context, itemIndex, { nextProducts: products, ...why });
}
