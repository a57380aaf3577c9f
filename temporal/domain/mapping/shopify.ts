/** A webhook of Shopify in our words. The topic of the header decides what the body is; topics that we do not know mean nothing. */
import { nothingMapped, type Arrival, type Mapped, type MappedBody } from './mappedBody.ts';
import { mapCart } from './shopify/carts.ts';
import { mapCheckout } from './shopify/checkouts.ts';
import { mapConsent, mapCustomer, mapMerge } from './shopify/customers.ts';
import { mapFulfilment } from './shopify/fulfilments.ts';
import {
  mapCancelledOrder,
  mapDeletedOrder,
  mapEditedOrder,
  mapFulfilledOrder,
  mapOrder,
  mapPartlyFulfilledOrder,
} from './shopify/orders.ts';
import { mapPrivacyRequest } from './shopify/privacy.ts';
import { mapDeletedProduct, mapProduct, mapStockLevel } from './shopify/products.ts';
import { mapRefund } from './shopify/refunds.ts';
import { mapped, type Json } from './shopValues.ts';

const TOPICS: Record<string, (body: Json, arrival: Arrival) => MappedBody> = {
  'orders/create': mapOrder,
  'orders/paid': mapOrder,
  'orders/updated': mapOrder,
  'orders/cancelled': mapCancelledOrder,
  'orders/fulfilled': mapFulfilledOrder,
  'orders/partially_fulfilled': mapPartlyFulfilledOrder,
  'orders/edited': mapEditedOrder,
  'orders/delete': mapDeletedOrder,
  'refunds/create': mapRefund,
  'checkouts/create': mapCheckout,
  'checkouts/update': mapCheckout,
  'carts/create': mapCart,
  'carts/update': mapCart,
  'customers/create': mapCustomer,
  'customers/update': mapCustomer,
  'customers/enable': mapCustomer,
  'customers/disable': mapCustomer,
  'customers/merge': mapMerge,
  'customers_email_marketing_consent/update': mapConsent,
  'customers_marketing_consent/update': mapConsent,
  'products/create': mapProduct,
  'products/update': mapProduct,
  'products/delete': mapDeletedProduct,
  'inventory_levels/connect': mapStockLevel,
  'inventory_levels/update': mapStockLevel,
  'fulfillments/create': (body, arrival) => mapFulfilment(body, arrival, true),
  'fulfillments/update': (body, arrival) => mapFulfilment(body, arrival, false),
  'customers/redact': (body) => mapPrivacyRequest(body, 'customers/redact'),
  'customers/data_request': (body) => mapPrivacyRequest(body, 'customers/data_request'),
  'shop/redact': (body) => mapPrivacyRequest(body, 'shop/redact'),
};

/** Those that `mapShopify` makes something of. */
export const SHOPIFY_TOPICS: readonly string[] = Object.keys(TOPICS);

/**
 * @param body parsed JSON whose long ids are text (see `parseKeepingDigits`)
 * @returns what it says; nothing for other topics (a deleted account or checkout changes nothing here: erasure is
 *   `customers/redact`); a problem where the body cannot be what its topic says
 */
export function mapShopify(body: unknown, arrival: Arrival): Mapped {
  const topic = arrival.topic?.trim().toLowerCase() ?? '';
  if (topic === '')
    return { problem: { path: '', message: 'has no topic: the header X-Shopify-Topic says what it is' } };
  const map = Object.hasOwn(TOPICS, topic) ? TOPICS[topic] : undefined;
  return map === undefined ? { body: nothingMapped() } : mapped(body, (json) => map(json, arrival));
}
