/** Customer → Get History: what a customer did, or bought, newest first. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { CART_EMPTIED, CUSTOM, eventTypeOptions } from '../../events/eventTypes.ts';
import { identifyBy, identityOf } from '../../fields/customerIdentity.ts';
import { fieldText } from '../../fields/fieldText.ts';
import { limitField, limitOf } from '../../fields/limit.ts';
import { outputField, outputOf } from '../../fields/listOutput.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { CustomerIdentity } from '../../transport/contract/customers.ts';
import type { ItemError } from '../../transport/contract/items.ts';
import { TEST_CUSTOMER_ID } from '../../transport/journeyItem.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import { withCustomerIds } from '../../transport/knownCustomers.ts';

/** The service gives no more at once. */
const MOST = 1000;
const show = { operation: ['getHistory'] };

export const description: INodeProperties[] = [
  ...identifyBy('getHistory'),
  {
    displayName: 'What to Get',
    name: 'of',
    type: 'options',
    default: 'events',
    displayOptions: { show },
    options: [
      { name: 'Events', value: 'events', description: 'What the customer did' },
      { name: 'Orders', value: 'orders', description: 'What the customer bought, imported orders too' },
    ],
  },
  {
    displayName: 'Event Types',
    name: 'types',
    type: 'multiOptions',
    default: [],
    description: 'All types when empty',
    displayOptions: { show: { operation: ['getHistory'], of: ['events'] } },
    options: eventTypeOptions.filter(({ value }) => value !== CART_EMPTIED && value !== CUSTOM),
  },
  {
    displayName: 'Custom Events',
    name: 'customTypes',
    type: 'string',
    default: '',
    placeholder: 'e.g. booked_fitting',
    description: 'Names of custom events, separated by commas',
    displayOptions: { show: { operation: ['getHistory'], of: ['events'] } },
  },
  limitField(show),
  outputField('getHistory', 'list', 'history', {
    name: 'One Item Each',
    description: 'No item where there is nothing',
  }),
];

interface HistoryRequest {
  identity: CustomerIdentity;
  of: 'events' | 'orders';
  types: string[];
  limit: number;
}

interface HistoryAnswer {
  ref: string;
  history: IDataObject[];
  error?: ItemError;
}

export function request(context: IExecuteFunctions, itemIndex: number): HistoryRequest {
  const of = context.getNodeParameter('of', itemIndex, 'events') as HistoryRequest['of'];
  const chosen = context.getNodeParameter('types', itemIndex, []) as string[];
  const custom = fieldText(context.getNodeParameter('customTypes', itemIndex, '')).split(',');
  const named = custom.map((name) => name.trim().replace(/^custom:/, '')).filter((name) => name !== '');
  return {
    identity: identityOf(context, itemIndex),
    of,
    types: of === 'events' ? [...chosen, ...named.map((name) => `custom:${name}`)] : [],
    limit: Math.min(limitOf(context, itemIndex), MOST),
  };
}

export async function call(api: JourneysApi, requests: Array<Referenced<HistoryRequest>>): Promise<HistoryAnswer[]> {
  // The made-up customer of a test has none.
  const isMadeUp = ({ identity }: HistoryRequest) => identity.customerId === TEST_CUSTOMER_ID;
  const { known, unknown } = await withCustomerIds(
    api,
    requests.filter((one) => !isMadeUp(one)),
  );
  const asked = (wanted: HistoryRequest['of']) =>
    known
      .filter(({ of }) => of === wanted)
      .map(({ ref, customerId, limit, types }) => ({ ref, customerId, limit, ...(types.length > 0 && { types }) }));
  const [events, orders] = [asked('events'), asked('orders')];
  const eventAnswers = events.length > 0 ? await api.lookUpEvents(events) : [];
  const orderAnswers = orders.length > 0 ? await api.lookUpOrders(orders) : [];
  return [
    ...eventAnswers.map(({ events: history, ...answer }) => ({ ...answer, history })),
    ...orderAnswers.map(({ orders: history, ...answer }) => ({ ...answer, history })),
    ...unknown.map((answer) => ({ ...answer, history: [] })),
    ...requests.filter(isMadeUp).map(({ ref }) => ({ ref, history: [] })),
  ];
}

export function output(
  { history }: HistoryAnswer,
  context: IExecuteFunctions,
  itemIndex: number,
): INodeExecutionData[] {
  if (outputOf(context, itemIndex, 'list') === 'items') return history.map((json) => ({ json }));
  return itemWith(context, itemIndex, { history });
}
