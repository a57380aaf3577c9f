/** Customer → Create or Update: identifiers and properties; strong identifiers merge profiles. */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { CustomerAnswer, CustomerIdentity, CustomerRecord } from '../../transport/contract/customers.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { customerIdOf } from '../../transport/journeyItem.ts';
import { filledIdentifiers } from '../../fields/customerIdentity.ts';
import { propertiesField, propertiesOf } from '../../fields/namedProperties.ts';

const showOnlyForUpsert = { show: { operation: ['upsert'] } };

export const description: INodeProperties[] = [
  {
    displayName: 'Identifiers',
    name: 'identifiers',
    type: 'collection',
    placeholder: 'Add Identifier',
    default: {},
    description: 'Without any, the customer of the item is updated',
    displayOptions: showOnlyForUpsert,
    options: [
      { displayName: 'Device ID', name: 'deviceId', type: 'string', default: '' },
      { displayName: 'Email', name: 'email', type: 'string', placeholder: 'name@email.com', default: '' },
      {
        displayName: 'Phone',
        name: 'phone',
        type: 'string',
        default: '',
        description: 'With country code, e.g. +436601234567',
      },
      { displayName: "Shop's Customer ID", name: 'externalId', type: 'string', default: '' },
    ],
  },
  propertiesField('upsert', 'e.g. firstName', { displayName: 'Properties' }),
];

interface UpsertRequest {
  identity: CustomerIdentity;
  properties?: IDataObject;
}

export function request(context: IExecuteFunctions, itemIndex: number): UpsertRequest {
  const identity = filledIdentifiers(context.getNodeParameter('identifiers', itemIndex, {}) as IDataObject);
  const customerId = customerIdOf(context.getInputData()[itemIndex]?.json ?? {});
  if (Object.keys(identity).length === 0 && customerId) identity.customerId = customerId;
  if (Object.keys(identity).length === 0) {
    throw new NodeOperationError(context.getNode(), 'This item does not say which customer', {
      itemIndex,
      description: 'Add at least one identifier, and check that its expression has a value for this item.',
    });
  }
  const properties = propertiesOf(context, itemIndex);
  return properties ? { identity, properties } : { identity };
}

export const whose = ({ identity }: UpsertRequest): CustomerIdentity => identity;
export const makesCustomers = true;

export function preview(record: CustomerRecord, { properties }: UpsertRequest): CustomerRecord {
  return { ...record, properties: { ...record.properties, ...properties } };
}

export async function call(
  api: JourneysApi,
  requests: Array<UpsertRequest & { ref: string }>,
): Promise<CustomerAnswer[]> {
  return await api.upsertCustomers(requests);
}
