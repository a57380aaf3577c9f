/**
 * What is known of one order, from all that was told of it, so that the order of arrival does not matter:
 *
 * - Of several tellings (topics, updates) the one that happened first holds, with its value, currency, buyer and place; of those
 *   at the same time the one with the smallest event id. A later edit changes what is owed, not what was ordered.
 * - `custom:order_cancelled` with `wasPaid: false` voids it, also when it comes first: no order and no revenue. What was paid
 *   is brought back by refunds; but a shop whose orders stop counting when they are cancelled says `stopsCounting` (WooCommerce).
 * - It counts again when it is paid after that (`paidAt` of a purchase): shops cancel what waits too long for a bank transfer.
 */
import type { CanonicalEvent } from './event.ts';
import { readMinor, toRoundedMinor } from './money.ts';
import { readTime } from './textValues.ts';

export interface Order {
  source: string;
  orderId: string;
  customerId: string;
  valueMinor: number;
  currency: string;
  /** Epoch ms. */
  occurredAt: number;
  /** The event that holds; null: none has told of the order, only of its cancellation, or a file was imported. */
  eventId: string | null;
  /** `pos`: made in a shop one can walk into. */
  salesChannel: string | null;
  /** How much less than the full price, minor units of the currency; null: nothing was said of it. */
  discountMinor: number | null;
  /** Epoch ms; the latest that was told. */
  paidAt: number | null;
  /** Epoch ms; the latest that was told. */
  cancelledAt: number | null;
}

/** It counts nowhere. */
export const isVoided = ({ paidAt, cancelledAt }: Pick<Order, 'paidAt' | 'cancelledAt'>): boolean =>
  cancelledAt !== null && (paidAt === null || paidAt <= cancelledAt);

export const OFFLINE = 'pos';
/** ISO 4217: no currency. */
const NO_CURRENCY = 'XXX';

/** @returns what a purchase tells of its order; null for other events */
export function toldOrder(event: CanonicalEvent, occurredAt: number, customerId: string): Order | null {
  const { orderId, valueMinor, currency } = event.properties;
  if (event.type !== 'completed_purchase') return null;
  if (orderId === undefined || valueMinor === undefined || currency === undefined) return null;
  return {
    source: event.source,
    orderId,
    customerId,
    valueMinor,
    currency,
    occurredAt,
    eventId: event.id,
    salesChannel: salesChannelOf(event),
    discountMinor: discountOf(event),
    paidAt: readTime(event.properties['paidAt']),
    cancelledAt: null,
  };
}

/** @returns what stands for an order of which only the cancellation is known; null for other events */
export function voidedOrder(event: CanonicalEvent, occurredAt: number, customerId: string): Order | null {
  const { orderId, wasPaid, stopsCounting, currency } = event.properties;
  if (event.type !== 'custom:order_cancelled' || orderId === undefined) return null;
  if (wasPaid !== false && stopsCounting !== true) return null;
  return {
    source: event.source,
    orderId,
    customerId,
    valueMinor: 0,
    currency: currency ?? NO_CURRENCY,
    occurredAt,
    eventId: null,
    salesChannel: null,
    discountMinor: null,
    paidAt: null,
    cancelledAt: occurredAt,
  };
}

function salesChannelOf({ source, properties }: CanonicalEvent): string | null {
  const { salesChannel, source: madeAt } = properties;
  if (source === OFFLINE || madeAt === OFFLINE) return OFFLINE;
  return typeof salesChannel === 'string' && salesChannel !== '' ? salesChannel : null;
}

/**
 * What is said of the order as a whole; else the sum of what its items say, for one piece each: `discountMinor`, or `discount` as GA4 has
 * it (https://developers.google.com/analytics/devguides/collection/ga4/reference/events: "unit monetary discount value").
 */
function discountOf({ properties }: CanonicalEvent): number | null {
  const { discountMinor, currency, items = [] } = properties;
  if (discountMinor !== undefined) return discountMinor;
  const perItem = items.map((item) => {
    const minor = readMinor(item['discountMinor']);
    const unit = minor.problem === undefined ? minor : toRoundedMinor(item['discount'], currency ?? '');
    return unit.problem !== undefined || unit.minor < 0 ? null : Math.round(unit.minor * (item.quantity ?? 1));
  });
  const said = perItem.filter((discount) => discount !== null);
  const sum = said.reduce((total, discount) => total + discount, 0);
  return said.length === 0 || !Number.isSafeInteger(sum) ? null : sum;
}

export function combineOrders(known: Order | undefined, told: Order): Order {
  if (!known) return told;
  return {
    ...(isEarlier(told, known) ? told : known),
    paidAt: latest(known.paidAt, told.paidAt),
    cancelledAt: latest(known.cancelledAt, told.cancelledAt),
  };
}

const latest = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other);

function isEarlier(told: Order, known: Order): boolean {
  if (told.eventId === null) return false;
  if (known.eventId === null || told.occurredAt < known.occurredAt) return true;
  return told.occurredAt === known.occurredAt && told.eventId < known.eventId;
}
