/**
 * What trackers call things. Segment's ecommerce spec (v2, and the names of v1 that shops still send) and GA4's recommended
 * events → canonical types. What has no canonical type becomes `custom:` with the tracker's own name, in snake case.
 */
import { createHash } from 'node:crypto';
import { CORE_EVENT_TYPES, FURTHER_EVENT_TYPES, type EventType, type KnownEventType } from '../event.ts';

/** https://www.twilio.com/docs/segment/connections/spec/ecommerce/v2; names in lower case. */
const SEGMENT: Readonly<Record<string, KnownEventType | 'custom'>> = {
  'products searched': 'searched',
  'product list viewed': 'custom',
  'product list filtered': 'custom',
  'promotion viewed': 'custom',
  'promotion clicked': 'custom',
  // A click in a list is followed by the view of the product: it is none itself.
  'product clicked': 'custom',
  'product viewed': 'viewed_product',
  'product added': 'added_to_cart',
  'product removed': 'removed_from_cart',
  'cart viewed': 'custom',
  'checkout started': 'started_checkout',
  'checkout step viewed': 'custom',
  'checkout step completed': 'custom',
  'payment info entered': 'custom',
  'order completed': 'completed_purchase',
  // Says what an order has become, not that one has been placed.
  'order updated': 'custom',
  'order refunded': 'refunded',
  'order cancelled': 'custom',
  'coupon entered': 'custom',
  'coupon applied': 'custom',
  'coupon denied': 'custom',
  'coupon removed': 'custom',
  'product added to wishlist': 'wishlisted',
  'product removed from wishlist': 'custom',
  'wishlist product added to cart': 'added_to_cart',
  'product shared': 'custom',
  'cart shared': 'custom',
  'product reviewed': 'submitted_review',
  // Version 1 of the spec.
  'viewed product category': 'custom',
  'viewed product': 'viewed_product',
  'added product': 'added_to_cart',
  'removed product': 'removed_from_cart',
  'completed order': 'completed_purchase',
};

/** https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference/events */
const GA4: Readonly<Record<string, KnownEventType | 'custom'>> = {
  view_item: 'viewed_product',
  view_item_list: 'custom',
  select_item: 'custom',
  view_promotion: 'custom',
  select_promotion: 'custom',
  add_to_cart: 'added_to_cart',
  remove_from_cart: 'removed_from_cart',
  view_cart: 'custom',
  begin_checkout: 'started_checkout',
  add_shipping_info: 'custom',
  add_payment_info: 'custom',
  purchase: 'completed_purchase',
  refund: 'refunded',
  add_to_wishlist: 'wishlisted',
  search: 'searched',
  view_search_results: 'searched',
  page_view: 'viewed_page',
  screen_view: 'viewed_page',
  // An account or a lead is no consent to marketing (TRAPS 15).
  sign_up: 'custom',
  login: 'custom',
  generate_lead: 'custom',
};

const CANONICAL: ReadonlySet<string> = new Set([...CORE_EVENT_TYPES, ...FURTHER_EVENT_TYPES]);

/** Case and blanks outside do not matter (TRAPS 14). */
const plain = (name: string): string => name.trim().toLowerCase();
const lookUp = (names: Readonly<Record<string, string>>, name: string): KnownEventType | 'custom' | null =>
  Object.hasOwn(names, name) ? (names[name] as KnownEventType | 'custom') : null;
const typed = (found: KnownEventType | 'custom' | null, name: string): EventType =>
  found === null || found === 'custom' ? customType(name) : found;

export const segmentType = (name: string): EventType => typed(lookUp(SEGMENT, plain(name)), name);
export const ga4Type = (name: string): EventType => typed(lookUp(GA4, plain(name)), name);

/**
 * The type that is meant by another spelling of ours ("Added to Cart"), or by a name of Segment's or GA4's.
 *
 * @returns null for names that nobody has specified
 */
export function aliasedType(name: string): EventType | null {
  const key = plain(name);
  const own = key.replace(/\s+/g, '_');
  if (CANONICAL.has(own)) return own as KnownEventType;
  const found = lookUp(SEGMENT, key) ?? lookUp(GA4, key);
  return found === null ? null : typed(found, key);
}

/** `Course Clicked` → `custom:course_clicked`; of a name without any Latin letter a hash stands for it. */
export function customType(name: string): EventType {
  const slug = plain(name)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9_.:-]+/g, '_')
    .replace(/^[^a-z0-9]+|_+$/g, '')
    .slice(0, 100);
  if (slug !== '') return `custom:${slug}`;
  return `custom:event_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
