/** Whom a shop's body is about, and what stands in where it names nobody. */
import type { EventIdentity } from '../event.ts';
import type { Arrival } from './mappedBody.ts';

/**
 * The weak identifier of an order. It stands alone, for bodies that name nobody: an anonymous order is a customer of its own
 * (two of them never become one), and a refund finds the person through its order. The source is part of it, for two shops
 * number their orders alike.
 */
export const ORDER_IDENTIFIER = 'order';

/** Who bought is known to the store by the order. */
export const orderIdentity = (arrival: Pick<Arrival, 'source'>, orderId: string): EventIdentity => ({
  [ORDER_IDENTIFIER]: `${arrival.source}/${orderId}`,
});

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

/** An order or refund belongs to the person that it names, else to itself. */
export function ofOrder(person: EventIdentity, arrival: Arrival, orderId: string): EventIdentity {
  return isAnybody(person) ? person : { ...orderIdentity(arrival, orderId), ...person };
}
