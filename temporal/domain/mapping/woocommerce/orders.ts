/** A WooCommerce order: its status says what has happened, however often and by whatever topic it comes. */
import { isoTime } from '../../textValues.ts';
import { nothingMapped, type Arrival, type MappedBody, type MappedCustomer, type RawEvent } from '../mappedBody.ts';
import { identityOf, isAnybody, orderIdentity } from '../shopIdentity.ts';
import {
  digestOf,
  firstTime,
  present,
  recordOf,
  recordsOf,
  refuse,
  requiredId,
  textOf,
  timeOf,
  timeOrArrival,
  type Json,
} from '../shopValues.ts';
import { buyerOf, placeOf, sharedProperties } from './orderFacts.ts';
import { profileOf } from './customers.ts';
import { refundsOf } from './refunds.ts';

const ORDER = 'the id of the order';
const BOUGHT = new Set(['processing', 'completed']);
/** Still at the checkout, or waiting for the card: the order can be taken up again under its payment address. */
const STARTED = new Set(['pending', 'checkout-draft']);
/** Nothing of the buyer's: a draft that the shop writes for itself, or one in the bin. */
const NOTHING = new Set(['auto-draft', 'draft', 'trash', 'new']);

/** `order.created`, `order.updated`, `order.restored`. */
export function mapOrder(body: Json, arrival: Arrival): MappedBody {
  const order = readOrder(body, arrival);
  const events = eventsOf(order);
  return { ...nothingMapped(), events, customers: events.length > 0 ? profileOfBuyer(order) : [] };
}

/** The body has nothing but the id. */
export function mapDeletedOrder(body: Json, arrival: Arrival): MappedBody {
  const orderId = requiredId(body, ['id'], ORDER);
  const event: RawEvent = {
    id: `order/${orderId}/deleted`,
    type: 'custom:order_deleted',
    occurredAt: isoTime(arrival.receivedAt),
    source: arrival.source,
    identity: orderIdentity(orderId),
    properties: { orderId },
  };
  return { ...nothingMapped(), events: [event] };
}

interface Order {
  body: Json;
  arrival: Arrival;
  orderId: string;
  /** Without WooCommerce's prefix `wc-`. */
  status: string;
  createdAt: string;
  changedAt: string;
  wasPaid: boolean;
}

/** `*_gmt` has no offset and is UTC. The shop's local time, hours off, is still nearer than the time of a repeated delivery. */
const timesOf = (body: Json, name: string): unknown[] => [body[`${name}_gmt`], body[name]];

function readOrder(body: Json, arrival: Arrival): Order {
  const orderId = requiredId(body, ['id'], ORDER);
  const status = textOf(body['status'])?.toLowerCase().replace(/^wc-/, '');
  if (status === undefined) refuse('/status', 'has to be the status of the order, such as processing');
  const created = timesOf(body, 'date_created');
  const changed = timesOf(body, 'date_modified');
  return {
    body,
    arrival,
    orderId,
    status,
    createdAt: timeOrArrival([...created, ...timesOf(body, 'date_paid'), ...changed], arrival),
    changedAt: timeOrArrival([...changed, ...created], arrival),
    wasPaid: firstTime(timesOf(body, 'date_paid'), arrival) !== null,
  };
}

function eventsOf(order: Order): RawEvent[] {
  const { status } = order;
  if (NOTHING.has(status)) return [];
  if (STARTED.has(status)) return startedCheckout(order);
  if (BOUGHT.has(status)) return [purchase(order), ...fulfilment(order), ...refunds(order)];
  const told = statusEvent(order);
  return status === 'refunded' ? [...refunds(order), told] : [told, ...refunds(order)];
}

/** An order that was never paid can have refunds: nothing was given back. */
const refunds = (order: Order): RawEvent[] => {
  if (!order.wasPaid && !BOUGHT.has(order.status)) return [];
  const { body, arrival, orderId, changedAt } = order;
  return refundsOf(body, arrival, { orderId, identity: buyerOf(body, orderId), occurredAt: changedAt });
};

