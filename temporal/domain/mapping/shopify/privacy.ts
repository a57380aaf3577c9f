/** Shopify's three mandatory privacy topics. */
import { nothingMapped, type MappedBody, type MappedPrivacyRequest } from '../mappedBody.ts';
import { identityOf, isAnybody } from '../shopIdentity.ts';
import { emailOf, idOf, listOf, phoneOf, recordOf, refuse, type Json } from '../shopValues.ts';

export function mapPrivacyRequest(body: Json, kind: MappedPrivacyRequest['kind']): MappedBody {
  if (kind === 'shop/redact') return { ...nothingMapped(), privacy: { kind, identity: {}, orderIds: [] } };
  const customer = recordOf(body['customer']);
  const identity = identityOf({
    externalId: idOf(customer['id']),
    email: emailOf(customer['email']),
    phone: phoneOf(customer['phone']),
  });
  const orders = kind === 'customers/redact' ? body['orders_to_redact'] : body['orders_requested'];
  const orderIds = listOf(orders).flatMap((order) => idOf(order) ?? []);
  // Erasing nobody must not look like a request that was answered.
  if (!isAnybody(identity) && orderIds.length === 0)
    refuse('/customer', 'has to name the customer by id, email or phone');
  return { ...nothingMapped(), privacy: { kind, identity, orderIds } };
}
