/** The canonical event: what every shop, tracker and import becomes before anything else looks at it (DESIGN section 4). */

export const CORE_EVENT_TYPES = [
  'viewed_product',
  'searched',
  'added_to_cart',
  'started_checkout',
  'completed_purchase',
  'refunded',
  'subscribed',
  'unsubscribed',
] as const;

export const FURTHER_EVENT_TYPES = [
  'viewed_page',
  'removed_from_cart',
  'wishlisted',
  'joined_waitlist',
  'back_in_stock_requested',
  'answered_quiz',
  'submitted_review',
  'opened_ticket',
  'fulfilled_order',
  'picked_up_order',
  'stock_changed',
  'price_changed',
  'segment_changed',
  'message_sent',
  'message_delivered',
  'message_opened',
  'message_clicked',
  'message_bounced',
  'message_complained',
] as const;

export type KnownEventType = (typeof CORE_EVENT_TYPES)[number] | (typeof FURTHER_EVENT_TYPES)[number];
export type EventType = KnownEventType | `custom:${string}`;

/** A type of one's own. Only such events are taken in, so a rule for any other would wait for ever. */
export const CUSTOM_TYPE = /^custom:[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/;

/** Identifiers that name one person. The order is the order of trust when two of them name different customers. */
export const STRONG_IDENTIFIERS = ['externalId', 'email', 'phone'] as const;
export type StrongIdentifierKind = (typeof STRONG_IDENTIFIERS)[number];

export interface EventIdentity {
  customerId?: string;
  externalId?: string;
  /** Trimmed, lower case. */
  email?: string;
  /** E.164. */
  phone?: string;
  deviceId?: string;
  gclid?: string;
  fbclid?: string;
  [clickId: string]: string | undefined;
}

export interface EventItem {
  productId?: string;
  variantId?: string;
  sku?: string;
  name?: string;
  category?: string;
  quantity?: number;
  /** Unit price in minor units of the event's currency. */
  priceMinor?: number;
  url?: string;
  imageUrl?: string;
  [further: string]: unknown;
}

export interface EventProperties {
  /** ISO 4217, upper case. */
  currency?: string;
  /** Minor units of `currency`. */
  valueMinor?: number;
  discountMinor?: number;
  items?: EventItem[];
  cartId?: string;
  checkoutId?: string;
  orderId?: string;
  url?: string;
  campaign?: Record<string, string>;
  location?: Record<string, string>;
  [further: string]: unknown;
}

export const CHANNELS = ['email', 'sms', 'whatsapp', 'push'] as const;
export type Channel = (typeof CHANNELS)[number];

export const CONSENT_STATES = ['subscribed', 'unsubscribed', 'never'] as const;
export type ConsentState = (typeof CONSENT_STATES)[number];

export interface ConsentStatement {
  state: ConsentState;
  source?: string;
  /** RFC 3339 UTC; the event's `occurredAt` when absent. */
  at?: string;
}

/** Money in minor units, ids as text, time in RFC 3339 UTC. */
export interface CanonicalEvent {
  id: string;
  type: EventType;
  occurredAt: string;
  source: string;
  identity: EventIdentity;
  properties: EventProperties;
  consent?: Partial<Record<Channel, ConsentStatement>>;
  /** A test order: stored, counts nowhere. */
  test?: boolean;
}
