/** Customer → Mark as Disengaged: the end of a win-back. Marketing on that channel stops until the customer's next sign of life. */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type { CustomerAnswer, CustomerIdentity, CustomerRecord } from '../../transport/contract/customers.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { channelField } from '../../fields/channelOptions.ts';
import { customerIdField, customerIdFrom } from '../../fields/customerIdentity.ts';
import { fieldText } from '../../fields/fieldText.ts';

export const description: INodeProperties[] = [
  customerIdField('markDisengaged'),
  channelField('markDisengaged'),
  {
    displayName: 'Source',
    name: 'source',
    type: 'string',
    required: true,
    default: 'n8n',
    placeholder: 'e.g. win-back',
    description: 'What it follows from; shown with the customer',
    displayOptions: { show: { operation: ['markDisengaged'] } },
  },
];

interface DisengagedRequest {
  customerId: string;
  channel: string;
  source: string;
}

export function request(context: IExecuteFunctions, itemIndex: number): DisengagedRequest {
  const field = (name: string) => fieldText(context.getNodeParameter(name, itemIndex, '')).trim();
  return {
    customerId: customerIdFrom(context, itemIndex),
    channel: field('channel'),
    source: field('source') || 'n8n',
  };
}

export const whose = ({ customerId }: DisengagedRequest): CustomerIdentity => ({ customerId });
export const missingIsError = (): boolean => true;

export function preview(record: CustomerRecord, { channel, source }: DisengagedRequest): CustomerRecord {
  const suppression = (record.suppression ?? []) as IDataObject[];
  const added = { reason: 'disengaged', channel, source, at: new Date().toISOString() };
  return { ...record, suppression: [...suppression, added] };
}

export async function call(
  api: JourneysApi,
  requests: Array<DisengagedRequest & { ref: string }>,
): Promise<CustomerAnswer[]> {
  return await api.markDisengaged(requests);
}
