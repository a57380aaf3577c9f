/** Which customer: by default the one on the item, else by an identifier. */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { CustomerIdentity } from '../transport/contract.ts';
import { customerIdOf } from '../transport/journeyItem.ts';
import { fieldText } from './fieldText.ts';

type IdentifierKind = keyof CustomerIdentity;

export const identifyBy = (operation: string): INodeProperties[] => [
  {
    displayName: 'Customer By',
    name: 'identifyBy',
    type: 'options',
    noDataExpression: true,
    default: 'item',
    displayOptions: { show: { operation: [operation] } },
    options: [
      { name: 'Customer ID', value: 'customerId' },
      { name: 'Customer of the Item', value: 'item', description: 'The one in the journey' },
      { name: 'Device ID', value: 'deviceId' },
      { name: 'Email', value: 'email' },
      { name: 'Phone', value: 'phone' },
      { name: "Shop's Customer ID", value: 'externalId' },
    ],
  },
  {
    displayName: 'Value',
    name: 'identifier',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. ada@example.com',
    displayOptions: {
      show: { operation: [operation], identifyBy: ['customerId', 'deviceId', 'email', 'phone', 'externalId'] },
    },
  },
];

export function identityOf(context: IExecuteFunctions, itemIndex: number): CustomerIdentity {
  const by = context.getNodeParameter('identifyBy', itemIndex, 'item') as 'item' | IdentifierKind;
  if (by === 'item') {
    const json = context.getInputData()[itemIndex]?.json ?? {};
    return { customerId: required(context, itemIndex, customerIdOf(json)) };
  }
  const text = fieldText(context.getNodeParameter('identifier', itemIndex, '')).trim();
  return { [by]: required(context, itemIndex, text || null) };
}

/** Identifiers of a fixedCollection or collection that are filled in. */
export function filledIdentifiers(fields: IDataObject): CustomerIdentity {
  const filled = Object.entries(fields)
    .map(([kind, value]) => [kind, fieldText(value).trim()])
    .filter(([, value]) => value !== '');
  return Object.fromEntries(filled) as CustomerIdentity;
}

export function required(context: IExecuteFunctions, itemIndex: number, value: string | null): string {
  if (value !== null) return value;
  throw new NodeOperationError(context.getNode(), 'This item does not say which customer', {
    itemIndex,
    description:
      'Choose under "Customer By" how to find the customer, and check that the expression has a value for this item.',
  });
}
