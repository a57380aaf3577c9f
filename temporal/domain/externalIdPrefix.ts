/**
 * Customer numbers of several shops on one service: each shop counts from 1, so that number 25 of one shop is somebody else
 * than number 25 of the other. A connection's prefix keeps them apart; without one, connections share their customers' numbers.
 */
import { CUSTOMER_ID_PREFIX } from './identity.ts';
import type { MappedBody } from './mapping/mappedBody.ts';

/** @param identity as given, before or after it has been read @returns the same one when there is nothing to change */
export function withExternalIdPrefix<T extends Readonly<Record<string, unknown>>>(identity: T, prefix: string): T {
  if (prefix === '') return identity;
  const prefixed: Record<string, unknown> = { ...identity };
  for (const kind of ['externalId', 'customerId']) {
    const value = identity[kind];
    const isOurOwn = kind === 'customerId' && typeof value === 'string' && value.startsWith(CUSTOMER_ID_PREFIX);
    const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
    if (text !== '' && !isOurOwn) prefixed[kind] = `${prefix}${text}`;
  }
  return prefixed as T;
}

/** The same for everybody whom a body names. */
export function withPrefixedCustomers(body: MappedBody, prefix: string): MappedBody {
  if (prefix === '') return body;
  const named = <T extends { identity: Record<string, unknown> }>(one: T): T => ({
    ...one,
    identity: withExternalIdPrefix(one.identity, prefix),
  });
  return {
    ...body,
    events: body.events.map(named),
    customers: body.customers.map(named),
    merges: body.merges.map(({ from, into }) => ({
      from: withExternalIdPrefix(from, prefix),
      into: withExternalIdPrefix(into, prefix),
    })),
    privacy: body.privacy && named(body.privacy),
  };
}
