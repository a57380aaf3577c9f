/** Replenishment → Who Is Due: customers with a purchase that is expected to run out in these days. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';
import { limitOrAll, limitOrAllOf } from '../../fields/limit.ts';
import { outputField, outputOf } from '../../fields/listOutput.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import { withCustomers } from '../../transport/customerOnItem.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { onceEach } from '../../transport/onceEach.ts';
import { replenishmentField } from '../replenishmentField.ts';

/** Ten years. */
const MOST_DAYS = 3650;
const show = { operation: ['getDue'] };

export const description: INodeProperties[] = [
  {
    displayName: 'Within the Next (Days)',
    name: 'withinDays',
    type: 'number',
    default: 7,
    typeOptions: { minValue: 0, maxValue: MOST_DAYS },
    description: 'The window of the purchase begins from now on until in so many days',
    displayOptions: { show },
  },
  {
    displayName: 'Or Overdue by Up To (Days)',
    name: 'sinceDays',
    type: 'number',
    default: 0,
    typeOptions: { minValue: 0, maxValue: MOST_DAYS },
    description: 'Also those whose window has begun so many days ago at most, and who have not bought again since',
    hint: '0: only those whose window has not begun yet',
    displayOptions: { show },
  },
  {
    displayName: 'Product ID',
    name: 'productId',
    type: 'string',
    default: '',
    placeholder: 'e.g. p1',
    hint: 'All when empty',
    displayOptions: { show },
  },
  ...limitOrAll('getDue'),
  outputField('getDue', 'items', 'due', {
    name: 'One Item per Purchase',
    description: 'The customer and the product; no item where nobody is due',
  }),
];

interface DueRequest {
  withinDays: number;
  sinceDays: number;
  productId: string;
  /** null: all. */
  limit: number | null;
}

interface DueAnswer {
  ref: string;
  due: IDataObject[];
}

export function request(context: IExecuteFunctions, itemIndex: number): DueRequest {
  const days = (name: string, label: string) => {
    const number = Number(context.getNodeParameter(name, itemIndex, 0));
    if (Number.isFinite(number) && number >= 0 && number <= MOST_DAYS) return number;
    throw new NodeOperationError(context.getNode(), `"${label}" is not a number of days`, {
      itemIndex,
      description: `Enter a number from 0 to ${MOST_DAYS}, and check that the expression has a value for this item.`,
    });
  };
  return {
    withinDays: days('withinDays', 'Within the Next (Days)'),
    sinceDays: days('sinceDays', 'Or Overdue by Up To (Days)'),
    productId: fieldText(context.getNodeParameter('productId', itemIndex, '')).trim(),
    limit: limitOrAllOf(context, itemIndex),
  };
}

export async function call(api: JourneysApi, requests: Array<Referenced<DueRequest>>): Promise<DueAnswer[]> {
  return await onceEach(requests, async ({ withinDays, sinceDays, productId, limit }) => {
    const filter = {
      withinDays: String(withinDays),
      sinceDays: String(sinceDays),
      ...(productId !== '' && { productId }),
    };
    const found = await withCustomers(api, await api.duePurchases(filter, limit));
    return { due: found.map(({ row, customer }) => ({ customer, replenishment: replenishmentField([row]) })) };
  });
}

export function output({ due }: DueAnswer, context: IExecuteFunctions, itemIndex: number): INodeExecutionData[] {
  if (outputOf(context, itemIndex, 'items') === 'list') return itemWith(context, itemIndex, { due });
  return due.map((json) => ({ json }));
}