function purchase(order: Order): RawEvent {
  const event = orderEvent(order, 'purchase', 'completed_purchase', order.createdAt);
  if ((event.properties['items'] as unknown[]).length === 0)
    refuse('/line_items', 'has to be a list with at least one line');
  return event;
}

/** Completed is sent, or handed over at the counter; both are told of an order that was picked up. */
function fulfilment(order: Order): RawEvent[] {
  if (order.status !== 'completed') return [];
  const completedAt = timeOrArrival([...timesOf(order.body, 'date_completed'), order.changedAt], order.arrival);
  const sent = orderEvent(order, 'fulfilled', 'fulfilled_order', completedAt);
  return isPickup(order.body) ? [sent, orderEvent(order, 'picked_up', 'picked_up_order', completedAt)] : [sent];
}

/** The classic method, and that of the block checkout. */
function isPickup(body: Json): boolean {
  return recordsOf(body['shipping_lines']).some(({ method_id: method }) =>
    /^(local_pickup|pickup_location)\b/.test(textOf(method) ?? ''),
  );
}

/** Before the order of the same second, so that a purchase told first ends what comes late. */
const BEFORE_MS = 1000;

/** What is the same buyer, lines and value is the same event. */
function startedCheckout(order: Order): RawEvent[] {
  const { body, orderId } = order;
  // The block checkout writes a draft before there is anything in it.
  if (recordsOf(body['line_items']).length === 0) return [];
  const occurredAt = isoTime(Math.max(0, Date.parse(order.createdAt) - BEFORE_MS));
  const event = orderEvent(order, 'checkout', 'started_checkout', occurredAt);
  const { items, valueMinor, currency } = event.properties;
  if ((items as unknown[]).length === 0) return [];
  const content = [event.identity, items, valueMinor, currency];
  return [
    {
      ...event,
      id: `checkout/${orderId}/${digestOf(content)}`,
      properties: present({ ...event.properties, checkoutId: orderId, url: textOf(body['payment_url']) }),
    },
  ];
}

/** `on-hold` waits for a bank transfer, `failed` for another try; none of these is revenue. */
function statusEvent(order: Order): RawEvent {
  const name =
    order.status
      .replace(/[^a-z0-9_]+/g, '_')
      .replace(/^_+|_+$/g, '')
      .slice(0, 60) || 'other';
  const event = orderEvent(order, name, `custom:order_${name}`, order.changedAt);
  // WooCommerce itself takes a cancelled order out of its revenue, paid or not.
  const stops = order.status === 'cancelled' ? { stopsCounting: true } : {};
  return { ...event, properties: { ...event.properties, wasPaid: order.wasPaid, ...stops } };
}

function orderEvent(
  { body, arrival, orderId, status }: Order,
  what: string,
  type: string,
  occurredAt: string,
): RawEvent {
  return {
    id: `order/${orderId}/${what}`,
    type,
    occurredAt,
    source: arrival.source,
    identity: buyerOf(body, orderId),
    properties: present({
      orderId,
      orderName: textOf(body['number']),
      ...sharedProperties(body, arrival),
      orderStatus: status,
      paidAt: firstTime(timesOf(body, 'date_paid'), arrival) ?? undefined,
      paymentMethod: textOf(body['payment_method']),
    }),
  };
}

function profileOfBuyer({ body, arrival, orderId, changedAt }: Order): MappedCustomer[] {
  const identity = buyerOf(body, orderId);
  if (!isAnybody(identity)) return [];
  const billing = recordOf(body['billing']);
  const { externalId, email, phone } = identity;
  return [
    {
      identity: identityOf({ externalId, email, phone }),
      properties: { ...profileOf(billing), ...placeOf(billing) },
      consent: {},
      changedAt: timeOf(changedAt, arrival) === null ? null : changedAt,
    },
  ];
}
