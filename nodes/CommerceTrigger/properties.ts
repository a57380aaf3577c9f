/** The fields of Commerce Trigger. The service reads the same names and defaults (its `domain/commerceTrigger.ts`). */
import type { INodeProperties } from 'n8n-workflow';
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
      'When the workflow is published, webhooks are registered with the shop, to send to the journeys service (its JOURNEYS_PUBLIC_URL has to be reachable for Shopify by https). They go when it is unpublished; missing ones are made again every few hours.<br><br>Set the three <b>privacy topics</b> in your app’s configuration: Shopify lets no program do that. Their address is the public URL of the service and <code>/in/shopify/</code> with the name of the connection.',
    name: 'shopifyNotice',
    type: 'notice',
    default: '',
    displayOptions: showOnlyForShopify,
  },
  {
    displayName:
      'When the workflow is published, webhooks are registered with the shop, to send to the journeys service (its JOURNEYS_PUBLIC_URL has to be reachable for the shop). Their secret is made for you. They go when the workflow is unpublished; missing or switched-off ones are mended every few hours.',
    name: 'wooCommerceNotice',
    type: 'notice',
    default: '',
    displayOptions: showOnlyForWooCommerce,
  },
  {
    displayName:
      'Nothing is registered: your shop sends its events by itself.<br>With the API key: <code>POST /v1/events</code>, the name of the connection as <code>source</code>.<br>Or signed: <code>POST /in/custom/</code> and the name of the connection, at the public URL of the service, with the header <code>X-Journeys-Signature: t=&lt;unix seconds&gt;,v1=&lt;hex HMAC-SHA256 of "t.body" with the connection’s secret&gt;</code>. <code>/docs</code> of the service has an example to copy.',
    name: 'ownShopNotice',
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
    placeholder: 'e.g. my-shop',
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
    options: eventTypeOptions.filter(({ value }) => value !== CART_EMPTIED && value !== CUSTOM),
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
      'Each item is one event: <code>event</code> (<code>id, type, source, occurredAt, identity, properties</code>, money in minor units) and <code>customer</code>. Events that come while this workflow runs are gathered into the next execution. When an execution fails, its events come again with the same <code>event.id</code>.',
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
