/**
 * What is known of one order, from all that was told of it, so that the order of arrival does not matter:
 *
 * - Of several tellings (topics, updates) the one that happened first holds, with its value, currency, buyer and place; of those
 *   at the same time the one with the smallest event id. A later edit changes what is owed, not what was ordered.
 * - `custom:order_cancelled` with `wasPaid: false` voids it, also when it comes first: no order and no revenue. What was paid
 *   is brought back by refunds.
 */
import type { CanonicalEvent } from './event.ts';

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
  voided: boolean;
}

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
    voided: false,
  };
}

/** @returns what stands for an order of which only the cancellation is known; null for other events */
export function voidedOrder(event: CanonicalEvent, occurredAt: number, customerId: string): Order | null {
  const { orderId, wasPaid, currency } = event.properties;
  if (event.type !== 'custom:order_cancelled' || wasPaid !== false || orderId === undefined) return null;
  return {
    source: event.source,
    orderId,
    customerId,
    valueMinor: 0,
    currency: currency ?? NO_CURRENCY,
    occurredAt,
    eventId: null,
    salesChannel: null,
    voided: true,
  };
}

function salesChannelOf({ source, properties }: CanonicalEvent): string | null {
  const { salesChannel, source: madeAt } = properties;
  if (source === OFFLINE || madeAt === OFFLINE) return OFFLINE;
  return typeof salesChannel === 'string' && salesChannel !== '' ? salesChannel : null;
}

export function combineOrders(known: Order | undefined, told: Order): Order {
  if (!known) return told;
  const voided = known.voided || told.voided;
  return { ...(isEarlier(told, known) ? told : known), voided };
}

function isEarlier(told: Order, known: Order): boolean {
  if (told.eventId === null) return false;
  if (known.eventId === null || told.occurredAt < known.occurredAt) return true;
  return told.occurredAt === known.occurredAt && told.eventId < known.eventId;
}
