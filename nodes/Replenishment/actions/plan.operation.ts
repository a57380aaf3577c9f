/** Replenishment → When Does It Run Out: the dates of what the customer has bought, on each item. */
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError, tryToParseDateTime } from 'n8n-workflow';
import { identifyBy, identityOf } from '../../fields/customerIdentity.ts';
import { fieldText } from '../../fields/fieldText.ts';
import { orderOfItem, productOfItem } from '../../fields/itemProducts.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { CustomerIdentity } from '../../transport/contract/customers.ts';
import type { PlanAnswer, PlanItem } from '../../transport/contract/replenishment.ts';
import { TEST_CUSTOMER_ID } from '../../transport/journeyItem.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { withCustomerIds } from '../../transport/knownCustomers.ts';
import { madeUpPlan } from '../madeUpPlan.ts';
import { replenishmentField } from '../replenishmentField.ts';

const show = { operation: ['plan'] };
const showForProduct = { show: { ...show, of: ['product'] } };

export const description: INodeProperties[] = [
  ...identifyBy('plan'),
  {
    displayName: 'Products',
    name: 'of',
    type: 'options',
    noDataExpression: true,
    default: 'item',
    hint: 'The item gets the field replenishment: all of these products with their dates, and as replenishment.next the one that runs out first',
    displayOptions: { show },
    options: [
      { name: 'Everything Bought', value: 'all', description: 'All that is expected to run out' },
      {
        name: 'Of an Order',
        value: 'order',
        description: 'Every product of the order with this ID',
      },
      {
        name: 'Of the Item',
        value: 'item',
        description:
          'The product that the run is about; else every product of the order that ended the last wait, or that the customer came in with',
      },
      { name: 'One Product', value: 'product' },
    ],
  },
  {
    displayName: 'Order ID',
    name: 'orderId',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. 1001',
    displayOptions: { show: { ...show, of: ['order'] } },
  },
  {
    displayName: 'Product ID',
    name: 'productId',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. p1',
    displayOptions: showForProduct,
  },
  {
    displayName: 'Quantity',
    name: 'quantity',
    type: 'number',
    default: 0,
    typeOptions: { minValue: 0 },
    description: 'How many pieces last together',
    hint: '0: as many as the customer has bought',
    displayOptions: showForProduct,
  },
  {
    displayName: 'Bought On',
    name: 'orderedAt',
    type: 'dateTime',
    default: '',
    description: 'From when on it is used',
    hint: "When empty: the customer's last purchase of it",
    displayOptions: showForProduct,
  },
];

interface PlanRequest {
  identity: CustomerIdentity;
  asked: Omit<PlanItem, 'ref' | 'customerId'>;
}

export function request(context: IExecuteFunctions, itemIndex: number): PlanRequest {
  return { identity: identityOf(context, itemIndex), asked: askedOf(context, itemIndex) };
}

function askedOf(context: IExecuteFunctions, itemIndex: number): PlanRequest['asked'] {
  const field = (name: string) => fieldText(context.getNodeParameter(name, itemIndex, '')).trim();
  switch (context.getNodeParameter('of', itemIndex, 'item')) {
    case 'all':
      return {};
    case 'order':
      return { orderId: filled(context, itemIndex, 'Order ID', field('orderId')) };
    case 'product': {
      const quantity = Number(field('quantity'));
      const orderedAt = dateOf(context, itemIndex);
      return {
        productId: filled(context, itemIndex, 'Product ID', field('productId')),
        ...(quantity > 0 && { quantity }),
        ...(orderedAt !== null && { orderedAt }),
      };
    }
    default:
      return ofItem(context, itemIndex);
  }
}

function ofItem(context: IExecuteFunctions, itemIndex: number): { productId: string } | { orderId: string } {
  const json = context.getInputData()[itemIndex]?.json ?? {};
  const productId = productOfItem(json);
  if (productId !== '') return { productId };
  const orderId = orderOfItem(json);
  if (orderId !== '') return { orderId };
  throw new NodeOperationError(context.getNode(), 'This item is about no order and no product', {
    itemIndex,
    description:
      'The event that brought the customer in names none (run.entry.properties). Choose something else under "Products", for example "Everything Bought".',
  });
}

function filled(context: IExecuteFunctions, itemIndex: number, label: string, value: string): string {
  if (value !== '') return value;
  throw new NodeOperationError(context.getNode(), `"${label}" is empty`, {
    itemIndex,
    description: 'Check that the expression has a value for this item.',
  });
}

/** RFC 3339 UTC. @returns null when the field is empty */
function dateOf(context: IExecuteFunctions, itemIndex: number): string | null {
  const value = context.getNodeParameter('orderedAt', itemIndex, '') as unknown;
  if (value === null || value === undefined || value === '') return null;
  try {
    const iso = tryToParseDateTime(value, context.getTimezone()).toUTC().toISO();
    if (iso) return iso;
  } catch {
    // Told below, in our words.
  }
  throw new NodeOperationError(context.getNode(), 'What is in "Bought On" is not a date', {
    itemIndex,
    description: 'Use a form such as 2026-12-24T09:00:00+01:00, or leave it empty for the last purchase.',
  });
}

export async function call(api: JourneysApi, requests: Array<Referenced<PlanRequest>>): Promise<PlanAnswer[]> {
  const isMadeUp = ({ identity }: PlanRequest) => identity.customerId === TEST_CUSTOMER_ID;
  const { known, unknown } = await withCustomerIds(
    api,
    requests.filter((one) => !isMadeUp(one)),
  );
  const items = known.map(({ ref, customerId, asked }) => ({ ref, customerId, ...asked }));
  return [
    ...(items.length > 0 ? await api.planReplenishment(items) : []),
    ...unknown.map((answer) => ({ ...answer, products: [] })),
    ...requests.filter(isMadeUp).map(({ ref, asked }) => ({ ref, products: [madeUpPlan(asked, Date.now())] })),
  ];
}

export const output = ({ products }: PlanAnswer, context: IExecuteFunctions, itemIndex: number): INodeExecutionData[] =>
  itemWith(context, itemIndex, { replenishment: replenishmentField(products) });
