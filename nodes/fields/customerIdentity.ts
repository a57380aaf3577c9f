/** Which customer: by default the one on the item, else by an identifier. */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { CustomerIdentity } from '../transport/contract/customers.ts';
import { customerIdOf } from '../transport/journeyItem.ts';
import { fieldText } from './fieldText.ts';

type IdentifierKind = keyof CustomerIdentity;

/** By the alphabet, as n8n lists options. */
const BY_CUSTOMER_ID = { name: 'Customer ID', value: 'customerId' };
const BY_OTHERS = [
  { name: 'Device ID', value: 'deviceId' },
  { name: 'Email', value: 'email' },
  { name: 'Phone', value: 'phone' },
  { name: "Shop's Customer ID", value: 'externalId' },
];
export const identifierOptions = [BY_CUSTOMER_ID, ...BY_OTHERS];

export const identifyBy = (operation: string): INodeProperties[] => [
  {
    displayName: 'Customer By',
    name: 'identifyBy',
    type: 'options',
    noDataExpression: true,
    default: 'item',
    displayOptions: { show: { operation: [operation] } },
    options: [
      BY_CUSTOMER_ID,
      { name: 'Customer of the Item', value: 'item', description: 'The one in the journey' },
      ...BY_OTHERS,
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
      show: { operation: [operation], identifyBy: identifierOptions.map(({ value }) => value) },
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

/** For operations that take nobody but the customer of the item, or one by its id. */
export const customerIdField = (operation: string): INodeProperties => ({
  displayName: 'Customer ID',
  name: 'customerId',
  type: 'string',
  default: '',
  description: 'The customer of the item when empty',
  displayOptions: { show: { operation: [operation] } },
});

/** What `customerIdField` says. */
export function customerIdFrom(context: IExecuteFunctions, itemIndex: number): string {
  const given = fieldText(context.getNodeParameter('customerId', itemIndex, '')).trim();
  const json = context.getInputData()[itemIndex]?.json ?? {};
  const wayOut =
    'Fill in "Customer ID", or have an item with a customer: from a Journey Trigger, or a Customer node before.';
  return required(context, itemIndex, given || customerIdOf(json), wayOut);
}

/** Identifiers of a fixedCollection or collection that are filled in. */
export function filledIdentifiers(fields: IDataObject): CustomerIdentity {
  const filled = Object.entries(fields)
    .map(([kind, value]) => [kind, fieldText(value).trim()])
    .filter(([, value]) => value !== '');
  return Object.fromEntries(filled) as CustomerIdentity;
}

/** @param wayOut where the node's panel asks for the customer */
function required(
  context: IExecuteFunctions,
  itemIndex: number,
  value: string | null,
  wayOut = 'Choose under "Customer By" how to find the customer, and check that the expression has a value for this item.',
): string {
  if (value !== null) return value;
  throw new NodeOperationError(context.getNode(), 'This item does not say which customer', {
    itemIndex,
    description: wayOut,
  });
}
