/** What shops can tell of, as the operator chooses it: topics in the shop's own words, named in ours. */
import type { INodePropertyOptions } from 'n8n-workflow';

/**
 * WebhookSubscriptionTopic of Shopify's Admin API; the journeys service understands each of these. The three privacy topics are
 * no part of it: they are set in the app's configuration.
 */
export const shopifyTopics: INodePropertyOptions[] = [
  { name: 'Cart Created', value: 'CARTS_CREATE' },
  { name: 'Cart Updated', value: 'CARTS_UPDATE' },
  { name: 'Checkout Created', value: 'CHECKOUTS_CREATE' },
  { name: 'Checkout Updated', value: 'CHECKOUTS_UPDATE' },
  { name: 'Customer Created', value: 'CUSTOMERS_CREATE' },
  { name: 'Customer Disabled', value: 'CUSTOMERS_DISABLE' },
  { name: 'Customer Enabled', value: 'CUSTOMERS_ENABLE' },
  { name: 'Customer Updated', value: 'CUSTOMERS_UPDATE' },
  { name: 'Customers Merged', value: 'CUSTOMERS_MERGE' },
  { name: 'E-Mail Consent Changed', value: 'CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE' },
  { name: 'Fulfilment Created', value: 'FULFILLMENTS_CREATE' },
  { name: 'Fulfilment Updated', value: 'FULFILLMENTS_UPDATE' },
  { name: 'Inventory Connected', value: 'INVENTORY_LEVELS_CONNECT' },
  { name: 'Inventory Updated', value: 'INVENTORY_LEVELS_UPDATE' },
  { name: 'Order Cancelled', value: 'ORDERS_CANCELLED' },
  { name: 'Order Created', value: 'ORDERS_CREATE' },
  { name: 'Order Deleted', value: 'ORDERS_DELETE' },
  { name: 'Order Edited', value: 'ORDERS_EDITED' },
  { name: 'Order Fulfilled', value: 'ORDERS_FULFILLED' },
  { name: 'Order Paid', value: 'ORDERS_PAID' },
  { name: 'Order Partly Fulfilled', value: 'ORDERS_PARTIALLY_FULFILLED' },
  { name: 'Order Updated', value: 'ORDERS_UPDATED' },
  { name: 'Product Created', value: 'PRODUCTS_CREATE' },
  { name: 'Product Deleted', value: 'PRODUCTS_DELETE' },
  { name: 'Product Updated', value: 'PRODUCTS_UPDATE' },
  { name: 'Refund Created', value: 'REFUNDS_CREATE' },
  { name: 'SMS Consent Changed', value: 'CUSTOMERS_MARKETING_CONSENT_UPDATE' },
];

/** Order Paid and Edited repeat what Created and Updated say; Enabled and Disabled say nothing about marketing. */
const SELDOM = new Set(['CUSTOMERS_DISABLE', 'CUSTOMERS_ENABLE', 'ORDERS_EDITED', 'ORDERS_DELETE']);

export const shopifyDefaults = shopifyTopics.map(({ value }) => String(value)).filter((topic) => !SELDOM.has(topic));

/** Core topics of the WooCommerce REST API, version 3. */
export const wooCommerceTopics: INodePropertyOptions[] = [
  { name: 'Customer Created', value: 'customer.created' },
  { name: 'Customer Updated', value: 'customer.updated' },
  { name: 'Order Created', value: 'order.created' },
  { name: 'Order Deleted', value: 'order.deleted' },
  { name: 'Order Restored', value: 'order.restored' },
  { name: 'Order Updated', value: 'order.updated', description: 'Each change of status, and refunds' },
  { name: 'Product Created', value: 'product.created' },
  { name: 'Product Deleted', value: 'product.deleted' },
  { name: 'Product Restored', value: 'product.restored' },
  { name: 'Product Updated', value: 'product.updated', description: 'Also its stock' },
];

export const wooCommerceDefaults = wooCommerceTopics.map(({ value }) => String(value));
