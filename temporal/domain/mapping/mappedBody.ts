/** What one body of a shop or tracker says, in our words: nothing of it is checked against the store or kept yet. */
import type { FieldProblem } from '../identity.ts';
import type { Channel, EventIdentity } from '../event.ts';

/** As for `POST /v1/events`, before parsing (money may be decimal text with `currency`, or already minor). */
export interface RawEvent {
  id: string;
  type: string;
  occurredAt: string;
  source: string;
  identity: Record<string, unknown>;
  properties: Record<string, unknown>;
  consent?: Record<string, unknown>;
  test?: boolean;
}

export interface MappedConsent {
  state: 'subscribed' | 'unsubscribed' | 'never' | 'pending';
  source: string;
  /** RFC 3339 UTC; null when the shop does not say. */
  at: string | null;
  /** The shop's word for how it was given, such as `confirmed_opt_in`. */
  optInLevel?: string;
}

/** A person as the shop describes it. Absent fields say nothing. */
export interface MappedCustomer {
  identity: EventIdentity;
  /** `firstName`, `lastName`, `language`, `country`, … */
  properties: Record<string, unknown>;
  /** `pending`: asked for, but not confirmed. Channels without a clear state are absent. */
  consent: Partial<Record<Channel, MappedConsent>>;
  /** RFC 3339 UTC; when the shop last changed the person. */
  changedAt: string | null;
}

export interface MappedVariant {
  variantId: string;
  title?: string;
  sku?: string;
  priceMinor?: number;
  /** null: not tracked, always to be had. Absent: nothing said. A shop that counts nothing but says "sold out" gives 0. */
  stock?: number | null;
  /** May be sold without stock. */
  backorder?: boolean;
  /** Shopify's key of stock levels; it is no variant id. */
  inventoryItemId?: string;
}

export interface MappedProduct {
  productId: string;
  title?: string;
  /** Of a product without variants. */
  sku?: string;
  category?: string;
  currency?: string;
  priceMinor?: number;
  costMinor?: number;
  marginPercent?: number;
  stock?: number | null;
  url?: string;
  imageUrl?: string;
  backorder?: boolean;
  /** What the body tells of its variants; one that is not here may still exist. */
  variants: MappedVariant[];
  /** `variants` are all there are: others that are known go. Absent: they are some (a single variation, a cut list). */
  hasAllVariants?: boolean;
  /** Deleted in the shop, or no longer shown. */
  isGone?: boolean;
  changedAt: string | null;
}

/** Stock of one item at one place. */
export interface MappedStockLevel {
  inventoryItemId: string;
  location: string;
  /** null: not tracked. */
  available: number | null;
  changedAt: string | null;
}

/** The whole cart as it is now; what was added is found by comparing with the last state. */
export interface MappedCart {
  token: string;
  currency: string | null;
  changedAt: string;
  lines: { key: string; item: Record<string, unknown>; quantity: number }[];
}

export interface MappedPrivacyRequest {
  kind: 'customers/redact' | 'customers/data_request' | 'shop/redact';
  identity: EventIdentity;
  orderIds: string[];
}

export interface MappedBody {
  events: RawEvent[];
  customers: MappedCustomer[];
  /** The shop says that one customer has become another. */
  merges: { from: EventIdentity; into: EventIdentity }[];
  products: MappedProduct[];
  stockLevels: MappedStockLevel[];
  cart: MappedCart | null;
  privacy: MappedPrivacyRequest | null;
  /**
   * Of a tracker's batch, whose calls have nothing to do with each other: a bad one does not cost the others. These could not
   * be read. Absent for everything else, which is taken in as a whole or not at all.
   */
  unreadCalls?: FieldProblem[];
}

export const nothingMapped = (): MappedBody => ({
  events: [],
  customers: [],
  merges: [],
  products: [],
  stockLevels: [],
  cart: null,
  privacy: null,
});

/** A body that cannot be what its topic says. */
export type Mapped = { body: MappedBody; problem?: undefined } | { problem: FieldProblem };

/** How a body arrived. */
export interface Arrival {
  /** Connection name; offline the platform's name. Becomes the events' `source`. */
  source: string;
  /** Header topic (Shopify, WooCommerce); null where the body has it. */
  topic: string | null;
  /** Delivery id of the header; null: made from the body. */
  deliveryId: string | null;
  /** The connection's currency, where the body has none. */
  currency: string | null;
  /** Epoch ms, for bodies without a usable time. */
  receivedAt: number;
}
