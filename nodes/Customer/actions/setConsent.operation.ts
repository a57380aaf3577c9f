/** Customer → Set Consent: one channel, with where the consent comes from. */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type { CustomerAnswer, CustomerIdentity, CustomerRecord } from '../../transport/contract/customers.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { customerIdField, customerIdFrom } from '../../fields/customerIdentity.ts';
import { channelField } from '../../fields/channelOptions.ts';
import { fieldText } from '../../fields/fieldText.ts';

const showOnlyForSetConsent = { show: { operation: ['setConsent'] } };

export const description: INodeProperties[] = [
  customerIdField('setConsent'),
  channelField('setConsent'),
  {
    displayName: 'Consent',
    name: 'state',
    type: 'options',
    default: 'subscribed',
    displayOptions: showOnlyForSetConsent,
    options: [
      { name: 'Never Asked', value: 'never' },
      { name: 'Subscribed', value: 'subscribed' },
      { name: 'Unsubscribed', value: 'unsubscribed' },
    ],
  },
  {
    displayName: 'Source',
    name: 'source',
    type: 'string',
    required: true,
    default: 'n8n',
    placeholder: 'e.g. footer form',
    description: 'Where the customer said so; kept as proof',
    displayOptions: showOnlyForSetConsent,
  },
];

interface ConsentRequest {
  customerId: string;
  channel: string;
  state: string;
  source: string;
}

export function request(context: IExecuteFunctions, itemIndex: number): ConsentRequest {
  const field = (name: string) => fieldText(context.getNodeParameter(name, itemIndex, '')).trim();
  return {
    customerId: customerIdFrom(context, itemIndex),
    channel: field('channel'),
    state: field('state'),
    source: field('source') || 'n8n',
  };
}

export const whose = ({ customerId }: ConsentRequest): CustomerIdentity => ({ customerId });
export const missingIsError = (): boolean => true;

export function preview(record: CustomerRecord, { channel, state, source }: ConsentRequest): CustomerRecord {
  const statement = { state, source, at: new Date().toISOString() };
  return { ...record, consent: { ...(record.consent as IDataObject | undefined), [channel]: statement } };
}

export async function call(
  api: JourneysApi,
  requests: Array<ConsentRequest & { ref: string }>,
): Promise<CustomerAnswer[]> {
  return await api.setConsents(requests);
}
