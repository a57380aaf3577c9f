/** Shopify's order topics. The topic decides, not the body; however many topics tell of an order, it is one purchase. */
import { nothingMapped, type Arrival, type MappedBody, type RawEvent } from '../mappedBody.ts';
import { orderIdentity } from '../shopIdentity.ts';
import {
  firstTime,
  idOf,
  present,
  recordOf,
  recordsOf,
  refuse,
  requiredId,
  textOf,
  timeOrArrival,
  type Json,
} from '../shopValues.ts';
import { buyerOf, orderedValue, sharedProperties } from './orderFacts.ts';
import { profileOfBuyer } from './customers.ts';

const ORDER = 'the id of the order';

const orderIdOf = (body: Json): string => requiredId(body, ['id', 'admin_graphql_api_id'], ORDER);

/** `orders/create`, `orders/paid` and `orders/updated`: the same purchase under the same event id. */
export function mapOrder(body: Json, arrival: Arrival): MappedBody {
  // A cancelled order that comes by another topic is still a cancelled one, and no purchase to welcome.
  if (firstTime([body['cancelled_at']], arrival) !== null) return mapCancelledOrder(body, arrival);
  return aboutOrder(body, arrival, 'purchase', {
    type: 'completed_purchase',
    occurredAt: timeOrArrival([body['created_at'], body['processed_at'], body['updated_at']], arrival),
  });
}

const PAID = new Set(['paid', 'partially_paid', 'refunded', 'partially_refunded']);
const UNPAID = new Set(['pending', 'authorized', 'voided', 'expired', 'unpaid']);

/** `wasPaid: false` means that nothing had been taken: the order stops counting. A paid one is given back by a refund. */
export function mapCancelledOrder(body: Json, arrival: Arrival): MappedBody {
  const status = textOf(body['financial_status'])?.toLowerCase() ?? '';
  return aboutOrder(body, arrival, 'cancelled', {
    type: 'custom:order_cancelled',
    occurredAt: timeOrArrival([body['cancelled_at'], body['updated_at'], body['created_at']], arrival),
    properties: present({
      // Without a known status it goes on counting, until a refund says otherwise.
      wasPaid: PAID.has(status) || !UNPAID.has(status),
      reason: textOf(body['cancel_reason']),
    }),
  });
}

export function mapFulfilledOrder(body: Json, arrival: Arrival): MappedBody {
  return aboutOrder(body, arrival, 'fulfilled', { type: 'fulfilled_order', occurredAt: fulfilledAt(body, arrival) });
}

/** Each parcel once: the fulfilments so far are part of the id. */
export function mapPartlyFulfilledOrder(body: Json, arrival: Arrival): MappedBody {
  const parcels = recordsOf(body['fulfillments']).flatMap((fulfilment) => idOf(fulfilment['id']) ?? []);
  const occurredAt = fulfilledAt(body, arrival);
  return aboutOrder(
    body,
    arrival,
    `partly_fulfilled/${parcels.length > 0 ? parcels.join('+').slice(0, 200) : occurredAt}`,
    {
      type: 'custom:order_partly_fulfilled',
      occurredAt,
    },
  );
}

function fulfilledAt(body: Json, arrival: Arrival): string {
  const parcels = recordsOf(body['fulfillments']).map((fulfilment) => fulfilment['created_at']);
  return timeOrArrival([...parcels.reverse(), body['updated_at'], body['processed_at'], body['created_at']], arrival);
}

/** An edit changes what is owed, not what was ordered: it is told, and no second purchase. */
export function mapEditedOrder(body: Json, arrival: Arrival): MappedBody {
  const edit = recordOf(body['order_edit']);
  const orderId = requiredId(edit, ['order_id'], ORDER, '/order_edit');
  const occurredAt = timeOrArrival([edit['committed_at'], edit['created_at']], arrival);
  return {
    ...nothingMapped(),
    events: [bareEvent(arrival, orderId, 'edited', occurredAt, idOf(edit['id']) ?? occurredAt)],
  };
}

/** The body has nothing but the id. */
export function mapDeletedOrder(body: Json, arrival: Arrival): MappedBody {
  return { ...nothingMapped(), events: [bareEvent(arrival, orderIdOf(body), 'deleted', timeOrArrival([], arrival))] };
}

function bareEvent(
  arrival: Arrival,
  orderId: string,
  what: 'edited' | 'deleted',
  occurredAt: string,
  which = '',
): RawEvent {
  return {
    id: `order/${orderId}/${what}${which === '' ? '' : `/${which}`}`,
    type: `custom:order_${what}`,
    occurredAt,
    source: arrival.source,
    identity: orderIdentity(orderId),
    properties: { orderId },
  };
}

interface About {
  type: string;
  occurredAt: string;
  properties?: Json;
}

function aboutOrder(body: Json, arrival: Arrival, what: string, about: About): MappedBody {
  const orderId = orderIdOf(body);
  const value = orderedValue(body, arrival);
  const properties = sharedProperties(body, value);
  if ((properties['items'] as unknown[]).length === 0 && about.type === 'completed_purchase') {
    refuse('/line_items', 'has to be a list with at least one line');
  }
  const isTest = body['test'] === true;
  const identity = buyerOf(body, arrival, orderId);
  const event: RawEvent = {
    id: `order/${orderId}/${what}`,
    type: about.type,
    occurredAt: about.occurredAt,
    source: arrival.source,
    identity,
    properties: present({
      orderId,
      orderName: textOf(body['name']),
      ...properties,
      checkoutId: idOf(body['checkout_id']) ?? idOf(body['checkout_token']),
      financialStatus: textOf(body['financial_status']),
      fulfillmentStatus: textOf(body['fulfillment_status']),
      ...about.properties,
    }),
    ...(isTest && { test: true }),
  };
  // A test's buyer is nobody.
  return {
    ...nothingMapped(),
    events: [event],
    customers: isTest ? [] : profileOfBuyer(body, identity, arrival),
  };
}
