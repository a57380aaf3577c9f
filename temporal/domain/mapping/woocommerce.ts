/** A webhook of WooCommerce in our words. Topics that we do not know mean nothing, and neither does the ping. */
import { nothingMapped, type Arrival, type Mapped, type MappedBody } from './mappedBody.ts';
import { isRecord, mapped, type Json } from './shopValues.ts';
import { mapCustomer } from './woocommerce/customers.ts';
import { mapDeletedOrder, mapOrder } from './woocommerce/orders.ts';
import { mapDeletedProduct, mapProduct } from './woocommerce/products.ts';

const TOPICS: Record<string, (body: Json, arrival: Arrival) => MappedBody> = {
  'order.created': mapOrder,
  'order.updated': mapOrder,
  'order.restored': mapOrder,
  'order.deleted': mapDeletedOrder,
  'customer.created': mapCustomer,
  'customer.updated': mapCustomer,
  'product.created': mapProduct,
  'product.updated': mapProduct,
  'product.restored': mapProduct,
  'product.deleted': mapDeletedProduct,
};

/** Those that `mapWooCommerce` makes something of. */
export const WOOCOMMERCE_TOPICS: readonly string[] = Object.keys(TOPICS);

/** Saving a webhook posts `webhook_id=N` as a form, without a topic: WooCommerce only wants to see that we are here. */
function isPing(body: unknown): boolean {
  if (typeof body === 'string') return /^\s*webhook_id=\d+\s*$/.test(body);
  return isRecord(body) && Object.keys(body).length === 1 && /^\d+$/.test(String(body['webhook_id']));
}

/**
 * @param body parsed JSON whose long ids are text (see `parseKeepingDigits`), or the ping as it came
 * @returns what it says; nothing for other topics (a deleted account changes nothing here: erasure is asked for elsewhere); a
 *   problem where the body cannot be what its topic says
 */
export function mapWooCommerce(body: unknown, arrival: Arrival): Mapped {
  if (isPing(body)) return { body: nothingMapped() };
  const topic = arrival.topic?.trim().toLowerCase() ?? '';
  if (topic === '')
    return { problem: { path: '', message: 'has no topic: the header X-WC-Webhook-Topic says what it is' } };
  const map = Object.hasOwn(TOPICS, topic) ? TOPICS[topic] : undefined;
  return map === undefined ? { body: nothingMapped() } : mapped(body, (json) => map(json, arrival));
}
