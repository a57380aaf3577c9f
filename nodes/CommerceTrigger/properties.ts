/** The fields of Commerce Trigger. The service reads the same names and defaults (its `domain/commerceTrigger.ts`). */
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { CART_EMPTIED, CUSTOM, eventTypeOptions } from '../events/eventTypes.ts';
import { shopifyDefaults, shopifyTopics, wooCommerceDefaults, wooCommerceTopics } from './topics.ts';

const showOnlyForShopify = { show: { shop: ['shopify'] } };
const showOnlyForWooCommerce = { show: { shop: ['woocommerce'] } };
const showOnlyForOwnShop = { show: { shop: ['custom'] } };
const showOnlyForChosenEvents = { show: { output: ['chosen'] } };

const shopFields: INodeProperties[] = [
  {
    displayName: 'Shop',
    name: 'shop',
    type: 'options',
    noDataExpression: true,
    default: 'shopify',
    options: [
      { name: 'Own Shop', value: 'custom', description: 'Your shop sends events to the journeys service by itself' },
      { name: 'Shopify', value: 'shopify' },
      { name: 'WooCommerce', value: 'woocommerce' },
    ],
  },
  {
    displayName:
      'Publishing the workflow registers the webhooks with Shopify; unpublishing takes them away. Missing ones are made again every few hours. Shopify has to reach the journeys service by https, at its JOURNEYS_PUBLIC_URL.',
    name: 'shopifyNotice',
    type: 'notice',
    default: '',
    displayOptions: showOnlyForShopify,
  },
  {
    displayName:
      'The three privacy topics (customers/redact, customers/data_request, shop/redact) cannot be registered by a program. Set them in the configuration of your app, with the address JOURNEYS_PUBLIC_URL/in/shopify/name-of-the-connection.',
    name: 'privacyNotice',
    type: 'notice',
    default: '',
    displayOptions: showOnlyForShopify,
  },
  {
    displayName:
      'Publishing the workflow registers the webhooks with WooCommerce and makes their secret; unpublishing takes them away. Missing or switched-off ones are mended every few hours. The shop has to reach the journeys service at its JOURNEYS_PUBLIC_URL.',
    name: 'wooCommerceNotice',
    type: 'notice',
    default: '',
    displayOptions: showOnlyForWooCommerce,
  },
  {
    displayName:
      'Nothing is registered: your shop sends its events by itself. With the API key: POST /v1/events of the journeys service, with the name of the connection as "source".',
    name: 'ownShopNotice',
    type: 'notice',
    default: '',
    displayOptions: showOnlyForOwnShop,
  },
  {
    displayName:
      'Or signed, without the API key: POST JOURNEYS_PUBLIC_URL/in/custom/name-of-the-connection with the header X-Journeys-Signature, made with the secret of the connection. An example to copy is in the API pages of the service (/docs), under the same route.',
    name: 'signedNotice',
    type: 'notice',
    default: '',
    displayOptions: showOnlyForOwnShop,
  },
  {
    displayName: 'Connection',
    name: 'connection',
    type: 'string',
    noDataExpression: true,
    default: '',
    placeholder: 'e.g. my-shop; empty: named after the shop',
    description:
      'Name of this shop in the journeys service: in the address that the shop sends to, and the source of its events. Empty: the name of the shop from its address, or "shop" for an own shop. Small letters, digits, hyphens, dots.',
  },
  {
    displayName: 'Topics',
    name: 'shopifyTopics',
    type: 'multiOptions',
    noDataExpression: true,
    default: [...shopifyDefaults],
    options: shopifyTopics,
    description:
      'What Shopify is asked to tell. Journeys need orders, refunds, checkouts, customers and their consent.',
    displayOptions: showOnlyForShopify,
  },
  {
    displayName: 'Topics',
    name: 'wooCommerceTopics',
    type: 'multiOptions',
    noDataExpression: true,
    default: [...wooCommerceDefaults],
    options: wooCommerceTopics,
    description: 'What WooCommerce is asked to tell. Journeys need orders, customers and products.',
    displayOptions: showOnlyForWooCommerce,
  },
];

/** Of the journeys service itself (its `domain/complaints.ts`). */
const complaintAlarm: INodePropertyOptions = {
  name: 'Complaint Alarm',
  value: 'custom:complaint_alarm',
  description: 'Too many recipients call e-mail spam: from 0.1 % (warning) and 0.3 % (critical), of all shops together',
};

const outputFields: INodeProperties[] = [
  {
    displayName: 'Output',
    name: 'output',
    type: 'options',
    noDataExpression: true,
    default: 'all',
    description: 'Which events start this workflow. Journeys and customers get all of them in any case.',
    options: [
      { name: 'All Events', value: 'all' },
      { name: 'Chosen Events', value: 'chosen' },
    ],
  },
  {
    displayName: 'Events',
    name: 'eventTypes',
    type: 'multiOptions',
    noDataExpression: true,
    default: ['completed_purchase'],
    options: [
      ...eventTypeOptions.filter(({ value }) => value !== CART_EMPTIED && value !== CUSTOM),
      complaintAlarm,
    ].sort((a, b) => a.name.localeCompare(b.name)),
    displayOptions: showOnlyForChosenEvents,
  },
  {
    displayName: 'Custom Events',
    name: 'customTypes',
    type: 'string',
    noDataExpression: true,
    default: '',
    placeholder: 'e.g. booked_fitting, returned_parcel',
    description: 'Names of events of your own, separated by commas',
    displayOptions: showOnlyForChosenEvents,
  },
  {
    // eslint-disable-next-line n8n-nodes-base/node-param-display-name-miscased-id -- the field of the item is so called
    displayName:
      'Each item is one event: event with id, type, source, occurredAt, identity, properties (money in minor units), and customer. Events that come while this workflow runs gather for the next execution. After a failed execution its events come again, with the same event id.',
    name: 'itemNotice',
    type: 'notice',
    default: '',
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add Option',
    default: {},
    options: [
      {
        displayName: 'Currency of the Shop',
        name: 'currency',
        type: 'string',
        noDataExpression: true,
        default: '',
        placeholder: 'e.g. EUR',
        description: 'ISO 4217, for what the shop tells without a currency, such as carts and products of Shopify',
      },
      {
        displayName: 'Include Test Orders',
        name: 'includeTests',
        type: 'boolean',
        noDataExpression: true,
        default: false,
        description:
          'Whether test orders and test notifications come through, with event.test. They never count for a customer.',
      },
    ],
  },
];

export const commerceProperties: INodeProperties[] = [...shopFields, ...outputFields];
