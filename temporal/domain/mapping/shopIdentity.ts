/** Whom a shop's body is about, and what stands in where it names nobody. */
import type { EventIdentity } from '../event.ts';
import type { Arrival } from './mappedBody.ts';

/**
 * For bodies that name nobody: the store knows who bought by the order (of the event's source, for two shops number their
 * orders alike). An order that nobody is known of is a customer of its own; two of them never become one.
 */
export const orderIdentity = (orderId: string): EventIdentity => ({ orderId });

/**
 * A shop's cart lives in one browser and names no person, as a device does: it is treated as one, so that an anonymous cart
 * belongs to the person who goes to the checkout with it.
 *
 * @param token of the cart, or the checkout's id where it has no cart
 */
export const cartDevice = (arrival: Pick<Arrival, 'source'>, token: string): string =>
  `cart:${arrival.source}/${token}`;

export function isAnybody(identity: EventIdentity): boolean {
  return identity.externalId !== undefined || identity.email !== undefined || identity.phone !== undefined;
}

/** Keeps the keys that have a value. */
export function identityOf(values: { [Kind in 'externalId' | 'email' | 'phone']?: string | undefined }): EventIdentity {
  const { externalId, email, phone } = values;
  return {
    ...(externalId !== undefined && { externalId }),
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
  };
}

/**
 * An order or refund belongs to the person that it names, else to itself.
 *
 * @param further kept only with a person: a click id or a cart's token alone would join strangers' orders
 */
export function ofOrder(person: EventIdentity, orderId: string, further: EventIdentity = {}): EventIdentity {
  return isAnybody(person) ? { ...person, ...further } : orderIdentity(orderId);
}
