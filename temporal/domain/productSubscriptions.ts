/** Who gets a product by a subscription of the shop, as events say it: nobody is reminded to buy what comes by itself. */
import type { CanonicalEvent } from './event.ts';

export interface SubscriptionStatement {
  productId: string;
  /** false: the subscription has ended. */
  active: boolean;
}

/**
 * What is only looked at, or put into a cart, has been taken by nobody yet; what becomes of an order later (cancelled, edited,
 * shipped) repeats its items and begins no subscription.
 */
const saysSo = (type: string): boolean =>
  type === 'completed_purchase' || (type.startsWith('custom:') && !type.startsWith('custom:order_'));

/**
 * An item with `subscription: true` until one with `subscription: false` (CONTRACT, fine print); an item without it says nothing.
 * Of one product both in one event, the subscription holds: the other line is one more piece of it.
 */
export function subscriptionsOf({
  type,
  properties,
}: Pick<CanonicalEvent, 'type' | 'properties'>): SubscriptionStatement[] {
  if (!saysSo(type)) return [];
  const said = new Map<string, boolean>();
  for (const { productId, subscription } of properties.items ?? []) {
    if (productId === undefined || typeof subscription !== 'boolean') continue;
    said.set(productId, subscription || said.get(productId) === true);
  }
  return Array.from(said, ([productId, active]) => ({ productId, active }));
}
